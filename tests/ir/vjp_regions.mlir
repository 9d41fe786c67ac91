// RUN: etch-opt %s --etch-autodiff --split-input-file | FileCheck %s
// The gradients of checkpoint and of custom_vjp.

// The body again, behind barriers that wait for the cotangent.
// CHECK-LABEL: func.func @checkpoint(
// CHECK-SAME:    %[[X:.*]]: tensor<8xf32>, %[[DY:.*]]: tensor<8xf32>)
// CHECK:         %[[Y:.*]] = etch.checkpoint %[[X]]
// CHECK:         %[[B:.*]] = etch.barrier %[[X]] after(%[[DY]])
// CHECK:         %[[E:.*]] = etch.exp %[[B]]
// CHECK:         %[[DX:.*]] = etch.mul %[[DY]], %[[E]]
// CHECK:         return %[[Y]], %[[DX]]
func.func @checkpoint(%x: tensor<8xf32> {etch.requires_grad}, %dy: tensor<8xf32> {etch.cotangent = 0}) -> tensor<8xf32> {
  %y = etch.checkpoint %x {
    ^bb0(%a: tensor<8xf32>):
      %0 = etch.exp %a : (tensor<8xf32>) -> tensor<8xf32>
      etch.yield %0 : tensor<8xf32>
  } : (tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// -----

// The backward as it was given.
// CHECK-LABEL: func.func @custom_vjp(
// CHECK-SAME:    %[[X:.*]]: tensor<8xf32>, %[[K:.*]]: tensor<8xf32>, %[[DY:.*]]: tensor<8xf32>)
// CHECK:         %[[Y:.*]] = etch.custom_vjp(%[[X]]) with(%[[K]])
// CHECK:         %[[A:.*]] = etch.mul %[[DY]], %[[Y]]
// CHECK:         %[[DX:.*]] = etch.add %[[A]], %[[K]]
// CHECK:         return %[[Y]], %[[DX]]
func.func @custom_vjp(%x: tensor<8xf32> {etch.requires_grad}, %k: tensor<8xf32>, %dy: tensor<8xf32> {etch.cotangent = 0}) -> tensor<8xf32> {
  %y = etch.custom_vjp(%x) with(%k) forward {
    ^bb0(%a: tensor<8xf32>, %c: tensor<8xf32>):
      %0 = etch.round %a : (tensor<8xf32>) -> tensor<8xf32>
      etch.yield %0 : tensor<8xf32>
  } backward {
    ^bb0(%a: tensor<8xf32>, %b: tensor<8xf32>, %db: tensor<8xf32>, %c: tensor<8xf32>):
      %0 = etch.mul %db, %b : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
      %1 = etch.add %0, %c : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
      etch.yield %1 : tensor<8xf32>
  } : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}
