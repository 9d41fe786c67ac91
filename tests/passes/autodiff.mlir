// RUN: etch-opt %s --etch-autodiff | FileCheck %s
// Only what lies between an input and the loss gets a backward.

// Frozen weights cost nothing: of the three products only the backward of those above %w is built,
// and none for %frozen itself.
// CHECK-LABEL: func.func @frozen(
// CHECK-SAME:    %[[X:.*]]: tensor<8x16xf32>, %[[F:.*]]: tensor<16x16xf32>, %[[W:.*]]: tensor<16x16xf32> {etch.path = "w"}, %[[V:.*]]: tensor<16x16xf32>) -> (tensor<f32>, tensor<16x16xf32> {etch.kind = "grad", etch.path = "w"})
// CHECK:         %[[H:.*]] = etch.matmul %[[X]], %[[F]]
// CHECK:         etch.matmul %[[H]], %[[W]]
// CHECK:         etch.matmul %{{.*}}, %[[V]]
// CHECK:         %[[L:.*]] = etch.reshape %{{.*}} {shape = array<i64>}
// CHECK:         %[[DH:.*]] = etch.matmul %{{.*}}, %[[V]] {transpose_rhs}
// CHECK-NEXT:    %[[DW:.*]] = etch.matmul %[[H]], %[[DH]] {transpose_lhs}
// CHECK-NEXT:    return %[[L]], %[[DW]]
func.func @frozen(%x: tensor<8x16xf32>, %frozen: tensor<16x16xf32>, %w: tensor<16x16xf32> {etch.requires_grad, etch.path = "w"}, %v: tensor<16x16xf32>) -> tensor<f32> {
  %0 = etch.matmul %x, %frozen : (tensor<8x16xf32>, tensor<16x16xf32>) -> tensor<8x16xf32>
  %1 = etch.matmul %0, %w : (tensor<8x16xf32>, tensor<16x16xf32>) -> tensor<8x16xf32>
  %2 = etch.matmul %1, %v : (tensor<8x16xf32>, tensor<16x16xf32>) -> tensor<8x16xf32>
  %3 = etch.reduce_sum %2 {dims = array<i64: 0, 1>} : (tensor<8x16xf32>) -> tensor<1x1xf32>
  %4 = etch.reshape %3 {shape = array<i64>} : (tensor<1x1xf32>) -> tensor<f32>
  return %4 : tensor<f32>
}

// Nothing requires a gradient: nothing changes.
// CHECK-LABEL: func.func @all_frozen(
// CHECK-NEXT:    etch.exp
// CHECK-NEXT:    return %{{[^,]*}} : tensor<f32>
func.func @all_frozen(%x: tensor<f32>) -> tensor<f32> {
  %0 = etch.exp %x : (tensor<f32>) -> tensor<f32>
  return %0 : tensor<f32>
}

// No gradient flows through detach: d(x * detach(x)) = detach(x) dx.
// CHECK-LABEL: func.func @detach(
// CHECK:         %[[D:.*]] = etch.detach
// CHECK:         %[[ONE:.*]] = etch.constant dense<1.000000e+00>
// CHECK-NEXT:    %[[DX:.*]] = etch.mul %[[ONE]], %[[D]]
// CHECK-NEXT:    return %{{.*}}, %[[DX]]
func.func @detach(%x: tensor<f32> {etch.requires_grad}) -> tensor<f32> {
  %0 = etch.detach %x : (tensor<f32>) -> tensor<f32>
  %1 = etch.mul %x, %0 : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return %1 : tensor<f32>
}

// An argument that the loss does not depend on gets zeros, also when it only chooses an index.
// CHECK-LABEL: func.func @independent(
// CHECK:         %[[ZERO:.*]] = etch.constant dense<0.000000e+00> : tensor<3xf32>
// CHECK:         return %{{.*}}, %{{.*}}, %[[ZERO]] :
func.func @independent(%x: tensor<f32> {etch.requires_grad}, %y: tensor<3xf32> {etch.requires_grad}) -> tensor<f32> {
  %0 = etch.exp %x : (tensor<f32>) -> tensor<f32>
  %1 = etch.compare lt, %y, %y : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xi1>
  return %0 : tensor<f32>
}

// A value with several uses sums what they give.
// CHECK-LABEL: func.func @several_uses(
// CHECK-SAME:    %[[X:.*]]: tensor<f32>)
// CHECK:         %[[E:.*]] = etch.exp %[[X]]
// CHECK:         %[[C:.*]] = etch.sin %[[E]]
// CHECK:         %[[ONE:.*]] = etch.constant dense<1.000000e+00>
// CHECK:         %[[DE1:.*]] = etch.mul %[[ONE]], %[[C]]
// CHECK:         %[[DC:.*]] = etch.mul %[[ONE]], %[[E]]
// CHECK:         %[[COS:.*]] = etch.cos %[[E]]
// CHECK:         %[[DE2:.*]] = etch.mul %[[DC]], %[[COS]]
// CHECK:         %[[DE:.*]] = etch.add %[[DE1]], %[[DE2]]
// CHECK:         %[[DX:.*]] = etch.mul %[[DE]], %[[E]]
// CHECK-NEXT:    return %{{.*}}, %[[DX]]
func.func @several_uses(%x: tensor<f32> {etch.requires_grad}) -> tensor<f32> {
  %0 = etch.exp %x : (tensor<f32>) -> tensor<f32>
  %1 = etch.sin %0 : (tensor<f32>) -> tensor<f32>
  %2 = etch.mul %0, %1 : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return %2 : tensor<f32>
}
