#include "etch/codegen/schedule/loops.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace etch::codegen {

using namespace mlir;
using ir::StridedLayout;

void LoopScheduler::emit(Value begin, Value end) {
  Value one = constantIndex(b_, loc_, 1);
  auto loop = scf::ForOp::create(b_, loc_, begin, end, one);
  OpBuilder::InsertionGuard guard(b_);
  b_.setInsertionPoint(loop.getBody()->getTerminator());
  emitPiece(loop.getInductionVar());
}

Value LoopScheduler::tailMask(OpBuilder& b, Value remaining) {
  auto type = VectorType::get({width_}, b.getI1Type());
  return vector::CreateMaskOp::create(b, loc_, type, remaining);
}

void LoopScheduler::emitPiece(Value piece) {
  const auto& groups = emitter_.groups();
  Value row = piece, block;
  if (blocks_ > 1) {
    Value count = constantIndex(b_, loc_, blocks_);
    row = arith::DivUIOp::create(b_, loc_, piece, count);
    block = arith::RemUIOp::create(b_, loc_, piece, count);
  }
  if (walk_parts_ > 1) {
    Value count = constantIndex(b_, loc_, walk_parts_);
    walk_part_ = arith::RemUIOp::create(b_, loc_, row, count);
    row = arith::DivUIOp::create(b_, loc_, row, count);
  }
  Point point;
  point.index.assign(groups.size(), nullptr);
  SmallVector<int> counted;
  for (int g : rows_)
    if (g != walked_) counted.push_back(g);
  for (size_t i = counted.size(); i-- > 0;) {
    int64_t tiles = (groups[counted[i]].extent + tile_[counted[i]] - 1) / tile_[counted[i]];
    Value count = constantIndex(b_, loc_, tiles);
    Value tile = i == 0 ? row : Value(arith::RemUIOp::create(b_, loc_, row, count));
    point.index[counted[i]] = mulIndex(b_, loc_, tile, tile_[counted[i]]);
    if (i > 0) row = arith::DivUIOp::create(b_, loc_, row, count);
  }
  if (lane_inner_) {
    Scope outer(b_);
    outer.point = point;
    if (block) point.index[lane_] = mulIndex(b_, loc_, block, block_elements_);
    outer.point.index = point.index;
    emitRow({&outer});
    return;
  }
  // The lane runs across the row loops: a block of columns at a time, masked at the edge.
  Value base = block ? mulIndex(b_, loc_, block, block_elements_) : constantIndex(b_, loc_, 0);
  bool partial = groups[lane_].extent % block_elements_ != 0;
  if (!partial || blocks_ == 1) return emitColumns(point, base, partial);
  Value last = constantIndex(b_, loc_, blocks_ - 1);
  Value is_last = arith::CmpIOp::create(b_, loc_, arith::CmpIPredicate::eq, block, last);
  auto branch = scf::IfOp::create(b_, loc_, TypeRange(), is_last, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b_);
  b_.setInsertionPoint(branch.thenBlock()->getTerminator());
  emitColumns(point, base, true);
  b_.setInsertionPoint(branch.elseBlock()->getTerminator());
  emitColumns(point, base, false);
}

// A block of columns from `base` on: of one row, or of tiles along the walked group.
void LoopScheduler::emitColumns(const Point& point, Value base, bool masked) {
  if (walked_ < 0) return emitTile(point, base, masked, tile_);
  int64_t extent = emitter_.groups()[walked_].extent, rows = tile_[walked_];
  int64_t tiles = extent / rows, main = tiles * rows;
  Point at = point;
  Value begin = constantIndex(b_, loc_, 0), end = constantIndex(b_, loc_, main);
  if (walk_parts_ > 1) {
    int64_t part = (tiles + walk_parts_ - 1) / walk_parts_ * rows;
    begin = mulIndex(b_, loc_, walk_part_, part);
    end = arith::MinUIOp::create(b_, loc_, addIndex(b_, loc_, begin, part), end);
  }
  if (main == rows) {
    at.index[walked_] = begin;
    emitTile(at, base, masked, tile_);
  } else {
    auto loop = scf::ForOp::create(b_, loc_, begin, end, constantIndex(b_, loc_, rows));
    OpBuilder::InsertionGuard guard(b_);
    b_.setInsertionPoint(loop.getBody()->getTerminator());
    at.index[walked_] = loop.getInductionVar();
    emitTile(at, base, masked, tile_);
  }
  if (main == extent) return;
  // The last part has what is left.
  OpBuilder::InsertionGuard guard(b_);
  if (walk_parts_ > 1) {
    Value is_last = arith::CmpIOp::create(b_, loc_, arith::CmpIPredicate::eq, walk_part_,
                                          constantIndex(b_, loc_, walk_parts_ - 1));
    auto edge = scf::IfOp::create(b_, loc_, TypeRange(), is_last, /*withElseRegion=*/false);
    b_.setInsertionPoint(edge.thenBlock()->getTerminator());
  }
  SmallVector<int64_t> rest(tile_);
  rest[walked_] = extent - main;
  at.index[walked_] = constantIndex(b_, loc_, main);
  emitTile(at, base, masked, rest);
}

