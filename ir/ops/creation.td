// Tensors from nothing.
#ifndef ETCH_IR_OPS_CREATION_TD_
#define ETCH_IR_OPS_CREATION_TD_

include "etch/ir/dialect.td"

def Etch_ConstantOp : Etch_Op<"constant", [
    Pure, ConstantLike, InferTypeOpAdaptor, Etch_NonDifferentiable,
    DeclareOpInterfaceMethods<Etch_ReferenceOpInterface>,
    DeclareOpInterfaceMethods<Etch_FusibleOpInterface>]> {
  let summary = "A tensor known when the program was traced";
  let description = [{
    Constraints:
    * (C1) the result has the type of `value`.

    Example:
    ```mlir
    %y = etch.constant dense<0.5> : tensor<8x64xf32>
    ```
  }];
  let arguments = (ins ElementsAttr:$value);
  let results = (outs Etch_Tensor:$result);
  let assemblyFormat = "attr-dict $value";
  let hasFolder = 1;
}

def Etch_IotaOp : Etch_Op<"iota", [
    Pure, InferTypeOpAdaptor, Etch_NonDifferentiable,
    DeclareOpInterfaceMethods<Etch_PermutableOpInterface>,
    DeclareOpInterfaceMethods<Etch_ReferenceOpInterface>,
    DeclareOpInterfaceMethods<Etch_FusibleOpInterface>]> {
  let summary = "Each element's index along `dim`";
  let description = [{
    result[i...] = i[dim], in the element type `dtype`.

    Constraints:
    * (C1) `dim` is a dimension of `shape`, whose extents are not negative.

    Example:
    ```mlir
    %y = etch.iota {shape = array<i64: 8, 64>, dim = 1 : i64, dtype = i64} : () -> tensor<8x64xi64>
    ```
  }];
  let arguments = (ins DenseI64ArrayAttr:$shape, I64Attr:$dim, TypeAttr:$dtype);
  let results = (outs Etch_NumberTensor:$result);
  let assemblyFormat = "attr-dict `:` functional-type(operands, results)";
}

#endif  // ETCH_IR_OPS_CREATION_TD_
