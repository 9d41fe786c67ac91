#include "etch/frontend/types.h"

#include "etch/frontend/tensor_impl.h"
#include "mlir/IR/Builders.h"

namespace etch::frontend {

mlir::Type element_type(mlir::MLIRContext* context, DType dtype) {
  mlir::Builder b(context);
  switch (dtype) {
    case DType::kBool:
      return b.getI1Type();
    case DType::kU8:
      return b.getIntegerType(8, /*isSigned=*/false);
    case DType::kI8:
      return b.getI8Type();
    case DType::kI32:
      return b.getI32Type();
    case DType::kI64:
      return b.getI64Type();
    case DType::kF16:
      return b.getF16Type();
    case DType::kBF16:
      return b.getBF16Type();
    case DType::kF32:
      return b.getF32Type();
    case DType::kF64:
      return b.getF64Type();
  }
  return {};
}

DType dtype_of_type(mlir::Type element) {
  if (element.isF32()) return f32;
  if (element.isF64()) return f64;
  if (element.isBF16()) return bf16;
  if (element.isF16()) return f16;
  if (element.isInteger(1)) return boolean;
  if (element.isUnsignedInteger(8)) return u8;
  if (element.isInteger(8)) return i8;
  return element.isInteger(32) ? i32 : i64;
}

mlir::RankedTensorType tensor_type(mlir::MLIRContext* context, DType dtype, const Shape& shape) {
  return mlir::RankedTensorType::get(shape.extents(), element_type(context, dtype));
}

std::string describe_type(mlir::Type type) {
  auto tensor = llvm::cast<mlir::RankedTensorType>(type);
  return describe_type(dtype_of_type(tensor.getElementType()), shape_of(tensor));
}

bool is_too_large(DType dtype, const Shape& shape) {
  constexpr int64_t kLargest = int64_t{1} << 62;
  return shape.num_elements() > kLargest / size_of(dtype);
}

}  // namespace etch::frontend
