// Values that need no compiled program: constants and host scalars.
#ifndef ETCH_FRONTEND_HOST_VALUES_H_
#define ETCH_FRONTEND_HOST_VALUES_H_

#include <memory>

#include "etch/frontend/trace.h"
#include "etch/runtime/storage.h"
#include "mlir/IR/BuiltinAttributes.h"

namespace etch::frontend {

// `value` as one element of `dtype` at `data`. Integers are truncated.
void write_element(double value, DType dtype, void* data);

std::shared_ptr<runtime::Storage> number_storage(const TraceInput& input);

// The elements of a constant; null for a kind of attribute that is not laid out in memory.
std::shared_ptr<runtime::Storage> constant_storage(mlir::ElementsAttr value);

}  // namespace etch::frontend

#endif  // ETCH_FRONTEND_HOST_VALUES_H_
