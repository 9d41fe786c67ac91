// How values lie in memory, before fusion has decided which of them do.
#ifndef ETCH_PASSES_LAYOUTS_H_
#define ETCH_PASSES_LAYOUTS_H_

#include <optional>

#include "etch/ir/dialect.h"

namespace etch::passes {

// What `value` is a view of, through any number of views; `value` itself where it is none.
mlir::Value viewedValue(mlir::Value value);

// The layout in which `value` is read from viewedValue(value), which is dense; failure where
// strides cannot express it.
mlir::FailureOr<ir::StridedLayout> layoutOf(mlir::Value value);

// The layout in which a kernel reads `value` from memory: what strides cannot express is a view of
// a copy.
mlir::FailureOr<ir::StridedLayout> layoutInMemory(mlir::Value value);

// The dimensions [begin, end) from the largest stride to the smallest, those of extent 1 left where
// they are. Nothing where one of them repeats elements.
std::optional<llvm::SmallVector<int64_t>> memoryOrder(const ir::StridedLayout& layout,
                                                      int64_t begin, int64_t end);

}  // namespace etch::passes

#endif  // ETCH_PASSES_LAYOUTS_H_
