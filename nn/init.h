// Initial values of parameters, with PyTorch's formulas and names. Each function replaces the
// value of `t` (a parameter, a buffer or a leaf) in place and returns it. Values are drawn on the
// host from this thread's default generator, which etch::manual_seed seeds: the same seed and order
// of calls give the same values on every machine. Nothing is compiled.
//
// Throws etch::Error inside etch::compile and etch::trace, and for dtypes that are not floating. A
// program that draws initial values writes `weight.copy_(0.02 * etch::randn(weight.shape()))`.
#ifndef ETCH_NN_INIT_H_
#define ETCH_NN_INIT_H_

#include <cstdint>

#include "etch/frontend/tensor.h"

namespace etch::nn {
class Module;
}

namespace etch::nn::init {

// All elements one value; draws from a distribution.
Tensor constant_(Tensor t, double value);
Tensor zeros_(Tensor t);
Tensor ones_(Tensor t);
Tensor uniform_(Tensor t, double low = 0, double high = 1);  // in [low, high)
Tensor normal_(Tensor t, double mean = 0, double std = 1);
// Normal, but within [low, high]: the rest of the distribution is cut off, not moved to the ends.
// Throws unless low < high.
Tensor trunc_normal_(Tensor t, double mean = 0, double std = 1, double low = -2, double high = 2);

// The identity: 1 where row equals column. Throws unless `t` is a matrix.
Tensor eye_(Tensor t);
// Lets a convolution with weight [out, in, kernel...] keep its channels: 1 in the middle of the
// kernel where output and input channel have one number, by groups of outputs. Throws unless `t`
// has 3 to 5 dimensions and `groups` divides the first.
Tensor dirac_(Tensor t, int64_t groups = 1);
// Rows (or columns, where there are more rows) that are orthogonal and of length gain; dimensions
// after the first count as one. Throws below two dimensions.
// Source: Saxe, McClelland, Ganguli, 2013, arXiv:1312.6120.
Tensor orthogonal_(Tensor t, double gain = 1);
// Normal with mean 0, and a fraction `sparsity` of each column, rounded up, is 0. Throws unless `t`
// is a matrix. Source: Martens, "Deep learning via Hessian-free optimization", ICML 2010.
Tensor sparse_(Tensor t, double sparsity, double std = 0.01);

// Which number of connections keeps its variance: those into an output (in the forward pass) or
// those out of an input (in the backward pass).
enum class FanMode : uint8_t { kFanIn, kFanOut };
enum class Nonlinearity : uint8_t { kLinear, kSigmoid, kTanh, kRelu, kLeakyRelu, kSelu };

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

// How init_weights draws matrices and filters.
enum class Kind : uint8_t {
  kXavierUniform,
  kXavierNormal,
  kKaimingUniform,  // for ReLU, by fan in
  kKaimingNormal,
  kOrthogonal,
  kNormal,  // mean 0, standard deviation 0.02
  kTruncNormal,
};
// Draws all of a tree anew: parameters of two dimensions and more by `kind`, biases 0,
// normalizations as they are born. For other rules pass a function to Module::apply:
//
//   net->apply([](nn::Module& m) {
//     if (auto* linear = m.as<nn::Linear>()) nn::init::normal_(linear->weight, 0, 0.01);
//   });
void init_weights(Module& module, Kind kind);

}  // namespace etch::nn::init

#endif  // ETCH_NN_INIT_H_
