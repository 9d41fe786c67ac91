// The part of a trace that some results depend on, in an order that depends on the results alone:
// C++ leaves open in which order operands are evaluated, so the order of recording would make
// programs differ between compilers.
#ifndef ETCH_FRONTEND_SLICE_H_
#define ETCH_FRONTEND_SLICE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "etch/frontend/trace.h"

namespace etch::frontend {

// What the signature says about an input or a result, see ir/program.h.
struct ValueLabel {
  enum class Kind : uint8_t { kPlain, kState, kGrad };
  Kind kind = Kind::kPlain;
  std::string name;  // kPlain
  std::string path;  // kState, kGrad
};

struct Slice {
  std::vector<mlir::Operation*> ops;  // operands before their users
  std::vector<unsigned> inputs;       // numbers of function arguments, in the order of first use
  // The operands of all ops, then the results: 2k for the k-th input, 2k+1 for the k-th result of
  // an op of this slice.
  std::vector<uint32_t> numbering;
};

// Depth first from `results`. `first_inputs` come first whether they are used or not.
// `num_ops` is a guess of how many ops that are.
Slice slice_of(const std::vector<mlir::Value>& results,
               const std::vector<mlir::Value>& first_inputs = {}, int64_t num_ops = 0);

// A module with the function `main` that computes `results`; labels as many as inputs and results.
mlir::OwningOpRef<mlir::ModuleOp> outline(Trace& trace, const Slice& slice,
                                          const std::vector<mlir::Value>& results,
                                          const std::vector<ValueLabel>& input_labels,
                                          const std::vector<ValueLabel>& result_labels);

// A copy of `module` in another context. Throws etch::Error when that fails.
mlir::OwningOpRef<mlir::ModuleOp> move_to(Context& context, mlir::ModuleOp module);

}  // namespace etch::frontend

#endif  // ETCH_FRONTEND_SLICE_H_
