#include "etch/codegen/memory_plan.h"

#include <algorithm>

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"

#include "etch/ir/program.h"
#include "etch/passes/fusion/fuse.h"
#include "etch/runtime/abi.h"

namespace etch::codegen {

using namespace mlir;

int64_t bytesOf(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  int64_t bits = tensor.getElementType().getIntOrFloatBitWidth();
  return tensor.getNumElements() * std::max<int64_t>(1, bits / 8);
}

namespace {

int64_t aligned(int64_t bytes) {
  constexpr int64_t a = runtime::kBufferAlignment;
  return (bytes + a - 1) / a * a;
}

Value rootOf(Value value) {
  while (auto reshape = value.getDefiningOp<ir::ReshapeOp>()) value = reshape.getInput();
  return value;
}

StringRef attribute(func::FuncOp main, bool result, unsigned i, StringRef name) {
  Attribute attr = result ? main.getResultAttr(i, name) : main.getArgAttr(i, name);
  auto string = dyn_cast_if_present<StringAttr>(attr);
  return string ? string.getValue() : StringRef();
}

// A buffer of the arena: the launches between which it is live.
struct Buffer {
  SmallVector<Value> values;
  int64_t bytes = 0;
  int first = 0;
  int last = 0;
  int64_t offset = -1;
};

class Planner {
 public:
  explicit Planner(func::FuncOp main) : main_(main) {}

  FailureOr<MemoryPlan> run() {
    for (BlockArgument argument : main_.getArguments())
      plan_.places[argument] = {Place::kInput, argument.getArgNumber()};
    for (auto constant : main_.front().getOps<ir::ConstantOp>()) {
      plan_.places[constant.getResult()] = {Place::kConstant,
                                            static_cast<int64_t>(plan_.constants.size())};
      plan_.constants.push_back(constant);
    }
    Operation* terminator = main_.front().getTerminator();
    for (OpOperand& operand : terminator->getOpOperands()) {
      Value root = rootOf(operand.get());
      if (!root.getDefiningOp<ir::LaunchOp>() || plan_.places.contains(root)) {
        terminator->emitError("result ") << operand.getOperandNumber() << " has no buffer of its own";
        return failure();
      }
      plan_.places[root] = {Place::kResult, operand.getOperandNumber()};
    }
    splitPrepare();
    donate();
    placeDerived();
    placeArena();
    return std::move(plan_);
  }

 private:
  // Launches that read only state which the program does not write, or each other.
  void splitPrepare() {
    llvm::StringSet<> written;
    for (unsigned i = 0; i < main_.getNumResults(); ++i)
      if (attribute(main_, true, i, ir::kKindAttr) == "state")
        written.insert(attribute(main_, true, i, ir::kPathAttr));
    llvm::DenseSet<Value> steady;
    for (BlockArgument argument : main_.getArguments()) {
      unsigned i = argument.getArgNumber();
      if (attribute(main_, false, i, ir::kKindAttr) == "state" &&
          !written.contains(attribute(main_, false, i, ir::kPathAttr)))
        steady.insert(argument);
    }
    for (auto constant : plan_.constants) steady.insert(constant.getResult());
    for (auto launch : main_.front().getOps<ir::LaunchOp>()) {
      bool prepared = launch->getNumOperands() > 0 &&
                      llvm::all_of(launch.getInputs(), [&](Value v) { return steady.contains(rootOf(v)); }) &&
                      llvm::none_of(launch.getResults(), [&](Value v) { return plan_.places.contains(v); });
      if (!prepared) {
        plan_.launches.push_back(launch);
        continue;
      }
      plan_.prepare.push_back(launch);
      for (Value result : launch.getResults()) steady.insert(result);
    }
    for (auto [i, launch] : llvm::enumerate(plan_.launches)) index_[launch] = i;
  }

  int lastUse(Value value) {
    int last = -1;
    for (Operation* user : value.getUsers()) {
      if (auto launch = dyn_cast<ir::LaunchOp>(user)) {
        if (auto found = index_.find(launch); found != index_.end())
          last = std::max(last, found->second);
      } else if (isa<ir::ReshapeOp>(user)) {
        last = std::max(last, lastUse(user->getResult(0)));
      }
    }
    return last;
  }

