// Activations as functions of a floating tensor `x`. The result has its shape and dtype unless
// another is named; NaN stays NaN; at a kink the derivative is PyTorch's.
#ifndef ETCH_NN_FUNCTIONAL_ACTIVATION_H_
#define ETCH_NN_FUNCTIONAL_ACTIVATION_H_

#include <cstdint>
#include <source_location>

#include "etch/frontend/tensor.h"

namespace etch::nn::functional {

using Loc = std::source_location;

// max(x, 0)
Tensor relu(const Tensor& x, Loc loc = Loc::current());
// min(max(x, 0), 6)
Tensor relu6(const Tensor& x, Loc loc = Loc::current());
// x where positive, else slope * x.
Tensor leaky_relu(const Tensor& x, double negative_slope = 0.01, Loc loc = Loc::current());
// As leaky_relu with a slope for each channel: `weight` has one element, or as many as x has along
// dimension 1. Throws etch::Error for another number.
Tensor prelu(const Tensor& x, const Tensor& weight, Loc loc = Loc::current());
// x where positive, else alpha * (exp(x) - 1).
// Source: Clevert, Unterthiner, Hochreiter, 2015, arXiv:1511.07289.
Tensor elu(const Tensor& x, double alpha = 1, Loc loc = Loc::current());
// elu scaled so that mean 0 and variance 1 are kept. Source: Klambauer et al., arXiv:1706.02515.
Tensor selu(const Tensor& x, Loc loc = Loc::current());
// x where positive, else alpha * (exp(x / alpha) - 1). Throws etch::Error for alpha 0.
Tensor celu(const Tensor& x, double alpha = 1, Loc loc = Loc::current());
// x * Phi(x); `tanh_approximation` as GPT-2 has it. See etch::gelu.
Tensor gelu(const Tensor& x, bool tanh_approximation = false, Loc loc = Loc::current());
// x * sigmoid(x)
Tensor silu(const Tensor& x, Loc loc = Loc::current());
// x * tanh(softplus(x)). Source: Misra, 2019, arXiv:1908.08681.
Tensor mish(const Tensor& x, Loc loc = Loc::current());
Tensor sigmoid(const Tensor& x, Loc loc = Loc::current());
Tensor tanh(const Tensor& x, Loc loc = Loc::current());
// log(sigmoid(x)), exact where sigmoid(x) would round to 0 or 1.
Tensor logsigmoid(const Tensor& x, Loc loc = Loc::current());
// log(1 + exp(beta * x)) / beta; x itself where beta * x exceeds `threshold`.
Tensor softplus(const Tensor& x, double beta = 1, double threshold = 20, Loc loc = Loc::current());
// x / (1 + |x|)
Tensor softsign(const Tensor& x, Loc loc = Loc::current());
// x - tanh(x)
Tensor tanhshrink(const Tensor& x, Loc loc = Loc::current());
// x moved towards 0 by lambda, 0 where |x| <= lambda. Throws etch::Error for a negative lambda.
Tensor softshrink(const Tensor& x, double lambda = 0.5, Loc loc = Loc::current());
// 0 where |x| <= lambda, else x.
Tensor hardshrink(const Tensor& x, double lambda = 0.5, Loc loc = Loc::current());
// x bounded to [min_val, max_val]. Throws etch::Error unless min_val < max_val.
Tensor hardtanh(const Tensor& x, double min_val = -1, double max_val = 1, Loc loc = Loc::current());
// relu6(x + 3) / 6
Tensor hardsigmoid(const Tensor& x, Loc loc = Loc::current());
// x * relu6(x + 3) / 6. Source: Howard et al., "Searching for MobileNetV3", arXiv:1905.02244.
Tensor hardswish(const Tensor& x, Loc loc = Loc::current());
// x where above `threshold`, else `value`.
Tensor threshold(const Tensor& x, double threshold, double value, Loc loc = Loc::current());
// First half of x along `dim` times the sigmoid of the second; `dim` halves. Throws etch::Error
// where its extent is odd. Source: Dauphin et al., 2016, arXiv:1612.08083.
Tensor glu(const Tensor& x, int64_t dim = -1, Loc loc = Loc::current());

// exp(x) / sum(exp(x)) along `dim`; of -x for softmin; the logarithm for log_softmax.
Tensor softmax(const Tensor& x, int64_t dim, Loc loc = Loc::current());
Tensor softmin(const Tensor& x, int64_t dim, Loc loc = Loc::current());
Tensor log_softmax(const Tensor& x, int64_t dim, Loc loc = Loc::current());

}  // namespace etch::nn::functional

#endif  // ETCH_NN_FUNCTIONAL_ACTIVATION_H_
