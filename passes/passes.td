// Passes from etch programs to etch programs, and towards linalg.
#ifndef ETCH_PASSES_PASSES_TD_
#define ETCH_PASSES_PASSES_TD_

include "mlir/Pass/PassBase.td"

def AutodiffPass : Pass<"etch-autodiff", "::mlir::func::FuncOp"> {
  let summary = "Let a function return the gradients of its loss";
  let description = [{
    Differentiates result 0, a floating scalar, with respect to each argument that carries the unit
    attribute `etch.requires_grad`, and appends these gradients to the results in the order of the
    arguments; zeros where the result does not depend on one. A gradient's result carries
    `etch.kind = "grad"` and the `etch.path` of its argument. Where arguments carry
    `etch.cotangent = i`, they are the cotangents of results i, of their types, and these results are
    differentiated in place of result 0. Both attributes are removed. A function whose arguments
    require no gradient stays as it is.

    ```mlir
    func.func @main(%x: tensor<8xf32>, %w: tensor<8xf32> {etch.requires_grad, etch.path = "w"})
        -> tensor<f32>
    // becomes
    func.func @main(%x: tensor<8xf32>, %w: tensor<8xf32> {etch.path = "w"})
        -> (tensor<f32>, tensor<8xf32> {etch.kind = "grad", etch.path = "w"})
    ```
  }];
  let dependentDialects = ["::etch::ir::EtchDialect"];
}

def DecomposePass : Pass<"etch-decompose"> {
  let summary = "Replace composed ops by simpler ones, and drop what only differentiation needed";
  let description = [{
    Ops with the DecomposableOpInterface (softmax, normalize, ...) become what they stand for, and
    `etch.detach`, which stops gradients, becomes its operand. Runs after differentiation, which
    knows better derivatives for the whole ops, and before fusion, which wants simple ones.
  }];
  let dependentDialects = ["::etch::ir::EtchDialect"];
  let statistics = [
    Statistic<"numDecomposed", "num-decomposed", "Number of composed ops replaced">,
  ];
}

def MatmulPrecisionPass : Pass<"etch-matmul-precision", "::mlir::func::FuncOp"> {
  let summary = "Let products of f32 take their factors as bf16, or as sums of such";
  let description = [{
    Factors of f32 products are rounded to bf16 (`bf16`), or written as the sum of two (`bf16x3`) or
    three bf16 parts (`bf16x6`), of which the 3 or 6 products that matter are summed, the smallest
    first, as one product with a depth 3 or 6 times as large. Sums are f32 always. Factors that are
    windows of a convolution stay f32 under `bf16x3` and `bf16x6`.
  }];
  let options = [
    Option<"precision", "precision", "std::string", /*default=*/"\"bf16\"",
           "bf16, bf16x3 or bf16x6">,
  ];
  let dependentDialects = ["::etch::ir::EtchDialect"];
}

def FoldScalesPass : Pass<"etch-fold-scales", "::mlir::func::FuncOp"> {
  let summary = "Multiply weights in place of results";
  let description = [{
    Where the result of an op with the ScalableOpInterface is multiplied by a vector along one of its
    dimensions, and both the vector and an operand that may be multiplied in its place come from
    state that the program only reads, that operand is: once, when it is packed, instead of at each
    call. A vector added in between, as the bias of a convolution, is multiplied too. So
    normalization by running statistics becomes part of a convolution's filters. For f32 and f64;
    narrower weights would be rounded once more. Weights with more than 96 elements per element of
    the vector are left: there the factor costs nothing.

    ```mlir
    %y = etch.conv %x, %w  %z = etch.mul %y, (etch.broadcast %s)
    // becomes
    %v = etch.mul %w, (etch.broadcast %s)  %z = etch.conv %x, %v
    ```
  }];
  let dependentDialects = ["::etch::ir::EtchDialect"];
  let statistics = [
    Statistic<"numFolded", "num-folded", "Number of results that need no multiplication any more">,
  ];
}

def InlineCondPass : Pass<"etch-inline-cond", "::mlir::func::FuncOp"> {
  let summary = "Compute both sides of small conditionals and select";
  let description = [{
    Ops are pure and total, so both regions of an `etch.cond` may be computed: they move into the
    function, where they fuse with their surroundings, and each result becomes a select. A
    conditional with a region that holds costly work (products, kernels of their own, loops) stays:
    the host function runs the chosen side.
  }];
  let dependentDialects = ["::etch::ir::EtchDialect"];
}

def MergeScansPass : Pass<"etch-merge-scans", "::mlir::func::FuncOp"> {
  let summary = "Make one scan of several that differ only in what their steps yield";
  let description = [{
    The derivative of a scan runs it again to have the carries that each step began with. Where the
    scan itself is there too, with equal operands and steps, the two become one that yields both.
  }];
  let dependentDialects = ["::etch::ir::EtchDialect"];
}

def ChooseOrdersPass : Pass<"etch-choose-orders", "::mlir::func::FuncOp"> {
  let summary = "Let ops compute in the order in which what they read lies in memory";
  let description = [{
    Convolutions leave their features last in memory, and say so by a transpose. An op that treats its
    dimensions alike (elementwise, a reduction, a padding) takes the order that most of what it reads
    has; the transpose moves behind it, meets the one before the next convolution, and both are gone.
    Products over several dimensions run over them as their left factor lies in memory.
  }];
  let dependentDialects = ["::etch::ir::EtchDialect"];
}

def SplitReductionsPass : Pass<"etch-split-reductions", "::mlir::func::FuncOp"> {
  let summary = "Reduce large arrays to few elements in two steps";
  let description = [{
    The statistics of a batch normalization are sums over batch, rows and columns: a kernel with a
    piece for each few features, so that one thread would do most of it. The last of the dimensions
    are reduced first, so many as leave at least 16 pieces; a second, small kernel reduces the rest.
    How a sum is cut depends on its shape alone, so results do not depend on the number of threads.
  }];
  let dependentDialects = ["::etch::ir::EtchDialect"];
}

def HoistInvariantsPass : Pass<"etch-hoist-invariants", "::mlir::func::FuncOp"> {
  let summary = "Compute before a loop what its steps would compute again from captures alone";
  let description = [{
    Packed weights above all. What is free within a kernel (views, splats) stays in the loop.
  }];
  let dependentDialects = ["::etch::ir::EtchDialect"];
}

#endif  // ETCH_PASSES_PASSES_TD_
