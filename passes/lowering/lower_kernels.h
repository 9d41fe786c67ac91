// Kernels of etch ops on tensors become kernels of linalg ops between memrefs.
#ifndef ETCH_PASSES_LOWERING_LOWER_KERNELS_H_
#define ETCH_PASSES_LOWERING_LOWER_KERNELS_H_

#include <memory>

#include "llvm/ADT/StringRef.h"
#include "mlir/Pass/Pass.h"

namespace etch::passes {

// On a lowered kernel: the number of arguments that are inputs; the rest are outputs.
inline constexpr llvm::StringLiteral kInputsAttr = "etch.inputs";
// On a lowered kernel: its outputs are written in several steps of which later ones overwrite
// earlier ones, so that it runs as one piece.
inline constexpr llvm::StringLiteral kSequentialAttr = "etch.sequential";

// Rewrites one kernel function (attribute etch.kernel): arguments and results become memrefs
// (results last; bool as i8), views of arguments become strided memrefs, computation becomes linalg
// on tensors in between:
//
//   %v = memref.reinterpret_cast %arg0 to offset: [..], sizes: [..], strides: [..]
//   %t = bufferization.to_tensor %v restrict
//   %r = linalg.generic ... ins(%t) ...
//   bufferization.materialize_in_destination %r in writable %arg1
std::unique_ptr<mlir::Pass> createLowerKernelsPass();

}  // namespace etch::passes

#endif  // ETCH_PASSES_LOWERING_LOWER_KERNELS_H_
