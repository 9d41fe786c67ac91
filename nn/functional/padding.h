// Padding as a function.
#ifndef ETCH_NN_FUNCTIONAL_PADDING_H_
#define ETCH_NN_FUNCTIONAL_PADDING_H_

#include <cstdint>
#include <source_location>
#include <string>
#include <vector>

#include "etch/frontend/tensor.h"

namespace etch::nn::functional {

using Loc = std::source_location;

// etch::pad with PyTorch's names of its modes: "constant" (`value` everywhere), "reflect",
// "replicate" or "circular". Throws etch::Error for another mode.
Tensor pad(const Tensor& x, const std::vector<int64_t>& padding,
           const std::string& mode = "constant", double value = 0, Loc loc = Loc::current());

}  // namespace etch::nn::functional

#endif  // ETCH_NN_FUNCTIONAL_PADDING_H_
