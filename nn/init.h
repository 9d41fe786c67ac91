// Initial values of parameters, with PyTorch's formulas and names. Each function replaces the
// value of `t` (a parameter, a buffer or a leaf) in place and returns it. Values are drawn on the
// host from this thread's default generator, which etch::manual_seed seeds: the same seed and order
// of calls give the same values on every machine. Nothing is compiled.
//
// Throws etch::Error inside etch::compile and etch::trace, and for dtypes that are not floating.
#ifndef ETCH_NN_INIT_H_
#define ETCH_NN_INIT_H_

#include <cstdint>

#include "etch/frontend/tensor.h"

namespace etch::nn::init {

Tensor constant_(Tensor t, double value);
Tensor zeros_(Tensor t);
Tensor ones_(Tensor t);
Tensor uniform_(Tensor t, double low = 0, double high = 1);  // in [low, high)
Tensor normal_(Tensor t, double mean = 0, double std = 1);

// Which number of connections keeps its variance: those into an output (in the forward pass) or
// those out of an input (in the backward pass).
enum class FanMode : uint8_t { kFanIn, kFanOut };
enum class Nonlinearity : uint8_t { kLinear, kSigmoid, kTanh, kRelu, kLeakyRelu };

struct Fan {
  int64_t in;
  int64_t out;
};
// For a weight [out, in, ...]: in * rest and out * rest. Throws below two dimensions.
Fan calculate_fan(const Shape& shape);
// The factor that keeps the scale of values through `nonlinearity`; `slope` is leaky ReLU's.
double calculate_gain(Nonlinearity nonlinearity, double slope = 0.01);

// Uniform in [-b, b), b = gain * sqrt(6 / (fan in + fan out)); normal with std b / sqrt(3).
// Source: Glorot, Bengio, "Understanding the difficulty of training deep feedforward neural
// networks", AISTATS 2010.
Tensor xavier_uniform_(Tensor t, double gain = 1);
Tensor xavier_normal_(Tensor t, double gain = 1);

struct KaimingOptions {
  double a = 0;  // slope of leaky ReLU
  FanMode mode = FanMode::kFanIn;
  Nonlinearity nonlinearity = Nonlinearity::kLeakyRelu;
};
// Uniform in [-b, b), b = gain * sqrt(3 / fan); normal with std b / sqrt(3).
// Source: He, Zhang, Ren, Sun, "Delving Deep into Rectifiers", ICCV 2015, arXiv:1502.01852.
Tensor kaiming_uniform_(Tensor t, const KaimingOptions& options = {});
Tensor kaiming_normal_(Tensor t, const KaimingOptions& options = {});

}  // namespace etch::nn::init

#endif  // ETCH_NN_INIT_H_
