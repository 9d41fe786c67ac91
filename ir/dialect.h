// The etch dialect: its interfaces and ops, as generated from the .td files beside this one.
#ifndef ETCH_IR_DIALECT_H_
#define ETCH_IR_DIALECT_H_

#include "etch/ir/support.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace etch::ir {

// Marks an op whose results have no derivative.
template <typename ConcreteOp>
class NonDifferentiable : public mlir::OpTrait::TraitBase<ConcreteOp, NonDifferentiable> {};

// Marks an op whose derivative rule only reports why there is none.
template <typename ConcreteOp>
class RefusesGradient : public mlir::OpTrait::TraitBase<ConcreteOp, RefusesGradient> {};

// Marks an op that passes make and no function of the frontend records.
template <typename ConcreteOp>
class CompilerInternal : public mlir::OpTrait::TraitBase<ConcreteOp, CompilerInternal> {};

// Marks an op that stays whole until the schedule.
template <typename ConcreteOp>
class ScheduledWhole : public mlir::OpTrait::TraitBase<ConcreteOp, ScheduledWhole> {};

// Marks an op whose own schedule writes results with any strides.
template <typename ConcreteOp>
class StridedResults : public mlir::OpTrait::TraitBase<ConcreteOp, StridedResults> {};

// Marks an op whose own schedule may write its result over its first operand.
template <typename ConcreteOp>
class UpdatesOperand : public mlir::OpTrait::TraitBase<ConcreteOp, UpdatesOperand> {};

}  // namespace etch::ir

#include "etch/ir/dialect.h.inc"
#include "etch/ir/enums.h.inc"
#include "etch/ir/interfaces.h.inc"

#define GET_ATTRDEF_CLASSES
#include "etch/ir/attributes.h.inc"

#define GET_OP_CLASSES
#include "etch/ir/ops.h.inc"

#endif  // ETCH_IR_DIALECT_H_
