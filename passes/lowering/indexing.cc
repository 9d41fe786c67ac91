#include "etch/passes/lowering/patterns.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace etch::passes {
namespace {

using namespace mlir;

// A row index outside the table counts as the nearest row, so that no input can read past it.
Value clampedRow(OpBuilder& b, Location loc, Value index, int64_t rows) {
  Value i = arith::IndexCastOp::create(b, loc, b.getIndexType(), index);
  Value zero = arith::ConstantIndexOp::create(b, loc, 0);
  Value last = arith::ConstantIndexOp::create(b, loc, rows - 1);
  return arith::MinSIOp::create(b, loc, arith::MaxSIOp::create(b, loc, i, zero), last);
}

struct LowerGather : OpConversionPattern<ir::GatherOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(ir::GatherOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter& rewriter) const override {
    auto type = cast<RankedTensorType>(getTypeConverter()->convertType(op.getType()));
    Value table = adaptor.getTable(), indices = adaptor.getIndices();
    int64_t index_rank = cast<RankedTensorType>(indices.getType()).getRank();
    int64_t rows = cast<RankedTensorType>(table.getType()).getDimSize(0);
    Value result = buildPointwise(rewriter, op.getLoc(), {}, type,
                                  [&](OpBuilder& b, Location loc, ValueRange) -> Value {
                                    SmallVector<Value> at, from;
                                    for (int64_t i = 0; i < index_rank; ++i)
                                      at.push_back(linalg::IndexOp::create(b, loc, i));
                                    Value index = tensor::ExtractOp::create(b, loc, indices, at);
                                    from.push_back(clampedRow(b, loc, index, rows));
                                    for (int64_t i = index_rank; i < type.getRank(); ++i)
                                      from.push_back(linalg::IndexOp::create(b, loc, i));
                                    return tensor::ExtractOp::create(b, loc, table, from);
                                  });
    rewriter.replaceOp(op, result);
    return success();
  }
};

}  // namespace

void populateIndexingLowering(const KernelTypeConverter& types, RewritePatternSet& patterns) {
  patterns.add<LowerGather>(types, patterns.getContext());
}

}  // namespace etch::passes
