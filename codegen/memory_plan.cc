#include "etch/codegen/memory_plan.h"

#include <algorithm>

#include "etch/ir/program.h"
#include "etch/passes/fusion/fuse.h"
#include "etch/runtime/abi.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"

namespace etch::codegen {

using namespace mlir;

int64_t bytesOf(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  int64_t bits = tensor.getElementType().getIntOrFloatBitWidth();
  return tensor.getNumElements() * std::max<int64_t>(1, bits / 8);
}

Value rootOf(Value value) {
  while (auto reshape = value.getDefiningOp<ir::ReshapeOp>()) value = reshape.getInput();
  return value;
}

namespace {

int64_t aligned(int64_t bytes) {
  constexpr int64_t a = runtime::kBufferAlignment;
  return (bytes + a - 1) / a * a;
}

StringRef attribute(func::FuncOp main, bool result, unsigned i, StringRef name) {
  Attribute attr = result ? main.getResultAttr(i, name) : main.getArgAttr(i, name);
  auto string = dyn_cast_if_present<StringAttr>(attr);
  return string ? string.getValue() : StringRef();
}

// A buffer of the arena: the steps between which it is live.
struct Buffer {
  SmallVector<Value> values;
  int64_t bytes = 0;
  int first = 0;
  int last = 0;
  int64_t offset = -1;
};

// The part of the arena that a block needs, at offsets from its begin, which is not known yet.
struct BlockArena {
  std::vector<Buffer> buffers;
  int64_t bytes = 0;
  int64_t lower_bound = 0;  // largest sum of live bytes at one step
  struct Control {
    Operation* op;
    int buffer;  // what its regions need
    std::vector<BlockArena> regions;
    int64_t own = 0;  // behind the regions' parts
  };
  std::vector<Control> controls;
};

// What the host function does at one point: a launch, or a control op.
bool isStep(Operation* op) { return isa<ir::LaunchOp, ir::ControlOpInterface>(op); }

class Planner {
 public:
  explicit Planner(func::FuncOp main) : main_(main) {}

  FailureOr<MemoryPlan> run() {
    for (BlockArgument argument : main_.getArguments())
      plan_.places[argument] = {Place::kInput, argument.getArgNumber()};
    main_.walk([&](ir::ConstantOp constant) {
      plan_.places[constant.getResult()] = {Place::kConstant,
                                            static_cast<int64_t>(plan_.constants.size())};
      plan_.constants.push_back(constant);
    });
    auto placed = placeReturned(main_.front(), [](unsigned i) { return Place{Place::kResult, i}; });
    if (failed(placed)) return failure();
    splitPrepare();
    numberSteps(main_.front());
    donate();
    placeDerived();
    FailureOr<BlockArena> arena = planArena(main_.front());
    if (failed(arena)) return failure();
    plan_.arena_bytes = arena->bytes;
    plan_.arena_lower_bound_bytes = arena->lower_bound;
    settle(*arena, 0);
    main_.walk<WalkOrder::PreOrder>([&](ir::LaunchOp launch) {
      if (!prepared_.contains(launch)) plan_.launches.push_back(launch);
    });
    return std::move(plan_);
  }

 private:
  // Gives what ends a block the places that it is returned in.
  LogicalResult placeReturned(Block& block, llvm::function_ref<Place(unsigned)> place) {
    Operation* terminator = block.getTerminator();
    for (OpOperand& operand : terminator->getOpOperands()) {
      Value root = rootOf(operand.get());
      if (!root.getDefiningOp() || !isStep(root.getDefiningOp()) || plan_.places.contains(root))
        return terminator->emitError("result ")
               << operand.getOperandNumber() << " has no buffer of its own";
      plan_.places[root] = place(operand.getOperandNumber());
    }
    return success();
  }

  void numberSteps(Block& block) {
    int number = 0;
    for (Operation& op : block)
      if (isStep(&op) && !prepared_.contains(&op)) index_[&op] = number++;
  }

