// Sliding windows over the last dimensions, and their transpose.
#ifndef ETCH_IR_OPS_WINDOWS_TD_
#define ETCH_IR_OPS_WINDOWS_TD_

include "etch/ir/ops/movement.td"

def Etch_WindowsOp : Etch_ViewOp<"windows"> {
  let summary = "Windows that slide over the last dimensions, as a view";
  let description = [{
    With one window position o_i and one place k_i in the window for each of the last n dimensions,

      result[..., k_1, ..., k_n, o_1, ..., o_n] = x[..., o_i * stride_i + k_i * dilation_i, ...]

    for all windows that lie within x: o_i < (extent_i - (kernel_i - 1) * dilation_i - 1) / stride_i
    + 1. Windows may overlap: an element of x then occurs several times.

    Constraints:
    * (C1) `kernel`, `stride` and `dilation` have one entry for each of n dimensions of the operand.
    * (C2) their entries are positive, and one window fits into the operand.

    Example:
    ```mlir
    %y = etch.windows %x {kernel = array<i64: 3>, stride = array<i64: 2>, dilation = array<i64: 1>}
        : (tensor<8x64xf32>) -> tensor<8x3x31xf32>
    ```
  }];
  let arguments = (ins Etch_Tensor:$input, DenseI64ArrayAttr:$kernel, DenseI64ArrayAttr:$stride,
                       DenseI64ArrayAttr:$dilation);
}

def Etch_FoldOp : Etch_Op<"fold", [
    Pure, InferTypeOpAdaptor, DeclareOpInterfaceMethods<Etch_DifferentiableOpInterface>,
    DeclareOpInterfaceMethods<Etch_ReferenceOpInterface>,
    DeclareOpInterfaceMethods<Etch_DecomposableOpInterface>]> {
  let summary = "Sums of windows where they overlap; the transpose of etch.windows";
  let description = [{
    result[..., p_1, ..., p_n] = sum of x[..., k_1, ..., k_n, o_1, ..., o_n] over all k and o with
    o_i * stride_i + k_i * dilation_i = p_i, for p_i below `extents`.

    Constraints:
    * (C1) `extents`, `stride` and `dilation` have one entry for each of n dimensions, the operand
      has rank 2 n or more.
    * (C2) their entries are positive, and the operand has the shape of the windows over `extents`.

    Example:
    ```mlir
    %y = etch.fold %x {extents = array<i64: 64>, stride = array<i64: 2>, dilation = array<i64: 1>}
        : (tensor<8x3x31xf32>) -> tensor<8x64xf32>
    ```
  }];
  let arguments = (ins Etch_NumberTensor:$input, DenseI64ArrayAttr:$extents,
                       DenseI64ArrayAttr:$stride, DenseI64ArrayAttr:$dilation);
  let results = (outs Etch_NumberTensor:$result);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def Etch_SpreadOp : Etch_Op<"spread", [
    Pure, InferTypeOpAdaptor, Etch_CompilerInternal, Etch_NonDifferentiable,
    DeclareOpInterfaceMethods<Etch_ReferenceOpInterface>,
    DeclareOpInterfaceMethods<Etch_FusibleOpInterface>]> {
  let summary = "Each place of a window where it came from; what etch.fold sums";
  let description = [{
    result[..., k, p] = x[..., k, o] where o * stride + k * dilation = p, zero where there is no such
    o; for each of n dimensions. Operand and attributes are those of `etch.fold`, which is the sum of
    this over all k.

    Example:
    ```mlir
    %y = etch.spread %x {extents = array<i64: 64>, stride = array<i64: 2>, dilation = array<i64: 1>}
        : (tensor<8x3x31xf32>) -> tensor<8x3x64xf32>
    ```
  }];
  let arguments = (ins Etch_NumberTensor:$input, DenseI64ArrayAttr:$extents,
                       DenseI64ArrayAttr:$stride, DenseI64ArrayAttr:$dilation);
  let results = (outs Etch_NumberTensor:$result);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

#endif  // ETCH_IR_OPS_WINDOWS_TD_
