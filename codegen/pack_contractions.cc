#include "etch/codegen/pack_contractions.h"

#include "etch/codegen/schedule/tiles.h"
#include "etch/ir/build.h"
#include "etch/passes/layouts.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Iterators.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

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
    // A matrix that is packed from its dimensions has no reader any more; it must not be copied.
    getOperation().walk<WalkOrder::PostOrder, ReverseIterator>([](Operation* op) {
      if (isOpTriviallyDead(op)) op->erase();
    });
  }

 private:
  void rewrite(ir::MatmulOp op) {
    if (op.getRhs().getDefiningOp<ir::UnpackOp>()) return;
    auto rhs = cast<RankedTensorType>(op.getRhs().getType());
    auto type = cast<RankedTensorType>(op.getType());
    int64_t rank = type.getRank();
    int64_t m = type.getDimSize(rank - 2), n = type.getDimSize(rank - 1);
    int64_t k = rhs.getDimSize(rhs.getRank() - (op.getTransposeRhs() ? 1 : 2));
    if (type.getNumElements() == 0 || k == 0) return;
    // Leading dimensions that share the right-hand side are rows to its kernel.
    int64_t rows = m;
    for (int64_t i = rhs.getRank() - 2; i + 2 < rank; ++i) rows *= type.getDimSize(i);
    Type element = type.getElementType();
    int64_t bytes = element.getIntOrFloatBitWidth() / 8;
    int64_t sum_bytes = std::max<int64_t>(4, bytes);
    TileChoice tile = chooseTile(target_, rows, n, k, sum_bytes);
    OpBuilder b(op);
    Location loc = op.getLoc();
    auto packed = [&](Value operand, int64_t columns, int64_t width, bool transpose,
                      bool unpack_transposed) -> Value {
      Value pack = packMatrix(b, loc, operand, width, transpose);
      return ir::UnpackOp::create(b, loc, pack, b.getI64IntegerAttr(columns),
                                  unpack_transposed ? b.getUnitAttr() : UnitAttr());
    };
    // A right-hand side no wider than a panel, read along its rows, is as good as packed.
    constexpr int64_t kNarrowBytes = 512;
    bool narrow = n == tile.columns;
    if (op.getDepthDims() > 1) {
      preferTallTile(target_, rows, rowStride(op) * bytes, sum_bytes, tile);
      narrow = n * bytes <= kNarrowBytes;
    }
    narrow &= !op.getTransposeRhs() && runsAlongRows(op.getRhs());
    Value new_rhs = op.getRhs();
    if (readsPairs(op)) {
      Value pack = ir::Emitter(b, loc).make<ir::PackOp>(op.getRhs(), tile.columns,
                                                        op.getTransposeRhs(), 1, 1, true);
      new_rhs = ir::Emitter(b, loc).make<ir::UnpackOp>(pack, n, false, true);
    } else if (!narrow) {
      new_rhs = packed(op.getRhs(), n, tile.columns, op.getTransposeRhs(), false);
    }
    Value new_lhs = op.getLhs();
    // Tiles read single elements of the left-hand side: wherever strides find them is good enough.
    bool in_place = succeeded(passes::layoutOf(op.getLhs()));
    if (op.getTransposeLhs() && !in_place) new_lhs = packed(op.getLhs(), m, tile.rows, false, true);
    auto result =
        ir::MatmulOp::create(b, loc, new_lhs, new_rhs, in_place && op.getTransposeLhs(),
                             /*transpose_rhs=*/false, op.getDepthDims(), op.getWideResult());
    op.getResult().replaceAllUsesWith(result.getResult());
    op.erase();
  }

  // The distance of neighbouring rows of the left factor, 0 where nothing is known of it.
  static int64_t rowStride(ir::MatmulOp op) {
    FailureOr<ir::StridedLayout> lhs = passes::layoutOf(op.getLhs());
    if (failed(lhs)) return 0;
    for (int64_t dim = lhs->shape.size() - op.getDepthDims(); dim-- > 0;)
      if (lhs->shape[dim] > 1) return lhs->strides[dim];
    return 0;
  }

  // Whether the target multiplies pairs of neighbours along the depth, and these lie together.
  bool readsPairs(ir::MatmulOp op) const {
    if (!target_.fast_bf16_pairs || op.getTransposeLhs()) return false;
    if (!ir::tensorType(op.getLhs()).getElementType().isBF16()) return false;
    FailureOr<ir::StridedLayout> lhs = passes::layoutOf(op.getLhs()),
                                 rhs = passes::layoutOf(op.getRhs());
    return succeeded(lhs) && lhs->strides.back() == 1 && lhs->shape.back() % 2 == 0 &&
           succeeded(rhs);
  }

  // Panels of a matrix. One that no strides express, though its rows and columns each are
  // dimensions of a strided view (the windows of a convolution), is packed from these.
  Value packMatrix(OpBuilder& b, Location loc, Value matrix, int64_t tile, bool transpose) {
    auto pack = [&](Value operand, int64_t row_dims, int64_t column_dims) -> Value {
      return ir::PackOp::create(b, loc, operand, b.getI64IntegerAttr(tile),
                                transpose ? b.getUnitAttr() : UnitAttr(),
                                b.getI64IntegerAttr(row_dims), b.getI64IntegerAttr(column_dims));
    };
    auto reshape = matrix.getDefiningOp<ir::ReshapeOp>();
    if (!reshape || succeeded(passes::layoutOf(matrix))) return pack(matrix, 1, 1);
    ArrayRef<int64_t> shape = ir::shapeOf(matrix);
    SmallVector<int64_t> split;   // finer than both shapes
    SmallVector<int64_t> counts;  // how many of its dimensions each one of `shape` consists of
    if (!splitAlike(ir::shapeOf(reshape.getInput()), shape, split, counts))
      return pack(matrix, 1, 1);
    ir::Emitter emit(b, loc);
    Value digits = emit.reshape(reshape.getInput(), split);
    int64_t row_dims = counts.end()[transpose ? -1 : -2];
    int64_t column_dims = counts.end()[transpose ? -2 : -1];
    // Where neither columns nor rows lie near each other, a copy side by side comes first.
    constexpr int64_t kNear = 8;
    FailureOr<ir::StridedLayout> layout = passes::layoutInMemory(digits);
    if (failed(layout)) return pack(matrix, 1, 1);
    size_t first_row = split.size() - row_dims - (transpose ? 0 : column_dims);
    bool near_rows = false;
    for (size_t dim = first_row; dim < first_row + row_dims; ++dim)
      near_rows |= split[dim] > 1 && std::abs(layout->strides[dim]) == 1;
    int64_t columns = layout->strides[split.size() - 1 - (transpose ? row_dims : 0)];
    if (std::abs(columns) > kNear && !near_rows) return pack(matrix, 1, 1);
    Value panels = pack(digits, row_dims, column_dims);
    SmallVector<int64_t> joined(shape.drop_back(2));
    llvm::append_range(joined, ir::shapeOf(panels).take_back(3));
    return emit.reshape(panels, joined);
  }

  // Whether the elements of a row lie side by side, without a copy.
  static bool runsAlongRows(Value matrix) {
    FailureOr<ir::StridedLayout> layout = passes::layoutOf(matrix);
    return succeeded(layout) && layout->strides.back() == 1;
  }

  // The coarsest shape that both are joinings of; each dimension of `to` becomes one or more.
  static bool splitAlike(ArrayRef<int64_t> from, ArrayRef<int64_t> to, SmallVector<int64_t>& split,
                         SmallVector<int64_t>& counts) {
    size_t next = 0;
    int64_t left = 1;  // of the dimension of `from` that is being split
    for (int64_t extent : to) {
      int64_t count = 0;
      for (int64_t rest = extent; rest > 1; ++count) {
        while (left == 1 && next < from.size()) left = from[next++];
        if (left == 1 || (left % rest != 0 && rest % left != 0)) return false;
        int64_t step = std::min(left, rest);
        split.push_back(step);
        left /= step;
        rest /= step;
      }
      bool is_matrix_dim = counts.size() + 2 >= to.size();
      if (count == 0 && is_matrix_dim) {
        split.push_back(1);
        count = 1;
      }
      counts.push_back(count);
    }
    return left == 1;
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
