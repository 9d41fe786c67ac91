#include "etch/passes/lowering/patterns.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace etch::passes {
namespace {

using namespace mlir;

// A broadcast of a value that the kernel itself computes. (Views of the kernel's arguments become
// strided memrefs before this.)
struct LowerBroadcast : OpConversionPattern<ir::BroadcastOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(ir::BroadcastOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter& rewriter) const override {
    auto type = cast<RankedTensorType>(getTypeConverter()->convertType(op.getType()));
    rewriter.replaceOp(
        op, buildPointwise(rewriter, op.getLoc(), adaptor.getInput(), type,
                           [](OpBuilder&, Location, ValueRange args) { return args[0]; }));
    return success();
  }
};

// The order of a packed matrix's outer dimensions: leading ones, then panels of columns, then rows.
SmallVector<int64_t> panelOrder(int64_t rank, int64_t columns) {
  SmallVector<int64_t> order;
  for (int64_t i = 0; i + 2 < rank; ++i) order.push_back(i);
  order.append({columns, columns == rank - 1 ? rank - 2 : rank - 1});
  return order;
}

struct LowerUnpack : OpConversionPattern<ir::UnpackOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(ir::UnpackOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter& rewriter) const override {
    auto type = cast<RankedTensorType>(getTypeConverter()->convertType(op.getType()));
    auto packed = cast<RankedTensorType>(adaptor.getInput().getType());
    int64_t rank = type.getRank(), columns = op.getTranspose() ? rank - 2 : rank - 1;
    Location loc = op.getLoc();
    Value empty = tensor::EmptyOp::create(rewriter, loc, type.getShape(), type.getElementType());
    SmallVector<int64_t> tiled = {columns};
    if (op.getPairs()) tiled.push_back(columns == rank - 1 ? rank - 2 : rank - 1);
    SmallVector<OpFoldResult> tiles;
    for (int64_t extent : packed.getShape().take_back(tiled.size()))
      tiles.push_back(rewriter.getIndexAttr(extent));
    rewriter.replaceOpWithNewOp<linalg::UnPackOp>(op, adaptor.getInput(), empty, tiled, tiles,
                                                  panelOrder(rank, columns));
    return success();
  }
};

}  // namespace

void populateMovementLowering(const KernelTypeConverter& types, RewritePatternSet& patterns) {
  patterns.add<LowerBroadcast, LowerUnpack>(types, patterns.getContext());
}

}  // namespace etch::passes
