// RUN: etch-opt %s --etch-autodiff --etch-simplify | FileCheck %s
// What the stages autodiff and simplify leave of things that programs do.

// The gradient of a tensor that was split is one concatenation of the parts' gradients.
// CHECK-LABEL: func.func @split(
// CHECK-SAME:    %{{.*}}: tensor<8x6xf32>, %[[DA:.*]]: tensor<8x2xf32>, %[[DB:.*]]: tensor<8x2xf32>, %[[DC:.*]]: tensor<8x2xf32>)
// CHECK-NOT:     etch.pad
// CHECK:         %[[DX:.*]] = etch.concat %[[DA]], %[[DB]], %[[DC]] {dim = 1 : i64}
// CHECK-NEXT:    return %{{.*}}, %{{.*}}, %{{.*}}, %[[DX]]
func.func @split(%x: tensor<8x6xf32> {etch.requires_grad}, %da: tensor<8x2xf32> {etch.cotangent = 0}, %db: tensor<8x2xf32> {etch.cotangent = 1}, %dc: tensor<8x2xf32> {etch.cotangent = 2}) -> (tensor<8x2xf32>, tensor<8x2xf32>, tensor<8x2xf32>) {
  %a = etch.slice %x {offsets = array<i64: 0, 0>, sizes = array<i64: 8, 2>, strides = array<i64: 1, 1>} : (tensor<8x6xf32>) -> tensor<8x2xf32>
  %b = etch.slice %x {offsets = array<i64: 0, 2>, sizes = array<i64: 8, 2>, strides = array<i64: 1, 1>} : (tensor<8x6xf32>) -> tensor<8x2xf32>
  %c = etch.slice %x {offsets = array<i64: 0, 4>, sizes = array<i64: 8, 2>, strides = array<i64: 1, 1>} : (tensor<8x6xf32>) -> tensor<8x2xf32>
  return %a, %b, %c : tensor<8x2xf32>, tensor<8x2xf32>, tensor<8x2xf32>
}

// The seed of a loss leaves no trace: the gradient of a sum is a constant.
// CHECK-LABEL: func.func @sum(
// CHECK:         %[[ONES:.*]] = etch.constant dense<1.000000e+00> : tensor<8x64xf32>
// CHECK-NOT:     etch.broadcast
// CHECK:         return %{{.*}}, %[[ONES]]
func.func @sum(%x: tensor<8x64xf32> {etch.requires_grad}) -> tensor<f32> {
  %0 = etch.reduce_sum %x {dims = array<i64: 0, 1>} : (tensor<8x64xf32>) -> tensor<1x1xf32>
  %1 = etch.reshape %0 {shape = array<i64>} : (tensor<1x1xf32>) -> tensor<f32>
  return %1 : tensor<f32>
}

// The gradient of a bias added to rows sums them, without a copy of its own.
// CHECK-LABEL: func.func @bias(
// CHECK-SAME:    %{{.*}}: tensor<8x64xf32>, %{{.*}}: tensor<64xf32>, %[[DY:.*]]: tensor<8x64xf32>)
// CHECK:         %[[S:.*]] = etch.reduce_sum %[[DY]] {dims = array<i64: 0>}
// CHECK:         %[[DB:.*]] = etch.reshape %[[S]] {shape = array<i64: 64>}
// CHECK:         return %{{.*}}, %[[DB]]
func.func @bias(%x: tensor<8x64xf32>, %b: tensor<64xf32> {etch.requires_grad}, %dy: tensor<8x64xf32> {etch.cotangent = 0}) -> tensor<8x64xf32> {
  %0 = etch.reshape %b {shape = array<i64: 1, 64>} : (tensor<64xf32>) -> tensor<1x64xf32>
  %1 = etch.broadcast %0 {shape = array<i64: 8, 64>} : (tensor<1x64xf32>) -> tensor<8x64xf32>
  %2 = etch.add %x, %1 : (tensor<8x64xf32>, tensor<8x64xf32>) -> tensor<8x64xf32>
  return %2 : tensor<8x64xf32>
}

// Equal ops are computed once, dead ones not at all.
// CHECK-LABEL: func.func @shared(
// CHECK-SAME:    %[[X:.*]]: tensor<8xf32>)
// CHECK-NEXT:    %[[E:.*]] = etch.exp %[[X]]
// CHECK-NEXT:    %[[Y:.*]] = etch.mul %[[E]], %[[E]]
// CHECK-NEXT:    return %[[Y]]
func.func @shared(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = etch.exp %x : (tensor<8xf32>) -> tensor<8xf32>
  %1 = etch.exp %x : (tensor<8xf32>) -> tensor<8xf32>
  %2 = etch.sin %x : (tensor<8xf32>) -> tensor<8xf32>
  %3 = etch.mul %0, %1 : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %3 : tensor<8xf32>
}