// The rows of a tile that begins at `point`, each with a scope for each vector of columns.
void LoopScheduler::emitTile(const Point& point, Value base, bool masked, ArrayRef<int64_t> tile) {
  int64_t extent = emitter_.groups()[lane_].extent;
  SmallVector<Point> points = {point};
  for (int group : rows_) {
    SmallVector<Point> more;
    for (const Point& at : points) {
      for (int64_t i = 0; i < tile[group]; ++i) {
        more.push_back(at);
        more.back().index[group] = addIndex(b_, loc_, at.index[group], i);
      }
    }
    points = std::move(more);
  }
  SmallVector<std::unique_ptr<Scope>> scopes;
  SmallVector<Scope*> outers;
  for (const Point& at : points) {
    for (int64_t u = 0; u < unroll_; ++u) {
      auto scope = std::make_unique<Scope>(b_);
      scope->point = at;
      scope->point.lane = lane_;
      scope->point.width = width_;
      Value index = addIndex(b_, loc_, base, u * width_);
      scope->point.index[lane_] = index;
      if (masked) {
        Value remaining = arith::SubIOp::create(b_, loc_, constantIndex(b_, loc_, extent), index);
        scope->point.mask = tailMask(b_, remaining);
      }
      outers.push_back(scope.get());
      scopes.push_back(std::move(scope));
    }
  }
  emitRow(outers);
}

void LoopScheduler::emitRow(ArrayRef<Scope*> outers) {
  for (int phase = 0; phase < phases_; ++phase) {
    for (Scope* outer : outers) outer->builder = b_;
    emitPhase(phase, outers);
  }
}

void LoopScheduler::emitPhase(int phase, ArrayRef<Scope*> outers) {
  // Results that do not depend on the inner loops.
  // (All are read before any is written: a result may lie over an argument.)
  for (Scope* outer : outers) {
    SmallVector<std::pair<Value, const Sink*>> stores;
    for (const Sink& sink : nest_.sinks)
      if (emitter_.isOuter(sink.value) && phaseOf(sink.value) == phase)
        stores.push_back({emitter_.emit(sink.value, *outer), &sink});
    for (auto& [value, sink] : stores) emitter_.store(value, sink->access, *outer);
  }
  bool any = llvm::any_of(reductions_, [&](const Reduction& r) { return r.phase == phase; });
  for (const Sink& sink : nest_.sinks)
    any |= !emitter_.isOuter(sink.value) && phaseOf(sink.value) == phase;
  for (Value value : kept_) any |= phaseOf(value) == phase;
  if (!any || inner_.empty()) return;

  // One accumulator for each reduction, each vector of columns (or each unrolled vector of a row).
  SmallVector<Value> accumulators;
  int64_t copies = lane_inner_ && lane_ >= 0 ? unroll_ : static_cast<int64_t>(outers.size());
  for (const Reduction& reduction : reductions_) {
    if (reduction.phase != phase) continue;
    Type element = cast<TypedAttr>(reduction.neutral).getType();
    for (int64_t u = 0; u < copies; ++u) {
      TypedAttr start = cast<TypedAttr>(reduction.neutral);
      if (lane_ >= 0)
        start = DenseElementsAttr::get(VectorType::get({width_}, element), reduction.neutral);
      accumulators.push_back(arith::ConstantOp::create(b_, loc_, start));
    }
  }
  SmallVector<Value> index(emitter_.groups().size(), nullptr);
  OpBuilder hoist = b_;
  SmallVector<Value> results = emitInner(0, phase, accumulators, outers, index, b_, hoist);
  for (Scope* outer : outers) outer->builder = b_;
  // Temporaries written in this phase are read in later ones.
  for (Value value : kept_)
    if (phaseOf(value) == phase) emitter_.materialize(value, temporaryFor(value));
  size_t next = 0;
  for (const Reduction& reduction : reductions_) {
    if (reduction.phase != phase) continue;
    Value result = reduction.op->getResult(0);
    if (lane_inner_ && lane_ >= 0) {
      Value total = results[next];
      for (int64_t u = 1; u < copies; ++u)
        total = combine(reduction.op, results[next + u], total, b_);
      outers[0]->values[result] = horizontal(reduction.op, total, b_);
    } else {
      for (int64_t u = 0; u < copies; ++u) outers[u]->values[result] = results[next + u];
    }
    next += copies;
  }
}

