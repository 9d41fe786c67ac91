// Draws from counter-based generators.
#ifndef ETCH_IR_OPS_RANDOM_TD_
#define ETCH_IR_OPS_RANDOM_TD_

include "etch/ir/dialect.td"

def Etch_RandomUniformOp : Etch_Op<"random_uniform", [
    Pure, InferTypeOpAdaptor, Etch_NonDifferentiable,
    DeclareOpInterfaceMethods<Etch_ReferenceOpInterface>,
    DeclareOpInterfaceMethods<Etch_FusibleOpInterface>]> {
  let summary = "Uniform numbers in [0, 1) from a Philox state";
  let description = [{
    The element at row-major index i is (w >> 8) * 2^-24, where w is the first 32-bit word of
    Philox4x32-10 with the key state[0] and the 128-bit counter state[1] + i (the high half is
    zero). A pure function of the state: what follows a draw advances state[1] by the number of
    elements drawn. Masks therefore depend neither on the schedule nor on the thread count.

    Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.

    Constraints:
    * (C1) `state` is tensor<2xi64>.
    * (C2) the result has shape `shape` and element type f32.

    Example:
    ```mlir
    %y = etch.random_uniform %state {shape = array<i64: 8, 64>} : (tensor<2xi64>) -> tensor<8x64xf32>
    ```
  }];
  let arguments = (ins Etch_IndexTensor:$state, DenseI64ArrayAttr:$shape);
  let results = (outs Etch_FloatTensor:$result);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

#endif  // ETCH_IR_OPS_RANDOM_TD_
