#include "etch/codegen/schedule/row_loops.h"
#include "etch/codegen/schedule/strategies.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace etch::codegen {

using namespace mlir;

namespace {

Value convert(OpBuilder& b, Location loc, Value value, Type element) {
  Type from = getElementTypeOrSelf(value), to = element;
  if (from == element) return value;
  if (auto vector = dyn_cast<VectorType>(value.getType())) to = vector.clone(element);
  if (from.getIntOrFloatBitWidth() < element.getIntOrFloatBitWidth())
    return arith::ExtFOp::create(b, loc, to, value);
  return arith::TruncFOp::create(b, loc, to, value);
}

}  // namespace

// The sums of a vector of rows, or of one, are carried along them.
FailureOr<int64_t> scheduleCumsum(ScheduleContext& context, ir::CumsumOp op) {
  std::optional<Access> from = sourceOf(withoutCasts(op.getInput()));
  std::optional<Access> to = sinkOf(context.kernel, op.getResult());
  if (!from || !to) return op.emitError("cannot be scheduled: it does not stand alone");
  Type element = cast<MemRefType>(to->memory.getType()).getElementType();
  bool narrow = isa<FloatType>(element) && element.getIntOrFloatBitWidth() < 32;
  Type wide = narrow ? context.builder.getF32Type() : element;
  RowLoops loops(context, from->layout.shape, op.getDim(), {*from, *to}, /*lanes=*/true,
                 element.getIntOrFloatBitWidth() / 8);
  if (loops.length == 0 || loops.pieces == 0) return 1;
  Location loc = op.getLoc();
  loops.emit([&](Scope& scope) {
    OpBuilder& b = scope.builder;
    Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(wide));
    auto loop =
        scf::ForOp::create(b, loc, constantIndex(b, loc, 0), constantIndex(b, loc, loops.length),
                           constantIndex(b, loc, 1), loops.emitter.widen(zero, scope));
    OpBuilder body = OpBuilder::atBlockEnd(loop.getBody());
    Value i = loop.getInductionVar(), before = loop.getRegionIterArg(0);
    if (op.getReverse())
      i = arith::SubIOp::create(body, loc, constantIndex(body, loc, loops.length - 1), i);
    Scope step(body, &scope);
    step.point = loops.at(scope.point, i);
    Value x = loops.emitter.widen(loops.emitter.load(*from, element, step), step);
    x = convert(step.builder, loc, x, wide);
    Value sum = isa<FloatType>(wide) ? Value(arith::AddFOp::create(step.builder, loc, before, x))
                                     : Value(arith::AddIOp::create(step.builder, loc, before, x));
    Value stored = op.getExclusive() ? before : sum;
    loops.emitter.store(convert(step.builder, loc, stored, element), *to, step);
    scf::YieldOp::create(step.builder, loc, sum);
  });
  return loops.pieces;
}

namespace {

// Heap sort of the indices of one row, in the memory of the result: nothing else is needed. Indices
// order equal elements, so that the sort is stable.
class RowSorter {
 public:
  RowSorter(ir::SortOp op, PointEmitter& emitter, const Access& x, const Access& indices)
      : op_(op),
        loc_(op.getLoc()),
        x_(emitter.flat(x.memory)),
        indices_(emitter.flat(indices.memory)) {}

  void emit(OpBuilder& b, Value x_base, int64_t x_stride, Value index_base, int64_t index_stride,
            int64_t length) {
    x_base_ = x_base;
    x_stride_ = x_stride;
    index_base_ = index_base;
    index_stride_ = index_stride;
    Value one = constantIndex(b, loc_, 1), zero = constantIndex(b, loc_, 0);
    auto each = [&](int64_t count, llvm::function_ref<void(OpBuilder&, Value)> body) {
      auto loop = scf::ForOp::create(b, loc_, zero, constantIndex(b, loc_, count), one);
      OpBuilder inside(loop.getBody()->getTerminator());
      body(inside, loop.getInductionVar());
    };
    auto mirrored = [&](OpBuilder& in, int64_t last, Value i) -> Value {
      return arith::SubIOp::create(in, loc_, constantIndex(in, loc_, last), i);
    };
    each(length, [&](OpBuilder& in, Value i) { put(in, i, i); });
    each(length / 2, [&](OpBuilder& in, Value i) {
      sift(in, mirrored(in, length / 2 - 1, i), constantIndex(in, loc_, length));
    });
    each(std::max<int64_t>(length - 1, 0), [&](OpBuilder& in, Value i) {
      Value end = mirrored(in, length - 1, i);
      Value first = get(in, zero), last = get(in, end);
      put(in, zero, last);
      put(in, end, first);
      sift(in, zero, end);
    });
  }

  Value get(OpBuilder& b, Value i) {
    Value offset = addIndex(b, loc_, index_base_, mulIndex(b, loc_, i, index_stride_));
    Value index = memref::LoadOp::create(b, loc_, indices_, offset);
    return arith::IndexCastOp::create(b, loc_, b.getIndexType(), index);
  }
  Value element(OpBuilder& b, Value index) {
    Value offset = addIndex(b, loc_, x_base_, mulIndex(b, loc_, index, x_stride_));
    return memref::LoadOp::create(b, loc_, x_, offset);
  }

 private:
  void put(OpBuilder& b, Value i, Value index) {
    Value offset = addIndex(b, loc_, index_base_, mulIndex(b, loc_, i, index_stride_));
    index = arith::IndexCastOp::create(b, loc_, b.getI64Type(), index);
    memref::StoreOp::create(b, loc_, index, indices_, offset);
  }