// Whether the inner groups from `depth` on are so few steps, as those of a 3 x 3 window, that they
// are no loops.
bool LoopScheduler::isShort(int depth) const {
  constexpr int64_t kFewSteps = 9, kFewOps = 12;
  if (lane_inner_ || bodyOps() > kFewOps) return false;
  int64_t steps = 1;
  for (int group : ArrayRef(inner_).drop_front(depth)) steps *= emitter_.groups()[group].extent;
  return steps <= kFewSteps;
}

// The loops over inner groups [depth, ...), returning the accumulators.
SmallVector<Value> LoopScheduler::emitInner(int depth, int phase, SmallVector<Value> accumulators,
                                            ArrayRef<Scope*> outers, SmallVector<Value> inner_index,
                                            OpBuilder& b, OpBuilder& hoist) {
  if (depth == static_cast<int>(inner_.size())) {
    size_t reductions = accumulators.size() / outers.size();
    for (auto [u, outer] : llvm::enumerate(outers)) {
      SmallVector<Value> mine;
      for (size_t r = 0; r < reductions; ++r) mine.push_back(accumulators[r * outers.size() + u]);
      emitBody(phase, mine, *outer, inner_index, b, outer->point.mask, width_);
      for (size_t r = 0; r < reductions; ++r) accumulators[r * outers.size() + u] = mine[r];
    }
    return accumulators;
  }
  int group = inner_[depth];
  if (group == lane_) return emitLanes(phase, accumulators, *outers[0], inner_index, b);
  if (isShort(depth)) {
    if (depth == 0)
      for (Scope* outer : outers) outer->builder = b;
    for (int64_t i = 0; i < emitter_.groups()[group].extent; ++i) {
      inner_index[group] = constantIndex(b, loc_, i);
      accumulators = emitInner(depth + 1, phase, accumulators, outers, inner_index, b, hoist);
    }
    return accumulators;
  }
  // Steps of the innermost loop are written out as far as tiles share what they read in them.
  int64_t extent = emitter_.groups()[group].extent;
  int64_t steps = depth + 1 == static_cast<int>(inner_.size()) ? steps_ : 1;
  int64_t main = extent / steps * steps;
  auto loop = scf::ForOp::create(b, loc_, constantIndex(b, loc_, 0), constantIndex(b, loc_, main),
                                 constantIndex(b, loc_, steps), accumulators);
  if (depth == 0)
    for (Scope* outer : outers) outer->builder.setInsertionPoint(loop);
  bool sums = !accumulators.empty();
  OpBuilder body =
      sums ? OpBuilder::atBlockEnd(loop.getBody()) : OpBuilder(loop.getBody()->getTerminator());
  SmallVector<Value> inside(loop.getRegionIterArgs());
  for (int64_t i = 0; i < steps; ++i) {
    inner_index[group] = addIndex(body, loc_, loop.getInductionVar(), i);
    inside = emitInner(depth + 1, phase, inside, outers, inner_index, body, hoist);
  }
  if (sums) scf::YieldOp::create(body, loc_, inside);
  accumulators.assign(loop.getResults().begin(), loop.getResults().end());
  for (int64_t i = main; i < extent; ++i) {
    inner_index[group] = constantIndex(b, loc_, i);
    accumulators = emitInner(depth + 1, phase, accumulators, outers, inner_index, b, hoist);
  }
  return accumulators;
}

