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

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Location.h"

namespace etch::ir {

inline constexpr llvm::StringLiteral kMainName = "main";
inline constexpr llvm::StringLiteral kNameAttr = "etch.name";
inline constexpr llvm::StringLiteral kPathAttr = "etch.path";
inline constexpr llvm::StringLiteral kKindAttr = "etch.kind";

// The arguments that are state which the program reads and does not write: the same from call to
// call, as long as nobody else writes it.
llvm::SmallVector<mlir::BlockArgument> readOnlyState(mlir::func::FuncOp program);

// The location of an op: its module path ("h.0.attn"; "" at the top) around the user's source line.
mlir::Location makeLocation(mlir::MLIRContext* context, llvm::StringRef path, llvm::StringRef file,
                            unsigned line);
// The module path of a location made by `makeLocation` (the longest common prefix for a fused one);
// empty when there is none.
std::string modulePath(mlir::Location loc);
// The location among those of a fused one whose module is innermost, the first of equal ones: what
// a kernel that several modules share is called after. Of a product and the activation behind it,
// whose modulePath() is "h.0.mlp", it is the product's, "h.0.mlp.fc".
mlir::Location innermostLocation(mlir::Location loc);
// The source line of a location made by `makeLocation`, "model.cc:41"; empty when there is none.
std::string sourceLine(mlir::Location loc);
// Its file and line alone; null when there is none.
mlir::FileLineColLoc sourceLocation(mlir::Location loc);

}  // namespace etch::ir

#endif  // ETCH_IR_PROGRAM_H_
