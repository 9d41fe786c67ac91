// Many elements to one, and normalizations built on it.
#ifndef ETCH_IR_OPS_REDUCTION_TD_
#define ETCH_IR_OPS_REDUCTION_TD_

include "etch/ir/dialect.td"

class Etch_ReduceOp<string mnemonic, string meaning>
    : Etch_Op<mnemonic, [
        Pure, InferTypeOpAdaptor, DeclareOpInterfaceMethods<Etch_DifferentiableOpInterface>,
        DeclareOpInterfaceMethods<Etch_ReferenceOpInterface>,
        DeclareOpInterfaceMethods<Etch_PermutableOpInterface>,
        DeclareOpInterfaceMethods<Etch_ReductionOpInterface>]> {
  let summary = "The " # meaning # " along some dimensions";
  let description = "    The " # meaning # [{ of the elements along `dims`, which stay with extent 1.

    Constraints:
    * (C1) `dims` are ascending, without repetition, and dimensions of the operand.
    * (C2) the result has extent 1 along `dims` and the operand's extents elsewhere.

    Example:
    ```mlir
    %y = etch.}] # mnemonic # [{ %x {dims = array<i64: 1>} : (tensor<8x64xf32>) -> tensor<8x1xf32>
    ```
  }];
  let arguments = (ins Etch_NumberTensor:$input, DenseI64ArrayAttr:$dims);
  let results = (outs Etch_NumberTensor:$result);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
  let extraClassDefinition = [{
    ::llvm::LogicalResult $cppClass::inferReturnTypes(
        ::mlir::MLIRContext*, std::optional<::mlir::Location> loc, Adaptor adaptor,
        ::llvm::SmallVectorImpl<::mlir::Type>& types) {
      return inferReduced(getOperationName(), loc, adaptor.getInput(), adaptor.getDims(), types);
    }
    ::llvm::ArrayRef<int64_t> $cppClass::getReducedDims() { return getDims(); }
    ::mlir::Value $cppClass::permuted(::mlir::OpBuilder& b, ::mlir::ValueRange operands,
                                      ::llvm::ArrayRef<int64_t> permutation) {
      return $cppClass::create(b, getLoc(), operands[0], permutedDims(getDims(), permutation));
    }
  }];
}

def Etch_ReduceSumOp : Etch_ReduceOp<"reduce_sum", "sum">;
def Etch_ReduceMaxOp : Etch_ReduceOp<"reduce_max", "maximum">;
def Etch_ReduceMinOp : Etch_ReduceOp<"reduce_min", "minimum">;
def Etch_ReduceProdOp : Etch_ReduceOp<"reduce_prod", "product">;

class Etch_SoftmaxLikeOp<string mnemonic, string meaning>
    : Etch_Op<mnemonic, [
        Pure, InferTypeOpAdaptor, DeclareOpInterfaceMethods<Etch_DifferentiableOpInterface>,
        DeclareOpInterfaceMethods<Etch_ReferenceOpInterface>,
        DeclareOpInterfaceMethods<Etch_DecomposableOpInterface>]> {
  let summary = meaning;
  let description = "    " # meaning # [{, computed with the maximum subtracted first.

    Constraints:
    * (C1) `dim` is a dimension of the operand.
    * (C2) the result has the type of the operand.

    Example:
    ```mlir
    %y = etch.}] # mnemonic # [{ %x {dim = 1 : i64} : (tensor<8x64xf32>) -> tensor<8x64xf32>
    ```
  }];
  let arguments = (ins Etch_FloatTensor:$input, I64Attr:$dim);
  let results = (outs Etch_FloatTensor:$result);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
  let extraClassDefinition = [{
    ::llvm::LogicalResult $cppClass::inferReturnTypes(
        ::mlir::MLIRContext*, std::optional<::mlir::Location> loc, Adaptor adaptor,
        ::llvm::SmallVectorImpl<::mlir::Type>& types) {
      return inferSoftmaxLike(getOperationName(), loc, adaptor.getInput(), adaptor.getDim(), types);
    }
  }];
}

def Etch_SoftmaxOp : Etch_SoftmaxLikeOp<"softmax", "exp(x) / sum of exp(x) along `dim`">;
def Etch_LogSoftmaxOp : Etch_SoftmaxLikeOp<"log_softmax", "x - log(sum of exp(x)) along `dim`">;

def Etch_NormalizeOp : Etch_Op<"normalize", [
    Pure, InferTypeOpAdaptor, DeclareOpInterfaceMethods<Etch_DifferentiableOpInterface>,
    DeclareOpInterfaceMethods<Etch_ReferenceOpInterface>,
    DeclareOpInterfaceMethods<Etch_DecomposableOpInterface>]> {
  let summary = "Shift to mean 0 and scale to variance 1 along some dimensions";
  let description = [{
    normalized = (x - mean(x)) * rstd, rstd = 1 / sqrt(var(x) + epsilon), with the biased variance
    (divides by the number of elements) along `dims`.

    Constraints:
    * (C1) `dims` are ascending, without repetition, and dimensions of the operand.
    * (C2) `normalized` has the type of the operand; `rstd` has extent 1 along `dims`.

    Example:
    ```mlir
    %y, %r = etch.normalize %x {dims = array<i64: 1>, epsilon = 1.0e-5 : f64}
        : (tensor<8x64xf32>) -> (tensor<8x64xf32>, tensor<8x1xf32>)
    ```
  }];
  let arguments = (ins Etch_FloatTensor:$input, DenseI64ArrayAttr:$dims, F64Attr:$epsilon);
  let results = (outs Etch_FloatTensor:$normalized, Etch_FloatTensor:$rstd);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

#endif  // ETCH_IR_OPS_REDUCTION_TD_
