// Between the frontend's dtypes and shapes and MLIR's types.
#ifndef ETCH_FRONTEND_TYPES_H_
#define ETCH_FRONTEND_TYPES_H_

#include "etch/runtime/dtype.h"
#include "etch/runtime/shape.h"
#include "mlir/IR/BuiltinTypes.h"

namespace etch::frontend {

mlir::Type element_type(mlir::MLIRContext* context, DType dtype);
DType dtype_of_type(mlir::Type element);
mlir::RankedTensorType tensor_type(mlir::MLIRContext* context, DType dtype, const Shape& shape);
inline Shape shape_of(mlir::RankedTensorType type) {
  return Shape(std::span<const int64_t>(type.getShape().data(), type.getShape().size()));
}

// Of more than 2^62 bytes, which no memory holds: sums and products with its size would overflow.
bool is_too_large(DType dtype, const Shape& shape);

}  // namespace etch::frontend

#endif  // ETCH_FRONTEND_TYPES_H_
