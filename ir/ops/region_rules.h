// What the verifiers of ops with regions share.
#ifndef ETCH_IR_OPS_REGION_RULES_H_
#define ETCH_IR_OPS_REGION_RULES_H_

#include "llvm/ADT/SmallVector.h"
#include "mlir/IR/Operation.h"
#include "mlir/IR/Region.h"

namespace etch::ir {

// The region `name` of `op` takes values of the types `takes`.
llvm::LogicalResult verifyArguments(mlir::Operation* op, mlir::Region& region, llvm::StringRef name,
                                    mlir::TypeRange takes);
// The region `name` of `op` ends with etch.yield of values of the types `yields`.
llvm::LogicalResult verifyYield(mlir::Operation* op, mlir::Region& region, llvm::StringRef name,
                                mlir::TypeRange yields);

// Gives every region of `op` a last argument of the type and location of `value`.
void addRegionArguments(mlir::Operation* op, mlir::Value value);

// `first`, then `second`.
llvm::SmallVector<mlir::Type> joinTypes(mlir::TypeRange first, mlir::TypeRange second);

}  // namespace etch::ir

#endif  // ETCH_IR_OPS_REGION_RULES_H_
