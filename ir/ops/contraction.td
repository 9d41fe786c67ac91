// Sums of products.
#ifndef ETCH_IR_OPS_CONTRACTION_TD_
#define ETCH_IR_OPS_CONTRACTION_TD_

include "etch/ir/dialect.td"

def Etch_MatmulOp : Etch_Op<"matmul", [
    Pure, InferTypeOpAdaptor, DeclareOpInterfaceMethods<Etch_DifferentiableOpInterface>,
    DeclareOpInterfaceMethods<Etch_ReferenceOpInterface>,
    DeclareOpInterfaceMethods<Etch_FusibleOpInterface>,
    DeclareOpInterfaceMethods<Etch_WorkOpInterface, ["countOperations"]>]> {
  let summary = "Matrix product, result[..., m, n] = sum_k lhs[..., m, k] * rhs[..., k, n]";
  let description = [{
    Either operand may be read transposed in its last two dimensions, so that the gradient of a
    matmul is again a matmul and no transpose is materialised. A `rhs` of rank 2 is shared by all
    leading dimensions of `lhs`. Products of f16 and bf16 are summed in f32.

    Constraints:
    * (C1) `lhs` has rank 2 or more; `rhs` has rank 2 or the rank of `lhs`.
    * (C2) the contracted dimensions of `lhs` and `rhs` agree.
    * (C3) leading dimensions agree, where `rhs` has any.
    * (C4) the element types agree.
    * (C5) `transpose_lhs` wants operands of one rank.

    Example:
    ```mlir
    %y = etch.matmul %x, %w {transpose_rhs} : (tensor<8x64xf32>, tensor<10x64xf32>) -> tensor<8x10xf32>
    ```
  }];
  let arguments = (ins Etch_FloatTensor:$lhs, Etch_FloatTensor:$rhs,
                       UnitAttr:$transpose_lhs, UnitAttr:$transpose_rhs);
  let results = (outs Etch_FloatTensor:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` functional-type(operands, results)";
  let hasCanonicalizer = 1;
}

#endif  // ETCH_IR_OPS_CONTRACTION_TD_
