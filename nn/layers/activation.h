// Activations as modules; what they compute stands in nn/functional/activation.h. `inplace` is
// accepted and printed: tensors are values, so the result is what the call returns, always.
#ifndef ETCH_NN_LAYERS_ACTIVATION_H_
#define ETCH_NN_LAYERS_ACTIVATION_H_

#include <cstdint>
#include <string>

#include "etch/nn/module.h"
#include "etch/nn/parameter.h"

namespace etch::nn {

struct InplaceOptions {
  bool inplace = false;
};

namespace detail {
// An activation without options but `inplace`.
class InplaceActivation : public LibraryModule {
 public:
  using Options = InplaceOptions;
  explicit InplaceActivation(Options options = {}) : options_(options) {}
  std::string extra_repr() const override { return options_.inplace ? "inplace=True" : ""; }

 private:
  Options options_;
};

// The same, silent about it, as PyTorch is with some.
class SilentInplaceActivation : public LibraryModule {
 public:
  using Options = InplaceOptions;
  explicit SilentInplaceActivation(Options = {}) {}
};
}  // namespace detail

class ReLU : public detail::InplaceActivation {
 public:
  using InplaceActivation::InplaceActivation;
  Tensor forward(const Tensor& x);
};

class ReLU6 : public detail::InplaceActivation {
 public:
  using InplaceActivation::InplaceActivation;
  Tensor forward(const Tensor& x);
};

class SELU : public detail::InplaceActivation {
 public:
  using InplaceActivation::InplaceActivation;
  Tensor forward(const Tensor& x);
};

class SiLU : public detail::InplaceActivation {
 public:
  using InplaceActivation::InplaceActivation;
  Tensor forward(const Tensor& x);
};

class Mish : public detail::InplaceActivation {
 public:
  using InplaceActivation::InplaceActivation;
  Tensor forward(const Tensor& x);
};

class Hardsigmoid : public detail::SilentInplaceActivation {
 public:
  using SilentInplaceActivation::SilentInplaceActivation;
  Tensor forward(const Tensor& x);
};

class Hardswish : public detail::SilentInplaceActivation {
 public:
  using SilentInplaceActivation::SilentInplaceActivation;
  Tensor forward(const Tensor& x);
};

class Sigmoid : public LibraryModule {
 public:
  Tensor forward(const Tensor& x);
};

class Tanh : public LibraryModule {
 public:
  Tensor forward(const Tensor& x);
};

class LogSigmoid : public LibraryModule {
 public:
  Tensor forward(const Tensor& x);
};

class Softsign : public LibraryModule {
 public:
  Tensor forward(const Tensor& x);
};

struct HardtanhOptions {
  double min_val = -1;
  double max_val = 1;
  bool inplace = false;
};
class Hardtanh : public LibraryModule {
 public:
  using Options = HardtanhOptions;
  explicit Hardtanh(Options options = {});
  Tensor forward(const Tensor& x);
  std::string extra_repr() const override;

 private:
  Options options_;
};

struct LeakyReLUOptions {
  double negative_slope = 0.01;
  bool inplace = false;
};
class LeakyReLU : public LibraryModule {
 public:
  using Options = LeakyReLUOptions;
  explicit LeakyReLU(Options options = {}) : options_(options) {}
  explicit LeakyReLU(double negative_slope) : LeakyReLU(Options{negative_slope}) {}
  Tensor forward(const Tensor& x);
  std::string extra_repr() const override;

 private:
  Options options_;
};

struct PReLUOptions {
  int64_t num_parameters = 1;  // or the number of channels
  double init = 0.25;
};
class PReLU : public LibraryModule {
 public:
  using Options = PReLUOptions;
  explicit PReLU(Options options = {});
  Tensor forward(const Tensor& x);
  void reset_parameters();
  std::string extra_repr() const override;

 private:
  Options options_;

 public:
  Parameter weight;  // [num_parameters]
};

struct ELUOptions {
  double alpha = 1;
  bool inplace = false;
};
class ELU : public LibraryModule {
 public:
  using Options = ELUOptions;
  explicit ELU(Options options = {}) : options_(options) {}
  explicit ELU(double alpha) : ELU(Options{alpha}) {}
  Tensor forward(const Tensor& x);
  std::string extra_repr() const override;

 private:
  Options options_;
};

class CELU : public LibraryModule {
 public:
  using Options = ELUOptions;
  explicit CELU(Options options = {}) : options_(options) {}
  explicit CELU(double alpha) : CELU(Options{alpha}) {}
  Tensor forward(const Tensor& x);
  std::string extra_repr() const override;

 private:
  Options options_;
};

struct GELUOptions {
  std::string approximate = "none";  // or "tanh", as GPT-2 has it
};
// Throws etch::Error for another approximation.
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

struct SoftplusOptions {
  double beta = 1;
  double threshold = 20;
};
class Softplus : public LibraryModule {
 public:
  using Options = SoftplusOptions;
  explicit Softplus(Options options = {}) : options_(options) {}
  Tensor forward(const Tensor& x);
  std::string extra_repr() const override;

 private:
  Options options_;
};

struct ThresholdOptions {
  double threshold = 0;
  double value = 0;
  bool inplace = false;
};
class Threshold : public LibraryModule {
 public:
  using Options = ThresholdOptions;
  explicit Threshold(Options options) : options_(options) {}
  Tensor forward(const Tensor& x);
  std::string extra_repr() const override;

 private:
  Options options_;
};

}  // namespace etch::nn

#endif  // ETCH_NN_LAYERS_ACTIVATION_H_
