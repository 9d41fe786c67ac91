// RUN: etch-opt %s --canonicalize | FileCheck %s
// A sum of pads that lie side by side, the gradient of a split, is a concatenation.

// CHECK-LABEL: func.func @three_parts(
// CHECK-SAME:    %[[A:.*]]: tensor<8x2xf32>, %[[B:.*]]: tensor<8x3xf32>, %[[C:.*]]: tensor<8x1xf32>)
// CHECK-NEXT:    %[[Y:.*]] = etch.concat %[[A]], %[[B]], %[[C]] {dim = 1 : i64}
// CHECK-NEXT:    return %[[Y]]
func.func @three_parts(%a: tensor<8x2xf32>, %b: tensor<8x3xf32>, %c: tensor<8x1xf32>) -> tensor<8x6xf32> {
  %0 = etch.pad %a {low = array<i64: 0, 0>, high = array<i64: 0, 4>, interior = array<i64: 0, 0>} : (tensor<8x2xf32>) -> tensor<8x6xf32>
  %1 = etch.pad %b {low = array<i64: 0, 2>, high = array<i64: 0, 1>, interior = array<i64: 0, 0>} : (tensor<8x3xf32>) -> tensor<8x6xf32>
  %2 = etch.pad %c {low = array<i64: 0, 5>, high = array<i64: 0, 0>, interior = array<i64: 0, 0>} : (tensor<8x1xf32>) -> tensor<8x6xf32>
  %3 = etch.add %2, %0 : (tensor<8x6xf32>, tensor<8x6xf32>) -> tensor<8x6xf32>
  %4 = etch.add %3, %1 : (tensor<8x6xf32>, tensor<8x6xf32>) -> tensor<8x6xf32>
  return %4 : tensor<8x6xf32>
}

// What nothing covers stays zero; other terms stay terms.
// CHECK-LABEL: func.func @two_of_three(
// CHECK-SAME:    %[[A:.*]]: tensor<2xf32>, %[[B:.*]]: tensor<2xf32>, %[[X:.*]]: tensor<6xf32>)
// CHECK-NEXT:    %[[J:.*]] = etch.concat %[[A]], %[[B]] {dim = 0 : i64}
// CHECK-NEXT:    %[[P:.*]] = etch.pad %[[J]] {high = array<i64: 1>, interior = array<i64: 0>, low = array<i64: 1>}
// CHECK-NEXT:    %[[Y:.*]] = etch.add %[[P]], %[[X]]
// CHECK-NEXT:    return %[[Y]]
func.func @two_of_three(%a: tensor<2xf32>, %b: tensor<2xf32>, %x: tensor<6xf32>) -> tensor<6xf32> {
  %0 = etch.pad %a {low = array<i64: 1>, high = array<i64: 3>, interior = array<i64: 0>} : (tensor<2xf32>) -> tensor<6xf32>
  %1 = etch.pad %b {low = array<i64: 3>, high = array<i64: 1>, interior = array<i64: 0>} : (tensor<2xf32>) -> tensor<6xf32>
  %2 = etch.add %0, %x : (tensor<6xf32>, tensor<6xf32>) -> tensor<6xf32>
  %3 = etch.add %2, %1 : (tensor<6xf32>, tensor<6xf32>) -> tensor<6xf32>
  return %3 : tensor<6xf32>
}

// Overlapping pads, pads with a gap and pads that differ in two dimensions are no concatenation.
// CHECK-LABEL: func.func @not_side_by_side(
// CHECK-NOT:     etch.concat
// CHECK:         return
func.func @not_side_by_side(%a: tensor<2x2xf32>, %b: tensor<2x2xf32>) -> (tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>) {
  %0 = etch.pad %a {low = array<i64: 0, 0>, high = array<i64: 2, 2>, interior = array<i64: 0, 0>} : (tensor<2x2xf32>) -> tensor<4x4xf32>
  %overlap = etch.pad %b {low = array<i64: 1, 0>, high = array<i64: 1, 2>, interior = array<i64: 0, 0>} : (tensor<2x2xf32>) -> tensor<4x4xf32>
  %corner = etch.pad %b {low = array<i64: 2, 2>, high = array<i64: 0, 0>, interior = array<i64: 0, 0>} : (tensor<2x2xf32>) -> tensor<4x4xf32>
  %1 = etch.add %0, %overlap : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %2 = etch.add %0, %corner : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %3 = etch.add %0, %0 : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return %1, %2, %3 : tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>
}

// Every other element, interleaved: disjoint, but not side by side.
// CHECK-LABEL: func.func @interleaved(
// CHECK-NOT:     etch.concat
// CHECK:         return
func.func @interleaved(%a: tensor<2xf32>, %b: tensor<2xf32>) -> tensor<4xf32> {
  %0 = etch.pad %a {low = array<i64: 0>, high = array<i64: 1>, interior = array<i64: 1>} : (tensor<2xf32>) -> tensor<4xf32>
  %1 = etch.pad %b {low = array<i64: 1>, high = array<i64: 0>, interior = array<i64: 1>} : (tensor<2xf32>) -> tensor<4xf32>
  %2 = etch.add %0, %1 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %2 : tensor<4xf32>
}

// A sum inside the sum that somebody else reads is computed once.
// CHECK-LABEL: func.func @shared_sum(
// CHECK-SAME:    %[[A:.*]]: tensor<2xf32>, %[[B:.*]]: tensor<2xf32>, %[[X:.*]]: tensor<4xf32>)
// CHECK:         %[[S:.*]] = etch.add %{{.*}}, %[[X]]
// CHECK:         %[[Y:.*]] = etch.add %[[S]], %{{.*}}
// CHECK:         return %[[S]], %[[Y]]
func.func @shared_sum(%a: tensor<2xf32>, %b: tensor<2xf32>, %x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %0 = etch.pad %a {low = array<i64: 0>, high = array<i64: 2>, interior = array<i64: 0>} : (tensor<2xf32>) -> tensor<4xf32>
  %1 = etch.pad %b {low = array<i64: 2>, high = array<i64: 0>, interior = array<i64: 0>} : (tensor<2xf32>) -> tensor<4xf32>
  %2 = etch.add %0, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %3 = etch.add %2, %1 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %2, %3 : tensor<4xf32>, tensor<4xf32>
}
