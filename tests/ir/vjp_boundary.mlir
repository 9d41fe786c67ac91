// RUN: etch-opt %s --etch-autodiff --etch-decompose --canonicalize | FileCheck %s
// Gradients pass a boundary unchanged, and nothing is left of it.

// CHECK-LABEL: func.func @boundary(
// CHECK-SAME:    %[[X:.*]]: tensor<8xf32>, %{{.*}}: tensor<8xf32>, %[[DY:.*]]: tensor<8xf32>)
// CHECK-NEXT:    %[[Y:.*]] = etch.neg %[[X]]
// CHECK-NEXT:    %[[DX:.*]] = etch.neg %[[DY]]
// CHECK-NEXT:    return %[[Y]], %[[DX]]
func.func @boundary(%x: tensor<8xf32> {etch.requires_grad}, %z: tensor<8xf32>, %dy: tensor<8xf32> {etch.cotangent = 0}) -> tensor<8xf32> {
  %a, %b = etch.boundary %x, %z : (tensor<8xf32>, tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>)
  %y = etch.neg %a : (tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}
