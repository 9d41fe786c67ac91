// Activations as functions.
#ifndef ETCH_NN_FUNCTIONAL_ACTIVATION_H_
#define ETCH_NN_FUNCTIONAL_ACTIVATION_H_

#include <cstdint>
#include <optional>
#include <source_location>

#include "etch/frontend/tensor.h"

namespace etch::nn::functional {

using Loc = std::source_location;

Tensor relu(const Tensor& x, Loc loc = Loc::current());
// x * Phi(x); `tanh_approximation` as GPT-2 has it. See etch::gelu.
Tensor gelu(const Tensor& x, bool tanh_approximation = false, Loc loc = Loc::current());
Tensor softmax(const Tensor& x, int64_t dim, Loc loc = Loc::current());

}  // namespace etch::nn::functional

#endif  // ETCH_NN_FUNCTIONAL_ACTIVATION_H_
