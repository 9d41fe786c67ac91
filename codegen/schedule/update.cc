#include "etch/codegen/schedule/row_loops.h"
#include "etch/codegen/schedule/strategies.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace etch::codegen {

using namespace mlir;

namespace {

// Emits `body` for each i in [begin, end).
void forEach(OpBuilder& b, Location loc, Value begin, Value end,
             llvm::function_ref<void(OpBuilder&, Value)> body) {
  auto loop = scf::ForOp::create(b, loc, begin, end, constantIndex(b, loc, 1));
  OpBuilder inside(loop.getBody()->getTerminator());
  body(inside, loop.getInductionVar());
}

}  // namespace

// Whether the result lies over the base is known when the kernel runs: the planner may allow it,
// and the caller hold the base for another purpose. Where it does not, the base is copied first.
FailureOr<int64_t> scheduleUpdateSlice(ScheduleContext& context, ir::UpdateSliceOp op) {
  std::optional<Access> base = sourceOf(withoutCasts(op.getBase()));
  std::optional<Access> update = sourceOf(withoutCasts(op.getUpdate()));
  std::optional<Access> start = sourceOf(op.getStart());
  SmallVector<Sink> sinks = sinksOf(context.kernel);
  if (!base || !update || !start || sinks.size() != 1)
    return op.emitError("cannot be scheduled: an update stands alone in its kernel");
  const Access& result = sinks[0].access;
  Type element = cast<MemRefType>(result.memory.getType()).getElementType();
  int64_t dim = op.getDim(), count = update->layout.shape[dim];
  int64_t base_rows = base->layout.shape[dim];
  SmallVector<int64_t> shape(base->layout.shape);
  shape[dim] = std::max(base_rows, count);  // the dimension counts where either has several rows
  RowLoops rows(context, shape, dim, {*base, *update, result}, /*lanes=*/true,
                element.getIntOrFloatBitWidth() / 8);
  if (base_rows * rows.pieces == 0) return 1;

  Location loc = op.getLoc();
  OpBuilder& b = context.builder;
  auto address = [&](Value memory) {
    return memref::ExtractAlignedPointerAsIndexOp::create(b, loc, memory).getResult();
  };
  Value moved = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, address(base->memory),
                                      address(result.memory));
  // The rows of the update that are rows of the base: within 64 bits, wherever it starts.
  Value zero = constantIndex(b, loc, 0), length = constantIndex(b, loc, base_rows);
  Value first = memref::LoadOp::create(b, loc, rows.emitter.flat(start->memory),
                                       constantIndex(b, loc, start->layout.offset));
  first = arith::IndexCastOp::create(b, loc, b.getIndexType(), first);
  first = arith::MaxSIOp::create(b, loc, first, constantIndex(b, loc, -count));
  first = arith::MinSIOp::create(b, loc, first, length);
  Value end = arith::MinSIOp::create(b, loc, addIndex(b, loc, first, count), length);
  Value begin = arith::MaxSIOp::create(b, loc, first, zero);

  rows.emit([&](Scope& scope) {
    auto move = [&](OpBuilder& at, const Access& from, Value i, Value to) {
      Scope source(at, &scope), target(at, &scope);
      source.point = rows.at(scope.point, i);
      target.point = rows.at(scope.point, to);
      Value value = rows.emitter.load(from, element, source);
      target.builder = source.builder;
      rows.emitter.store(value, result, target);
    };
    auto branch =
        scf::IfOp::create(scope.builder, loc, TypeRange(), moved, /*withElseRegion=*/false);
    OpBuilder copy(branch.thenBlock()->getTerminator());
    forEach(copy, loc, zero, length, [&](OpBuilder& at, Value i) { move(at, *base, i, i); });
    forEach(scope.builder, loc, begin, end, [&](OpBuilder& at, Value i) {
      move(at, *update, arith::SubIOp::create(at, loc, i, first), i);
    });
  });
  return rows.pieces;
}

}  // namespace etch::codegen
