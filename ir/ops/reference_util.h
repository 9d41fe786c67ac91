// Walks over indices, for the reference evaluation of ops.
#ifndef ETCH_IR_OPS_REFERENCE_UTIL_H_
#define ETCH_IR_OPS_REFERENCE_UTIL_H_

#include "etch/ir/support.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"

namespace etch::ir {

// Calls `body` with every index into `shape`, in row-major order.
inline void forEachIndex(llvm::ArrayRef<int64_t> shape,
                         llvm::function_ref<void(llvm::ArrayRef<int64_t>)> body) {
  if (llvm::is_contained(shape, 0)) return;
  llvm::SmallVector<int64_t> index(shape.size(), 0);
  while (true) {
    body(index);
    int64_t dim = static_cast<int64_t>(shape.size()) - 1;
    while (dim >= 0 && ++index[dim] == shape[dim]) index[dim--] = 0;
    if (dim < 0) return;
  }
}

// The row-major position of `index` in an array of `shape`.
inline int64_t positionOf(llvm::ArrayRef<int64_t> index, llvm::ArrayRef<int64_t> shape) {
  int64_t position = 0;
  for (auto [i, extent] : llvm::zip_equal(index, shape)) position = position * extent + i;
  return position;
}

// result[i] = source[position(i)] for every index of the result; left as it is where `position` is
// negative.
inline void readElements(ReferenceTensor& result, const ReferenceTensor& source,
                         llvm::function_ref<int64_t(llvm::ArrayRef<int64_t>)> position) {
  int64_t next = 0;
  forEachIndex(result.type.getShape(), [&](llvm::ArrayRef<int64_t> index) {
    int64_t from = position(index);
    if (from >= 0) result.set(next, source.at(from));
    ++next;
  });
}

}  // namespace etch::ir

#endif  // ETCH_IR_OPS_REFERENCE_UTIL_H_
