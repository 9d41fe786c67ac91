// The vocabulary in which derivative rules and rewrites write etch ops.
#ifndef ETCH_IR_BUILD_H_
#define ETCH_IR_BUILD_H_

#include "etch/ir/dialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"

namespace etch::ir {

// Type of a value that is known to be a tensor.
inline mlir::RankedTensorType tensorType(mlir::Value value) {
  return llvm::cast<mlir::RankedTensorType>(value.getType());
}
inline llvm::ArrayRef<int64_t> shapeOf(mlir::Value value) { return tensorType(value).getShape(); }
inline bool isFloatTensor(mlir::Value value) {
  return llvm::isa<mlir::FloatType>(tensorType(value).getElementType());
}

// `shape` with extent 1 along `dims`.
llvm::SmallVector<int64_t> reducedShape(llvm::ArrayRef<int64_t> shape,
                                        llvm::ArrayRef<int64_t> dims);
// Product of the extents of `shape` along `dims`.
int64_t extentAlong(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> dims);
llvm::SmallVector<int64_t> inversePermutation(llvm::ArrayRef<int64_t> permutation);
// The entries of `numbers`, one for each dimension, in the order of `permutation`.
llvm::SmallVector<int64_t> permutedNumbers(llvm::ArrayRef<int64_t> numbers,
                                           llvm::ArrayRef<int64_t> permutation);
// The dimensions `dims` as they are called after a transpose by `permutation`, ascending.
llvm::SmallVector<int64_t> permutedDims(llvm::ArrayRef<int64_t> dims,
                                        llvm::ArrayRef<int64_t> permutation);

// Every element of `type` as `value`, converted to the element type.
mlir::DenseElementsAttr splatAttr(mlir::RankedTensorType type, double value);

// The number that every element of a constant is, or none where they differ (or `attr` is null).
// An i64 beyond 2^53 is rounded.
std::optional<double> splatNumber(mlir::Attribute attr);

// Builds copies of the ops of `block`, a region of an op, with `arguments` in the place of the
// block's own, and returns what stands for what it yields. `mapping`, when given, learns all of it.
llvm::SmallVector<mlir::Value> cloneBlock(mlir::OpBuilder& builder, mlir::Block& block,
                                          mlir::ValueRange arguments,
                                          mlir::IRMapping* mapping = nullptr);

// Builds etch ops at one insertion point, all with one location. Ops that would do nothing are not
// built: a broadcast, reshape or cast to the operand's own type is the operand, and so is a
// transpose that leaves the dimensions in their order.
class Emitter {
 public:
  Emitter(mlir::OpBuilder& builder, mlir::Location loc) : builder_(builder), loc_(loc) {}

  template <typename OpTy, typename... Args>
  mlir::Value make(Args&&... args) {
    return OpTy::create(builder_, loc_, std::forward<Args>(args)...);
  }

  mlir::Value splat(mlir::Type type, double value);
  // A splat of the type of `x`.
  mlir::Value like(mlir::Value x, double value) { return splat(x.getType(), value); }

  mlir::Value neg(mlir::Value x) { return make<NegOp>(x); }
  mlir::Value add(mlir::Value a, mlir::Value b) { return make<AddOp>(a, b); }
  mlir::Value sub(mlir::Value a, mlir::Value b) { return make<SubOp>(a, b); }
  mlir::Value mul(mlir::Value a, mlir::Value b) { return make<MulOp>(a, b); }
  mlir::Value div(mlir::Value a, mlir::Value b) { return make<DivOp>(a, b); }
  mlir::Value scale(mlir::Value x, double factor) { return mul(x, like(x, factor)); }
  mlir::Value compare(Comparison order, mlir::Value a, mlir::Value b) {
    return make<CompareOp>(order, a, b);
  }
  mlir::Value select(mlir::Value condition, mlir::Value a, mlir::Value b) {
    return make<SelectOp>(condition, a, b);
  }
  mlir::Value cast(mlir::Value x, mlir::Type element);

  mlir::Value sum(mlir::Value x, llvm::ArrayRef<int64_t> dims);
  mlir::Value broadcast(mlir::Value x, llvm::ArrayRef<int64_t> shape);
  mlir::Value reshape(mlir::Value x, llvm::ArrayRef<int64_t> shape);
  mlir::Value transpose(mlir::Value x, llvm::ArrayRef<int64_t> permutation);
  // Zeros around and between the elements of `x`.
  mlir::Value pad(mlir::Value x, llvm::ArrayRef<int64_t> low, llvm::ArrayRef<int64_t> high,
                  llvm::ArrayRef<int64_t> interior) {
    return make<PadOp>(x, low, high, interior, mlir::FloatAttr());
  }
  // The elements [offset, offset + size) along `dim`, all of them along other dimensions.
  mlir::Value sliceAlong(mlir::Value x, int64_t dim, int64_t offset, int64_t size);

 private:
  mlir::OpBuilder& builder_;
  mlir::Location loc_;
};

}  // namespace etch::ir

#endif  // ETCH_IR_BUILD_H_
