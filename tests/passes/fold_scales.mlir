// RUN: etch-opt %s --etch-fold-scales --canonicalize --cse --split-input-file | FileCheck %s

// Normalization by running statistics, behind a convolution with a bias: one addition is left.
// CHECK-LABEL: func.func @convolution
// CHECK-SAME: %[[X:.*]]: tensor<1x2x4x4xf32>, %[[W:.*]]: tensor<3x2x1x1xf32> {{.*}}, %[[B:.*]]: tensor<1x3x1x1xf32> {{.*}}, %[[S:.*]]: tensor<1x3x1x1xf32>
// CHECK-DAG: %[[BS:.*]] = etch.mul %[[B]], %[[S]]
// CHECK-DAG: %[[SHIFT:.*]] = etch.broadcast %[[BS]]
// CHECK-DAG: %[[R:.*]] = etch.reshape %[[S]] {shape = array<i64: 3, 1, 1, 1>}
// CHECK-DAG: %[[F:.*]] = etch.broadcast %[[R]]
// CHECK-DAG: %[[WS:.*]] = etch.mul %[[W]], %[[F]]
// CHECK-DAG: %[[Y:.*]] = etch.conv %[[X]], %[[WS]]
// CHECK: %[[Z:.*]] = etch.add %[[Y]], %[[SHIFT]]
// CHECK: return %[[Z]]
func.func @convolution(%x: tensor<1x2x4x4xf32>,
                       %w: tensor<3x2x1x1xf32> {etch.kind = "state", etch.path = "w"},
                       %b: tensor<1x3x1x1xf32> {etch.kind = "state", etch.path = "b"},
                       %s: tensor<1x3x1x1xf32> {etch.kind = "state", etch.path = "s"})
    -> tensor<1x3x4x4xf32> {
  %y = etch.conv %x, %w {stride = array<i64: 1, 1>, low = array<i64: 0, 0>, high = array<i64: 0, 0>, input_dilation = array<i64: 1, 1>, dilation = array<i64: 1, 1>, groups = 1 : i64} : (tensor<1x2x4x4xf32>, tensor<3x2x1x1xf32>) -> tensor<1x3x4x4xf32>
  %bias = etch.broadcast %b {shape = array<i64: 1, 3, 4, 4>} : (tensor<1x3x1x1xf32>) -> tensor<1x3x4x4xf32>
  %z = etch.add %y, %bias : (tensor<1x3x4x4xf32>, tensor<1x3x4x4xf32>) -> tensor<1x3x4x4xf32>
  %scale = etch.broadcast %s {shape = array<i64: 1, 3, 4, 4>} : (tensor<1x3x1x1xf32>) -> tensor<1x3x4x4xf32>
  %r = etch.mul %z, %scale : (tensor<1x3x4x4xf32>, tensor<1x3x4x4xf32>) -> tensor<1x3x4x4xf32>
  return %r : tensor<1x3x4x4xf32>
}

// -----

// The rows of a product are those of its left operand, which is read transposed here.
// CHECK-LABEL: func.func @rows
// CHECK: %[[F:.*]] = etch.broadcast {{.*}} : (tensor<1x3xf32>) -> tensor<2x3xf32>
// CHECK: %[[WS:.*]] = etch.mul %arg0, %[[F]]
// CHECK: %[[Y:.*]] = etch.matmul %[[WS]], %arg1 {transpose_lhs}
// CHECK: return %[[Y]]
func.func @rows(%w: tensor<2x3xf32> {etch.kind = "state", etch.path = "w"}, %x: tensor<2x4xf32>,
                %s: tensor<3x1xf32> {etch.kind = "state", etch.path = "s"}) -> tensor<3x4xf32> {
  %y = etch.matmul %w, %x {transpose_lhs} : (tensor<2x3xf32>, tensor<2x4xf32>) -> tensor<3x4xf32>
  %scale = etch.broadcast %s {shape = array<i64: 3, 4>} : (tensor<3x1xf32>) -> tensor<3x4xf32>
  %r = etch.mul %scale, %y : (tensor<3x4xf32>, tensor<3x4xf32>) -> tensor<3x4xf32>
  return %r : tensor<3x4xf32>
}

// -----

