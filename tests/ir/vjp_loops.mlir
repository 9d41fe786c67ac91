// RUN: etch-opt %s --etch-autodiff --etch-simplify --split-input-file | FileCheck %s
// The gradient of a scan is a scan in the other direction. It reads the carries that the steps began
// with from the one forward scan, which yields them besides what it yielded before.

// CHECK-LABEL: func.func @scan(
// CHECK-SAME:    %[[H:.*]]: tensor<3xf32>, %[[X:.*]]: tensor<5x3xf32>, %[[W:.*]]: tensor<3xf32>, %[[DY:.*]]: tensor<3xf32>)
// CHECK:         %[[F:.*]]:2 = etch.scan carry(%[[H]]) over(%[[X]]) with(%[[W]]) {
// CHECK-NEXT:    ^bb0(%[[C:.*]]: tensor<3xf32>, %[[R:.*]]: tensor<3xf32>, %[[K:.*]]: tensor<3xf32>):
// CHECK-NEXT:      %[[P:.*]] = etch.mul %[[C]], %[[K]]
// CHECK-NEXT:      %[[S:.*]] = etch.add %[[P]], %[[R]]
// CHECK-NEXT:      etch.yield %[[S]], %[[C]]
// CHECK-NEXT:    } {length = 5 : i64}
// CHECK:         %[[B:.*]]:3 = etch.scan carry(%[[DY]], %{{.*}}) over(%[[F]]#1) with(%[[W]]) {
// CHECK-NEXT:    ^bb0(%[[D:.*]]: tensor<3xf32>, %[[SUM:.*]]: tensor<3xf32>, %[[C:.*]]: tensor<3xf32>, %[[K:.*]]: tensor<3xf32>):
// CHECK-DAG:       %[[DC:.*]] = etch.mul %[[D]], %[[K]]
// CHECK-DAG:       %[[DK:.*]] = etch.mul %[[D]], %[[C]]
// CHECK-DAG:       %[[NEXT:.*]] = etch.add %[[SUM]], %[[DK]]
// CHECK:           etch.yield %[[DC]], %[[NEXT]], %[[D]]
// CHECK-NEXT:    } {length = 5 : i64, reverse}
// CHECK:         return %[[F]]#0, %[[B]]#0, %[[B]]#2, %[[B]]#1
func.func @scan(%h: tensor<3xf32> {etch.requires_grad}, %x: tensor<5x3xf32> {etch.requires_grad}, %w: tensor<3xf32> {etch.requires_grad}, %dy: tensor<3xf32> {etch.cotangent = 0}) -> tensor<3xf32> {
  %y = etch.scan carry(%h) over(%x) with(%w) {
    ^bb0(%c: tensor<3xf32>, %r: tensor<3xf32>, %k: tensor<3xf32>):
      %0 = etch.mul %c, %k : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
      %1 = etch.add %0, %r : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
      etch.yield %1 : tensor<3xf32>
  } {length = 5 : i64} : (tensor<3xf32>, tensor<5x3xf32>, tensor<3xf32>) -> tensor<3xf32>
  return %y : tensor<3xf32>
}

// -----

// A frozen capture has no sum, and rows that need no gradient are not yielded.
// CHECK-LABEL: func.func @frozen(
// CHECK-SAME:    %[[H:[a-z0-9]*]]: tensor<3xf32>
// CHECK:         %[[Y:.*]] = etch.scan carry(%[[H]])
// CHECK:         %[[DH:.*]] = etch.scan carry(%{{.*}}) over() with(%{{.*}}) {
// CHECK-NEXT:    ^bb0(%[[D:.*]]: tensor<3xf32>, %[[K:.*]]: tensor<3xf32>):
// CHECK-NEXT:      %[[DC:.*]] = etch.mul %[[D]], %[[K]]
// CHECK-NEXT:      etch.yield %[[DC]]
// CHECK-NEXT:    } {length = 5 : i64, reverse}
// CHECK:         return %[[Y]], %[[DH]]
func.func @frozen(%h: tensor<3xf32> {etch.requires_grad}, %x: tensor<5x3xf32>, %w: tensor<3xf32>, %dy: tensor<3xf32> {etch.cotangent = 0}) -> tensor<3xf32> {
  %y = etch.scan carry(%h) over(%x) with(%w) {
    ^bb0(%c: tensor<3xf32>, %r: tensor<3xf32>, %k: tensor<3xf32>):
      %0 = etch.mul %c, %k : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
      %1 = etch.add %0, %r : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
      etch.yield %1 : tensor<3xf32>
  } {length = 5 : i64} : (tensor<3xf32>, tensor<5x3xf32>, tensor<3xf32>) -> tensor<3xf32>
  return %y : tensor<3xf32>
}
