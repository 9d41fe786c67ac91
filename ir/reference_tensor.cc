// Element types of the reference evaluator: rounding and layout in memory.
#include <cstring>

#include "etch/ir/reference.h"
#include "llvm/ADT/APFloat.h"

using namespace mlir;

namespace etch::ir {
namespace {

double round(double value, const llvm::fltSemantics& semantics) {
  if (&semantics == &llvm::APFloat::IEEEsingle()) return static_cast<float>(value);
  llvm::APFloat narrow(value);
  bool lossy;
  narrow.convert(semantics, llvm::APFloat::rmNearestTiesToEven, &lossy);
  narrow.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven, &lossy);
  return narrow.convertToDouble();
}

uint64_t encode(double value, FloatType type) {
  llvm::APFloat narrow(value);
  bool lossy;
  narrow.convert(type.getFloatSemantics(), llvm::APFloat::rmNearestTiesToEven, &lossy);
  return narrow.bitcastToAPInt().getZExtValue();
}

double decode(uint64_t bits, FloatType type) {
  llvm::APFloat value(type.getFloatSemantics(), llvm::APInt(type.getWidth(), bits));
  bool lossy;
  value.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven, &lossy);
  return value.convertToDouble();
}

}  // namespace

void roundToElementType(ReferenceTensor& tensor) {
  auto type = dyn_cast<FloatType>(tensor.type.getElementType());
  if (!type || type.isF64()) return;
  for (double& value : tensor.floats) value = round(value, type.getFloatSemantics());
}

int64_t elementBytes(Type elementType) { return (elementType.getIntOrFloatBitWidth() + 7) / 8; }

ReferenceTensor fromBytes(RankedTensorType type, const void* data) {
  ReferenceTensor tensor = ReferenceTensor::zeros(type);
  auto floatType = dyn_cast<FloatType>(type.getElementType());
  int64_t bytes = elementBytes(type.getElementType());
  for (int64_t i = 0, n = tensor.size(); i < n; ++i) {
    // Little-endian hosts only, as is the runtime.
    uint64_t bits = 0;
    std::memcpy(&bits, static_cast<const char*>(data) + i * bytes, bytes);
    tensor.set(i, floatType ? Scalar::ofFloat(decode(bits, floatType))
                            : Scalar::ofInt(static_cast<int64_t>(bits)));
  }
  return tensor;
}

std::vector<std::byte> toBytes(const ReferenceTensor& tensor) {
  auto floatType = dyn_cast<FloatType>(tensor.type.getElementType());
  int64_t bytes = elementBytes(tensor.type.getElementType());
  std::vector<std::byte> data(tensor.size() * bytes);
  for (int64_t i = 0, n = tensor.size(); i < n; ++i) {
    uint64_t bits =
        floatType ? encode(tensor.floats[i], floatType) : static_cast<uint64_t>(tensor.ints[i]);
    std::memcpy(data.data() + i * bytes, &bits, bytes);
  }
  return data;
}

}  // namespace etch::ir