  // Launches that read only state which the program does not write, or each other.
  void splitPrepare() {
    llvm::DenseSet<Value> steady;
    for (BlockArgument argument : ir::readOnlyState(main_)) steady.insert(argument);
    for (auto constant : plan_.constants) steady.insert(constant.getResult());
    for (auto launch : main_.front().getOps<ir::LaunchOp>()) {
      bool prepared =
          launch->getNumOperands() > 0 &&
          llvm::all_of(launch.getInputs(), [&](Value v) { return steady.contains(rootOf(v)); }) &&
          llvm::none_of(launch.getResults(), [&](Value v) { return plan_.places.contains(v); });
      if (!prepared) continue;
      plan_.prepare.push_back(launch);
      prepared_.insert(launch);
      for (Value result : launch.getResults()) steady.insert(result);
    }
  }

  int lastUse(Value value) {
    int last = -1;
    for (Operation* user : value.getUsers()) {
      if (auto found = index_.find(user); found != index_.end()) {
        last = std::max(last, found->second);
      } else if (isa<ir::ReshapeOp>(user)) {
        last = std::max(last, lastUse(user->getResult(0)));
      }
    }
    return last;
  }

  // Whether `step` may write its result `r` over `input`.
  bool inPlace(Operation* step, unsigned r, Value input) {
    auto launch = dyn_cast<ir::LaunchOp>(step);
    if (!launch) return false;
    bool reads = false;
    auto kernel =
        SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(launch, launch.getKernelAttr());
    auto pairs = kernel->getAttrOfType<DenseI64ArrayAttr>(passes::kInPlaceAttr);
    for (auto [a, operand] : llvm::enumerate(launch.getInputs())) {
      if (rootOf(operand) != input) continue;
      reads = true;
      bool allowed = false;
      for (int64_t i = 0; pairs && i + 1 < pairs.size(); i += 2)
        allowed |= pairs[i] == static_cast<int64_t>(r) && pairs[i + 1] == static_cast<int64_t>(a);
      if (!allowed) return false;
    }
    return reads;
  }

  void donate() {
    Operation* terminator = main_.front().getTerminator();
    plan_.donated.assign(main_.getNumResults(), -1);
    for (unsigned r = 0; r < main_.getNumResults(); ++r) {
      StringRef kind = attribute(main_, true, r, ir::kKindAttr);
      StringRef path = attribute(main_, true, r, ir::kPathAttr);
      if (kind != "state" && kind != "grad") continue;
      auto result = cast<OpResult>(rootOf(terminator->getOperand(r)));
      Operation* step = result.getOwner();
      for (BlockArgument argument : main_.getArguments()) {
        unsigned i = argument.getArgNumber();
        if (attribute(main_, false, i, ir::kKindAttr) != kind ||
            attribute(main_, false, i, ir::kPathAttr) != path ||
            argument.getType() != terminator->getOperand(r).getType())
          continue;
        int last = lastUse(argument), written = index_[step];
        bool dead = last < written;
        bool dies_here = last == written && inPlace(step, result.getResultNumber(), argument);
        if (dead || dies_here) plan_.donated[r] = i;
      }
    }
  }

  // What calls read stays; what only prepared launches read has room behind it while they run.
  void placeDerived() {
    llvm::DenseMap<Operation*, int> order;
    for (auto [number, launch] : llvm::enumerate(plan_.prepare)) order[launch] = number;
    BlockArena between;
    for (auto [number, launch] : llvm::enumerate(plan_.prepare))
      for (Value result : launch.getResults()) {
        int64_t bytes = aligned(bytesOf(result.getType()));
        if (std::optional<int> last = lastAmong(order, result)) {
          int first = static_cast<int>(number);
          between.buffers.push_back({{result}, bytes, first, std::max(first, *last)});
        } else {
          plan_.places[result] = {Place::kDerived, plan_.derived_bytes};
          plan_.derived_bytes += bytes;
        }
      }
    plan_.kept_bytes = plan_.derived_bytes;
    assignOffsets(between);
    for (const Buffer& buffer : between.buffers)
      plan_.places[buffer.values[0]] = {Place::kDerived, plan_.derived_bytes + buffer.offset};
    plan_.derived_bytes += between.bytes;
  }

