// Which rows of a reduction with lanes across them are taken together: the neighbouring windows of
// a depthwise convolution or a pooling, the taps of a depthwise filter's gradient.
#include "etch/codegen/schedule/loops.h"
#include "llvm/ADT/DenseMap.h"

namespace etch::codegen {

using namespace mlir;

namespace {

// The strides of one access along the groups that a tile consists of, and along those whose steps
// are written out.
struct TileAccess {
  SmallVector<int64_t> rows, steps;
};

// Calls `body` with each index of `extents`, the last one fastest.
void forEachIndex(ArrayRef<int64_t> extents, llvm::function_ref<void(ArrayRef<int64_t>)> body) {
  SmallVector<int64_t> index(extents.size(), 0);
  while (true) {
    body(index);
    size_t d = extents.size();
    while (d > 0 && ++index[d - 1] == extents[d - 1]) index[--d] = 0;
    if (d == 0) return;
  }
}

int64_t offsetOf(ArrayRef<int64_t> index, ArrayRef<int64_t> strides) {
  int64_t offset = 0;
  for (auto [i, stride] : llvm::zip(index, strides)) offset += i * stride;
  return offset;
}

struct TileCost {
  int64_t loads = 0;
  int64_t live = 0;  // vectors that one step reads and a later one reads again
};

// What a tile of `rows` reads in `steps`: the same element once.
TileCost costOf(ArrayRef<TileAccess> accesses, ArrayRef<int64_t> rows, ArrayRef<int64_t> steps) {
  TileCost cost;
  SmallVector<int64_t> live;  // behind each step
  for (const TileAccess& access : accesses) {
    llvm::DenseMap<int64_t, std::pair<size_t, size_t>> uses;  // the first and the last step
    size_t step = 0;
    forEachIndex(steps, [&](ArrayRef<int64_t> at) {
      int64_t base = offsetOf(at, access.steps);
      forEachIndex(rows, [&](ArrayRef<int64_t> row) {
        int64_t offset = base + offsetOf(row, access.rows);
        uses.try_emplace(offset, step, step).first->second.second = step;
      });
      ++step;
    });
    cost.loads += uses.size();
    live.resize(step, 0);
    for (const auto& use : uses)
      for (size_t s = use.second.first; s < use.second.second; ++s) ++live[s];
  }
  for (int64_t count : live) cost.live = std::max(cost.live, count);
  return cost;
}

}  // namespace

// Along the two innermost row groups: the tile that loads least for what it computes, of those
// whose accumulators and shared elements fit into registers. One that leaves a partial tile at the
// end is taken only where it saves more than the code of another body.
void LoopScheduler::planTile() {
  if (rows_.empty() || reductions_.empty() || phases_ > 2 || !kept_.empty()) return;
  const auto& groups = emitter_.groups();
  // Groups of the inner loops from `written` on are no loops; otherwise the last one may take
  // several steps at once.
  int written = 0, depth = static_cast<int>(inner_.size());
  while (written < depth && !isShort(written)) ++written;
  SmallVector<int> step_groups(inner_.begin() + std::min(written, depth - 1), inner_.end());
  SmallVector<int> row_groups(rows_.end() - std::min<size_t>(2, rows_.size()), rows_.end());
  SmallVector<TileAccess> accesses;
  for (Operation* op : nest_.generics) {
    for (Value input : cast<linalg::GenericOp>(op).getInputs()) {
      std::optional<Access> access = sourceOf(input);
      if (!access || emitter_.isOuter(input)) continue;
      TileAccess strides;
      for (int g : row_groups) strides.rows.push_back(emitter_.strideOf(*access, g));
      for (int g : step_groups) strides.steps.push_back(emitter_.strideOf(*access, g));
      // What is the same in all rows and steps is loaded before the loops.
      bool varies = llvm::any_of(llvm::concat<const int>(row_groups, inner_),
                                 [&](int g) { return emitter_.strideOf(*access, g) != 0; });
      if (varies) accesses.push_back(strides);
    }
  }
  if (llvm::any_of(llvm::concat<const int>(row_groups, inner_),
                   [&](int g) { return groups[g].extent == 0; }))
    return;
  constexpr int64_t kMostRows = 14, kMostBodies = 144, kMostSteps = 4;
  constexpr double kPartialTile = 1.1;
  // Besides: an operand that all rows share, and what is being computed.
  constexpr int64_t kSpareRegisters = 2;
  SmallVector<int64_t> steps;
  for (int g : step_groups) steps.push_back(groups[g].extent);
  if (written == depth) steps = {std::min(kMostSteps, groups[inner_.back()].extent)};
  int64_t step_count = ShapedType::getNumElements(steps);
  SmallVector<int64_t> extents(row_groups.size()), limits, best(row_groups.size(), 1);
  for (auto [extent, g] : llvm::zip(extents, row_groups)) {
    extent = groups[g].extent;
    limits.push_back(std::min(extent, kMostRows));
  }
  auto loadsPerBody = [&](ArrayRef<int64_t> rows) {
    return static_cast<double>(costOf(accesses, rows, steps).loads) /
           (ShapedType::getNumElements(rows) * step_count);
  };
  double least = loadsPerBody(best);
  forEachIndex(limits, [&](ArrayRef<int64_t> index) {
    SmallVector<int64_t> rows;
    for (int64_t i : index) rows.push_back(i + 1);
    int64_t count = ShapedType::getNumElements(rows);
    // The walked group alone may end in a partial tile.
    if (rows.size() > 1 && extents[0] % rows[0] != 0) return;
    if (count * step_count > kMostBodies) return;
    int64_t sums = count * static_cast<int64_t>(reductions_.size());
    int64_t live = costOf(accesses, rows, steps).live;
    if (sums + live + kSpareRegisters > context_.target.vector_registers) return;
    double loads = loadsPerBody(rows) * (extents.back() % rows.back() ? kPartialTile : 1);
    if (loads >= least) return;
    least = loads;
    best = rows;
  });
  if (ShapedType::getNumElements(best) == 1) return;
  for (auto [g, rows] : llvm::zip(row_groups, best)) tile_[g] = rows;
  walked_ = row_groups.back();
  if (written == depth) steps_ = steps[0];
  unroll_ = 1;
}

}  // namespace etch::codegen
