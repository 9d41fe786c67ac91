// Ops that hold or call other ops.
#ifndef ETCH_IR_OPS_CONTROL_TD_
#define ETCH_IR_OPS_CONTROL_TD_

include "etch/ir/dialect.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/IR/SymbolInterfaces.td"

def Etch_YieldOp : Etch_Op<"yield", [Pure, ReturnLike, Terminator, Etch_NonDifferentiable,
                                     Etch_CompilerInternal]> {
  let summary = "Ends a region of a control op with the region's results";
  let description = [{
    Example:
    ```mlir
    etch.yield %y : tensor<8xf32>
    ```
  }];
  let arguments = (ins Variadic<Etch_Tensor>:$operands);
  let assemblyFormat = "attr-dict ($operands^ `:` type($operands))?";
}

def Etch_CondOp : Etch_Op<"cond", [
    Pure, IsolatedFromAbove, SingleBlock,
    DeclareOpInterfaceMethods<Etch_ControlOpInterface>,
    DeclareOpInterfaceMethods<Etch_DifferentiableOpInterface>,
    DeclareOpInterfaceMethods<Etch_ReferenceOpInterface>,
    DeclareOpInterfaceMethods<Etch_FusibleOpInterface>]> {
  let summary = "The results of one of two computations, chosen by a tensor's value at run time";
  let description = [{
    Both regions take `inputs` and yield values of the result types. Ops are pure and total, so a
    compiler may compute both and select. The gradient is again a `cond`, whose regions recompute what they need.

    Constraints:
    * (C1) `predicate` is tensor<i1>.
    * (C2) each region takes the types of `inputs` and yields the types of the results.

    Example:
    ```mlir
    %y = etch.cond %p, %x {
      ^bb0(%a: tensor<8xf32>):
        %0 = etch.neg %a : (tensor<8xf32>) -> tensor<8xf32>
        etch.yield %0 : tensor<8xf32>
    } else {
      ^bb0(%a: tensor<8xf32>):
        etch.yield %a : tensor<8xf32>
    } : (tensor<i1>, tensor<8xf32>) -> tensor<8xf32>
    ```
  }];
  let arguments = (ins Etch_BoolTensor:$predicate, Variadic<Etch_Tensor>:$inputs);
  let results = (outs Variadic<Etch_Tensor>:$results);
  let regions = (region SizedRegion<1>:$then_region, SizedRegion<1>:$else_region);
  let assemblyFormat = [{
    operands $then_region `else` $else_region attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Etch_LaunchOp : Etch_Op<"launch", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>,
                                       DeclareOpInterfaceMethods<Etch_ReferenceOpInterface>,
                                       Etch_NonDifferentiable, Etch_CompilerInternal]> {
  let summary = "Runs a kernel";
  let description = [{
    What a fused program consists of: `kernel` names a private `func.func` of the same module whose
    type is that of the launch. Several launches may share a kernel. Made by the fusion pass, after
    differentiation.

    Constraints:
    * (C1) `kernel` names a function of this type, or a lowered one, which takes memory.

    Example:
    ```mlir
    %y = etch.launch @k0_relu(%x) : (tensor<8xf32>) -> tensor<8xf32>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$kernel, Variadic<Etch_Tensor>:$inputs);
  let results = (outs Variadic<Etch_Tensor>:$results);
  let assemblyFormat = "$kernel `(` $inputs `)` attr-dict `:` functional-type($inputs, $results)";
}

#endif  // ETCH_IR_OPS_CONTROL_TD_
