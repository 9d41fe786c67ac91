// Places in the graph.
#ifndef ETCH_IR_OPS_BOUNDARY_TD_
#define ETCH_IR_OPS_BOUNDARY_TD_

include "etch/ir/dialect.td"

def Etch_BoundaryOp : Etch_Op<"boundary", [
    Pure, InferTypeOpAdaptor, DeclareOpInterfaceMethods<Etch_DifferentiableOpInterface>,
    DeclareOpInterfaceMethods<Etch_ReferenceOpInterface>,
    DeclareOpInterfaceMethods<Etch_DecomposableOpInterface>]> {
  let summary = "Values that enter or leave a part of a program, unchanged";
  let description = [{
    Gives values that pass together a place of their own in the graph, where their gradients meet:
    what a module is called with and returns, when hooks look at its gradients, and what a function
    is differentiated with respect to. Gone once differentiation is over.

    Constraints:
    * (C1) the results have the types of the operands.

    Example:
    ```mlir
    %a, %b = etch.boundary %x, %y
        : (tensor<8x64xf32>, tensor<8xi64>) -> (tensor<8x64xf32>, tensor<8xi64>)
    ```
  }];
  let arguments = (ins Variadic<Etch_Tensor>:$inputs);
  let results = (outs Variadic<Etch_Tensor>:$results);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

#endif  // ETCH_IR_OPS_BOUNDARY_TD_
