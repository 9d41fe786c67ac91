#ifndef ETCH_NN_LAYERS_LINEAR_H_
#define ETCH_NN_LAYERS_LINEAR_H_

#include <cstdint>
#include <string>

#include "etch/nn/module.h"
#include "etch/nn/parameter.h"

namespace etch::nn {

struct LinearOptions {
  int64_t in_features = 0;
  int64_t out_features = 0;
  bool bias = true;
};

// y = x weight^T + bias. Shapes: x [..., in_features], weight [out_features, in_features],
// bias [out_features]; result [..., out_features].
// Initially weight and bias are uniform in [-k, k), k = 1 / sqrt(in_features), as in PyTorch.
class Linear : public LibraryModule {
 public:
  using Options = LinearOptions;
  explicit Linear(Options options);

  Tensor forward(const Tensor& x);
  void reset_parameters();
  const Options& options() const { return options_; }
  std::string extra_repr() const override;

 private:
  Options options_;

 public:
  Parameter weight;
  Parameter bias;  // undefined without one
};

}  // namespace etch::nn

#endif  // ETCH_NN_LAYERS_LINEAR_H_
