#ifndef ETCH_NN_LAYERS_LAYER_NORM_H_
#define ETCH_NN_LAYERS_LAYER_NORM_H_

#include <string>

#include "etch/nn/module.h"
#include "etch/nn/parameter.h"

namespace etch::nn {

struct LayerNormOptions {
  Shape normalized_shape;  // the last dimensions of the input
  double eps = 1e-5;
  bool elementwise_affine = true;
};

// Normalizes over the last dimensions, then scales by weight and shifts by bias (initially 1 and
// 0), both of the normalized shape. See etch::layer_norm.
class LayerNorm : public LibraryModule {
 public:
  using Options = LayerNormOptions;
  explicit LayerNorm(Options options);
  explicit LayerNorm(int64_t features) : LayerNorm(Options{.normalized_shape = {features}}) {}

  Tensor forward(const Tensor& x);
  const Options& options() const { return options_; }
  std::string extra_repr() const override;

 private:
  Options options_;

 public:
  Parameter weight;  // undefined unless elementwise_affine
  Parameter bias;
};

}  // namespace etch::nn

#endif  // ETCH_NN_LAYERS_LAYER_NORM_H_
