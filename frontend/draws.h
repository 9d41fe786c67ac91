// Numbers the random draws of a trace.
//
// C++ leaves open which of two draws in one expression is recorded first, and compilers differ. So
// the offset of each draw into the numbers of its state is set when the trace is complete, in the
// order in which a walk from the results meets the draws; draws that no result needs come last.
#ifndef ETCH_FRONTEND_DRAWS_H_
#define ETCH_FRONTEND_DRAWS_H_

#include <cstdint>
#include <vector>

#include "etch/frontend/slice.h"
#include "etch/frontend/trace.h"

namespace etch::frontend {

// One uniform number for each element of `shape`, after which `state` stands behind the last.
Tensor record_draw(const Site& site, const Tensor& state, const Shape& shape);

// To be called before the ops of `slice`, which hold all results, are looked at.
void number_draws(Trace& trace, const Slice& slice);

}  // namespace etch::frontend

#endif  // ETCH_FRONTEND_DRAWS_H_
