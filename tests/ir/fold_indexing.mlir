// RUN: etch-opt %s --canonicalize | FileCheck %s
// Rows read or written in their own order, as position embeddings are, need no indices.

// CHECK-LABEL: func.func @all_rows(
// CHECK-SAME:    %[[T:.*]]: tensor<8x4xf32>)
// CHECK-NEXT:    return %[[T]], %[[T]] :
func.func @all_rows(%t: tensor<8x4xf32>) -> (tensor<8x4xf32>, tensor<8x4xf32>) {
  %i = etch.iota {shape = array<i64: 8>, dim = 0 : i64, dtype = i64} : () -> tensor<8xi64>
  %0 = etch.gather %t, %i : (tensor<8x4xf32>, tensor<8xi64>) -> tensor<8x4xf32>
  %1 = etch.scatter_add %i, %t {rows = 8 : i64} : (tensor<8xi64>, tensor<8x4xf32>) -> tensor<8x4xf32>
  return %0, %1 : tensor<8x4xf32>, tensor<8x4xf32>
}

// CHECK-LABEL: func.func @first_rows(
// CHECK-SAME:    %[[T:.*]]: tensor<8x4xf32>, %[[U:.*]]: tensor<3x4xf32>)
// CHECK-DAG:     %[[R:.*]] = etch.slice %[[T]] {offsets = array<i64: 0, 0>, sizes = array<i64: 3, 4>, strides = array<i64: 1, 1>}
// CHECK-DAG:     %[[W:.*]] = etch.pad %[[U]] {high = array<i64: 5, 0>, interior = array<i64: 0, 0>, low = array<i64: 0, 0>}
// CHECK:         return %[[R]], %[[W]]
func.func @first_rows(%t: tensor<8x4xf32>, %u: tensor<3x4xf32>) -> (tensor<3x4xf32>, tensor<8x4xf32>) {
  %i = etch.iota {shape = array<i64: 3>, dim = 0 : i64, dtype = i64} : () -> tensor<3xi64>
  %0 = etch.gather %t, %i : (tensor<8x4xf32>, tensor<3xi64>) -> tensor<3x4xf32>
  %1 = etch.scatter_add %i, %u {rows = 8 : i64} : (tensor<3xi64>, tensor<3x4xf32>) -> tensor<8x4xf32>
  return %0, %1 : tensor<3x4xf32>, tensor<8x4xf32>
}

// Indices past the end count for the last row; indices of rank 2 do not count up.
// CHECK-LABEL: func.func @not_in_order(
// CHECK:         etch.gather
// CHECK:         etch.scatter_add
// CHECK:         etch.gather
func.func @not_in_order(%t: tensor<2x4xf32>, %u: tensor<3x4xf32>) -> (tensor<3x4xf32>, tensor<2x4xf32>, tensor<2x2x4xf32>) {
  %i = etch.iota {shape = array<i64: 3>, dim = 0 : i64, dtype = i64} : () -> tensor<3xi64>
  %j = etch.iota {shape = array<i64: 2, 2>, dim = 1 : i64, dtype = i64} : () -> tensor<2x2xi64>
  %0 = etch.gather %t, %i : (tensor<2x4xf32>, tensor<3xi64>) -> tensor<3x4xf32>
  %1 = etch.scatter_add %i, %u {rows = 2 : i64} : (tensor<3xi64>, tensor<3x4xf32>) -> tensor<2x4xf32>
  %2 = etch.gather %t, %j : (tensor<2x4xf32>, tensor<2x2xi64>) -> tensor<2x2x4xf32>
  return %0, %1, %2 : tensor<3x4xf32>, tensor<2x4xf32>, tensor<2x2x4xf32>
}

// An update of no rows changes nothing, one of all rows everything.
// CHECK-LABEL: func.func @update_slice(
// CHECK-SAME:    %[[B:.*]]: tensor<8x4xf32>, %[[N:.*]]: tensor<0x4xf32>, %[[U:.*]]: tensor<8x4xf32>, %[[I:.*]]: tensor<i64>)
// CHECK-NEXT:    %[[Y:.*]] = etch.update_slice %[[B]], %[[U]], %[[I]]
// CHECK-NEXT:    return %[[B]], %[[U]], %[[Y]] :
func.func @update_slice(%b: tensor<8x4xf32>, %n: tensor<0x4xf32>, %u: tensor<8x4xf32>, %i: tensor<i64>) -> (tensor<8x4xf32>, tensor<8x4xf32>, tensor<8x4xf32>) {
  %zero = etch.constant dense<0> : tensor<i64>
  %0 = etch.update_slice %b, %n, %i {dim = 0 : i64} : (tensor<8x4xf32>, tensor<0x4xf32>, tensor<i64>) -> tensor<8x4xf32>
  %1 = etch.update_slice %b, %u, %zero {dim = 0 : i64} : (tensor<8x4xf32>, tensor<8x4xf32>, tensor<i64>) -> tensor<8x4xf32>
  %2 = etch.update_slice %b, %u, %i {dim = 0 : i64} : (tensor<8x4xf32>, tensor<8x4xf32>, tensor<i64>) -> tensor<8x4xf32>
  return %0, %1, %2 : tensor<8x4xf32>, tensor<8x4xf32>, tensor<8x4xf32>
}
