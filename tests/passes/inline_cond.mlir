// RUN: etch-opt %s --etch-inline-cond | FileCheck %s
// Both sides are computed in the function, and each result is selected by the predicate.

// CHECK-LABEL: func.func @both_sides(
// CHECK-SAME:    %[[P:.*]]: tensor<i1>, %[[X:.*]]: tensor<8x4xf32>, %[[I:.*]]: tensor<i64>)
// CHECK-DAG:     %[[E:.*]] = etch.exp %[[X]]
// CHECK-DAG:     %[[N:.*]] = etch.neg %[[X]]
// CHECK-DAG:     %[[P1:.*]] = etch.reshape %[[P]] {shape = array<i64: 1, 1>}
// CHECK-DAG:     %[[PB:.*]] = etch.broadcast %[[P1]] {shape = array<i64: 8, 4>}
// CHECK-DAG:     %[[Y:.*]] = etch.select %[[PB]], %[[E]], %[[N]]
// CHECK-DAG:     %[[J:.*]] = etch.select %[[P]], %[[I]], %{{.*}} : (tensor<i1>, tensor<i64>, tensor<i64>)
// CHECK-NOT:     etch.cond
// CHECK:         return %[[Y]], %[[J]]
func.func @both_sides(%p: tensor<i1>, %x: tensor<8x4xf32>, %i: tensor<i64>) -> (tensor<8x4xf32>, tensor<i64>) {
  %y, %j = etch.cond %p, %x, %i {
    ^bb0(%a: tensor<8x4xf32>, %b: tensor<i64>):
      %0 = etch.exp %a : (tensor<8x4xf32>) -> tensor<8x4xf32>
      etch.yield %0, %b : tensor<8x4xf32>, tensor<i64>
  } else {
    ^bb0(%a: tensor<8x4xf32>, %b: tensor<i64>):
      %0 = etch.neg %a : (tensor<8x4xf32>) -> tensor<8x4xf32>
      %1 = etch.neg %b : (tensor<i64>) -> tensor<i64>
      etch.yield %0, %1 : tensor<8x4xf32>, tensor<i64>
  } : (tensor<i1>, tensor<8x4xf32>, tensor<i64>) -> (tensor<8x4xf32>, tensor<i64>)
  return %y, %j : tensor<8x4xf32>, tensor<i64>
}

// CHECK-LABEL: func.func @nested(
// CHECK-NOT:     etch.cond
// CHECK-COUNT-2: etch.select
// CHECK:         return
func.func @nested(%p: tensor<i1>, %x: tensor<f32>) -> tensor<f32> {
  %y = etch.cond %p, %p, %x {
    ^bb0(%q: tensor<i1>, %a: tensor<f32>):
      %0 = etch.cond %q, %a {
        ^bb0(%b: tensor<f32>):
          %1 = etch.exp %b : (tensor<f32>) -> tensor<f32>
          etch.yield %1 : tensor<f32>
      } else {
        ^bb0(%b: tensor<f32>):
          etch.yield %b : tensor<f32>
      } : (tensor<i1>, tensor<f32>) -> tensor<f32>
      etch.yield %0 : tensor<f32>
  } else {
    ^bb0(%q: tensor<i1>, %a: tensor<f32>):
      etch.yield %a : tensor<f32>
  } : (tensor<i1>, tensor<i1>, tensor<f32>) -> tensor<f32>
  return %y : tensor<f32>
}
