// Attention: averages of values, weighted by how well keys match queries.
#ifndef ETCH_IR_OPS_ATTENTION_TD_
#define ETCH_IR_OPS_ATTENTION_TD_

include "etch/ir/dialect.td"

class Etch_AttentionFamilyOp<string mnemonic>
    : Etch_Op<mnemonic, [
        Pure, InferTypeOpAdaptor, Etch_ScheduledWhole, Etch_StridedResults,
        DeclareOpInterfaceMethods<Etch_DifferentiableOpInterface>,
        DeclareOpInterfaceMethods<Etch_ReferenceOpInterface>,
        DeclareOpInterfaceMethods<Etch_DecomposableOpInterface, ["wantsDecomposition"]>,
        DeclareOpInterfaceMethods<Etch_FusibleOpInterface>,
        DeclareOpInterfaceMethods<Etch_WorkOpInterface, ["countOperations"]>]> {
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def Etch_AttentionOp : Etch_AttentionFamilyOp<"attention"> {
  let summary = "softmax(scale * query key^T + mask) value, and the logarithm of what it divides by";
  let description = [{
    With the scores s[..., t, j] = scale * sum_d query[..., t, d] * key[..., j, d], to which a
    floating mask is added, and which are -infinity where a boolean mask is false or, with `causal`,
    where j > t:

      log_sum[..., t, 0] = log(sum_j exp(s[..., t, j]))
      result[..., t, e] = sum_j exp(s[..., t, j] - log_sum[..., t, 0]) * value[..., j, e]

    The kernel keeps the scores of a few queries at a time; no matrix of them is written. Where rows
    are so long that it could not keep some queries in its frame (kWidestAttention), products and a
    softmax take its place. A query that sees no key gives NaN, and the logarithm of 0. Scores and
    sums of f16 and bf16 are f32, as is `log_sum`.

    Constraints:
    * (C1) the operands have one rank, 2 or more, and leading dimensions agree.
    * (C2) `query` and `key` have the same last extent; `key` and `value` have as many rows, at
      least one.
    * (C3) `query`, `key` and `value` have one element type.
    * (C4) each extent of the mask is 1 or that of the scores.
    * (C5) `causal` wants as many queries as keys.

    Example:
    ```mlir
    %y, %l = etch.attention %q, %k, %v {scale = 0.125 : f64, causal}
        : (tensor<8x12x32x64xf32>, tensor<8x12x32x64xf32>, tensor<8x12x32x64xf32>)
          -> (tensor<8x12x32x64xf32>, tensor<8x12x32x1xf32>)
    ```
  }];
  let arguments = (ins Etch_FloatTensor:$query, Etch_FloatTensor:$key, Etch_FloatTensor:$value,
                       Optional<Etch_Tensor>:$mask, F64Attr:$scale, UnitAttr:$causal);
  let results = (outs Etch_FloatTensor:$result, Etch_FloatTensor:$log_sum);
}

def Etch_AttentionBackwardOp : Etch_AttentionFamilyOp<"attention_backward"> {
  let summary = "Cotangents of the query, key and value of attention";
  let description = [{
    With the scores s of `etch.attention`, its weights p = exp(s - log_sum), and

      g[..., t, j] = scale * p[..., t, j] * (sum_e dy[..., t, e] * value[..., j, e] - delta[..., t, 0])

    dquery = g key, dkey = g^T query and dvalue = p^T dy. `delta` is the sum of dy * result over the
    last dimension, less the cotangent of `log_sum`.

    Constraints:
    * (C1) `query`, `key`, `value` and `mask` are as in `etch.attention`, with elements of f32 or f64.
    * (C2) `dy` has the type of attention's result, `log_sum` and `delta` that of its `log_sum`.

    Example:
    ```mlir
    %dq, %dk, %dv = etch.attention_backward %q, %k, %v, %dy, %l, %delta {scale = 0.125 : f64, causal}
        : (tensor<12x32x64xf32>, tensor<12x32x64xf32>, tensor<12x32x64xf32>, tensor<12x32x64xf32>,
           tensor<12x32x1xf32>, tensor<12x32x1xf32>)
          -> (tensor<12x32x64xf32>, tensor<12x32x64xf32>, tensor<12x32x64xf32>)
    ```
  }];
  let arguments = (ins Etch_WideFloatTensor:$query, Etch_WideFloatTensor:$key,
                       Etch_WideFloatTensor:$value, Etch_WideFloatTensor:$dy,
                       Etch_WideFloatTensor:$log_sum, Etch_WideFloatTensor:$delta,
                       Optional<Etch_Tensor>:$mask, F64Attr:$scale, UnitAttr:$causal);
  let results = (outs Etch_WideFloatTensor:$dquery, Etch_WideFloatTensor:$dkey,
                      Etch_WideFloatTensor:$dvalue);
}

#endif  // ETCH_IR_OPS_ATTENTION_TD_
