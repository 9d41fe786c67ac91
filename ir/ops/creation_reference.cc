#include "etch/ir/dialect.h"
#include "etch/ir/ops/reference_util.h"
#include "etch/ir/reference.h"
#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;

namespace etch::ir {

LogicalResult ConstantOp::evaluate(ArrayRef<const ReferenceTensor*>,
                                   MutableArrayRef<ReferenceTensor> results,
                                   const ReferenceOptions&) {
  ReferenceTensor& result = results[0];
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(getValue())) {
    AsmResourceBlob* blob = resource.getRawHandle().getBlob();
    int64_t bytes = result.size() * elementBytes(result.type.getElementType());
    if (!blob || static_cast<int64_t>(blob->getData().size()) != bytes)
      return emitOpError("has a resource without the ") << bytes << " bytes of its type";
    result = fromBytes(result.type, blob->getData().data());
    return success();
  }
  int64_t next = 0;
  bool isUnsigned =
      result.type.getElementType().isUnsignedInteger() || result.type.getElementType().isInteger(1);
  if (result.isFloat()) {
    auto values = getValue().tryGetValues<APFloat>();
    if (!values) return emitOpError("has values that cannot be read");
    for (APFloat value : *values) {
      bool lossy;
      value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &lossy);
      result.floats[next++] = value.convertToDouble();
    }
  } else {
    auto values = getValue().tryGetValues<APInt>();
    if (!values) return emitOpError("has values that cannot be read");
    for (const APInt& value : *values)
      result.ints[next++] =
          isUnsigned ? static_cast<int64_t>(value.getZExtValue()) : value.getSExtValue();
  }
  return success();
}

LogicalResult IotaOp::evaluate(ArrayRef<const ReferenceTensor*>,
                               MutableArrayRef<ReferenceTensor> results, const ReferenceOptions&) {
  int64_t next = 0;
  forEachIndex(getShape(), [&](ArrayRef<int64_t> index) {
    int64_t i = index[getDim()];
    results[0].set(
        next++, results[0].isFloat() ? Scalar::ofFloat(static_cast<double>(i)) : Scalar::ofInt(i));
  });
  return success();
}

}  // namespace etch::ir
