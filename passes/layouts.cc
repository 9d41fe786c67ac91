#include "etch/passes/layouts.h"

#include "etch/ir/build.h"

namespace etch::passes {

using namespace mlir;
using ir::StridedLayout;

Value viewedValue(Value value) {
  while (auto view = value.getDefiningOp<ir::ViewOpInterface>()) value = view->getOperand(0);
  return value;
}

FailureOr<StridedLayout> layoutOf(Value value) {
  auto view = value.getDefiningOp<ir::ViewOpInterface>();
  if (!view) return StridedLayout::dense(ir::shapeOf(value));
  FailureOr<StridedLayout> source = layoutOf(view->getOperand(0));
  if (failed(source)) return failure();
  return view.viewLayout(*source);
}

FailureOr<StridedLayout> layoutInMemory(Value value) {
  auto view = value.getDefiningOp<ir::ViewOpInterface>();
  if (!view) return StridedLayout::dense(ir::shapeOf(value));
  FailureOr<StridedLayout> source = layoutInMemory(view->getOperand(0));
  FailureOr<StridedLayout> layout = failure();
  if (succeeded(source)) layout = view.viewLayout(*source);
  if (failed(layout))
    layout = view.viewLayout(StridedLayout::dense(ir::shapeOf(view->getOperand(0))));
  return layout;
}

std::optional<SmallVector<int64_t>> memoryOrder(const StridedLayout& layout, int64_t begin,
                                                int64_t end) {
  SmallVector<int64_t> places, dims;
  for (int64_t dim = begin; dim < end; ++dim) {
    if (layout.shape[dim] == 1) continue;
    if (layout.strides[dim] == 0) return std::nullopt;
    places.push_back(dim);
  }
  dims = places;
  llvm::sort(dims, [&](int64_t a, int64_t b) {
    return std::pair(-std::abs(layout.strides[a]), a) < std::pair(-std::abs(layout.strides[b]), b);
  });
  auto order = llvm::to_vector(llvm::seq(begin, end));
  for (auto [place, dim] : llvm::zip(places, dims)) order[place - begin] = dim;
  return order;
}

}  // namespace etch::passes