  // Moves what is at `root` of the heap [0, end) down until no child comes after it.
  void sift(OpBuilder& b, Value root, Value end) {
    auto childOf = [&](OpBuilder& in, Value at) {
      return addIndex(in, loc_, mulIndex(in, loc_, at, 2), 1);
    };
    auto before = [&](OpBuilder& in, Location, ValueRange state) {
      Value goes_on =
          arith::CmpIOp::create(in, loc_, arith::CmpIPredicate::ult, childOf(in, state[0]), end);
      scf::ConditionOp::create(in, loc_, goes_on, state);
    };
    auto after = [&](OpBuilder& in, Location, ValueRange state) {
      Value at = state[0], child = childOf(in, at);
      Value last = arith::SubIOp::create(in, loc_, end, constantIndex(in, loc_, 1));
      Value sibling = arith::MinUIOp::create(in, loc_, addIndex(in, loc_, child, 1), last);
      Value own = get(in, at), left = get(in, child), right = get(in, sibling);
      Value second = isBefore(in, left, right);
      child = arith::SelectOp::create(in, loc_, second, sibling, child);
      Value later = arith::SelectOp::create(in, loc_, second, right, left);
      auto moves = scf::IfOp::create(
          in, loc_, isBefore(in, own, later),
          [&](OpBuilder& then, Location) {
            put(then, at, later);
            put(then, child, own);
            scf::YieldOp::create(then, loc_, child);
          },
          [&](OpBuilder& otherwise, Location) { scf::YieldOp::create(otherwise, loc_, end); });
      scf::YieldOp::create(in, loc_, moves.getResults());
    };
    scf::WhileOp::create(b, loc_, TypeRange(b.getIndexType()), ValueRange(root), before, after);
  }

  Value isBefore(OpBuilder& b, Value i, Value j) {
    Value x = element(b, i), y = element(b, j);
    Value less = isLess(b, x, y), greater = isLess(b, y, x);
    if (op_.getDescending()) std::swap(less, greater);
    Value yes = arith::ConstantOp::create(b, loc_, b.getBoolAttr(true));
    Value earlier = arith::CmpIOp::create(b, loc_, arith::CmpIPredicate::ult, i, j);
    Value tied =
        arith::AndIOp::create(b, loc_, arith::XOrIOp::create(b, loc_, greater, yes), earlier);
    return arith::OrIOp::create(b, loc_, less, tied);
  }

  // NaN is larger than every number.
  Value isLess(OpBuilder& b, Value x, Value y) {
    if (!isa<FloatType>(x.getType())) {
      bool is_unsigned =
          cast<RankedTensorType>(op_.getInput().getType()).getElementType().isUnsignedInteger();
      return arith::CmpIOp::create(
          b, loc_, is_unsigned ? arith::CmpIPredicate::ult : arith::CmpIPredicate::slt, x, y);
    }
    if (x.getType().getIntOrFloatBitWidth() < 32) {
      x = convert(b, loc_, x, b.getF32Type());
      y = convert(b, loc_, y, b.getF32Type());
    }
    auto compare = [&](arith::CmpFPredicate order, Value u, Value v) -> Value {
      return arith::CmpFOp::create(b, loc_, order, u, v);
    };
    Value only_y = arith::AndIOp::create(b, loc_, compare(arith::CmpFPredicate::UNO, y, y),
                                         compare(arith::CmpFPredicate::ORD, x, x));
    return arith::OrIOp::create(b, loc_, compare(arith::CmpFPredicate::OLT, x, y), only_y);
  }

  ir::SortOp op_;
  Location loc_;
  Value x_, indices_, x_base_, index_base_;
  int64_t x_stride_ = 0, index_stride_ = 0;
};

}  // namespace

FailureOr<int64_t> scheduleSort(ScheduleContext& context, ir::SortOp op) {
  std::optional<Access> from = sourceOf(withoutCasts(op.getInput()));
  std::optional<Access> values = sinkOf(context.kernel, op.getValues());
  std::optional<Access> indices = sinkOf(context.kernel, op.getIndices());
  if (!from || !values || !indices)
    return op.emitError("cannot be scheduled: it does not stand alone");
  RowLoops loops(context, from->layout.shape, op.getDim(), {*from, *values, *indices},
                 /*lanes=*/false, 8);
  if (loops.length == 0 || loops.pieces == 0) return 1;
  RowSorter sorter(op, loops.emitter, *from, *indices);
  Location loc = op.getLoc();
  loops.emit([&](Scope& scope) {
    OpBuilder& b = scope.builder;
    sorter.emit(b, loops.emitter.offsetOf(*from, scope), loops.strideOf(*from),
                loops.emitter.offsetOf(*indices, scope), loops.strideOf(*indices), loops.length);
    auto loop = scf::ForOp::create(b, loc, constantIndex(b, loc, 0),
                                   constantIndex(b, loc, loops.length), constantIndex(b, loc, 1));
    OpBuilder body(loop.getBody()->getTerminator());
    Scope step(body, &scope);
    step.point = loops.at(scope.point, loop.getInductionVar());
    Value value = sorter.element(step.builder, sorter.get(step.builder, loop.getInductionVar()));
    loops.emitter.store(value, *values, step);
  });
  return loops.pieces;
}

}  // namespace etch::codegen
