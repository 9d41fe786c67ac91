#include "etch/codegen/pack_contractions.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "etch/codegen/schedule/tiles.h"
#include "etch/ir/build.h"

namespace etch::codegen {
namespace {

using namespace mlir;

struct PackContractionsPass : PassWrapper<PackContractionsPass, OperationPass<func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(PackContractionsPass)
  explicit PackContractionsPass(const Target& target) : target_(target) {}
  StringRef getArgument() const override { return "etch-pack-contractions"; }
  StringRef getDescription() const override { return "Let matrix products read packed operands"; }

  void runOnOperation() override {
    getOperation().walk([&](ir::MatmulOp op) { rewrite(op); });
    getOperation().walk([&](ir::UnpackOp op) {
      if (!llvm::all_of(op->getUsers(), llvm::IsaPred<ir::MatmulOp>)) decompose(op);
    });
  }

 private:
  void rewrite(ir::MatmulOp op) {
    if (op.getRhs().getDefiningOp<ir::UnpackOp>()) return;
    auto lhs = cast<RankedTensorType>(op.getLhs().getType());
    auto rhs = cast<RankedTensorType>(op.getRhs().getType());
    auto type = cast<RankedTensorType>(op.getType());
    int64_t rank = type.getRank();
    int64_t m = type.getDimSize(rank - 2), n = type.getDimSize(rank - 1);
    int64_t k = lhs.getDimSize(op.getTransposeLhs() ? lhs.getRank() - 2 : lhs.getRank() - 1);
    if (type.getNumElements() == 0 || k == 0) return;
    // Leading dimensions that share the right-hand side are rows to its kernel.
    int64_t rows = m;
    if (rhs.getRank() == 2 && !op.getTransposeLhs())
      for (int64_t i = 0; i + 2 < rank; ++i) rows *= type.getDimSize(i);
    Type element = type.getElementType();
    int64_t bytes = element.getIntOrFloatBitWidth() / 8;
    TileChoice tile = chooseTile(target_, rows, n, k, std::max<int64_t>(4, bytes));
    OpBuilder b(op);
    Location loc = op.getLoc();
    auto packed = [&](Value operand, int64_t columns, int64_t width, bool transpose,
                      bool unpack_transposed) -> Value {
      Value pack = ir::PackOp::create(b, loc, operand, b.getI64IntegerAttr(width),
                                      transpose ? b.getUnitAttr() : UnitAttr());
      return ir::UnpackOp::create(b, loc, pack, b.getI64IntegerAttr(columns),
                                  unpack_transposed ? b.getUnitAttr() : UnitAttr());
    };
    // A right-hand side no wider than a panel, read along its rows, is as good as packed.
    bool narrow = !op.getTransposeRhs() && n == tile.columns;
    Value new_rhs = op.getRhs();
    if (!narrow) new_rhs = packed(op.getRhs(), n, tile.columns, op.getTransposeRhs(), false);
    Value new_lhs = op.getLhs();
    if (op.getTransposeLhs()) new_lhs = packed(op.getLhs(), m, tile.rows, false, true);
    auto result = ir::MatmulOp::create(b, loc, new_lhs, new_rhs, UnitAttr(), UnitAttr());
    op.getResult().replaceAllUsesWith(result.getResult());
    op.erase();
  }

  // What reads a packed matrix other than a product reads a copy.
  void decompose(ir::UnpackOp op) {
    OpBuilder b(op);
    ir::Emitter emit(b, op.getLoc());
    SmallVector<int64_t> shape(ir::shapeOf(op.getInput()));
    int64_t rank = shape.size();
    SmallVector<int64_t> order;
    for (int64_t i = 0; i < rank - 3; ++i) order.push_back(i);
    order.append({rank - 2, rank - 3, rank - 1});
    Value rows = ir::TransposeOp::create(b, op.getLoc(), op.getInput(), order);
    SmallVector<int64_t> joined(shape.begin(), shape.end() - 3);
    joined.append({shape[rank - 2], shape[rank - 3] * shape[rank - 1]});
    rows = emit.reshape(rows, joined);
    SmallVector<int64_t> offsets(joined.size(), 0), strides(joined.size(), 1), sizes(joined);
    sizes.back() = op.getColumns();
    Value result = ir::SliceOp::create(b, op.getLoc(), rows, offsets, sizes, strides);
    if (op.getTranspose()) {
      SmallVector<int64_t> swap;
      for (int64_t i = 0; i < rank - 3; ++i) swap.push_back(i);
      swap.append({rank - 2, rank - 3});
      result = ir::TransposeOp::create(b, op.getLoc(), result, swap);
    }
    op.getResult().replaceAllUsesWith(result);
    op.erase();
  }

  Target target_;
};

}  // namespace

std::unique_ptr<Pass> createPackContractionsPass(const Target& target) {
  return std::make_unique<PackContractionsPass>(target);
}

}  // namespace etch::codegen
