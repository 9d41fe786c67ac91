// Activations as modules.
#ifndef ETCH_NN_LAYERS_ACTIVATION_H_
#define ETCH_NN_LAYERS_ACTIVATION_H_

#include <cstdint>
#include <optional>
#include <string>

#include "etch/nn/module.h"

namespace etch::nn {

// max(x, 0)
class ReLU : public LibraryModule {
 public:
  Tensor forward(const Tensor& x);
};

struct GELUOptions {
  std::string approximate = "none";  // or "tanh", as GPT-2 has it
};
// x * Phi(x), see etch::gelu. Throws etch::Error for another approximation.
class GELU : public LibraryModule {
 public:
  using Options = GELUOptions;
  explicit GELU(Options options);
  GELU() : GELU(Options{}) {}

  Tensor forward(const Tensor& x);
  std::string extra_repr() const override { return "approximate='" + options_.approximate + "'"; }

 private:
  Options options_;
};

struct SoftmaxOptions {
  int64_t dim = -1;
};
// exp(x) / sum(exp(x)) along `dim`.
class Softmax : public LibraryModule {
 public:
  using Options = SoftmaxOptions;
  explicit Softmax(Options options) : options_(options) {}
  explicit Softmax(int64_t dim) : Softmax(Options{.dim = dim}) {}

  Tensor forward(const Tensor& x);
  std::string extra_repr() const override { return "dim=" + std::to_string(options_.dim); }

 private:
  Options options_;
};

}  // namespace etch::nn

#endif  // ETCH_NN_LAYERS_ACTIVATION_H_
