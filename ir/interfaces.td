// What a pass may ask an op. Passes never list op names: a new op takes part in differentiation,
// lowering, fusion and reference evaluation by implementing these.
#ifndef ETCH_IR_INTERFACES_TD_
#define ETCH_IR_INTERFACES_TD_

include "mlir/IR/OpBase.td"

def Etch_DifferentiableOpInterface : OpInterface<"DifferentiableOpInterface"> {
  let cppNamespace = "::etch::ir";
  let description = [{
    Reverse-mode derivative. `cotangents` has one value for each result, of the result's type, never
    null. The answer has one value for each operand, of the operand's type; null where the operand
    has no derivative (integers, indices); nothing at all after an error, which the rule reports.
    Builds etch ops only, so that a backward graph can be differentiated again.
  }];
  let methods = [
    InterfaceMethod<"Cotangents of the operands from those of the results.",
      "::llvm::SmallVector<::mlir::Value>", "buildVjp",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::ValueRange":$cotangents)>,
  ];
}

// For ops whose results have no derivative with respect to any operand.
def Etch_NonDifferentiable : NativeOpTrait<"NonDifferentiable"> {
  let cppNamespace = "::etch::ir";
}

// For ops whose derivative rule only says why there is none: a gradient through one is an error.
def Etch_RefusesGradient : NativeOpTrait<"RefusesGradient"> {
  let cppNamespace = "::etch::ir";
}

// For ops that only passes make, such as the launch of a kernel: no function of the frontend records
// them. The completeness test asks every other op for one.
def Etch_CompilerInternal : NativeOpTrait<"CompilerInternal"> {
  let cppNamespace = "::etch::ir";
}

// For ops that have no linalg form: they stay whole until the schedule, which writes their loops.
def Etch_ScheduledWhole : NativeOpTrait<"ScheduledWhole"> {
  let cppNamespace = "::etch::ir";
}

// For ops with a schedule of their own that writes results with any strides: where a transpose is
// what their readers want, that is what they write.
def Etch_StridedResults : NativeOpTrait<"StridedResults"> {
  let cppNamespace = "::etch::ir";
}

// For ops with a schedule of their own whose result is their first operand with some elements
// replaced: written over that operand, where it dies, they touch no others.
def Etch_UpdatesOperand : NativeOpTrait<"UpdatesOperand"> {
  let cppNamespace = "::etch::ir";
}

def Etch_ElementwiseOpInterface : OpInterface<"ElementwiseOpInterface"> {
  let cppNamespace = "::etch::ir";
  let description = [{
    An op of one result whose element at every index depends on the operands' elements at that index
    only. Operands and result have one shape.
  }];
  let methods = [
    InterfaceMethod<[{
        The scalar body in the arith and math dialects. `args` are the operands' elements as
        computed with: f16 and bf16 arrive widened to f32 and the result is narrowed by the caller;
        ui8 arrives as signless i8.
      }],
      "::mlir::Value", "buildScalar",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc, "::mlir::ValueRange":$args)>,
    InterfaceMethod<[{
        The same for the reference evaluator, independent of `buildScalar`.
      }],
      "::etch::ir::Scalar", "evaluateScalar", (ins "::llvm::ArrayRef<::etch::ir::Scalar>":$args)>,
  ];
}

def Etch_ReferenceOpInterface : OpInterface<"ReferenceOpInterface"> {
  let cppNamespace = "::etch::ir";
  let description = [{
    Evaluates the op on host arrays, element by element, sharing no code with the lowering.
    `results` arrive with their types set and zero-filled. Elementwise ops need not implement it.
    The caller rounds the results to their element types, as `options` want; these are passed on
    by ops that hold or call other ops.
  }];
  let methods = [
    InterfaceMethod<"Computes `results` from `operands`.",
      "::llvm::LogicalResult", "evaluate",
      (ins "::llvm::ArrayRef<const ::etch::ir::ReferenceTensor *>":$operands,
           "::llvm::MutableArrayRef<::etch::ir::ReferenceTensor>":$results,
           "const ::etch::ir::ReferenceOptions &":$options)>,
  ];
}

def Etch_DecomposableOpInterface : OpInterface<"DecomposableOpInterface"> {
  let cppNamespace = "::etch::ir";
  let description = [{
    An op that stands for several simpler etch ops: kept whole for its derivative and for dumps,
    replaced by `decompose` before fusion.
  }];
  let methods = [
    InterfaceMethod<"Values that replace the results.",
      "::llvm::SmallVector<::mlir::Value>", "decompose", (ins "::mlir::OpBuilder &":$builder)>,
    InterfaceMethod<"Whether it is to be replaced: an op may have a schedule for some shapes.", "bool",
      "wantsDecomposition", (ins), /*methodBody=*/"", /*defaultImplementation=*/"return true;">,
  ];
}

def Etch_ReductionOpInterface : OpInterface<"ReductionOpInterface"> {
  let cppNamespace = "::etch::ir";
  let description = [{
    Combines the elements of its one operand along `getDims()`, which the result keeps with
    extent 1.
  }];
  let methods = [
    InterfaceMethod<"Reduced dimensions, ascending.", "::llvm::ArrayRef<int64_t>", "getReducedDims">,
    InterfaceMethod<"Neutral element as a scalar constant of `type`.",
      "::mlir::TypedAttr", "neutralElement", (ins "::mlir::Type":$type)>,
    InterfaceMethod<"Combines two scalars in the arith dialect.",
      "::mlir::Value", "buildCombiner",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc, "::mlir::Value":$lhs,
           "::mlir::Value":$rhs)>,
  ];
}

