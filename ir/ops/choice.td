// The largest or smallest element and where it is.
#ifndef ETCH_IR_OPS_CHOICE_TD_
#define ETCH_IR_OPS_CHOICE_TD_

include "etch/ir/dialect.td"

class Etch_ChooseOp<string mnemonic, string which>
    : Etch_Op<mnemonic, [
        Pure, InferTypeOpAdaptor, DeclareOpInterfaceMethods<Etch_DifferentiableOpInterface>,
        DeclareOpInterfaceMethods<Etch_ReferenceOpInterface>,
        DeclareOpInterfaceMethods<Etch_DecomposableOpInterface>]> {
  let summary = "The " # which # " element along some dimensions, and its position";
  let description = "    `values` are the " # which # [{ elements along `dims`, which stay with extent 1; `indices`
    their positions in row-major order of `dims`. Of equal elements the first is chosen, and the first
    NaN before all numbers. The derivative goes to the chosen element.

    Constraints:
    * (C1) `dims` are ascending, without repetition, and dimensions of the operand.
    * (C2) there is an element to choose: the extents along `dims` are positive.

    Example:
    ```mlir
    %y, %i = etch.}] # mnemonic # [{ %x {dims = array<i64: 1>}
        : (tensor<8x64xf32>) -> (tensor<8x1xf32>, tensor<8x1xi64>)
    ```
  }];
  let arguments = (ins Etch_NumberTensor:$input, DenseI64ArrayAttr:$dims);
  let results = (outs Etch_NumberTensor:$values, Etch_IndexTensor:$indices);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
  let extraClassDefinition = [{
    ::llvm::LogicalResult $cppClass::inferReturnTypes(
        ::mlir::MLIRContext*, std::optional<::mlir::Location> loc, Adaptor adaptor,
        ::llvm::SmallVectorImpl<::mlir::Type>& types) {
      return inferChosen(getOperationName(), loc, adaptor.getInput(), adaptor.getDims(), types);
    }
  }];
}

def Etch_ChooseMaxOp : Etch_ChooseOp<"choose_max", "largest">;
def Etch_ChooseMinOp : Etch_ChooseOp<"choose_min", "smallest">;

#endif  // ETCH_IR_OPS_CHOICE_TD_
