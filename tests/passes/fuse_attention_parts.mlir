// RUN: etch-opt %s --etch-fuse | FileCheck %s
// The derivatives of query, key and value are parts of one matrix: attention's kernel writes them there.
// CHECK-LABEL: func.func @main(
// CHECK:         %[[R:.*]] = etch.launch @[[BACK:.*attention_backward]](
// CHECK-SAME:      -> tensor<2x8x36xf32>
// CHECK-NEXT:    return %[[R]]
// CHECK:       func.func private @[[BACK]](
// CHECK:         %[[C:.*]] = etch.concat %{{.*}}, %{{.*}}, %{{.*}} {dim = 2 : i64}
// CHECK:         return %[[C]]
func.func @main(%x: tensor<2x3x8x4xf32>, %s: tensor<2x3x8x1xf32>) -> tensor<2x8x36xf32> {
  %dq, %dk, %dv = etch.attention_backward %x, %x, %x, %x, %s, %s {scale = 0.5 : f64} : (tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>, tensor<2x3x8x1xf32>, tensor<2x3x8x1xf32>) -> (tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>)
  %q = etch.transpose %dq {permutation = array<i64: 0, 2, 1, 3>} : (tensor<2x3x8x4xf32>) -> tensor<2x8x3x4xf32>
  %k = etch.transpose %dk {permutation = array<i64: 0, 2, 1, 3>} : (tensor<2x3x8x4xf32>) -> tensor<2x8x3x4xf32>
  %v = etch.transpose %dv {permutation = array<i64: 0, 2, 1, 3>} : (tensor<2x3x8x4xf32>) -> tensor<2x8x3x4xf32>
  %qr = etch.reshape %q {shape = array<i64: 2, 8, 12>} : (tensor<2x8x3x4xf32>) -> tensor<2x8x12xf32>
  %kr = etch.reshape %k {shape = array<i64: 2, 8, 12>} : (tensor<2x8x3x4xf32>) -> tensor<2x8x12xf32>
  %vr = etch.reshape %v {shape = array<i64: 2, 8, 12>} : (tensor<2x8x3x4xf32>) -> tensor<2x8x12xf32>
  %c = etch.concat %qr, %kr, %vr {dim = 2 : i64} : (tensor<2x8x12xf32>, tensor<2x8x12xf32>, tensor<2x8x12xf32>) -> tensor<2x8x36xf32>
  return %c : tensor<2x8x36xf32>
}
