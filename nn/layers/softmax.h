// Activations along a dimension as modules; see nn/functional/activation.h.
#ifndef ETCH_NN_LAYERS_SOFTMAX_H_
#define ETCH_NN_LAYERS_SOFTMAX_H_

#include <cstdint>
#include <string>

#include "etch/nn/module.h"

namespace etch::nn {

struct DimOptions {
  int64_t dim = -1;
};

namespace detail {
// An activation along one dimension.
class DimActivation : public LibraryModule {
 public:
  using Options = DimOptions;
  explicit DimActivation(Options options) : dim_(options.dim) {}
  std::string extra_repr() const override { return "dim=" + std::to_string(dim_); }

 protected:
  const int64_t dim_;
};
}  // namespace detail

class Softmax : public detail::DimActivation {
 public:
  explicit Softmax(Options options) : DimActivation(options) {}
  explicit Softmax(int64_t dim) : Softmax(Options{dim}) {}
  Tensor forward(const Tensor& x);
};

class Softmin : public detail::DimActivation {
 public:
  explicit Softmin(Options options) : DimActivation(options) {}
  explicit Softmin(int64_t dim) : Softmin(Options{dim}) {}
  Tensor forward(const Tensor& x);
};

class LogSoftmax : public detail::DimActivation {
 public:
  explicit LogSoftmax(Options options) : DimActivation(options) {}
  explicit LogSoftmax(int64_t dim) : LogSoftmax(Options{dim}) {}
  Tensor forward(const Tensor& x);
};

class GLU : public detail::DimActivation {
 public:
  explicit GLU(Options options = {}) : DimActivation(options) {}
  explicit GLU(int64_t dim) : GLU(Options{dim}) {}
  Tensor forward(const Tensor& x);
};

}  // namespace etch::nn

#endif  // ETCH_NN_LAYERS_SOFTMAX_H_
