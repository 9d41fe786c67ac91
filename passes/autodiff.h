// Reverse-mode differentiation over the etch dialect.
#ifndef ETCH_PASSES_AUTODIFF_H_
#define ETCH_PASSES_AUTODIFF_H_

#include "etch/ir/differentiate.h"

namespace etch::passes {

// Where gradient hooks enter the graph.
using ir::GradientHooks;
// What to differentiate: `outputs` with their `cotangents`, with respect to `inputs`.
using ir::GradientRequest;
// Appends the backward ops and returns the cotangent of each input; see ir/differentiate.h. The
// pass
// --etch-autodiff (passes.td) applies it to whole functions.
using ir::differentiate;

}  // namespace etch::passes

#endif  // ETCH_PASSES_AUTODIFF_H_
