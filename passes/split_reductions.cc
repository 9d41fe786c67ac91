// Sums over most of an array to few elements, in two steps that threads can share.
#include "etch/ir/build.h"
#include "etch/passes/passes.h"
#include "llvm/ADT/STLExtras.h"
#include "mlir/IR/Builders.h"

namespace etch::passes {

#define GEN_PASS_DEF_SPLITREDUCTIONSPASS
#include "etch/passes/passes.h.inc"

namespace {

using namespace mlir;

// A kernel of a reduction has a piece for each element of the result, or for so many of them beside
// each other where they lie beside each other.
constexpr int64_t kElementsBeside = 64;
// So many pieces are enough; so many elements are worth a second kernel.
constexpr int64_t kEnoughPieces = 16;
constexpr int64_t kLargeInput = 1 << 16;

int64_t piecesOf(ArrayRef<int64_t> shape, ArrayRef<int64_t> reduced) {
  int64_t pieces = 1;
  int64_t last = static_cast<int64_t>(shape.size()) - 1;
  for (int64_t dim = 0; dim <= last; ++dim) {
    if (llvm::is_contained(reduced, dim)) continue;
    pieces *= dim == last ? llvm::divideCeil(shape[dim], kElementsBeside) : shape[dim];
  }
  return pieces;
}

// The same reduction of `input` along `dims`.
Value reduceAlong(OpBuilder& b, Operation* reduction, Value input, ArrayRef<int64_t> dims) {
  SmallVector<int64_t> shape(ir::shapeOf(input));
  for (int64_t dim : dims) shape[dim] = 1;
  Type type = RankedTensorType::get(shape, ir::tensorType(input).getElementType());
  OperationState state(reduction->getLoc(), reduction->getName());
  state.addOperands(input);
  state.addTypes(type);
  state.addAttribute("dims", b.getDenseI64ArrayAttr(dims));
  return b.create(state)->getResult(0);
}

void split(ir::ReductionOpInterface reduction) {
  Value input = reduction->getOperand(0);
  ArrayRef<int64_t> shape = ir::shapeOf(input), dims = reduction.getReducedDims();
  if (ir::tensorType(input).getNumElements() < kLargeInput) return;
  // A kernel sums narrow floats in f32; between two they would be rounded.
  Type element = ir::tensorType(input).getElementType();
  if (isa<FloatType>(element) && element.getIntOrFloatBitWidth() < 32) return;
  // The last dimensions are summed first, as many as leave enough for threads to share.
  size_t first = dims.size();
  while (first > 0 && piecesOf(shape, dims.drop_front(first - 1)) >= kEnoughPieces) --first;
  if (first == 0 || first == dims.size()) return;
  OpBuilder b(reduction);
  Value partial = reduceAlong(b, reduction, input, dims.drop_front(first));
  reduction->getResult(0).replaceAllUsesWith(
      reduceAlong(b, reduction, partial, dims.take_front(first)));
  reduction->erase();
}

struct SplitReductionsPass : impl::SplitReductionsPassBase<SplitReductionsPass> {
  void runOnOperation() override {
    SmallVector<ir::ReductionOpInterface> reductions;
    getOperation().walk([&](ir::ReductionOpInterface op) { reductions.push_back(op); });
    for (ir::ReductionOpInterface reduction : reductions) split(reduction);
  }
};

}  // namespace
}  // namespace etch::passes
