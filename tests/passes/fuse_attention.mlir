// RUN: etch-opt %s --etch-fuse | FileCheck %s
// Attention writes its result by position, where that is read: no kernel transposes it, and what
// wants it by head (a derivative) reads it through the transpose.
// CHECK-LABEL: func.func @main(
// CHECK:         %[[R:.*]]:2 = etch.launch @[[ATTEND:.*attention]](
// CHECK-SAME:      -> (tensor<2x3x8x1xf32>, tensor<2x8x3x4xf32>)
// CHECK:         %[[SUM:.*]] = etch.launch @{{.*}}reduce_sum({{.*}}%[[R]]#1
// CHECK:         return
// CHECK:       func.func private @[[ATTEND]](
// CHECK:         %[[Y:.*]], %[[L:.*]] = etch.attention
// CHECK:         %[[T:.*]] = etch.transpose %[[Y]] {permutation = array<i64: 0, 2, 1, 3>}
// CHECK:         return %[[L]], %[[T]]
func.func @main(%q: tensor<2x3x8x4xf32>, %w: tensor<12x5xf32>, %dy: tensor<2x3x8x4xf32>)
    -> (tensor<2x8x5xf32>, tensor<2x3x8x1xf32>) {
  %y, %l = etch.attention %q, %q, %q {scale = 0.5 : f64} : (tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>) -> (tensor<2x3x8x4xf32>, tensor<2x3x8x1xf32>)
  %p = etch.mul %y, %dy : (tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  %s = etch.reduce_sum %p {dims = array<i64: 3>} : (tensor<2x3x8x4xf32>) -> tensor<2x3x8x1xf32>
  %t = etch.transpose %y {permutation = array<i64: 0, 2, 1, 3>} : (tensor<2x3x8x4xf32>) -> tensor<2x8x3x4xf32>
  %r = etch.reshape %t {shape = array<i64: 2, 8, 12>} : (tensor<2x8x3x4xf32>) -> tensor<2x8x12xf32>
  %z = etch.matmul %r, %w : (tensor<2x8x12xf32>, tensor<12x5xf32>) -> tensor<2x8x5xf32>
  return %z, %s : tensor<2x8x5xf32>, tensor<2x3x8x1xf32>
}
