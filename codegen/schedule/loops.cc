#include "etch/codegen/schedule/loops.h"

#include "etch/passes/fusion/fuse.h"
#include "etch/passes/lowering/lower_kernels.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

namespace etch::codegen {

using namespace mlir;

namespace {

// Elements of a long row that one piece takes.
constexpr int64_t kBlockElements = 4096;
// So many pieces are enough for threads to share.
constexpr int64_t kEnoughPieces = 16;

ArrayRef<int64_t> shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

void collectGenerics(Value value, llvm::SetVector<Operation*>& seen) {
  auto generic = value.getDefiningOp<linalg::GenericOp>();
  if (!generic || seen.contains(generic)) return;
  for (Value input : generic.getInputs()) collectGenerics(input, seen);
  seen.insert(generic);
}

}  // namespace

int64_t LoopScheduler::bodyOps() const {
  int64_t n = 0;
  for (Operation* op : nest_.generics) {
    // What a row of accumulators becomes in the end is no part of the loop.
    auto generic = cast<linalg::GenericOp>(op);
    if (!lane_inner_ && generic.getNumReductionLoops() == 0 &&
        emitter_.isOuter(generic.getResult(0)))
      continue;
    n += generic.getBlock()->getOperations().size();
  }
  return n;
}

// The pass over the row in which `value` can be computed: one after the reductions it needs.
int LoopScheduler::phaseOf(Value value) {
  auto [entry, fresh] = phase_.try_emplace(value, 0);
  if (!fresh) return entry->second;
  int phase = 0;
  if (auto generic = value.getDefiningOp<linalg::GenericOp>()) {
    for (Value input : generic.getInputs()) phase = std::max(phase, phaseOf(input));
    if (generic.getNumReductionLoops() > 0) ++phase;
  }
  phase_[value] = phase;
  return phase;
}

// True for what costs no more to compute again than to keep: a few plain operations on values that
// are at hand in every phase.
bool LoopScheduler::isCheap(Value value) {
  if (sourceOf(value) || emitter_.isOuter(value) || matchPattern(value, m_Constant())) return true;
  auto generic = value.getDefiningOp<linalg::GenericOp>();
  if (!generic || generic.getNumReductionLoops() > 0) return false;
  auto ops = generic.getBlock()->without_terminator();
  if (std::distance(ops.begin(), ops.end()) > 2) return false;
  for (Operation& op : ops)
    if (!isa<arith::ArithDialect>(op.getDialect())) return false;
  return llvm::all_of(generic.getInputs(), [&](Value input) { return isCheap(input); });
}

void LoopScheduler::planPhases() {
  for (Operation* op : nest_.generics) {
    auto generic = cast<linalg::GenericOp>(op);
    int phase = phaseOf(generic.getResult(0));
    phases_ = std::max(phases_, phase + 1);
    if (generic.getNumReductionLoops() == 0) continue;
    auto fill = generic.getDpsInits()[0].getDefiningOp<linalg::FillOp>();
    Attribute neutral;
    matchPattern(fill.getInputs()[0], m_Constant(&neutral));
    reductions_.push_back({generic, phase - 1, neutral});
  }
  // What an inner loop computes and a later one reads is kept, unless it is simply read again.
  for (Operation* op : nest_.generics) {
    auto generic = cast<linalg::GenericOp>(op);
    int user = phaseOf(generic.getResult(0)) - (generic.getNumReductionLoops() > 0 ? 1 : 0);
    for (Value input : generic.getInputs()) {
      auto producer = input.getDefiningOp<linalg::GenericOp>();
      if (!producer || producer.getNumReductionLoops() > 0 || emitter_.isOuter(input)) continue;
      if (phaseOf(input) < user && !isCheap(input)) kept_.insert(input);
    }
  }
}

// Whether the innermost loop is too short to be the lane, and is what two vectors along the next
// one interleave to.
bool LoopScheduler::endsInPairs() const {
  const auto& groups = emitter_.groups();
  int last = static_cast<int>(groups.size()) - 1;
  if (!nest_.reduced.empty() || last < 1 || groups[last].extent != 2) return false;
  return llvm::all_of(nest_.sinks, [&](const Sink& sink) {
    return emitter_.strideOf(sink.access, last) == 1 &&
           emitter_.strideOf(sink.access, last - 1) == 2;
  });
}

FailureOr<int64_t> LoopScheduler::plan() {
  bool keep_dims = false;
  int64_t narrowest = 8;
  SmallVector<Access> accesses;
  auto note = [&](Value value) {
    if (std::optional<Access> access = sourceOf(value)) accesses.push_back(*access);
    int64_t bits = cast<RankedTensorType>(value.getType()).getElementTypeBitWidth();
    narrowest = std::min<int64_t>(narrowest, std::max<int64_t>(4, bits / 8));
  };
  for (Operation* op : nest_.generics) {
    auto generic = cast<linalg::GenericOp>(op);
    for (Value input : generic.getInputs()) note(input);
    note(generic.getResult(0));
    keep_dims |= !generic.getBlock()->getOps<linalg::IndexOp>().empty();
  }
  for (const Sink& sink : nest_.sinks) {
    accesses.push_back(sink.access);
    note(sink.value);
  }
  emitter_.chooseGroups(nest_.shape, nest_.reduced, accesses, keep_dims);
  const auto& groups = emitter_.groups();
  lane_ = static_cast<int>(groups.size()) - 1;
  if (endsInPairs()) pair_ = lane_--;
  for (int g = 0; g < static_cast<int>(groups.size()); ++g) {
    bool reduced = llvm::is_contained(nest_.reduced, groups[g].dims.front());
    if (reduced) inner_.push_back(g);
    if (!reduced && g != lane_ && g != pair_) rows_.push_back(g);
  }
  bool no_reduction = inner_.empty();
  if (no_reduction && lane_ >= 0) inner_.push_back(lane_);
  lane_inner_ = lane_ < 0 || llvm::is_contained(inner_, lane_);
  SmallVector<int> inside(inner_);
  if (pair_ >= 0) inside.push_back(pair_);
  emitter_.setInner(inside);
  planPhases();

  width_ = lane_ < 0 ? 1 : context_.target.lanes(narrowest);
  int64_t extent = lane_ < 0 ? 1 : groups[lane_].extent;
  int64_t ops = bodyOps();
  unroll_ = ops <= 12 ? 4 : ops <= 30 ? 2 : 1;
  unroll_ = std::max<int64_t>(1, std::min(unroll_, extent / width_));
  tile_.assign(groups.size(), 1);
  if (!lane_inner_) planTile();
  for (int g : rows_)
    if (g != walked_) row_count_ *= (groups[g].extent + tile_[g] - 1) / tile_[g];
  if (!lane_inner_) {
    // As many vectors at once as leave the fewest empty in the last block.
    int64_t vectors = (extent + width_ - 1) / width_, most = unroll_;
    auto waste = [&](int64_t n) { return (vectors + n - 1) / n * n - vectors; };
    for (int64_t n = most - 1; n >= 2; --n)
      if (waste(n) < waste(unroll_)) unroll_ = n;
    block_elements_ = width_ * unroll_;
    blocks_ = (extent + block_elements_ - 1) / block_elements_;
  } else if (no_reduction && extent > 2 * kBlockElements) {
    block_elements_ = kBlockElements;
    blocks_ = (extent + block_elements_ - 1) / block_elements_;
  }
  // A walk that is one of few is cut.
  if (walked_ >= 0 && row_count_ * blocks_ > 0 && row_count_ * blocks_ < kEnoughPieces)
    walk_parts_ = std::clamp<int64_t>(kEnoughPieces / (row_count_ * blocks_), 1,
                                      groups[walked_].extent / tile_[walked_]);
  return row_count_ * walk_parts_ * blocks_;
}

// Whether values of these shapes have one loop nest: extents agree but for those that are 1.
static bool fitsBeside(ArrayRef<int64_t> a, ArrayRef<int64_t> b) {
  if (a.size() != b.size()) return false;
  return llvm::all_of(llvm::zip(a, b), [](auto extents) {
    auto [x, y] = extents;
    return x == y || x == 1 || y == 1;
  });
}

FailureOr<int64_t> scheduleSinks(ScheduleContext& context, ArrayRef<Sink> sinks, bool alone) {
  SmallVector<std::unique_ptr<Nest>> nests;
  bool one_nest = context.kernel->hasAttr(passes::kInPlaceAttr);
  for (const Sink& sink : sinks) {
    auto nest = std::make_unique<Nest>();
    nest->sinks.push_back(sink);
    collectGenerics(sink.value, nest->generics);
    // Nests that share an op become one.
    for (auto& other : nests) {
      if (!other) continue;
      // Margins, and what is copied beside other values, have shapes of their own, and read nothing
      // that is written over.
      bool together = one_nest && fitsBeside(shapeOf(sink.value), shapeOf(other->sinks[0].value));
      bool margin = isMargin(sink) || isMargin(other->sinks[0]);
      bool shares = !margin && (together || llvm::any_of(nest->generics, [&](Operation* op) {
                                  return other->generics.contains(op);
                                }));
      if (!shares) continue;
      for (Operation* op : nest->generics) other->generics.insert(op);
      other->sinks.append(nest->sinks);
      nest->generics = std::move(other->generics);
      nest->sinks = std::move(other->sinks);
      other.reset();
    }
    nests.push_back(std::move(nest));
  }
  llvm::erase_if(nests, [](auto& nest) { return !nest; });

  OpBuilder entry = OpBuilder::atBlockBegin(&context.kernel.front());
  SmallVector<std::unique_ptr<PointEmitter>> emitters;
  SmallVector<std::unique_ptr<LoopScheduler>> schedulers;
  SmallVector<int64_t> pieces;
  int64_t total = 0;
  for (auto& nest : nests) {
    nest->shape.assign(shapeOf(nest->sinks[0].value).begin(), shapeOf(nest->sinks[0].value).end());
    // Extents agree but for those that are 1 (a reduced dimension may have none at all).
    auto widen = [&](int64_t i, int64_t extent) {
      if (nest->shape[i] == 1) nest->shape[i] = extent;
    };
    for (const Sink& sink : nest->sinks)
      for (auto [i, extent] : llvm::enumerate(shapeOf(sink.value))) widen(i, extent);
    auto ops = nest->generics.takeVector();
    llvm::sort(ops, [](Operation* a, Operation* b) { return a->isBeforeInBlock(b); });
    nest->generics.insert(ops.begin(), ops.end());
    for (Operation* op : nest->generics) {
      auto generic = cast<linalg::GenericOp>(op);
      auto ranges = generic.getStaticLoopRanges();
      if (ranges.size() != nest->shape.size()) {
        op->emitError("cannot be scheduled: its loops have another rank than its kernel's");
        return failure();
      }
      for (auto [i, extent] : llvm::enumerate(ranges)) widen(i, extent);
      SmallVector<unsigned> dims;
      generic.getReductionDims(dims);
      for (unsigned dim : dims)
        if (!llvm::is_contained(nest->reduced, dim)) nest->reduced.push_back(dim);
    }
    llvm::sort(nest->reduced);
    emitters.push_back(std::make_unique<PointEmitter>(context.kernel, context.target, entry));
    schedulers.push_back(std::make_unique<LoopScheduler>(context, *emitters.back(), *nest));
    FailureOr<int64_t> count = schedulers.back()->plan();
    if (failed(count)) return failure();
    pieces.push_back(*count);
    total += *count;
  }
  bool sequential = context.kernel->hasAttr(passes::kSequentialAttr);
  OpBuilder& b = context.builder;
  Location loc = context.kernel.getLoc();
  int64_t offset = 0;
  for (auto [i, scheduler] : llvm::enumerate(schedulers)) {
    if (ShapedType::getNumElements(nests[i]->shape) == 0 && nests[i]->reduced.empty()) continue;
    Value begin = context.begin, end = context.end;
    if (sequential) {
      begin = constantIndex(b, loc, 0);
      end = constantIndex(b, loc, pieces[i]);
    } else if (schedulers.size() > 1 || !alone) {
      // This nest's share of the range.
      Value low = constantIndex(b, loc, offset), high = constantIndex(b, loc, offset + pieces[i]);
      auto within = [&](Value v) -> Value {
        v = arith::MinUIOp::create(b, loc, arith::MaxUIOp::create(b, loc, v, low), high);
        return arith::SubIOp::create(b, loc, v, low);
      };
      begin = within(context.begin);
      end = within(context.end);
    }
    offset += pieces[i];
    scheduler->emit(begin, end);
    if (emitters[i]->failed()) return failure();
  }
  return sequential ? 1 : total;
}

FailureOr<int64_t> scheduleLoops(ScheduleContext& context) {
  FailureOr<int64_t> pieces = scheduleSinks(context, sinksOf(context.kernel), /*alone=*/true);
  if (failed(pieces)) return failure();
  return std::max<int64_t>(*pieces, 1);
}

}  // namespace etch::codegen
