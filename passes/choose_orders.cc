// Ops compute in the order in which what they read lies in memory.
#include "etch/ir/build.h"
#include "etch/passes/fusion/clusters.h"
#include "etch/passes/layouts.h"
#include "etch/passes/passes.h"
#include "llvm/ADT/MapVector.h"

namespace etch::passes {

#define GEN_PASS_DEF_CHOOSEORDERSPASS
#include "etch/passes/passes.h.inc"

namespace {

using namespace mlir;
using Order = SmallVector<int64_t>;

bool isAscending(ArrayRef<int64_t> order) { return llvm::is_sorted(order); }

// Whether `order` leaves the elements where they are: it moves only dimensions of extent 1.
bool keepsElements(ArrayRef<int64_t> shape, ArrayRef<int64_t> order) {
  Order moved;
  for (int64_t dim : order)
    if (shape[dim] != 1) moved.push_back(dim);
  return isAscending(moved);
}

// Ops that compute element by element of one shape, all of whose dimensions are alike to them.
bool isPermutable(Operation* op) {
  return isa<ir::ElementwiseOpInterface, ir::PermutableOpInterface>(op) &&
         op->getNumResults() == 1 && op->getNumOperands() > 0;
}

bool isView(Operation* op) { return isa_and_present<ir::ViewOpInterface>(op); }

class OrderChooser {
 public:
  explicit OrderChooser(MLIRContext* context) : builder_(context) {}

  void run(Block& block) {
    for (Operation& op : llvm::make_early_inc_range(block)) {
      for (Region& region : op.getRegions())
        for (Block& inner : region) run(inner);
      builder_.setInsertionPoint(&op);
      if (auto product = dyn_cast<ir::MatmulOp>(op))
        reorderProduct(product);
      else if (isPermutable(&op) && !isView(&op))
        copyRepeated(lift(reorder(&op)));
    }
  }

 private:
  // The order in which the elements of `value` lie in memory.
  static std::optional<Order> orderOf(Value value) {
    // The order that undoes a transpose, also of dimensions of extent 1.
    if (auto transpose = value.getDefiningOp<ir::TransposeOp>())
      if (!isView(transpose.getInput().getDefiningOp()))
        return ir::inversePermutation(transpose.getPermutation());
    FailureOr<ir::StridedLayout> layout = layoutOf(value);
    if (failed(layout)) return std::nullopt;
    return memoryOrder(*layout, 0, layout->shape.size());
  }

  // The order that most of what `op` reads lies in.
  static Order preferredOrder(Operation* op) {
    llvm::MapVector<Order, int64_t> votes;
    auto rank = cast<RankedTensorType>(op->getResult(0).getType()).getRank();
    auto ascending = llvm::to_vector(llvm::seq<int64_t>(0, rank));
    for (Value operand : op->getOperands()) {
      if (isIndependent(operand.getDefiningOp())) continue;
      if (std::optional<Order> order = orderOf(operand))
        votes[*order] += cast<RankedTensorType>(operand.getType()).getNumElements();
    }
    Order best = ascending;
    int64_t most = votes.lookup(ascending);
    for (auto& [order, count] : votes)
      if (count > most) best = order, most = count;
    return best;
  }

  // Returns what `op` has become.
  Operation* reorder(Operation* op) {
    Order order = preferredOrder(op);
    if (isAscending(order)) return op;
    Value moved = clonePermuted(op, order);
    op->getResult(0).replaceAllUsesWith(transposed(moved, ir::inversePermutation(order)));
    op->erase();
    return moved.getDefiningOp();
  }

  // The places of the dimensions of `shape` in the shape `more`, which has further ones of extent
  // 1; nothing where that is not all that it has.
  static std::optional<Order> placesIn(ArrayRef<int64_t> shape, ArrayRef<int64_t> more) {
    Order places;
    for (size_t place = 0; int64_t extent : shape) {
      if (extent != 1)
        while (place < more.size() && more[place] == 1) ++place;
      if (place == more.size() || more[place] != extent) return std::nullopt;
      places.push_back(place++);
    }
    auto used = [&](size_t place) { return llvm::is_contained(places, int64_t(place)); };
    for (size_t place = 0; place < more.size(); ++place)
      if (more[place] != 1 && !used(place)) return std::nullopt;
    return places;
  }

