// Values at a place of their own in the graph. For the library's own code: hooks of modules, and
// what functions are differentiated with respect to.
#ifndef ETCH_FRONTEND_OPS_BOUNDARY_H_
#define ETCH_FRONTEND_OPS_BOUNDARY_H_

#include <source_location>
#include <vector>

#include "etch/frontend/tensor.h"

namespace etch::frontend {

// `values`, unchanged, as the results of one op: their gradients meet there before they flow on,
// and are those of the uses of the results alone. Costs nothing when the program runs.
std::vector<Tensor> record_boundary(const std::vector<Tensor>& values, std::source_location loc);

}  // namespace etch::frontend

#endif  // ETCH_FRONTEND_OPS_BOUNDARY_H_
