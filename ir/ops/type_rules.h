// What the type rules (`inferReturnTypes`) of the op families share.
#ifndef ETCH_IR_OPS_TYPE_RULES_H_
#define ETCH_IR_OPS_TYPE_RULES_H_

#include <optional>
#include <string>

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/ValueRange.h"

namespace etch::ir {

// "[8, 64]"
std::string shapeText(llvm::ArrayRef<int64_t> shape);

// The operands have one type, and the result has it too.
llvm::LogicalResult inferSameType(llvm::StringRef op, std::optional<mlir::Location> loc,
                                  mlir::ValueRange operands,
                                  llvm::SmallVectorImpl<mlir::Type>& types);

// `dims` are ascending, without repetition, and dimensions of `type`.
llvm::LogicalResult checkDims(llvm::StringRef op, std::optional<mlir::Location> loc,
                              llvm::ArrayRef<int64_t> dims, mlir::RankedTensorType type);
// `dim` is a dimension of a shape of `rank` dimensions.
llvm::LogicalResult checkDim(llvm::StringRef op, std::optional<mlir::Location> loc, int64_t dim,
                             int64_t rank);
// The extents that an attribute asks for are not negative.
llvm::LogicalResult checkExtents(llvm::StringRef op, std::optional<mlir::Location> loc,
                                 llvm::ArrayRef<int64_t> shape);

// The operand's type with extent 1 along `dims`.
llvm::LogicalResult inferReduced(llvm::StringRef op, std::optional<mlir::Location> loc,
                                 mlir::Value input, llvm::ArrayRef<int64_t> dims,
                                 llvm::SmallVectorImpl<mlir::Type>& types);
// The same, and its positions in i64, where there are elements along `dims`.
llvm::LogicalResult inferChosen(llvm::StringRef op, std::optional<mlir::Location> loc,
                                mlir::Value input, llvm::ArrayRef<int64_t> dims,
                                llvm::SmallVectorImpl<mlir::Type>& types);
// The operand's type, whose dimension `dim` is normalized.
llvm::LogicalResult inferSoftmaxLike(llvm::StringRef op, std::optional<mlir::Location> loc,
                                     mlir::Value input, int64_t dim,
                                     llvm::SmallVectorImpl<mlir::Type>& types);

}  // namespace etch::ir

#endif  // ETCH_IR_OPS_TYPE_RULES_H_
