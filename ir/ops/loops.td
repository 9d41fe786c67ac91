// Ops that repeat a region.
#ifndef ETCH_IR_OPS_LOOPS_TD_
#define ETCH_IR_OPS_LOOPS_TD_

include "etch/ir/dialect.td"

def Etch_ScanOp : Etch_Op<"scan", [
    Pure, IsolatedFromAbove, SingleBlock, AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<Etch_ControlOpInterface>,
    DeclareOpInterfaceMethods<Etch_DifferentiableOpInterface>,
    DeclareOpInterfaceMethods<Etch_ReferenceOpInterface>,
    DeclareOpInterfaceMethods<Etch_FusibleOpInterface>]> {
  let summary = "Runs a step once for each row of `xs`, handing carries from step to step";
  let description = [{
    The body takes the carries (at first `inits`), one row of each of `xs` and all of each of
    `captures`; it yields the next carries and one row of each further result. The results are the
    last carries, then what the steps yielded, row i from the step that read row i.

        for i = 0 .. length - 1 (or the other way round, when `reverse`):
          carries, ys[i] = body(carries, xs[i], captures)

    The gradient is a scan in the other direction, which runs each step's forward again from the
    carries it began with; these are the results of a second forward scan, which is merged with the
    first where both are there.

    Constraints:
    * (C1) `length` is not negative, and the leading extent of each of `xs`.
    * (C2) the body takes the types of `inits`, of rows of `xs` and of `captures`.
    * (C3) the body yields the types of `inits`, which are those of the first results, then the types
      of rows of the other results.

    Example:
    ```mlir
    %last, %sums = etch.scan carry(%zero) over(%x) with() {
      ^bb0(%sum: tensor<8xf32>, %row: tensor<8xf32>):
        %0 = etch.add %sum, %row : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
        etch.yield %0, %0 : tensor<8xf32>, tensor<8xf32>
    } {length = 5 : i64} : (tensor<8xf32>, tensor<5x8xf32>) -> (tensor<8xf32>, tensor<5x8xf32>)
    ```
  }];
  let arguments = (ins Variadic<Etch_Tensor>:$inits, Variadic<Etch_Tensor>:$xs,
                       Variadic<Etch_Tensor>:$captures, I64Attr:$length, UnitAttr:$reverse);
  let results = (outs Variadic<Etch_Tensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    `carry` `(` $inits `)` `over` `(` $xs `)` `with` `(` $captures `)` $body attr-dict `:`
    functional-type(operands, results)
  }];
  let extraClassDeclaration = [{
    ::mlir::Block &step() { return getBody().front(); }
    unsigned numCarries() { return getInits().size(); }
    // The parts of the body's arguments.
    ::mlir::ValueRange carryArguments() { return step().getArguments().take_front(numCarries()); }
    ::mlir::ValueRange rowArguments() {
      return step().getArguments().slice(numCarries(), getXs().size());
    }
    ::mlir::ValueRange captureArguments() {
      return step().getArguments().take_back(getCaptures().size());
    }
    // The parts of what the body yields, and of the results.
    ::mlir::ValueRange yieldedCarries() {
      return step().getTerminator()->getOperands().take_front(numCarries());
    }
    ::mlir::ValueRange yieldedRows() {
      return step().getTerminator()->getOperands().drop_front(numCarries());
    }
    ::mlir::ValueRange lastCarries() { return getResults().take_front(numCarries()); }
    ::mlir::ValueRange ys() { return getResults().drop_front(numCarries()); }
  }];
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
}

def Etch_WhileOp : Etch_Op<"while", [
    Pure, IsolatedFromAbove, SingleBlock, AttrSizedOperandSegments, Etch_RefusesGradient,
    DeclareOpInterfaceMethods<Etch_ControlOpInterface>,
    DeclareOpInterfaceMethods<Etch_DifferentiableOpInterface>,
    DeclareOpInterfaceMethods<Etch_ReferenceOpInterface>,
    DeclareOpInterfaceMethods<Etch_FusibleOpInterface>]> {
  let summary = "Runs a step as long as a condition on its carries holds";
  let description = [{
        while condition(carries, captures): carries = body(carries, captures)

    The results are the last carries. It has no gradient, since the number of steps is not known
    beforehand; differentiating through it is an error.

    Constraints:
    * (C1) both regions take the types of `inits`, then of `captures`.
    * (C2) the condition yields one tensor<i1>.
    * (C3) the body yields the types of `inits`, which are those of the results.

    Example:
    ```mlir
    %y = etch.while carry(%x) with(%bound) {
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %0 = etch.compare lt, %a, %b : (tensor<f32>, tensor<f32>) -> tensor<i1>
        etch.yield %0 : tensor<i1>
    } do {
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %0 = etch.add %a, %a : (tensor<f32>, tensor<f32>) -> tensor<f32>
        etch.yield %0 : tensor<f32>
    } : (tensor<f32>, tensor<f32>) -> tensor<f32>
    ```
  }];
  let arguments = (ins Variadic<Etch_Tensor>:$inits, Variadic<Etch_Tensor>:$captures);
  let results = (outs Variadic<Etch_Tensor>:$results);
  let regions = (region SizedRegion<1>:$condition, SizedRegion<1>:$body);
  let assemblyFormat = [{
    `carry` `(` $inits `)` `with` `(` $captures `)` $condition `do` $body attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif  // ETCH_IR_OPS_LOOPS_TD_