  // The number of the last op in `order` that reads `value`, -1 without one; nothing where others
  // read it too.
  static std::optional<int> lastAmong(const llvm::DenseMap<Operation*, int>& order, Value value) {
    int last = -1;
    for (Operation* user : value.getUsers()) {
      std::optional<int> found;
      if (auto entry = order.find(user); entry != order.end()) {
        found = entry->second;
      } else if (isa<ir::ReshapeOp>(user)) {
        found = lastAmong(order, user->getResult(0));
      }
      if (!found) return std::nullopt;
      last = std::max(last, *found);
    }
    return last;
  }

  // Offsets for what the steps of `block` compute, and for what their regions need.
  FailureOr<BlockArena> planArena(Block& block) {
    BlockArena arena;
    llvm::DenseMap<Value, int> buffer_of;
    int steps = 0;
    for (Operation& op : block) {
      if (!index_.contains(&op)) continue;
      int index = steps++;
      llvm::SmallDenseSet<int> taken;
      for (OpResult result : op.getResults()) {
        if (plan_.places.contains(result)) continue;
        int64_t bytes = aligned(bytesOf(result.getType()));
        int last = std::max(index, lastUse(result));
        int reused = dyingInput(arena, buffer_of, result, index, taken);
        if (reused < 0) {
          reused = arena.buffers.size();
          arena.buffers.push_back({{}, bytes, index, last});
        }
        taken.insert(reused);
        arena.buffers[reused].values.push_back(result);
        arena.buffers[reused].last = last;
        buffer_of[result] = reused;
      }
      if (auto control = dyn_cast<ir::ControlOpInterface>(op))
        if (failed(planControl(control, index, arena))) return failure();
    }
    for (int at = 0; at < steps; ++at) {
      int64_t live = 0;
      for (const Buffer& buffer : arena.buffers)
        if (buffer.first <= at && at <= buffer.last) live += buffer.bytes;
      arena.lower_bound = std::max(arena.lower_bound, live);
    }
    assignOffsets(arena);
    return arena;
  }

  // The buffer of an operand that dies at this step, where `result` may be written over it; or -1.
  int dyingInput(const BlockArena& arena, const llvm::DenseMap<Value, int>& buffer_of,
                 OpResult result, int index, const llvm::SmallDenseSet<int>& taken) {
    int found = -1;
    for (Value operand : result.getOwner()->getOperands()) {
      auto entry = buffer_of.find(rootOf(operand));
      if (entry == buffer_of.end() || taken.contains(entry->second)) continue;
      const Buffer& buffer = arena.buffers[entry->second];
      if (buffer.last == index && buffer.bytes == aligned(bytesOf(result.getType())) &&
          inPlace(result.getOwner(), result.getResultNumber(), rootOf(operand)))
        found = entry->second;
    }
    return found;
  }

  // One buffer for all that the regions of a control op compute: one region at a time is run, so
  // they share it; behind that the spare memory of carries.
  LogicalResult planControl(ir::ControlOpInterface control, int index, BlockArena& arena) {
    BlockArena::Control planned{control, static_cast<int>(arena.buffers.size()), {}};
    for (Region& region : control->getRegions()) {
      Block& block = region.front();
      for (BlockArgument argument : block.getArguments()) plan_.places[argument] = {Place::kBound};
      if (failed(placeReturned(block, [](unsigned) { return Place{Place::kBound}; })))
        return failure();
      numberSteps(block);
      FailureOr<BlockArena> inner = planArena(block);
      if (failed(inner)) return failure();
      planned.own = std::max(planned.own, inner->bytes);
      planned.regions.push_back(std::move(*inner));
    }
    int64_t bytes = planned.own;
    forEachOwn(control, [&](Type type) { bytes += aligned(bytesOf(type)); });
    arena.buffers.push_back({{}, bytes, index, index});
    arena.controls.push_back(std::move(planned));
    return success();
  }

