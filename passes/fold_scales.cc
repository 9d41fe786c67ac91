// Factors of results become factors of weights.
#include "etch/ir/build.h"
#include "etch/ir/program.h"
#include "etch/passes/passes.h"

namespace etch::passes {

#define GEN_PASS_DEF_FOLDSCALESPASS
#include "etch/passes/passes.h.inc"

namespace {

using namespace mlir;

// Elements of the weight per element of the scale, beyond which the factor costs nothing beside the
// sum it follows, while the scaled copy is one more kernel to compile.
constexpr int64_t kDeepestFold = 96;

struct FoldScalesPass : impl::FoldScalesPassBase<FoldScalesPass> {
  using FoldScalesPassBase::FoldScalesPassBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal()) return;
    steady_.clear();
    for (BlockArgument argument : ir::readOnlyState(function)) steady_.insert(argument);
    SmallVector<ir::MulOp> products;
    for (Operation& op : function.front()) {
      auto product = dyn_cast<ir::MulOp>(op);
      if (product) products.push_back(product);
      bool constant = op.hasTrait<OpTrait::ConstantLike>();
      if (constant || (op.getNumOperands() > 0 && op.getNumRegions() == 0 && isPure(&op) &&
                       llvm::all_of(op.getOperands(), [&](Value v) { return isSteady(v); })))
        steady_.insert(op.result_begin(), op.result_end());
    }
    for (ir::MulOp product : products) {
      if (fold(product, product.getLhs(), product.getRhs()) ||
          fold(product, product.getRhs(), product.getLhs()))
        ++numFolded;
    }
  }

 private:
  bool isSteady(Value value) const { return steady_.contains(value); }

  // A vector that does not change, repeated along all dimensions but `dim`.
  struct Scale {
    Value vector;  // of the rank of what it multiplies, with extent 1 along other dimensions
    int64_t dim;
  };

  std::optional<Scale> scaleOf(Value factor) const {
    auto broadcast = factor.getDefiningOp<ir::BroadcastOp>();
    if (!broadcast || !isSteady(broadcast.getInput())) return std::nullopt;
    std::optional<int64_t> dim;
    for (auto [d, extent] : llvm::enumerate(ir::shapeOf(broadcast.getInput()))) {
      if (extent == 1) continue;
      if (dim) return std::nullopt;
      dim = d;
    }
    if (!dim) return std::nullopt;
    return Scale{broadcast.getInput(), *dim};
  }

  bool fold(ir::MulOp product, Value scaled, Value factor) {
    Type element = ir::tensorType(scaled).getElementType();
    if (!element.isF32() && !element.isF64()) return false;
    std::optional<Scale> scale = scaleOf(factor);
    if (!scale) return false;
    OpBuilder b(product);
    Value result = multiplied(b, scaled, *scale);
    if (!result) return false;
    product.getResult().replaceAllUsesWith(result);
    product.erase();
    for (Operation* op : replaced_) op->erase();
    replaced_.clear();
    return true;
  }

  // `value`, with `scale` multiplied to what it is computed from; null where that is not steady or
  // something else reads `value`.
  Value multiplied(OpBuilder& b, Value value, const Scale& scale) {
    if (!value.hasOneUse()) return nullptr;
    if (auto sum = value.getDefiningOp<ir::AddOp>()) {
      for (auto [term, other] :
           {std::pair(sum.getLhs(), sum.getRhs()), std::pair(sum.getRhs(), sum.getLhs())}) {
        std::optional<Scale> shift = scaleOf(other);
        if (!shift || shift->dim != scale.dim) continue;
        Value first = multiplied(b, term, scale);
        if (!first) continue;
        ir::Emitter e(b, sum.getLoc());
        replaced_.insert(replaced_.begin(), sum);
        Value vector = steady(e.mul(shift->vector, scale.vector));
        Value second = steady(e.broadcast(vector, ir::shapeOf(value)));
        return e.add(first, second);
      }
      return nullptr;
    }
    auto op = value.getDefiningOp<ir::ScalableOpInterface>();
    if (!op) return nullptr;
    for (auto [number, dim] : op.scaledOperands(scale.dim)) {
      Value operand = op->getOperand(number);
      // Weights narrower than the result would be rounded once more.
      if (!isSteady(operand) || getElementTypeOrSelf(operand) != getElementTypeOrSelf(value))
        continue;
      ArrayRef<int64_t> shape = ir::shapeOf(operand);
      if (ir::tensorType(operand).getNumElements() / std::max<int64_t>(1, shape[dim]) >
          kDeepestFold)
        continue;
      ir::Emitter e(b, op.getLoc());
      SmallVector<int64_t> ones(shape.size(), 1);
      ones[dim] = shape[dim];
      Value factor = steady(e.reshape(scale.vector, ones));
      factor = steady(e.broadcast(factor, shape));
      op->setOperand(number, steady(e.mul(operand, factor)));
      op->moveBefore(b.getInsertionBlock(), b.getInsertionPoint());
      return op->getResult(0);
    }
    return nullptr;
  }

  Value steady(Value value) {
    steady_.insert(value);
    return value;
  }

  DenseSet<Value> steady_;
  SmallVector<Operation*> replaced_;  // what nothing reads any more, readers first
};

}  // namespace
}  // namespace etch::passes
