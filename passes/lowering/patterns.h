// The lowering of each op family to linalg on tensors, inside a kernel.
#ifndef ETCH_PASSES_LOWERING_PATTERNS_H_
#define ETCH_PASSES_LOWERING_PATTERNS_H_

#include "etch/ir/dialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Transforms/DialectConversion.h"

namespace etch::passes {

// `ui8` becomes `i8`: below the etch dialect integers have no sign, their ops have.
class KernelTypeConverter : public mlir::TypeConverter {
 public:
  KernelTypeConverter();
};

void populateElementwiseLowering(const KernelTypeConverter& types,
                                 mlir::RewritePatternSet& patterns);
void populateReductionLowering(const KernelTypeConverter& types, mlir::RewritePatternSet& patterns);
void populateContractionLowering(const KernelTypeConverter& types,
                                 mlir::RewritePatternSet& patterns);
void populateMovementLowering(const KernelTypeConverter& types, mlir::RewritePatternSet& patterns);
void populateCreationLowering(const KernelTypeConverter& types, mlir::RewritePatternSet& patterns);
void populateRandomLowering(const KernelTypeConverter& types, mlir::RewritePatternSet& patterns);
void populateIndexingLowering(const KernelTypeConverter& types, mlir::RewritePatternSet& patterns);
void populateWindowsLowering(const KernelTypeConverter& types, mlir::RewritePatternSet& patterns);

using BodyBuilder =
    llvm::function_ref<mlir::Value(mlir::OpBuilder&, mlir::Location, mlir::ValueRange)>;

// A linalg.generic over all of `type` that reads each input at the same index (at 0 where the input
// has extent 1 and the result has not) and yields what `body` makes of the elements.
mlir::Value buildPointwise(mlir::OpBuilder& builder, mlir::Location loc, mlir::ValueRange inputs,
                           mlir::RankedTensorType type, BodyBuilder body);

// The type in which elements of `type` are computed with: f32 for f16 and bf16.
mlir::Type computeType(mlir::Type type);
// `value` converted to `type`, which is its compute type or the other way round.
mlir::Value convertFloat(mlir::OpBuilder& builder, mlir::Location loc, mlir::Value value,
                         mlir::Type type);

}  // namespace etch::passes

#endif  // ETCH_PASSES_LOWERING_PATTERNS_H_