// The innermost loop, along the lane: unrolled vectors, single vectors, a masked tail.
SmallVector<Value> LoopScheduler::emitLanes(int phase, SmallVector<Value> accumulators,
                                            Scope& outer, ArrayRef<Value> inner_index,
                                            OpBuilder& b) {
  int64_t extent = emitter_.groups()[lane_].extent;
  SmallVector<Value> index(inner_index);
  size_t reductions = accumulators.size() / unroll_;
  auto unrolled = [&](OpBuilder& at, Value start, MutableArrayRef<Value> acc, int64_t count,
                      Value mask) {
    for (int64_t u = 0; u < count; ++u) {
      index[lane_] = addIndex(at, loc_, start, u * width_);
      SmallVector<Value> mine;
      for (size_t r = 0; r < reductions; ++r) mine.push_back(acc[r * unroll_ + u]);
      emitBody(phase, mine, outer, index, at, mask, width_);
      for (size_t r = 0; r < reductions; ++r) acc[r * unroll_ + u] = mine[r];
    }
  };
  bool top_level = inner_.size() == 1;
  auto loopOver = [&](Value from, Value to, int64_t step, int64_t count) {
    auto loop = scf::ForOp::create(b, loc_, from, to, constantIndex(b, loc_, step), accumulators);
    if (top_level) outer.builder.setInsertionPoint(loop);
    OpBuilder body = accumulators.empty() ? OpBuilder(loop.getBody()->getTerminator())
                                          : OpBuilder::atBlockEnd(loop.getBody());
    SmallVector<Value> inside(loop.getRegionIterArgs());
    unrolled(body, loop.getInductionVar(), inside, count, nullptr);
    if (!inside.empty()) scf::YieldOp::create(body, loc_, inside);
    accumulators.assign(loop.getResults().begin(), loop.getResults().end());
  };

  if (blocks_ > 1) {
    // One block of a long row; no accumulators here.
    Value from = outer.point.index[lane_];
    Value to = addIndex(b, loc_, from, block_elements_);
    Value limit = constantIndex(b, loc_, extent);
    to = arith::MinUIOp::create(b, loc_, to, limit);
    Value length = arith::SubIOp::create(b, loc_, to, from);
    Value step = constantIndex(b, loc_, width_ * unroll_);
    Value rest = arith::RemUIOp::create(b, loc_, length, step);
    Value middle = arith::SubIOp::create(b, loc_, to, rest);
    loopOver(from, middle, width_ * unroll_, unroll_);
    if (extent % (width_ * unroll_) == 0) return {};
    auto loop = scf::ForOp::create(b, loc_, middle, to, constantIndex(b, loc_, width_));
    OpBuilder body(loop.getBody()->getTerminator());
    Value left = arith::SubIOp::create(body, loc_, to, loop.getInductionVar());
    unrolled(body, loop.getInductionVar(), {}, 1, tailMask(body, left));
    return {};
  }
  int64_t step = width_ * unroll_;
  int64_t main = extent / step * step;
  int64_t vectors = (extent - main) / width_;
  int64_t tail = extent - main - vectors * width_;
  Value zero = constantIndex(b, loc_, 0);
  if (main == step) {
    if (top_level) outer.builder = b;
    unrolled(b, zero, accumulators, unroll_, nullptr);
  } else if (main > 0) {
    loopOver(zero, constantIndex(b, loc_, main), step, unroll_);
  }
  if (top_level && (vectors > 0 || tail > 0)) outer.builder = b;
  if (vectors > 0) unrolled(b, constantIndex(b, loc_, main), accumulators, vectors, nullptr);
  if (tail > 0) {
    Value start = constantIndex(b, loc_, main + vectors * width_);
    if (top_level) outer.builder = b;
    unrolled(b, start, accumulators, 1, tailMask(b, constantIndex(b, loc_, tail)));
  }
  return accumulators;
}

// One vector of one phase: values kept for later, results, contributions to the accumulators.
void LoopScheduler::emitBody(int phase, MutableArrayRef<Value> accumulators, Scope& outer,
                             ArrayRef<Value> inner_index, OpBuilder& b, Value mask, int64_t width) {
  Scope scope(b, &outer);
  scope.point = outer.point;
  for (int group : inner_) scope.point.index[group] = inner_index[group];
  if (lane_ >= 0) {
    scope.point.lane = lane_;
    scope.point.width = width;
    scope.point.mask = mask;
  }
  SmallVector<std::pair<Value, Access>> stores;
  auto is_sink = [&](Value value) {
    return llvm::any_of(nest_.sinks, [&](const Sink& sink) { return sink.value == value; });
  };
  for (Value value : kept_)
    if (phaseOf(value) == phase && !is_sink(value)) stores.push_back({value, temporaryFor(value)});
  for (const Sink& sink : nest_.sinks)
    if (!emitter_.isOuter(sink.value) && phaseOf(sink.value) == phase)
      stores.push_back({sink.value, sink.access});
  size_t next = 0;
  for (Reduction& reduction : reductions_) {
    if (reduction.phase != phase) continue;
    Value input = emitter_.emit(reduction.op.getInputs()[0], scope);
    if (!input) return;
    input = emitter_.widen(input, scope);
    Value combined = combine(reduction.op, input, accumulators[next], b);
    // Masked lanes keep what they had.
    if (mask) combined = arith::SelectOp::create(b, loc_, mask, combined, accumulators[next]);
    accumulators[next++] = combined;
  }
  if (pair_ >= 0) return emitPairs(stores, scope, b);
  SmallVector<Value> values;
  for (auto& [value, access] : stores) values.push_back(emitter_.emit(value, scope));
  for (auto [value, store] : llvm::zip(values, stores)) emitter_.store(value, store.second, scope);
  b = scope.builder;
}

