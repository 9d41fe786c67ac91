// Along one dimension, where each result depends on the order or on the elements before.
#ifndef ETCH_IR_OPS_ORDERING_TD_
#define ETCH_IR_OPS_ORDERING_TD_

include "etch/ir/dialect.td"

class Etch_OrderingOp<string mnemonic>
    : Etch_Op<mnemonic, [
        Pure, InferTypeOpAdaptor, Etch_ScheduledWhole,
        DeclareOpInterfaceMethods<Etch_DifferentiableOpInterface>,
        DeclareOpInterfaceMethods<Etch_ReferenceOpInterface>,
        DeclareOpInterfaceMethods<Etch_FusibleOpInterface>]> {
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def Etch_CumsumOp : Etch_OrderingOp<"cumsum"> {
  let summary = "Sums of the elements up to each one";
  let description = [{
    result[i] = x[0] + ... + x[i] along `dim`; with `reverse` x[i] + ... + x[n - 1]; with `exclusive`
    without x[i] itself. f16 and bf16 are summed in f32, integers wrap.

    Constraints:
    * (C1) `dim` is a dimension of the operand.

    Example:
    ```mlir
    %y = etch.cumsum %x {dim = 1 : i64} : (tensor<8x64xf32>) -> tensor<8x64xf32>
    ```
  }];
  let arguments = (ins Etch_NumberTensor:$input, I64Attr:$dim, UnitAttr:$reverse,
                       UnitAttr:$exclusive);
  let results = (outs Etch_NumberTensor:$result);
}

def Etch_SortOp : Etch_OrderingOp<"sort"> {
  let summary = "Elements in order along a dimension, and where they were";
  let description = [{
    `values` are the operand's elements along `dim` in ascending order (`descending`: the opposite),
    values[i] = x[indices[i]]. Equal elements keep their order; NaN counts as larger than every
    number.

    Constraints:
    * (C1) `dim` is a dimension of the operand.

    Example:
    ```mlir
    %y, %i = etch.sort %x {dim = 1 : i64} : (tensor<8x64xf32>) -> (tensor<8x64xf32>, tensor<8x64xi64>)
    ```
  }];
  let arguments = (ins Etch_NumberTensor:$input, I64Attr:$dim, UnitAttr:$descending);
  let results = (outs Etch_NumberTensor:$values, Etch_IndexTensor:$indices);
}

#endif  // ETCH_IR_OPS_ORDERING_TD_
