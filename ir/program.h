// The attributes that make a function a program: names, paths and kinds of its inputs and results.
//
//   func.func @main(%arg0: tensor<8x128xi64> {etch.name = "x"},
//                   %arg1: tensor<76x128xf32> {etch.kind = "state", etch.path = "wte.weight"})
//       -> (tensor<f32> {etch.name = "out0"},
//           tensor<76x128xf32> {etch.kind = "state", etch.path = "wte.weight"})
//
// `etch.kind` is "argument" (default for inputs), "result" (default for results), "state" (a cell:
// parameter, buffer, optimizer slot, random state) or "grad" (the gradient slot of the parameter at
// `etch.path`).
#ifndef ETCH_IR_PROGRAM_H_
#define ETCH_IR_PROGRAM_H_

#include "llvm/ADT/StringRef.h"
#include "mlir/IR/Location.h"

namespace etch::ir {

inline constexpr llvm::StringLiteral kMainName = "main";
inline constexpr llvm::StringLiteral kNameAttr = "etch.name";
inline constexpr llvm::StringLiteral kPathAttr = "etch.path";
inline constexpr llvm::StringLiteral kKindAttr = "etch.kind";

// The location of an op: its module path ("h.0.attn"; "" at the top) around the user's source line.
mlir::Location makeLocation(mlir::MLIRContext* context, llvm::StringRef path, llvm::StringRef file,
                            unsigned line);
// The module path of a location made by `makeLocation` (the longest common prefix for a fused one);
// empty when there is none.
std::string modulePath(mlir::Location loc);
// The path of the innermost module among those of a fused location, the first of equal ones: what a
// kernel that several modules share is called after. That of a product and the activation behind
// it is "h.0.mlp.fc", where modulePath() is "h.0.mlp".
std::string innermostPath(mlir::Location loc);
// Its source line, "model.cc:41"; empty when there is none.
std::string sourceLine(mlir::Location loc);

}  // namespace etch::ir

#endif  // ETCH_IR_PROGRAM_H_
