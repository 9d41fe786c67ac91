// Ops that hold a computation whose derivative is not that of its parts.
#ifndef ETCH_IR_OPS_REGIONS_TD_
#define ETCH_IR_OPS_REGIONS_TD_

include "etch/ir/dialect.td"

def Etch_CheckpointOp : Etch_Op<"checkpoint", [
    Pure, IsolatedFromAbove, SingleBlock,
    DeclareOpInterfaceMethods<Etch_DecomposableOpInterface>,
    DeclareOpInterfaceMethods<Etch_DifferentiableOpInterface>,
    DeclareOpInterfaceMethods<Etch_ReferenceOpInterface>]> {
  let summary = "A computation of which nothing is kept for the backward but its inputs";
  let description = [{
    results = body(inputs). The derivative computes the body again from `inputs`, once the
    cotangents of the results are there, so that what it needs of the forward does not take memory
    in between. Replaced by its body after differentiation.

    Constraints:
    * (C1) the body takes the types of `inputs` and yields the types of the results.

    Example:
    ```mlir
    %y = etch.checkpoint %x {
      ^bb0(%a: tensor<8xf32>):
        %0 = etch.tanh %a : (tensor<8xf32>) -> tensor<8xf32>
        %1 = etch.exp %0 : (tensor<8xf32>) -> tensor<8xf32>
        etch.yield %1 : tensor<8xf32>
    } : (tensor<8xf32>) -> tensor<8xf32>
    ```
  }];
  let arguments = (ins Variadic<Etch_Tensor>:$inputs);
  let results = (outs Variadic<Etch_Tensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "operands $body attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def Etch_CustomVjpOp : Etch_Op<"custom_vjp", [
    Pure, IsolatedFromAbove, SingleBlock, AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<Etch_DecomposableOpInterface>,
    DeclareOpInterfaceMethods<Etch_DifferentiableOpInterface>,
    DeclareOpInterfaceMethods<Etch_ReferenceOpInterface>]> {
  let summary = "A computation with a derivative that the user gave";
  let description = [{
    results = forward(inputs, captures). The cotangents of the inputs are what `backward` yields for
    the inputs, the results and the cotangents of the results; captures have none. The derivative of
    this derivative is that of the ops in `backward`. Replaced by `forward` after differentiation.

    Constraints:
    * (C1) `forward` takes the types of `inputs` and `captures`, and yields those of the results.
    * (C2) `backward` takes the types of `inputs`, of the results, of the results again and of
      `captures`, and yields those of `inputs`.

    Example:
    ```mlir
    %y = etch.custom_vjp(%x) with() forward {
      ^bb0(%a: tensor<8xf32>):
        %0 = etch.round %a : (tensor<8xf32>) -> tensor<8xf32>
        etch.yield %0 : tensor<8xf32>
    } backward {
      ^bb0(%a: tensor<8xf32>, %b: tensor<8xf32>, %db: tensor<8xf32>):
        etch.yield %db : tensor<8xf32>
    } : (tensor<8xf32>) -> tensor<8xf32>
    ```
  }];
  let arguments = (ins Variadic<Etch_Tensor>:$inputs, Variadic<Etch_Tensor>:$captures);
  let results = (outs Variadic<Etch_Tensor>:$results);
  let regions = (region SizedRegion<1>:$forward, SizedRegion<1>:$backward);
  let assemblyFormat = [{
    `(` $inputs `)` `with` `(` $captures `)` `forward` $forward `backward` $backward attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Etch_BarrierOp : Etch_Op<"barrier", [
    Pure, InferTypeOpAdaptor, Etch_CompilerInternal,
    DeclareOpInterfaceMethods<Etch_DifferentiableOpInterface>,
    DeclareOpInterfaceMethods<Etch_ReferenceOpInterface>,
    DeclareOpInterfaceMethods<Etch_FusibleOpInterface>,
    DeclareOpInterfaceMethods<Etch_ViewOpInterface>]> {
  let summary = "Its operand, as a value that nothing is known of until `after` is computed";
  let description = [{
    What is computed from the result is computed for its own sake, not shared with what is computed
    from the operand, and later than `after`. Costs nothing. Made by the derivative of
    `etch.checkpoint`.

    Constraints:
    * (C1) the result has the type of `input`.

    Example:
    ```mlir
    %y = etch.barrier %x after(%dy) : (tensor<8xf32>, tensor<4xf32>) -> tensor<8xf32>
    ```
  }];
  let arguments = (ins Etch_Tensor:$input, Variadic<Etch_Tensor>:$after);
  let results = (outs Etch_Tensor:$result);
  let assemblyFormat = [{
    $input `after` `(` $after `)` attr-dict `:` functional-type(operands, results)
  }];
}

#endif  // ETCH_IR_OPS_REGIONS_TD_
