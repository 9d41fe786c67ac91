#include "etch/codegen/schedule/row_loops.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace etch::codegen {

using namespace mlir;

RowLoops::RowLoops(ScheduleContext& context, ArrayRef<int64_t> shape, int64_t dim,
                   ArrayRef<Access> accesses, bool lanes, int64_t element_bytes)
    : context_(context),
      entry_(OpBuilder::atBlockBegin(&context.kernel.front())),
      emitter(context.kernel, context.target, entry_) {
  emitter.chooseGroups(shape, dim, accesses, /*keep_dims=*/false);
  int count = static_cast<int>(emitter.groups().size());
  for (int g = 0; g < count; ++g)
    if (emitter.groups()[g].dims.front() == dim) along_ = g;
  if (lanes && count > 0 && along_ != count - 1) lane_ = count - 1;
  if (lane_ >= 0) {
    width_ = context.target.lanes(std::max<int64_t>(4, element_bytes));
    blocks_ = (emitter.groups()[lane_].extent + width_ - 1) / width_;
  }
  length = shape[dim];
  pieces = blocks_;
  for (int g = 0; g < count; ++g)
    if (g != along_ && g != lane_) pieces *= emitter.groups()[g].extent;
}

void RowLoops::emit(llvm::function_ref<void(Scope&)> body) {
  OpBuilder& b = context_.builder;
  Location loc = context_.kernel.getLoc();
  auto loop = scf::ForOp::create(b, loc, context_.begin, context_.end, constantIndex(b, loc, 1));
  OpBuilder inside(loop.getBody()->getTerminator());
  Scope scope(inside);
  scope.point.index.assign(emitter.groups().size(), nullptr);
  Value piece = loop.getInductionVar();
  auto split = [&](int64_t extent) {
    Value by = constantIndex(inside, loc, extent);
    Value index = arith::RemUIOp::create(inside, loc, piece, by);
    piece = arith::DivUIOp::create(inside, loc, piece, by);
    return index;
  };
  if (lane_ >= 0) {
    int64_t extent = emitter.groups()[lane_].extent;
    Value index = mulIndex(inside, loc, split(blocks_), width_);
    scope.point.index[lane_] = index;
    scope.point.lane = lane_;
    scope.point.width = width_;
    if (extent % width_ != 0) {
      Value left = arith::SubIOp::create(inside, loc, constantIndex(inside, loc, extent), index);
      scope.point.mask = vector::CreateMaskOp::create(
          inside, loc, VectorType::get({width_}, inside.getI1Type()), left);
    }
  }
  for (int g = static_cast<int>(emitter.groups().size()) - 1; g >= 0; --g)
    if (g != along_ && g != lane_) scope.point.index[g] = split(emitter.groups()[g].extent);
  scope.builder = inside;
  body(scope);
}

}  // namespace etch::codegen
