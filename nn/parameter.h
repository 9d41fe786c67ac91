// Parameters, buffers and random states as members of a module. Each is a Tensor (a state cell)
// that registers itself with the module it is declared in:
//
//   nn::Parameter scale{this, "scale", etch::ones({n})};
//   nn::Buffer running_mean{this, "running_mean", etch::zeros({n})};
//   etch::Tensor forward(etch::Tensor x) {
//     running_mean = 0.9 * running_mean + 0.1 * x.mean({0});   // records a write of the cell
//     return (x - running_mean) * scale;
//   }
#ifndef ETCH_NN_PARAMETER_H_
#define ETCH_NN_PARAMETER_H_

#include <string>

#include "etch/frontend/tensor.h"
#include "etch/nn/module.h"

namespace etch::nn {

// Trained by optimizers. Throws etch::Error for a name that is taken, empty or has a dot in it.
class Parameter : public Tensor {
 public:
  // An undefined `value` reserves the name ("bias" of a layer without one).
  Parameter(Module* owner, std::string name, const Tensor& value, bool requires_grad = true);
  Parameter(const Parameter&) = delete;
  // Ambiguous between copying values and sharing them: say assign() or tie().
  Parameter& operator=(const Parameter&) = delete;
  Parameter& operator=(const Tensor&) = delete;

  // From now on this is the same cell as `other`, of equal shape and dtype: one value, one
  // gradient, two names.
  void tie(const Parameter& other);

 private:
  Module* owner_;
  std::string name_;
};

// State that is no parameter: saved and converted with the module, not trained.
class Buffer : public Tensor {
 public:
  struct Options {
    bool persistent = true;  // part of state_dict()
  };
  Buffer(Module* owner, std::string name, const Tensor& value) : Buffer(owner, name, value, {}) {}
  Buffer(Module* owner, std::string name, const Tensor& value, Options options);
  Buffer(const Buffer&) = delete;
  // Write the value, keeping identity, shape and dtype; throws etch::Error where they differ.
  Buffer& operator=(const TensorArg& value);
  Buffer& operator=(const Buffer& value) { return *this = TensorArg(value); }
};

// The state of a module's own random number generator, for ops that draw from one. Its path is
// "rng." + the module's path, from which (and etch::manual_seed) its key follows. Saved in
// checkpoints, not in state_dict().
class RandomState {
 public:
  // `name` tells several states of one module apart.
  explicit RandomState(Module* owner, std::string name = "");
  RandomState(const RandomState&) = delete;
  RandomState& operator=(const RandomState&) = delete;
  // Pass it to the op that draws, such as etch::dropout.
  const Tensor& state();

 private:
  Module* owner_;
  Tensor state_;
};

}  // namespace etch::nn

#endif  // ETCH_NN_PARAMETER_H_
