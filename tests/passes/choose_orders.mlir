// RUN: etch-opt %s --etch-simplify | FileCheck %s --check-prefix=ORDER
// RUN: etch-opt %s --etch-simplify --etch-fuse | FileCheck %s --check-prefix=FUSE
// Between convolutions nothing is transposed: what lies between them computes channels last, and the
// second finds its padding written by the first one's kernel.

// ORDER-LABEL: func.func @main(
// ORDER-SAME:    %[[X:[a-z0-9]+]]: tensor<2x16x8x8xf32>
// An image is read in its own order: channels before the window's rows and columns.
// ORDER:         etch.pad %[[X]] {high = array<i64: 0, 0, 1, 1>
// ORDER:         %[[Y:.*]] = etch.matmul {{.*}} {depth_dims = 3 : i64} : (tensor<2x8x8x16x3x3xf32>, tensor<144x32xf32>) -> tensor<2x8x8x32xf32>
// ORDER:         %[[B:.*]] = etch.broadcast {{.*}} -> tensor<2x8x8x32xf32>
// ORDER:         %[[S:.*]] = etch.add %[[Y]], %[[B]] : (tensor<2x8x8x32xf32>
// ORDER:         etch.pad %[[S]] {high = array<i64: 0, 1, 1, 0>
// ORDER:         etch.matmul {{.*}} {depth_dims = 3 : i64} : (tensor<2x8x8x3x3x32xf32>, tensor<288x32xf32>)

// FUSE-LABEL: func.func @main(
// FUSE:         %[[P:.*]] = etch.launch @{{.*}}pad
// FUSE:         %[[FIRST:.*]] = etch.launch @{{.*}}matmul(%[[P]], {{.*}} -> tensor<2x10x10x32xf32>
// FUSE:         etch.launch @{{.*}}matmul(%[[FIRST]],
func.func @main(%x: tensor<2x16x8x8xf32>, %w: tensor<32x16x3x3xf32>, %v: tensor<32x32x3x3xf32>,
                %bias: tensor<32xf32>) -> tensor<2x32x8x8xf32> {
  %y = etch.conv %x, %w {stride = array<i64: 1, 1>, low = array<i64: 1, 1>, high = array<i64: 1, 1>, input_dilation = array<i64: 1, 1>, dilation = array<i64: 1, 1>, groups = 1 : i64} : (tensor<2x16x8x8xf32>, tensor<32x16x3x3xf32>) -> tensor<2x32x8x8xf32>
  %r = etch.reshape %bias {shape = array<i64: 1, 32, 1, 1>} : (tensor<32xf32>) -> tensor<1x32x1x1xf32>
  %b = etch.broadcast %r {shape = array<i64: 2, 32, 8, 8>} : (tensor<1x32x1x1xf32>) -> tensor<2x32x8x8xf32>
  %s = etch.add %y, %b : (tensor<2x32x8x8xf32>, tensor<2x32x8x8xf32>) -> tensor<2x32x8x8xf32>
  %z = etch.conv %s, %v {stride = array<i64: 1, 1>, low = array<i64: 1, 1>, high = array<i64: 1, 1>, input_dilation = array<i64: 1, 1>, dilation = array<i64: 1, 1>, groups = 1 : i64} : (tensor<2x32x8x8xf32>, tensor<32x32x3x3xf32>) -> tensor<2x32x8x8xf32>
  return %z : tensor<2x32x8x8xf32>
}
