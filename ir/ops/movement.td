// The operand's elements in other places; no arithmetic.
#ifndef ETCH_IR_OPS_MOVEMENT_TD_
#define ETCH_IR_OPS_MOVEMENT_TD_

include "etch/ir/dialect.td"

class Etch_MovementOp<string mnemonic, list<Trait> traits = []>
    : Etch_Op<mnemonic, !listconcat(traits, [
        Pure, InferTypeOpAdaptor, DeclareOpInterfaceMethods<Etch_DifferentiableOpInterface>,
        DeclareOpInterfaceMethods<Etch_ReferenceOpInterface>,
        DeclareOpInterfaceMethods<Etch_FusibleOpInterface>])> {
  let results = (outs Etch_Tensor:$result);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

class Etch_ViewOp<string mnemonic, list<Trait> traits = []>
    : Etch_MovementOp<mnemonic,
                      !listconcat(traits, [DeclareOpInterfaceMethods<Etch_ViewOpInterface>])> {
  let hasFolder = 1;
}

def Etch_BroadcastOp : Etch_ViewOp<"broadcast", [DeclareOpInterfaceMethods<Etch_PermutableOpInterface>]> {
  let summary = "Repeats the operand along dimensions of extent 1";
  let description = [{
    Constraints:
    * (C1) `shape` has the operand's rank.
    * (C2) each extent of the operand is 1 or that of `shape`.

    Example:
    ```mlir
    %y = etch.broadcast %x {shape = array<i64: 8, 64>} : (tensor<1x64xf32>) -> tensor<8x64xf32>
    ```
  }];
  let arguments = (ins Etch_Tensor:$input, DenseI64ArrayAttr:$shape);
}

def Etch_ReshapeOp : Etch_ViewOp<"reshape", [DeclareOpInterfaceMethods<Etch_PlacementOpInterface>]> {
  let summary = "The operand's elements, in row-major order, under another shape";
  let description = [{
    Constraints:
    * (C1) `shape` has as many elements as the operand.

    Example:
    ```mlir
    %y = etch.reshape %x {shape = array<i64: 512>} : (tensor<8x64xf32>) -> tensor<512xf32>
    ```
  }];
  let arguments = (ins Etch_Tensor:$input, DenseI64ArrayAttr:$shape);
}

def Etch_TransposeOp : Etch_ViewOp<"transpose", [DeclareOpInterfaceMethods<Etch_PlacementOpInterface>]> {
  let summary = "Dimensions in another order";
  let description = [{
    Dimension `i` of the result is dimension `permutation[i]` of the operand.

    Constraints:
    * (C1) `permutation` is a permutation of the operand's dimensions.

    Example:
    ```mlir
    %y = etch.transpose %x {permutation = array<i64: 1, 0>} : (tensor<8x64xf32>) -> tensor<64x8xf32>
    ```
  }];
  let arguments = (ins Etch_Tensor:$input, DenseI64ArrayAttr:$permutation);
}

def Etch_SliceOp : Etch_ViewOp<"slice", [DeclareOpInterfaceMethods<Etch_PermutableOpInterface>]> {
  let summary = "Elements at offset + index * stride in each dimension";
  let description = [{
    Constraints:
    * (C1) `offsets`, `sizes` and `strides` have one entry for each dimension of the operand.
    * (C2) sizes are not negative, strides are positive, and the last element read lies within the
      operand.

    Example:
    ```mlir
    %y = etch.slice %x {offsets = array<i64: 0, 32>, sizes = array<i64: 8, 16>, strides = array<i64: 1, 2>}
        : (tensor<8x64xf32>) -> tensor<8x16xf32>
    ```
  }];
  let arguments = (ins Etch_Tensor:$input, DenseI64ArrayAttr:$offsets, DenseI64ArrayAttr:$sizes,
                       DenseI64ArrayAttr:$strides);
}

def Etch_ReverseOp : Etch_ViewOp<"reverse", [DeclareOpInterfaceMethods<Etch_PermutableOpInterface>]> {
  let summary = "Elements in the opposite order along some dimensions";
  let description = [{
    Index i along each of `dims` reads the operand's extent - 1 - i.

    Constraints:
    * (C1) `dims` are ascending, without repetition, and dimensions of the operand.

    Example:
    ```mlir
    %y = etch.reverse %x {dims = array<i64: 1>} : (tensor<8x64xf32>) -> tensor<8x64xf32>
    ```
  }];
  let arguments = (ins Etch_Tensor:$input, DenseI64ArrayAttr:$dims);
}

def Etch_PadOp : Etch_MovementOp<"pad", [
    DeclareOpInterfaceMethods<Etch_PermutableOpInterface>,
    DeclareOpInterfaceMethods<Etch_PlacementOpInterface, ["gaps", "filling"]>]> {
  let summary = "The operand surrounded by zeros, and with zeros between its elements";
  let description = [{
    result[low + i * (1 + interior)] = operand[i] in each dimension, zero elsewhere; the transpose
    of `etch.slice`. With `value`, that number (as the element type has it) in place of zero.

    Constraints:
    * (C1) `low`, `high` and `interior` have one entry for each dimension, none negative.

    Example:
    ```mlir
    %y = etch.pad %x {low = array<i64: 0, 1>, high = array<i64: 0, 1>, interior = array<i64: 0, 0>}
        : (tensor<8x62xf32>) -> tensor<8x64xf32>
    ```
  }];
  let arguments = (ins Etch_Tensor:$input, DenseI64ArrayAttr:$low, DenseI64ArrayAttr:$high,
                       DenseI64ArrayAttr:$interior, OptionalAttr<F64Attr>:$value);
  let hasFolder = 1;
}

def Etch_ConcatOp : Etch_MovementOp<"concat", [
    DeclareOpInterfaceMethods<Etch_PermutableOpInterface>,
    DeclareOpInterfaceMethods<Etch_PlacementOpInterface>]> {
  let summary = "The operands one after another along `dim`";
  let description = [{
    Constraints:
    * (C1) there is at least one operand; all have one element type and one rank.
    * (C2) `dim` is a dimension; all other extents agree.

    Example:
    ```mlir
    %y = etch.concat %a, %b {dim = 1 : i64} : (tensor<8x16xf32>, tensor<8x48xf32>) -> tensor<8x64xf32>
    ```
  }];
  let arguments = (ins Variadic<Etch_Tensor>:$inputs, I64Attr:$dim);
  let hasFolder = 1;
}

def Etch_PackOp : Etch_MovementOp<"pack", [Etch_CompilerInternal, Etch_ScheduledWhole]> {
  let summary = "Columns of matrices grouped into panels of `tile`, the layout of matmul kernels";
  let description = [{
    result[..., p, r, c] = operand[..., r, p * tile + c], or zero past the last column; with
    `transpose` the operand's last two dimensions are read in the other order. Rows and columns may
    be `row_dims` and `column_dims` dimensions each, counted as one in row-major order: so the
    windows of a convolution are packed without being copied first. With `pairs` two rows that
    follow each other lie together, as instructions on pairs of bf16 read them:
    result[..., p, r / 2, c, r % 2].

    Constraints:
    * (C1) the operand has rank `row_dims` + `column_dims` or more; these and `tile` are positive.
    * (C2) with `pairs` the number of rows is even, and elements have 16 bits.

    Example:
    ```mlir
    %y = etch.pack %x {tile = 16 : i64} : (tensor<8x60xf32>) -> tensor<4x8x16xf32>
    ```
  }];
  let arguments = (ins Etch_FloatTensor:$input, I64Attr:$tile, UnitAttr:$transpose,
                       DefaultValuedAttr<I64Attr, "1">:$row_dims,
                       DefaultValuedAttr<I64Attr, "1">:$column_dims, UnitAttr:$pairs);
  let extraClassDeclaration = [{
    // `shape` with rows and columns as one dimension each (in the other order with `transpose`).
    static ::llvm::SmallVector<int64_t> matrixShape(::llvm::ArrayRef<int64_t> shape, int64_t rowDims,
                                                    int64_t columnDims, bool transpose);
    ::llvm::SmallVector<int64_t> matrixShape() {
      return matrixShape(::llvm::cast<::mlir::RankedTensorType>(getInput().getType()).getShape(),
                         getRowDims(), getColumnDims(), getTranspose());
    }
  }];
}

def Etch_UnpackOp : Etch_MovementOp<"unpack", [Etch_CompilerInternal]> {
  let summary = "The inverse of `etch.pack`";
  let description = [{
    result[..., r, c] = operand[..., c / tile, r, c % tile] for `columns` columns; with `transpose`
    the result's last two dimensions are in the other order, with `pairs` the operand is as a pack
    with `pairs` leaves it.

    Constraints:
    * (C1) the operand has rank 3 or more (4 with `pairs`, the last extent being 2), `columns` needs
      all of its panels and no more.

    Example:
    ```mlir
    %y = etch.unpack %x {columns = 60 : i64} : (tensor<4x8x16xf32>) -> tensor<8x60xf32>
    ```
  }];
  let arguments = (ins Etch_FloatTensor:$input, I64Attr:$columns, UnitAttr:$transpose,
                       UnitAttr:$pairs);
}

#endif  // ETCH_IR_OPS_MOVEMENT_TD_