def Etch_ViewOpInterface : OpInterface<"ViewOpInterface"> {
  let cppNamespace = "::etch::ir";
  let description = [{
    An op whose result is its operand read through another strided layout, with no arithmetic.
  }];
  let methods = [
    InterfaceMethod<[{
        The layout of the result over the memory that `source` describes, or failure where strides
        cannot express it.
      }],
      "::llvm::FailureOr<::etch::ir::StridedLayout>", "viewLayout",
      (ins "const ::etch::ir::StridedLayout &":$source)>,
  ];
}

def Etch_PermutableOpInterface : OpInterface<"PermutableOpInterface"> {
  let cppNamespace = "::etch::ir";
  let description = [{
    An op of one result that does the same whatever the order of its dimensions. Elementwise ops
    need not implement it: their own interface says it.
  }];
  let methods = [
    InterfaceMethod<[{
        The result with its dimensions in the order of `permutation` (as etch.transpose has it), from
        `operands` that have theirs in this order.
      }],
      "::mlir::Value", "permuted",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::ValueRange":$operands,
           "::llvm::ArrayRef<int64_t>":$permutation)>,
  ];
}

def Etch_PlacementOpInterface : OpInterface<"PlacementOpInterface"> {
  let cppNamespace = "::etch::ir";
  let description = [{
    An op whose result consists of its operands' elements, each operand in a strided part of it: what
    produces an operand may write straight into the result's buffer. Elements that no operand covers
    are `filling`.
  }];
  let methods = [
    InterfaceMethod<[{
        Where in the memory that `result` describes each operand lies, one layout for each operand;
        none at all where strides cannot express them.
      }],
      "::llvm::SmallVector<::etch::ir::StridedLayout>", "placements",
      (ins "const ::etch::ir::StridedLayout &":$result)>,
    InterfaceMethod<"Whether the operands cover the result.", "bool", "coversResult">,
    InterfaceMethod<[{
        The elements that no operand covers, as few disjoint parts of the memory that `result`
        describes; nothing where it would take many.
      }],
      "std::optional<::llvm::SmallVector<::etch::ir::StridedLayout>>", "gaps",
      (ins "const ::etch::ir::StridedLayout &":$result), /*methodBody=*/"",
      /*defaultImplementation=*/"return std::nullopt;">,
    InterfaceMethod<"The number that elements which no operand covers are.", "double", "filling",
      (ins), /*methodBody=*/"", /*defaultImplementation=*/"return 0;">,
  ];
}

def Etch_ScalableOpInterface : OpInterface<"ScalableOpInterface"> {
  let cppNamespace = "::etch::ir";
  let description = [{
    An op of one result that is linear in some of its operands, so that factors may move from the
    result to one of these.
  }];
  let methods = [
    InterfaceMethod<[{
        Operands with the dimension of each along which it may be multiplied by a vector in place of
        the result along `dim`.
      }],
      "::llvm::SmallVector<::etch::ir::OperandDim>", "scaledOperands", (ins "int64_t":$dim)>,
  ];
}

def Etch_ControlOpInterface : OpInterface<"ControlOpInterface"> {
  let cppNamespace = "::etch::ir";
  let description = [{
    An op that runs its regions some number of times, decided by the host function: its regions are
    fused and placed in memory like a program's body. Each region is one block that ends with
    etch.yield.
  }];
  let methods = [
    InterfaceMethod<"What an argument of a region reads: the number is that of an operand.",
      "::etch::ir::RegionValue", "regionArgument", (ins "unsigned":$region, "unsigned":$argument)>,
    InterfaceMethod<"Where a yielded value goes: the number is that of a result.",
      "::etch::ir::RegionValue", "regionResult", (ins "unsigned":$region, "unsigned":$yielded)>,
    InterfaceMethod<"Adds an operand, which every region takes as its last argument.",
      "void", "addCapture", (ins "::mlir::Value":$value)>,
  ];
}

def Etch_FusibleOpInterface : OpInterface<"FusibleOpInterface"> {
  let cppNamespace = "::etch::ir";
  let description = [{
    How an op takes part in kernels. Elementwise ops and reductions need not implement it: their own
    interfaces say it.
  }];
  let methods = [
    InterfaceMethod<"The role of this op.", "::etch::ir::FusionRole", "getFusionRole">,
  ];
}

def Etch_WorkOpInterface : OpInterface<"WorkOpInterface"> {
  let cppNamespace = "::etch::ir";
  let description = [{
    What an op costs, for profiles (ir/work.h). Elementwise ops, reductions and ops that only move
    elements need not implement it: their own interfaces say enough.
  }];
  let methods = [
    InterfaceMethod<[{
        Arithmetic operations on elements that the result takes, whatever the schedule; a multiply-add
        counts as two.
      }],
      "int64_t", "countOperations", (ins), /*methodBody=*/"", /*defaultImplementation=*/"return 0;">,
    InterfaceMethod<"How many elements of an operand are looked at.", "int64_t", "countElementsRead",
      (ins "unsigned":$operand), /*methodBody=*/"", /*defaultImplementation=*/[{
        return ::llvm::cast<::mlir::ShapedType>($_op->getOperand(operand).getType()).getNumElements();
      }]>,
  ];
}

#endif  // ETCH_IR_INTERFACES_TD_
