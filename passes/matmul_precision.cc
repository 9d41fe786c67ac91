// Products of f32 on bf16 factors.
#include "etch/ir/build.h"
#include "etch/passes/passes.h"
#include "llvm/ADT/DenseMap.h"

namespace etch::passes {

#define GEN_PASS_DEF_MATMULPRECISIONPASS
#include "etch/passes/passes.h.inc"

namespace {

using namespace mlir;

struct MatmulPrecisionPass : impl::MatmulPrecisionPassBase<MatmulPrecisionPass> {
  using MatmulPrecisionPassBase::MatmulPrecisionPassBase;

  void runOnOperation() override {
    int64_t parts = precision == "bf16" ? 1 : precision == "bf16x3" ? 2 : 3;
    if (parts == 3 && precision != "bf16x6") {
      getOperation().emitError("a precision of products is bf16, bf16x3 or bf16x6, not ")
          << precision;
      return signalPassFailure();
    }
    narrowed_.clear();
    split_.clear();
    SmallVector<ir::MatmulOp> products;
    getOperation().walk([&](ir::MatmulOp op) {
      bool is_f32 = ir::tensorType(op.getLhs()).getElementType().isF32();
      if (is_f32 && (parts == 1 || op.getDepthDims() == 1)) products.push_back(op);
    });
    for (ir::MatmulOp op : products) rewrite(op, parts);
  }

 private:
  void rewrite(ir::MatmulOp op, int64_t parts) {
    OpBuilder b(op);
    SmallVector<Value> left = partsOf(op.getLhs(), parts), right = partsOf(op.getRhs(), parts);
    // The product of parts i and j is 2^-8(i + j) of the whole; what f32 would not notice is left
    // out.
    SmallVector<Value> lefts, rights;
    for (int64_t order = parts - 1; order >= 0; --order)
      for (int64_t i = 0; i <= order; ++i) {
        lefts.push_back(left[i]);
        rights.push_back(right[order - i]);
      }
    int64_t lhs_rank = ir::shapeOf(op.getLhs()).size(), rhs_rank = ir::shapeOf(op.getRhs()).size();
    Value lhs = joined(b, lefts, lhs_rank - (op.getTransposeLhs() ? 2 : 1));
    Value rhs = joined(b, rights, rhs_rank - (op.getTransposeRhs() ? 1 : 2));
    auto product =
        ir::MatmulOp::create(b, op.getLoc(), lhs, rhs, op.getTransposeLhs(), op.getTransposeRhs(),
                             op.getDepthDims(), /*wide_result=*/true);
    op.getResult().replaceAllUsesWith(product.getResult());
    op.erase();
  }

  Value joined(OpBuilder& b, ArrayRef<Value> values, int64_t dim) {
    if (values.size() == 1) return values[0];
    return ir::Emitter(b, values[0].getLoc()).make<ir::ConcatOp>(values, dim);
  }

  // bf16 values that sum up to `x`, as nearly as `count` of them can.
  SmallVector<Value> partsOf(Value x, int64_t count) {
    if (count == 1) return {narrow(x)};
    auto& parts = split_[x];
    if (!parts.empty()) return parts;
    OpBuilder b(x.getContext());
    b.setInsertionPointAfterValue(x);
    ir::Emitter e(b, x.getLoc());
    SmallVector<Value> result;
    for (Value rest = x; true;) {
      result.push_back(e.cast(rest, b.getBF16Type()));
      if (static_cast<int64_t>(result.size()) == count) break;
      rest = e.sub(rest, e.cast(result.back(), b.getF32Type()));
    }
    parts.assign(result.begin(), result.end());
    return result;
  }

  // A view is narrowed where it reads from, so that it stays one.
  Value narrow(Value x) {
    if (Value known = narrowed_.lookup(x)) return known;
    OpBuilder b(x.getContext());
    b.setInsertionPointAfterValue(x);
    Value result;
    auto view = x.getDefiningOp<ir::ViewOpInterface>();
    if (view && view->getNumOperands() == 1) {
      Value source = narrow(view->getOperand(0));
      b.setInsertionPointAfter(view);
      Operation* copy = b.clone(*view);
      copy->setOperand(0, source);
      copy->getResult(0).setType(ir::tensorType(x).clone(b.getBF16Type()));
      result = copy->getResult(0);
    } else {
      result = ir::Emitter(b, x.getLoc()).cast(x, b.getBF16Type());
    }
    return narrowed_[x] = result;
  }

  DenseMap<Value, Value> narrowed_;
  DenseMap<Value, SmallVector<Value>> split_;
};

}  // namespace
}  // namespace etch::passes
