// Elements chosen by integer tensors.
#ifndef ETCH_IR_OPS_INDEXING_TD_
#define ETCH_IR_OPS_INDEXING_TD_

include "etch/ir/dialect.td"

class Etch_IndexingOp<string mnemonic, list<Trait> traits = []>
    : Etch_Op<mnemonic, !listconcat(traits, [
        Pure, InferTypeOpAdaptor, DeclareOpInterfaceMethods<Etch_DifferentiableOpInterface>,
        DeclareOpInterfaceMethods<Etch_ReferenceOpInterface>,
        DeclareOpInterfaceMethods<Etch_FusibleOpInterface>])> {
  let results = (outs Etch_Tensor:$result);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def Etch_GatherOp : Etch_IndexingOp<"gather",
    [DeclareOpInterfaceMethods<Etch_WorkOpInterface, ["countElementsRead"]>]> {
  let summary = "Rows of `table` chosen by `indices`";
  let description = [{
    result[i..., r...] = table[indices[i...], r...]. An index outside [0, rows) reads the nearest
    row: checking indices is the caller's part, memory safety is the program's.

    Constraints:
    * (C1) `table` has rank 1 or more and at least one row, unless there are no indices.
    * (C2) the result's shape is that of `indices` followed by that of a row.

    Example:
    ```mlir
    %y = etch.gather %table, %indices : (tensor<76x128xf32>, tensor<8x32xi64>) -> tensor<8x32x128xf32>
    ```
  }];
  let arguments = (ins Etch_Tensor:$table, Etch_IndexTensor:$indices);
}

def Etch_ScatterAddOp : Etch_IndexingOp<"scatter_add",
    [Etch_ScheduledWhole, DeclareOpInterfaceMethods<Etch_WorkOpInterface, ["countOperations"]>]> {
  let summary = "Sums of rows that share an index; the transpose of gather";
  let description = [{
    result[v, r...] = sum of updates[i..., r...] over all i with indices[i...] = v, for v below
    `rows`, in the order of i. Indices outside [0, rows) count for the nearest row, as in gather.

    Constraints:
    * (C1) the shape of `updates` begins with that of `indices`.
    * (C2) the result has `rows` rows of the remaining shape.
    * (C3) `rows` is positive, or 0 where there are no indices.

    Example:
    ```mlir
    %y = etch.scatter_add %indices, %updates {rows = 76 : i64}
        : (tensor<8x32xi64>, tensor<8x32x128xf32>) -> tensor<76x128xf32>
    ```
  }];
  let arguments = (ins Etch_IndexTensor:$indices, Etch_NumberTensor:$updates, I64Attr:$rows);
}

def Etch_UpdateSliceOp : Etch_IndexingOp<"update_slice",
    [Etch_ScheduledWhole, Etch_UpdatesOperand,
     DeclareOpInterfaceMethods<Etch_WorkOpInterface, ["countElementsRead"]>]> {
  let summary = "The operand with neighbouring rows replaced, from a computed row on";
  let description = [{
    Along `dim`, row start + i of the result is row i of `update`; all other rows are those of
    `base`. Rows of `update` that fall outside of `base` are dropped. Where `base` dies here, the
    kernel writes over it, and moves the rows of `update` alone.

    Constraints:
    * (C1) `base` and `update` have one element type and one rank, and `dim` is a dimension.
    * (C2) their other extents agree.
    * (C3) `start` is a scalar.

    Example:
    ```mlir
    %y = etch.update_slice %x, %u, %i {dim = 1 : i64}
        : (tensor<12x256x64xf32>, tensor<12x1x64xf32>, tensor<i64>) -> tensor<12x256x64xf32>
    ```
  }];
  let arguments = (ins Etch_NumberTensor:$base, Etch_NumberTensor:$update, Etch_IndexTensor:$start,
                       I64Attr:$dim);
  let hasFolder = 1;
}

#endif  // ETCH_IR_OPS_INDEXING_TD_
