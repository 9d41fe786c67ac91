// Activations that pull towards 0 as modules; see nn/functional/activation.h.
#ifndef ETCH_NN_LAYERS_SHRINK_H_
#define ETCH_NN_LAYERS_SHRINK_H_

#include <string>

#include "etch/nn/module.h"

namespace etch::nn {

class Tanhshrink : public LibraryModule {
 public:
  Tensor forward(const Tensor& x);
};

struct ShrinkOptions {
  double lambda = 0.5;
};
class Softshrink : public LibraryModule {
 public:
  using Options = ShrinkOptions;
  explicit Softshrink(Options options = {});
  explicit Softshrink(double lambda) : Softshrink(Options{lambda}) {}
  Tensor forward(const Tensor& x);
  std::string extra_repr() const override;

 private:
  Options options_;
};

class Hardshrink : public LibraryModule {
 public:
  using Options = ShrinkOptions;
  explicit Hardshrink(Options options = {}) : options_(options) {}
  explicit Hardshrink(double lambda) : Hardshrink(Options{lambda}) {}
  Tensor forward(const Tensor& x);
  std::string extra_repr() const override;

 private:
  Options options_;
};

}  // namespace etch::nn

#endif  // ETCH_NN_LAYERS_SHRINK_H_
