// Sums of products.
#ifndef ETCH_IR_OPS_CONTRACTION_TD_
#define ETCH_IR_OPS_CONTRACTION_TD_

include "etch/ir/dialect.td"

def Etch_MatmulOp : Etch_Op<"matmul", [
    Pure, InferTypeOpAdaptor, DeclareOpInterfaceMethods<Etch_DifferentiableOpInterface>,
    DeclareOpInterfaceMethods<Etch_ReferenceOpInterface>,
    DeclareOpInterfaceMethods<Etch_FusibleOpInterface>,
    DeclareOpInterfaceMethods<Etch_ScalableOpInterface>,
    DeclareOpInterfaceMethods<Etch_WorkOpInterface, ["countOperations"]>]> {
  let summary = "Matrix product, result[..., m, n] = sum_k lhs[..., m, k] * rhs[..., k, n]";
  let description = [{
    Either operand may be read transposed in its last two dimensions, so that the gradient of a
    matmul is again a matmul and no transpose is materialised. The leading dimensions of `rhs`, if
    any, are the first ones of `lhs`; further leading dimensions of `lhs` share a matrix of `rhs`.
    The contracted dimension of `lhs` may be its last `depth_dims` dimensions, counted as one in
    row-major order: so the windows of a convolution, which no matrix with strides expresses, are
    read in place. Products of f16 and bf16 are summed in f32, and with `wide_result` the result is
    f32 as well.

    Constraints:
    * (C1) `lhs` has rank `depth_dims` + 1 or more; `rhs` has rank 2 or more, and at most that of
      `lhs` with its contracted dimensions counted as one.
    * (C2) the contracted dimensions of `lhs` and `rhs` agree.
    * (C3) leading dimensions agree, where `rhs` has any.
    * (C4) the element types agree.
    * (C5) `transpose_lhs` wants operands of one rank and `depth_dims` = 1, which is positive.

    Example:
    ```mlir
    %y = etch.matmul %x, %w {transpose_rhs} : (tensor<8x64xf32>, tensor<10x64xf32>) -> tensor<8x10xf32>
    ```
  }];
  let arguments = (ins Etch_FloatTensor:$lhs, Etch_FloatTensor:$rhs,
                       UnitAttr:$transpose_lhs, UnitAttr:$transpose_rhs,
                       DefaultValuedAttr<I64Attr, "1">:$depth_dims, UnitAttr:$wide_result);
  let results = (outs Etch_FloatTensor:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` functional-type(operands, results)";
  let hasCanonicalizer = 1;
}

#endif  // ETCH_IR_OPS_CONTRACTION_TD_