  // What a control op needs for itself: room for each carry, then for what a condition yields.
  static void forEachOwn(ir::ControlOpInterface control, llvm::function_ref<void(Type)> visit) {
    for (ir::RegionValue::Kind kind : {ir::RegionValue::kCarried, ir::RegionValue::kPredicate})
      for (Region& region : control->getRegions())
        for (OpOperand& yielded : region.front().getTerminator()->getOpOperands())
          if (control.regionResult(region.getRegionNumber(), yielded.getOperandNumber()).kind ==
              kind)
            visit(yielded.get().getType());
  }

  // The arena of a block begins at `begin`.
  void settle(const BlockArena& arena, int64_t begin) {
    for (const Buffer& buffer : arena.buffers)
      for (Value value : buffer.values)
        plan_.places[value] = {Place::kArena, begin + buffer.offset};
    for (const BlockArena::Control& control : arena.controls) {
      int64_t at = begin + arena.buffers[control.buffer].offset;
      for (const BlockArena& region : control.regions) settle(region, at);
      at += control.own;
      ControlPlan& own = plan_.controls[control.op];
      forEachOwn(cast<ir::ControlOpInterface>(control.op), [&](Type type) {
        own.spares.push_back(at);
        own.predicate = at;  // the last, where there is one
        at += aligned(bytesOf(type));
      });
    }
  }

  // Largest first, each into the smallest gap between placed buffers that are live at the same
  // time.
  static void assignOffsets(BlockArena& arena) {
    std::vector<Buffer*> order;
    for (Buffer& buffer : arena.buffers) order.push_back(&buffer);
    llvm::sort(order, [](Buffer* a, Buffer* b) {
      return a->bytes != b->bytes ? a->bytes > b->bytes : a < b;
    });
    std::vector<Buffer*> placed;  // by offset
    for (Buffer* buffer : order) {
      int64_t best = -1, best_gap = INT64_MAX, end = 0;
      for (Buffer* other : placed) {
        if (other->last < buffer->first || buffer->last < other->first) continue;
        int64_t gap = other->offset - end;
        if (gap >= buffer->bytes && gap < best_gap) best = end, best_gap = gap;
        end = std::max(end, other->offset + other->bytes);
      }
      buffer->offset = best >= 0 ? best : end;
      arena.bytes = std::max(arena.bytes, buffer->offset + buffer->bytes);
      placed.insert(llvm::upper_bound(placed, buffer,
                                      [](Buffer* a, Buffer* b) { return a->offset < b->offset; }),
                    buffer);
    }
  }

  func::FuncOp main_;
  MemoryPlan plan_;
  llvm::DenseSet<Operation*> prepared_;
  llvm::DenseMap<Operation*, int> index_;  // of steps, within their block
};

}  // namespace

llvm::DenseMap<Operation*, std::set<int32_t>> MemoryPlan::prepareSources() const {
  llvm::DenseMap<Operation*, std::set<int32_t>> sources;
  for (ir::LaunchOp launch : prepare) {
    std::set<int32_t> reads;
    for (Value input : launch.getInputs()) {
      Value root = rootOf(input);
      if (Place place = placeOf(root); place.kind == Place::kInput)
        reads.insert(static_cast<int32_t>(place.index));
      if (auto made = sources.find(root.getDefiningOp()); made != sources.end())
        reads.insert(made->second.begin(), made->second.end());
    }
    sources[launch] = std::move(reads);
  }
  // Memory between launches is used again: who reads it needs it made anew.
  for (ir::LaunchOp launch : llvm::reverse(prepare))
    for (Value input : launch.getInputs()) {
      Place place = placeOf(input);
      Operation* maker = rootOf(input).getDefiningOp();
      if (place.kind != Place::kDerived || place.index < kept_bytes || !sources.contains(maker))
        continue;
      std::set<int32_t> needed = sources[launch];
      sources[maker].insert(needed.begin(), needed.end());
    }
  return sources;
}

Place MemoryPlan::placeOf(Value value) const { return places.lookup(rootOf(value)); }

FailureOr<MemoryPlan> planMemory(func::FuncOp main) { return Planner(main).run(); }

}  // namespace etch::codegen
