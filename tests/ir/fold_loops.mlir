// RUN: etch-opt %s --canonicalize --split-input-file | FileCheck %s
// What a scan carries, reads and yields in vain goes.

// A result that nobody uses goes with the row it came from.
// CHECK-LABEL: func.func @unused(
// CHECK:         etch.scan carry(%{{.*}}) over() with() {
// CHECK-NEXT:    ^bb0(%[[C:.*]]: tensor<3xf32>):
// CHECK-NEXT:      %[[N:.*]] = etch.neg %[[C]]
// CHECK-NEXT:      etch.yield %[[N]]
func.func @unused(%h: tensor<3xf32>, %x: tensor<5x3xf32>) -> tensor<3xf32> {
  %y:2 = etch.scan carry(%h) over(%x) with() {
    ^bb0(%c: tensor<3xf32>, %r: tensor<3xf32>):
      %0 = etch.neg %c : (tensor<3xf32>) -> tensor<3xf32>
      %1 = etch.exp %r : (tensor<3xf32>) -> tensor<3xf32>
      etch.yield %0, %1 : tensor<3xf32>, tensor<3xf32>
  } {length = 5 : i64} : (tensor<3xf32>, tensor<5x3xf32>) -> (tensor<3xf32>, tensor<5x3xf32>)
  return %y#0 : tensor<3xf32>
}

// -----

// A carry that no step changes is captured.
// CHECK-LABEL: func.func @unchanged(
// CHECK-SAME:    %[[H:.*]]: tensor<3xf32>, %[[K:.*]]: tensor<3xf32>)
// CHECK:         %[[Y:.*]] = etch.scan carry(%[[H]]) over() with(%[[K]])
// CHECK:         return %[[Y]], %[[K]]
func.func @unchanged(%h: tensor<3xf32>, %k: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  %y:2 = etch.scan carry(%h, %k) over() with() {
    ^bb0(%c: tensor<3xf32>, %same: tensor<3xf32>):
      %0 = etch.mul %c, %same : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
      etch.yield %0, %same : tensor<3xf32>, tensor<3xf32>
  } {length = 5 : i64} : (tensor<3xf32>, tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>)
  return %y#0, %y#1 : tensor<3xf32>, tensor<3xf32>
}

// -----

// Splats and views are made in the step, from what they are made of.
// CHECK-LABEL: func.func @captures(
// CHECK-SAME:    %[[H:.*]]: tensor<3xf32>, %[[K:.*]]: tensor<1xf32>)
// CHECK:         etch.scan carry(%[[H]]) over() with(%[[K]]) {
// CHECK-NEXT:    ^bb0(%[[C:.*]]: tensor<3xf32>, %[[A:.*]]: tensor<1xf32>):
// CHECK-DAG:       etch.broadcast %[[A]]
// CHECK-DAG:       etch.constant dense<2.000000e+00>
func.func @captures(%h: tensor<3xf32>, %k: tensor<1xf32>) -> tensor<3xf32> {
  %two = etch.constant dense<2.0> : tensor<3xf32>
  %wide = etch.broadcast %k {shape = array<i64: 3>} : (tensor<1xf32>) -> tensor<3xf32>
  %y = etch.scan carry(%h) over() with(%two, %wide) {
    ^bb0(%c: tensor<3xf32>, %a: tensor<3xf32>, %b: tensor<3xf32>):
      %0 = etch.mul %c, %a : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
      %1 = etch.add %0, %b : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
      etch.yield %1 : tensor<3xf32>
  } {length = 5 : i64} : (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  return %y : tensor<3xf32>
}

// -----

// CHECK-LABEL: func.func @no_step(
// CHECK-SAME:    %[[H:.*]]: tensor<3xf32>
// CHECK-NEXT:    return %[[H]]
func.func @no_step(%h: tensor<3xf32>, %x: tensor<0x3xf32>) -> tensor<3xf32> {
  %y = etch.scan carry(%h) over(%x) with() {
    ^bb0(%c: tensor<3xf32>, %r: tensor<3xf32>):
      %0 = etch.add %c, %r : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
      etch.yield %0 : tensor<3xf32>
  } {length = 0 : i64} : (tensor<3xf32>, tensor<0x3xf32>) -> tensor<3xf32>
  return %y : tensor<3xf32>
}

// -----

// CHECK-LABEL: func.func @one_step(
// CHECK-SAME:    %[[H:.*]]: tensor<3xf32>, %[[X:.*]]: tensor<1x3xf32>)
// CHECK-NEXT:    %[[R:.*]] = etch.reshape %[[X]]
// CHECK-NEXT:    %[[S:.*]] = etch.add %[[H]], %[[R]]
// CHECK-NEXT:    return %[[S]]
func.func @one_step(%h: tensor<3xf32>, %x: tensor<1x3xf32>) -> tensor<3xf32> {
  %y = etch.scan carry(%h) over(%x) with() {
    ^bb0(%c: tensor<3xf32>, %r: tensor<3xf32>):
      %0 = etch.add %c, %r : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
      etch.yield %0 : tensor<3xf32>
  } {length = 1 : i64} : (tensor<3xf32>, tensor<1x3xf32>) -> tensor<3xf32>
  return %y : tensor<3xf32>
}
