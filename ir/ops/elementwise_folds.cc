// Folds of elementwise ops. Only what holds for every operand value, NaN and infinities included:
// x * 0 is folded for integers alone. (x + 0 forgets the sign of a negative zero, as it may.)
#include "etch/ir/build.h"

namespace etch::ir {
namespace {

using mlir::Attribute;
using mlir::OpFoldResult;
using mlir::Value;

bool isInteger(Value x) { return llvm::isa<mlir::IntegerType>(tensorType(x).getElementType()); }

bool isSplatOf(Attribute attr, double value) {
  std::optional<double> splat = splatNumber(attr);
  return splat && *splat == value;
}

}  // namespace

OpFoldResult NegOp::fold(FoldAdaptor) {
  if (auto inner = getInput().getDefiningOp<NegOp>()) return inner.getInput();
  return {};
}

OpFoldResult NotOp::fold(FoldAdaptor) {
  if (auto inner = getInput().getDefiningOp<NotOp>()) return inner.getInput();
  return {};
}

OpFoldResult AddOp::fold(FoldAdaptor adaptor) {
  if (isSplatOf(adaptor.getRhs(), 0)) return getLhs();
  if (isSplatOf(adaptor.getLhs(), 0)) return getRhs();
  return {};
}

OpFoldResult SubOp::fold(FoldAdaptor adaptor) {
  if (isSplatOf(adaptor.getRhs(), 0)) return getLhs();
  return {};
}

OpFoldResult MulOp::fold(FoldAdaptor adaptor) {
  if (isSplatOf(adaptor.getRhs(), 1)) return getLhs();
  if (isSplatOf(adaptor.getLhs(), 1)) return getRhs();
  if (!isInteger(getLhs())) return {};
  if (isSplatOf(adaptor.getRhs(), 0)) return adaptor.getRhs();
  if (isSplatOf(adaptor.getLhs(), 0)) return adaptor.getLhs();
  return {};
}

OpFoldResult DivOp::fold(FoldAdaptor adaptor) {
  if (isSplatOf(adaptor.getRhs(), 1)) return getLhs();
  return {};
}

OpFoldResult SelectOp::fold(FoldAdaptor adaptor) {
  if (getOnTrue() == getOnFalse()) return getOnTrue();
  if (std::optional<double> condition = splatNumber(adaptor.getCondition()))
    return *condition != 0 ? getOnTrue() : getOnFalse();
  return {};
}

OpFoldResult CastOp::fold(FoldAdaptor) {
  if (getInput().getType() == getType()) return getInput();
  return {};
}

}  // namespace etch::ir
