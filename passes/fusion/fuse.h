// Cuts a program into kernels.
#ifndef ETCH_PASSES_FUSION_FUSE_H_
#define ETCH_PASSES_FUSION_FUSE_H_

#include <memory>

#include "llvm/ADT/StringRef.h"
#include "mlir/Pass/Pass.h"

namespace etch::passes {

// On a kernel function: marks it as one.
inline constexpr llvm::StringLiteral kKernelAttr = "etch.kernel";
// On a kernel function: pairs [result, argument, ...] that may share a buffer, because every
// element is read before the same element is written.
inline constexpr llvm::StringLiteral kInPlaceAttr = "etch.in_place";

// Moves the body of @main into kernels (private functions) and leaves one etch.launch for each.
// Kernels that are equal but for locations become one function.
std::unique_ptr<mlir::Pass> createFusePass();

}  // namespace etch::passes

#endif  // ETCH_PASSES_FUSION_FUSE_H_
