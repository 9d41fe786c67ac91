#include "etch/frontend/host_values.h"

#include <cstring>

#include "etch/frontend/types.h"
#include "etch/runtime/half.h"

namespace etch::frontend {
namespace {

template <typename T>
void store(T value, void* data) {
  std::memcpy(data, &value, sizeof value);
}

}  // namespace

void write_element(double value, DType dtype, void* data) {
  switch (dtype) {
    case DType::kBool:
      return store<uint8_t>(value != 0, data);
    case DType::kU8:
      return store(static_cast<uint8_t>(static_cast<int64_t>(value)), data);
    case DType::kI8:
      return store(static_cast<int8_t>(static_cast<int64_t>(value)), data);
    case DType::kI32:
      return store(static_cast<int32_t>(static_cast<int64_t>(value)), data);
    case DType::kI64:
      return store(static_cast<int64_t>(value), data);
    case DType::kF16:
      return store(float_to_f16(static_cast<float>(value)), data);
    case DType::kBF16:
      return store(float_to_bf16(static_cast<float>(value)), data);
    case DType::kF32:
      return store(static_cast<float>(value), data);
    case DType::kF64:
      return store(value, data);
  }
}

std::shared_ptr<runtime::Storage> number_storage(const TraceInput& input) {
  auto type = llvm::cast<mlir::RankedTensorType>(input.value.getType());
  DType dtype = dtype_of_type(type.getElementType());
  auto storage = allocate_storage(dtype, {});
  write_element(input.number, dtype, storage->data());
  return storage;
}

std::shared_ptr<runtime::Storage> constant_storage(mlir::ElementsAttr value) {
  auto dense = llvm::dyn_cast<mlir::DenseElementsAttr>(value);
  if (!dense) return nullptr;
  auto type = llvm::cast<mlir::RankedTensorType>(dense.getType());
  DType dtype = dtype_of_type(type.getElementType());
  auto storage = allocate_storage(dtype, shape_of(type));
  char* data = storage->data<char>();
  if (dtype == boolean) {  // MLIR may pack booleans into bits
    for (bool element : dense.getValues<bool>()) *data++ = element ? 1 : 0;
    return storage;
  }
  llvm::ArrayRef<char> raw = dense.getRawData();
  if (!dense.isSplat()) {
    std::memcpy(data, raw.data(), raw.size());
    return storage;
  }
  // Each copy doubles what is filled.
  int64_t size = storage->size(), filled = std::min<int64_t>(size_of(dtype), size);
  std::memcpy(data, raw.data(), filled);
  for (; filled < size; filled *= 2)
    std::memcpy(data + filled, data, std::min(filled, size - filled));
  return storage;
}

}  // namespace etch::frontend