  // What follows a reduction of windows computes in its shape, which still has the windows'
  // dimensions, with extent 1: ops of one rank are one kernel. Returns what `op` has become.
  Operation* lift(Operation* op) {
    builder_.setInsertionPoint(op);
    ir::Emitter e(builder_, op->getLoc());
    ArrayRef<int64_t> shape = ir::shapeOf(op->getOperand(0));
    auto isLower = [&](Value operand) {
      Value source = withoutReshape(operand);
      return isa_and_present<ir::ReductionOpInterface, ir::ElementwiseOpInterface>(
                 source.getDefiningOp()) &&
             ir::shapeOf(source).size() > shape.size() &&
             placesIn(shape, ir::shapeOf(source)).has_value();
    };
    auto lower = llvm::find_if(op->getOperands(), isLower);
    bool pads = isa<ir::PadOp>(op);
    if (lower == op->operand_end() || !(pads || isa<ir::ElementwiseOpInterface>(op))) return op;
    Order more(ir::shapeOf(withoutReshape(*lower)));
    Order places = *placesIn(shape, more);
    auto spread = [&](ArrayRef<int64_t> numbers, int64_t rest) {
      Order result(more.size(), rest);
      for (auto [number, place] : llvm::zip(numbers, places)) result[place] = number;
      return result;
    };
    Value result;
    if (auto pad = dyn_cast<ir::PadOp>(op)) {
      result = ir::PadOp::create(builder_, op->getLoc(), e.reshape(withoutReshape(*lower), more),
                                 spread(pad.getLow(), 0), spread(pad.getHigh(), 0),
                                 spread(pad.getInterior(), 0), pad.getValueAttr());
    } else {
      SmallVector<Value> operands;
      for (Value operand : op->getOperands()) {
        if (auto broadcast = operand.getDefiningOp<ir::BroadcastOp>()) {
          Value source = broadcast.getInput();
          source = e.reshape(withoutReshape(source), spread(ir::shapeOf(source), 1));
          operands.push_back(e.broadcast(source, more));
          continue;
        }
        if (isIndependent(operand.getDefiningOp()) && !isa<ir::ConstantOp>(operand.getDefiningOp()))
          return op;
        operands.push_back(builder_.createOrFold<ir::ReshapeOp>(
            op->getLoc(), withoutReshape(operand), ArrayRef<int64_t>(more)));
      }
      Operation* clone = builder_.clone(*op);
      clone->setOperands(operands);
      auto type = cast<RankedTensorType>(op->getResult(0).getType());
      clone->getResult(0).setType(type.clone(more));
      result = clone->getResult(0);
    }
    op->getResult(0).replaceAllUsesWith(e.reshape(result, ir::shapeOf(op->getResult(0))));
    op->erase();
    return result.getDefiningOp();
  }

  static Value withoutReshape(Value value) {
    while (auto reshape = value.getDefiningOp<ir::ReshapeOp>()) value = reshape.getInput();
    return value;
  }

  // What an op reads again and again, though not side by side along its innermost dimension (the
  // filters of a depthwise convolution, whose lanes are groups), is brought into this order once.
  void copyRepeated(Operation* op) {
    constexpr int64_t kOften = 16;
    builder_.setInsertionPoint(op);
    for (OpOperand& operand : op->getOpOperands()) {
      auto broadcast = operand.get().getDefiningOp<ir::BroadcastOp>();
      if (!broadcast || isIndependent(broadcast)) continue;
      Value value = broadcast.getInput();
      auto type = cast<RankedTensorType>(value.getType());
      int64_t times =
          broadcast.getType().getNumElements() / std::max<int64_t>(1, type.getNumElements());
      FailureOr<ir::StridedLayout> layout = layoutOf(value);
      if (failed(layout) || times < kOften || !isa<FloatType>(type.getElementType())) continue;
      Order extents;
      int64_t stride = 1, lane = 1;
      for (auto [extent, step, wide] :
           llvm::zip(type.getShape(), layout->strides, broadcast.getType().getShape())) {
        if (extent != 1) extents.push_back(extent), stride = step;
        if (wide != 1) lane = extent;
      }
      if (stride == 1 || lane == 1 || extents.size() < 2) continue;
      ir::Emitter e(builder_, op->getLoc());
      Value copy = ir::PackOp::create(builder_, op->getLoc(), e.reshape(value, extents), lane,
                                      /*transpose=*/false, extents.size() - 1);
      operand.set(e.broadcast(e.reshape(copy, type.getShape()), broadcast.getShape()));
    }
  }

  // `op` on operands in the order `order`.
  Value clonePermuted(Operation* op, ArrayRef<int64_t> order) {
    SmallVector<Value> operands;
    for (Value operand : op->getOperands()) operands.push_back(transposed(operand, order));
    if (auto permutable = dyn_cast<ir::PermutableOpInterface>(op))
      return permutable.permuted(builder_, operands, order);
    Operation* clone = builder_.clone(*op);
    clone->setOperands(operands);
    auto type = cast<RankedTensorType>(clone->getResult(0).getType());
    clone->getResult(0).setType(type.clone(ir::permutedNumbers(type.getShape(), order)));
    return clone->getResult(0);
  }

