#include "etch/ir/ops/type_rules.h"

#include "llvm/ADT/StringExtras.h"

namespace etch::ir {

using mlir::emitOptionalError;

std::string shapeText(llvm::ArrayRef<int64_t> shape) {
  auto text = llvm::map_range(shape, [](int64_t extent) { return std::to_string(extent); });
  return "[" + llvm::join(text, ", ") + "]";
}

llvm::LogicalResult inferSameType(llvm::StringRef op, std::optional<mlir::Location> loc,
                                  mlir::ValueRange operands,
                                  llvm::SmallVectorImpl<mlir::Type>& types) {
  mlir::Type first = operands[0].getType();
  for (mlir::Value operand : operands.drop_front())  // binary_c1
    if (operand.getType() != first)
      return emitOptionalError(loc, op, " wants operands of one type (lhs ", first, ", rhs ",
                               operand.getType(), ")");
  types.push_back(first);  // unary_c1
  return mlir::success();
}

llvm::LogicalResult checkDim(llvm::StringRef op, std::optional<mlir::Location> loc, int64_t dim,
                             int64_t rank) {
  if (dim >= 0 && dim < rank) return mlir::success();
  return emitOptionalError(loc, op, ": dimension ", dim, " is not in [0, ", rank, ")");
}

llvm::LogicalResult checkExtents(llvm::StringRef op, std::optional<mlir::Location> loc,
                                 llvm::ArrayRef<int64_t> shape) {
  for (int64_t extent : shape)
    if (extent < 0)
      return emitOptionalError(loc, op, " has the negative extent ", extent, " in its shape");
  return mlir::success();
}

llvm::LogicalResult checkDims(llvm::StringRef op, std::optional<mlir::Location> loc,
                              llvm::ArrayRef<int64_t> dims, mlir::RankedTensorType type) {
  for (auto [i, dim] : llvm::enumerate(dims)) {
    if (failed(checkDim(op, loc, dim, type.getRank()))) return mlir::failure();
    if (i > 0 && dims[i - 1] >= dim)
      return emitOptionalError(loc, op, ": dims are not ascending (", dims[i - 1], " before ", dim,
                               ")");
  }
  return mlir::success();
}

}  // namespace etch::ir
