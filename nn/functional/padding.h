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

// x with more elements before and after its last dimensions: `padding` holds two numbers for each
// of them, the innermost first, as torch.nn.functional.pad. `mode` says which elements: "constant",
// zeros (negative numbers cut off), "reflect", the inside mirrored at the border element,
// "replicate", the border element, or "circular", the other end.
// Throws etch::Error for another mode, and where reflect and circular find too few elements.
Tensor pad(const Tensor& x, const std::vector<int64_t>& padding,
           const std::string& mode = "constant", Loc loc = Loc::current());

}  // namespace etch::nn::functional

#endif  // ETCH_NN_FUNCTIONAL_PADDING_H_
