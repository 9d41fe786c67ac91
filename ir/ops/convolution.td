// Convolutions.
#ifndef ETCH_IR_OPS_CONVOLUTION_TD_
#define ETCH_IR_OPS_CONVOLUTION_TD_

include "etch/ir/dialect.td"

def Etch_ConvOp : Etch_Op<"conv", [
    Pure, InferTypeOpAdaptor, DeclareOpInterfaceMethods<Etch_DifferentiableOpInterface>,
    DeclareOpInterfaceMethods<Etch_ReferenceOpInterface>,
    DeclareOpInterfaceMethods<Etch_DecomposableOpInterface>,
    DeclareOpInterfaceMethods<Etch_ScalableOpInterface>,
    DeclareOpInterfaceMethods<Etch_WorkOpInterface, ["countOperations"]>]> {
  let summary = "Convolution (cross-correlation) of x [N, C, ...] with filters [O, C / groups, ...]";
  let description = [{
    With x~ the operand that has `input_dilation` - 1 zeros between its elements and `low` and `high`
    zeros around them (a negative number cuts elements off), for each feature o of group g

      result[n, o, p_1, ..., p_d] = sum over c, k_1, ..., k_d of
        weight[o, c, k_1, ...] * x~[n, g * C / groups + c, p_i * stride_i + k_i * dilation_i, ...]

    Its derivatives are convolutions: that of the operand with mirrored filters, stride and input
    dilation exchanged; that of the weight with batch and features, stride and dilation exchanged.
    Products of f16 and bf16 are summed in f32.

    Constraints:
    * (C1) both operands have the same rank, 3 or more; `stride`, `low`, `high`, `input_dilation` and
      `dilation` have one entry for each of the last rank - 2 dimensions.
    * (C2) `groups` is positive, divides the operand's channels and the weight's features, and the
      weight has as many channels as a group.
    * (C3) strides and dilations are positive, spatial extents too, and one filter fits into x~.
    * (C4) the element types agree.

    Example:
    ```mlir
    %y = etch.conv %x, %w {stride = array<i64: 2>, low = array<i64: 1>, high = array<i64: 1>,
                           input_dilation = array<i64: 1>, dilation = array<i64: 1>, groups = 1 : i64}
        : (tensor<8x4x64xf32>, tensor<10x4x3xf32>) -> tensor<8x10x32xf32>
    ```
  }];
  let arguments = (ins Etch_FloatTensor:$input, Etch_FloatTensor:$weight, DenseI64ArrayAttr:$stride,
                       DenseI64ArrayAttr:$low, DenseI64ArrayAttr:$high,
                       DenseI64ArrayAttr:$input_dilation, DenseI64ArrayAttr:$dilation,
                       I64Attr:$groups);
  let results = (outs Etch_FloatTensor:$result);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

#endif  // ETCH_IR_OPS_CONVOLUTION_TD_
