#include "etch/codegen/schedule/digits.h"

#include "etch/codegen/schedule/kernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

namespace etch::codegen {

using namespace mlir;

int64_t Digits::count() const { return ShapedType::getNumElements(extents); }

bool Digits::ascends() const {
  for (size_t i = extents.size(); i-- > 1;)
    if (strides[i] < 1 || strides[i - 1] < strides[i] * extents[i]) return false;
  return strides[0] >= 1;
}

void Digits::simplify() {
  auto drop = [&](size_t i) {
    extents.erase(extents.begin() + i);
    strides.erase(strides.begin() + i);
  };
  for (size_t i = extents.size(); i-- > 0 && extents.size() > 1;)
    if (extents[i] == 1) drop(i);
  for (size_t i = extents.size(); i-- > 1;) {
    if (strides[i - 1] != strides[i] * extents[i]) continue;
    extents[i] *= extents[i - 1];
    drop(i - 1);
  }
}

Value constantLike(OpBuilder& b, Location loc, Value like, int64_t value) {
  auto vector = dyn_cast<VectorType>(like.getType());
  if (!vector) return constantIndex(b, loc, value);
  return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(vector, b.getIndexAttr(value)));
}

SmallVector<Value> Digits::split(OpBuilder& b, Location loc, Value i) const {
  SmallVector<Value> digits(extents.size());
  for (size_t d = extents.size(); d-- > 0;) {
    digits[d] = i;
    if (d == 0) break;
    Value extent = constantLike(b, loc, i, extents[d]);
    digits[d] = arith::RemUIOp::create(b, loc, i, extent);
    i = arith::DivUIOp::create(b, loc, i, extent);
  }
  return digits;
}

Value Digits::addressOf(OpBuilder& b, Location loc, Value i) const {
  Value address = constantLike(b, loc, i, 0);
  for (auto [digit, stride] : llvm::zip(split(b, loc, i), strides)) {
    Value step = arith::MulIOp::create(b, loc, digit, constantLike(b, loc, digit, stride));
    address = arith::AddIOp::create(b, loc, address, step);
  }
  return address;
}

}  // namespace etch::codegen