void LoopScheduler::emitPairs(ArrayRef<std::pair<Value, Access>> stores, const Scope& point,
                              OpBuilder& b) {
  SmallVector<Value> values[2];
  for (int64_t i : {1, 0}) {
    Scope scope(b, point.parent);
    scope.point = point.point;
    scope.point.index[pair_] = constantIndex(b, loc_, i);
    for (const auto& [value, access] : stores) values[i].push_back(emitter_.emit(value, scope));
    b = scope.builder;
    if (i > 0) continue;
    for (auto [even, odd, store] : llvm::zip(values[0], values[1], stores))
      if (even && odd) emitter_.storePairs(even, odd, store.second, scope);
    b = scope.builder;
  }
}

// The combiner of a reduction on vectors (or scalars) of any width.
Value LoopScheduler::combine(linalg::GenericOp op, Value value, Value accumulator, OpBuilder& b) {
  // A product is added in one step where the machine has one.
  Block* combiner = op.getBlock();
  auto product = value.getDefiningOp<arith::MulFOp>();
  if (context_.target.has_fma && product && isa<arith::AddFOp>(combiner->front()) &&
      combiner->getOperations().size() == 2 && value.getType() == accumulator.getType() &&
      isa<VectorType>(value.getType()))
    return vector::FMAOp::create(b, loc_, product.getLhs(), product.getRhs(), accumulator);
  Block* body = op.getBlock();
  llvm::DenseMap<Value, Value> map;
  map[body->getArgument(0)] = value;
  map[body->getArgument(1)] = accumulator;
  auto vector = dyn_cast<VectorType>(accumulator.getType());
  for (Operation& inner : body->without_terminator()) {
    OperationState state(inner.getLoc(), inner.getName());
    state.addAttributes(inner.getAttrDictionary().getValue());
    for (Value operand : inner.getOperands()) {
      Value mapped = map.contains(operand) ? map[operand] : operand;
      // What widens the input (bf16 to f32) has nothing to do on values already wide.
      if (inner.getNumOperands() == 1 &&
          getElementTypeOrSelf(mapped) == inner.getResult(0).getType() &&
          operand.getType() != inner.getResult(0).getType()) {
        map[inner.getResult(0)] = mapped;
        break;
      }
      if (vector && !isa<VectorType>(mapped.getType()))
        mapped = vector::BroadcastOp::create(
            b, loc_, VectorType::get(vector.getShape(), mapped.getType()), mapped);
      state.operands.push_back(mapped);
    }
    if (inner.getNumResults() == 1 && map.contains(inner.getResult(0))) continue;
    for (Type type : inner.getResultTypes())
      state.types.push_back(vector ? VectorType::get(vector.getShape(), type) : type);
    Operation* clone = b.create(state);
    for (auto [from, to] : llvm::zip(inner.getResults(), clone->getResults())) map[from] = to;
  }
  return map[body->getTerminator()->getOperand(0)];
}

// The lanes of a vector combined: halves, quarters, ... down to one.
Value LoopScheduler::horizontal(linalg::GenericOp op, Value vector, OpBuilder& b) {
  return combineLanes(b, loc_, vector, [&](Value x, Value y) { return combine(op, x, y, b); });
}

// A row's worth of memory for `value`, in the kernel's frame, walked by the inner loops.
Access LoopScheduler::temporaryFor(Value value) {
  for (const Sink& sink : nest_.sinks)
    if (sink.value == value) return sink.access;
  auto [entry, fresh] = temporaries_.try_emplace(value);
  if (!fresh) return entry->second;
  ArrayRef<int64_t> shape = cast<RankedTensorType>(value.getType()).getShape();
  SmallVector<int64_t> extents(shape.size(), 1);
  for (int group : inner_)
    for (int64_t dim : emitter_.groups()[group].dims) extents[dim] = shape[dim];
  StridedLayout layout = StridedLayout::dense(extents);
  int64_t size = std::max<int64_t>(1, ShapedType::getNumElements(extents));
  Type element = cast<RankedTensorType>(value.getType()).getElementType();
  OpBuilder entry_builder = OpBuilder::atBlockBegin(&context_.kernel.front());
  Value memory = memref::AllocaOp::create(entry_builder, loc_, MemRefType::get({size}, element),
                                          entry_builder.getI64IntegerAttr(64));
  return temporaries_[value] = {memory, layout};
}

}  // namespace etch::codegen