// Weights that the program writes are multiplied at each call as it is; so is what something else
// reads, and what is narrower than f32.
// CHECK-LABEL: func.func @written
// CHECK: %[[Y:.*]] = etch.matmul %arg0, %arg1
// CHECK: %[[R:.*]] = etch.mul %[[Y]]
// CHECK: return %[[R]], %[[R]]
func.func @written(%x: tensor<2x2xf32>,
                   %w: tensor<2x2xf32> {etch.kind = "state", etch.path = "w"},
                   %s: tensor<1x2xf32> {etch.kind = "state", etch.path = "s"})
    -> (tensor<2x2xf32>, tensor<2x2xf32> {etch.kind = "state", etch.path = "w"}) {
  %y = etch.matmul %x, %w : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  %scale = etch.broadcast %s {shape = array<i64: 2, 2>} : (tensor<1x2xf32>) -> tensor<2x2xf32>
  %r = etch.mul %y, %scale : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  return %r, %r : tensor<2x2xf32>, tensor<2x2xf32>
}

// -----

// CHECK-LABEL: func.func @read_twice
// CHECK: %[[Y:.*]] = etch.matmul %arg0, %arg1
// CHECK: %[[R:.*]] = etch.mul %[[Y]]
// CHECK: return %[[Y]], %[[R]]
func.func @read_twice(%x: tensor<2x2xf32>,
                      %w: tensor<2x2xf32> {etch.kind = "state", etch.path = "w"},
                      %s: tensor<1x2xf32> {etch.kind = "state", etch.path = "s"})
    -> (tensor<2x2xf32>, tensor<2x2xf32>) {
  %y = etch.matmul %x, %w : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  %scale = etch.broadcast %s {shape = array<i64: 2, 2>} : (tensor<1x2xf32>) -> tensor<2x2xf32>
  %r = etch.mul %y, %scale : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  return %y, %r : tensor<2x2xf32>, tensor<2x2xf32>
}

// -----

// CHECK-LABEL: func.func @narrow
// CHECK: %[[Y:.*]] = etch.matmul %arg0, %arg1
// CHECK: %[[R:.*]] = etch.mul %[[Y]]
// CHECK: return %[[R]]
func.func @narrow(%x: tensor<2x2xbf16>,
                  %w: tensor<2x2xbf16> {etch.kind = "state", etch.path = "w"},
                  %s: tensor<1x2xbf16> {etch.kind = "state", etch.path = "s"}) -> tensor<2x2xbf16> {
  %y = etch.matmul %x, %w : (tensor<2x2xbf16>, tensor<2x2xbf16>) -> tensor<2x2xbf16>
  %scale = etch.broadcast %s {shape = array<i64: 2, 2>} : (tensor<1x2xbf16>) -> tensor<2x2xbf16>
  %r = etch.mul %y, %scale : (tensor<2x2xbf16>, tensor<2x2xbf16>) -> tensor<2x2xbf16>
  return %r : tensor<2x2xbf16>
}

// -----

// CHECK-LABEL: func.func @wide_result
// CHECK: %[[Y:.*]] = etch.matmul %arg0, %arg1
// CHECK: %[[R:.*]] = etch.mul %[[Y]]
// CHECK: return %[[R]]
func.func @wide_result(%x: tensor<2x2xbf16>,
                       %w: tensor<2x2xbf16> {etch.kind = "state", etch.path = "w"},
                       %s: tensor<1x2xf32> {etch.kind = "state", etch.path = "s"}) -> tensor<2x2xf32> {
  %y = etch.matmul %x, %w {wide_result} : (tensor<2x2xbf16>, tensor<2x2xbf16>) -> tensor<2x2xf32>
  %scale = etch.broadcast %s {shape = array<i64: 2, 2>} : (tensor<1x2xf32>) -> tensor<2x2xf32>
  %r = etch.mul %y, %scale : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  return %r : tensor<2x2xf32>
}

// -----

// Beside a sum over many elements one factor is nothing, and a scaled copy would be one more kernel.
// CHECK-LABEL: func.func @deep
// CHECK: %[[Y:.*]] = etch.matmul %arg0, %arg1
// CHECK: %[[R:.*]] = etch.mul %[[Y]]
// CHECK: return %[[R]]
func.func @deep(%x: tensor<2x97xf32>, %w: tensor<97x3xf32> {etch.kind = "state", etch.path = "w"},
                %s: tensor<1x3xf32> {etch.kind = "state", etch.path = "s"}) -> tensor<2x3xf32> {
  %y = etch.matmul %x, %w : (tensor<2x97xf32>, tensor<97x3xf32>) -> tensor<2x3xf32>
  %scale = etch.broadcast %s {shape = array<i64: 2, 3>} : (tensor<1x3xf32>) -> tensor<2x3xf32>
  %r = etch.mul %y, %scale : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return %r : tensor<2x3xf32>
}