  // Whether `launch` may write its result `r` over `input`.
  bool inPlace(ir::LaunchOp launch, unsigned r, Value input) {
    bool reads = false;
    auto kernel = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(launch, launch.getKernelAttr());
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
      auto launch = cast<ir::LaunchOp>(result.getOwner());
      for (BlockArgument argument : main_.getArguments()) {
        unsigned i = argument.getArgNumber();
        if (attribute(main_, false, i, ir::kKindAttr) != kind ||
            attribute(main_, false, i, ir::kPathAttr) != path ||
            argument.getType() != terminator->getOperand(r).getType())
          continue;
        int last = lastUse(argument), written = index_[launch];
        bool dead = last < written;
        bool dies_here = last == written && inPlace(launch, result.getResultNumber(), argument);
        if (dead || dies_here) plan_.donated[r] = i;
      }
    }
  }

  void placeDerived() {
    for (ir::LaunchOp launch : plan_.prepare)
      for (Value result : launch.getResults()) {
        plan_.places[result] = {Place::kDerived, plan_.derived_bytes};
        plan_.derived_bytes += aligned(bytesOf(result.getType()));
      }
  }

  void placeArena() {
    std::vector<Buffer> buffers;
    llvm::DenseMap<Value, int> buffer_of;
    for (auto [index, launch] : llvm::enumerate(plan_.launches)) {
      llvm::SmallDenseSet<int> taken;
      for (OpResult result : launch->getResults()) {
        if (plan_.places.contains(result)) continue;
        int64_t bytes = aligned(bytesOf(result.getType()));
        int last = std::max<int>(index, lastUse(result));
        // Over an input that dies here, where the kernel works in place.
        int reused = -1;
        for (Value operand : launch.getInputs()) {
          auto found = buffer_of.find(rootOf(operand));
          if (found == buffer_of.end() || taken.contains(found->second)) continue;
          const Buffer& buffer = buffers[found->second];
          if (buffer.last == static_cast<int>(index) && buffer.bytes == bytes &&
              inPlace(launch, result.getResultNumber(), rootOf(operand)))
            reused = found->second;
        }
        if (reused < 0) {
          reused = buffers.size();
          buffers.push_back({{}, bytes, static_cast<int>(index), last});
        }
        taken.insert(reused);
        buffers[reused].values.push_back(result);
        buffers[reused].last = last;
        buffer_of[result] = reused;
      }
    }
    for (size_t at = 0; at < plan_.launches.size(); ++at) {
      int64_t live = 0;
      for (const Buffer& buffer : buffers)
        if (buffer.first <= static_cast<int>(at) && static_cast<int>(at) <= buffer.last)
          live += buffer.bytes;
      plan_.arena_lower_bound_bytes = std::max(plan_.arena_lower_bound_bytes, live);
    }
    assignOffsets(buffers);
    for (const Buffer& buffer : buffers)
      for (Value value : buffer.values) plan_.places[value] = {Place::kArena, buffer.offset};
  }

  // Largest first, each into the smallest gap between placed buffers that are live at the same time.
  void assignOffsets(std::vector<Buffer>& buffers) {
    std::vector<Buffer*> order;
    for (Buffer& buffer : buffers) order.push_back(&buffer);
    llvm::stable_sort(order, [](Buffer* a, Buffer* b) { return a->bytes > b->bytes; });
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
      plan_.arena_bytes = std::max(plan_.arena_bytes, buffer->offset + buffer->bytes);
      placed.insert(llvm::upper_bound(placed, buffer,
                                      [](Buffer* a, Buffer* b) { return a->offset < b->offset; }),
                    buffer);
    }
  }

  func::FuncOp main_;
  MemoryPlan plan_;
  llvm::DenseMap<Operation*, int> index_;
};

}  // namespace

Place MemoryPlan::placeOf(Value value) const { return places.lookup(rootOf(value)); }

FailureOr<MemoryPlan> planMemory(func::FuncOp main) { return Planner(main).run(); }

}  // namespace etch::codegen