  // `value` with its dimensions in the order `order`, with as few transposes as it takes.
  Value transposed(Value value, ArrayRef<int64_t> order) {
    if (isAscending(order)) return value;
    Operation* def = value.getDefiningOp();
    ir::Emitter e(builder_, value.getLoc());
    if (auto transpose = dyn_cast_if_present<ir::TransposeOp>(def))
      return transposed(transpose.getInput(),
                        ir::permutedNumbers(transpose.getPermutation(), order));
    ArrayRef<int64_t> shape = ir::shapeOf(value);
    if (keepsElements(shape, order)) {
      return e.reshape(withoutReshape(value), ir::permutedNumbers(shape, order));
    }
    if (def && isFree(def)) return clonePermuted(def, order);
    Value result = builder_.createOrFold<ir::TransposeOp>(value.getLoc(), value, Order(order));
    return withoutViews(result);
  }

  // Repeated or made from nothing wherever it is read: in another order it is as cheap.
  static bool isFree(Operation* op) {
    return isa<ir::PermutableOpInterface, ir::ElementwiseOpInterface>(op) &&
           (isView(op) || isIndependent(op));
  }

  // Views that end where they began, but for the shape.
  Value withoutViews(Value value) {
    Value base = viewedValue(value);
    FailureOr<ir::StridedLayout> layout = layoutOf(value);
    bool whole = succeeded(layout) && layout->isDense() &&
                 cast<RankedTensorType>(base.getType()).getNumElements() ==
                     cast<RankedTensorType>(value.getType()).getNumElements();
    return whole ? ir::Emitter(builder_, value.getLoc()).reshape(base, ir::shapeOf(value)) : value;
  }

  // Rows and depth of a product whose left factor is read in place run in the order in which it
  // lies in memory.
  void reorderProduct(ir::MatmulOp op) {
    FailureOr<ir::StridedLayout> layout = layoutOf(op.getLhs());
    if (failed(layout) || op.getTransposeLhs() || op.getDepthDims() == 1) return;
    int64_t rank = layout->shape.size(), depth = rank - op.getDepthDims();
    int64_t rhs_rank = ir::shapeOf(op.getRhs()).size(), batch = rhs_rank - 2;
    auto order = llvm::to_vector(llvm::seq(batch));
    for (auto [begin, end] : {std::pair(batch, depth), {depth, rank}}) {
      std::optional<Order> part = memoryOrder(*layout, begin, end);
      llvm::append_range(order, part ? *part : llvm::to_vector(llvm::seq(begin, end)));
    }
    if (isAscending(order)) return;
    ir::Emitter e(builder_, op.getLoc());
    Value lhs = transposed(op.getLhs(), order), rhs = op.getRhs();
    // The matrix of the right factor, with its depth as the dimensions it is of the left one.
    Order shape(ir::shapeOf(rhs)), split, rhs_order;
    int64_t own = op.getTransposeRhs() ? batch : batch + op.getDepthDims();
    split.assign(shape.begin(), shape.begin() + batch);
    llvm::append_range(split, ArrayRef(layout->shape).drop_front(depth));
    split.insert(split.begin() + own, shape[op.getTransposeRhs() ? batch : batch + 1]);
    for (int64_t i = 0; i < batch; ++i) rhs_order.push_back(i);
    for (int64_t dim : ArrayRef(order).drop_front(depth))
      rhs_order.push_back(batch + dim - depth + (op.getTransposeRhs() ? 1 : 0));
    rhs_order.insert(rhs_order.begin() + own, own);
    rhs = e.reshape(transposed(splitDims(rhs, split), rhs_order), shape);
    auto result = ir::MatmulOp::create(builder_, op.getLoc(), lhs, rhs, false, op.getTransposeRhs(),
                                       op.getDepthDims(), op.getWideResult());
    Order rows(order.begin(), order.begin() + depth);
    rows.push_back(depth);
    op.getResult().replaceAllUsesWith(
        e.transpose(result.getResult(), ir::inversePermutation(rows)));
    op.erase();
  }

  // `value` under the finer shape `split`: what it was before a reshape, where that is it.
  Value splitDims(Value value, ArrayRef<int64_t> split) {
    return ir::Emitter(builder_, value.getLoc()).reshape(withoutReshape(value), split);
  }

  OpBuilder builder_;
};

struct ChooseOrdersPass : impl::ChooseOrdersPassBase<ChooseOrdersPass> {
  void runOnOperation() override { OrderChooser(&getContext()).run(getOperation().front()); }
};

}  // namespace
}  // namespace etch::passes
