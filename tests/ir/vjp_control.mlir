// RUN: etch-opt %s --etch-autodiff --split-input-file --verify-diagnostics | FileCheck %s
// The gradient of a cond is a cond whose regions run forward and backward of theirs.

// CHECK-LABEL: func.func @cond(
// CHECK-SAME:    %[[P:.*]]: tensor<i1>, %[[X:.*]]: tensor<8xf32>, %[[I:.*]]: tensor<8xi64>, %[[DY:.*]]: tensor<8xf32>)
// CHECK:         %[[Y:.*]] = etch.cond
// CHECK:         %[[DX:.*]] = etch.cond %[[P]], %[[X]], %[[I]], %[[DY]] {
// CHECK-NEXT:    ^bb0(%[[A:.*]]: tensor<8xf32>, %{{.*}}: tensor<8xi64>, %[[G:.*]]: tensor<8xf32>):
// CHECK-NEXT:      %[[E:.*]] = etch.exp %[[A]]
// CHECK-NEXT:      %[[D:.*]] = etch.mul %[[G]], %[[E]]
// CHECK-NEXT:      etch.yield %[[D]]
// CHECK-NEXT:    } else {
// CHECK-NEXT:    ^bb0(%{{.*}}: tensor<8xf32>, %{{.*}}: tensor<8xi64>, %[[G2:.*]]: tensor<8xf32>):
// CHECK-NEXT:      etch.yield %[[G2]]
// CHECK-NEXT:    } : (tensor<i1>, tensor<8xf32>, tensor<8xi64>, tensor<8xf32>) -> tensor<8xf32>
// CHECK-NEXT:    return %[[Y]], %[[DX]]
func.func @cond(%p: tensor<i1>, %x: tensor<8xf32> {etch.requires_grad}, %i: tensor<8xi64>, %dy: tensor<8xf32> {etch.cotangent = 0}) -> tensor<8xf32> {
  %y = etch.cond %p, %x, %i {
    ^bb0(%a: tensor<8xf32>, %b: tensor<8xi64>):
      %0 = etch.exp %a : (tensor<8xf32>) -> tensor<8xf32>
      etch.yield %0 : tensor<8xf32>
  } else {
    ^bb0(%a: tensor<8xf32>, %b: tensor<8xi64>):
      etch.yield %a : tensor<8xf32>
  } : (tensor<i1>, tensor<8xf32>, tensor<8xi64>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// -----

// A region that does not depend on an input gives zeros for it.
// CHECK-LABEL: func.func @independent_region(
// CHECK:         etch.cond
// CHECK:         etch.cond
// CHECK:           %[[N:.*]] = etch.neg
// CHECK:           etch.neg
// CHECK:         } else {
// CHECK:           %[[ZERO:.*]] = etch.constant dense<0.000000e+00> : tensor<8xf32>
// CHECK:           etch.yield %[[ZERO]]
func.func @independent_region(%p: tensor<i1>, %x: tensor<8xf32> {etch.requires_grad}, %dy: tensor<8xf32> {etch.cotangent = 0}) -> tensor<8xf32> {
  %y = etch.cond %p, %x {
    ^bb0(%a: tensor<8xf32>):
      %0 = etch.neg %a : (tensor<8xf32>) -> tensor<8xf32>
      etch.yield %0 : tensor<8xf32>
  } else {
    ^bb0(%a: tensor<8xf32>):
      %0 = etch.constant dense<7.0> : tensor<8xf32>
      etch.yield %0 : tensor<8xf32>
  } : (tensor<i1>, tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}
