// Random zeros as modules; see nn/functional/dropout.h. Each layer has a random state of its own,
// so that its masks depend on the seed, its path and the number of its draws alone.
#ifndef ETCH_NN_LAYERS_DROPOUT_H_
#define ETCH_NN_LAYERS_DROPOUT_H_

#include <string>

#include "etch/nn/module.h"
#include "etch/nn/parameter.h"

namespace etch::nn {

struct DropoutOptions {
  double p = 0.5;        // probability of an element to be zeroed
  bool inplace = false;  // accepted for PyTorch's sake; tensors are values
};

namespace detail {
// Throws etch::Error for a probability out of [0, 1].
class DropoutBase : public LibraryModule {
 public:
  using Options = DropoutOptions;
  const Options& options() const { return options_; }
  std::string extra_repr() const override;

  // For functions that drop elements by themselves, such as attention: how many, now, and the state
  // that these are drawn from.
  double rate() const { return training ? options_.p : 0; }
  const Tensor& random_state() { return random_.state(); }

 protected:
  DropoutBase(const char* name, Options options);

  Options options_;
  RandomState random_{this};
};
}  // namespace detail

// Zeroes elements.
class Dropout : public detail::DropoutBase {
 public:
  explicit Dropout(Options options) : DropoutBase("Dropout", options) {}
  explicit Dropout(double p) : Dropout(Options{.p = p}) {}
  Dropout() : Dropout(Options{}) {}
  Tensor forward(const Tensor& x);
};

// Zeroes whole channels.
class Dropout1d : public detail::DropoutBase {
 public:
  explicit Dropout1d(Options options) : DropoutBase("Dropout1d", options) {}
  explicit Dropout1d(double p) : Dropout1d(Options{.p = p}) {}
  Dropout1d() : Dropout1d(Options{}) {}
  Tensor forward(const Tensor& x);
};

class Dropout2d : public detail::DropoutBase {
 public:
  explicit Dropout2d(Options options) : DropoutBase("Dropout2d", options) {}
  explicit Dropout2d(double p) : Dropout2d(Options{.p = p}) {}
  Dropout2d() : Dropout2d(Options{}) {}
  Tensor forward(const Tensor& x);
};

// Keeps mean and variance, for networks of SELU.
class AlphaDropout : public detail::DropoutBase {
 public:
  explicit AlphaDropout(Options options) : DropoutBase("AlphaDropout", options) {}
  explicit AlphaDropout(double p) : AlphaDropout(Options{.p = p}) {}
  AlphaDropout() : AlphaDropout(Options{}) {}
  Tensor forward(const Tensor& x);
};

}  // namespace etch::nn

#endif  // ETCH_NN_LAYERS_DROPOUT_H_
