// RUN: etch-opt %s --canonicalize | FileCheck %s
// Movements that move nothing disappear, movements of movements become one.

// CHECK-LABEL: func.func @identities(
// CHECK-SAME:    %[[X:.*]]: tensor<8x64xf32>)
// CHECK-NEXT:    return %[[X]], %[[X]], %[[X]], %[[X]], %[[X]], %[[X]] :
func.func @identities(%x: tensor<8x64xf32>) -> (tensor<8x64xf32>, tensor<8x64xf32>, tensor<8x64xf32>, tensor<8x64xf32>, tensor<8x64xf32>, tensor<8x64xf32>) {
  %0 = etch.broadcast %x {shape = array<i64: 8, 64>} : (tensor<8x64xf32>) -> tensor<8x64xf32>
  %1 = etch.reshape %x {shape = array<i64: 8, 64>} : (tensor<8x64xf32>) -> tensor<8x64xf32>
  %2 = etch.transpose %x {permutation = array<i64: 0, 1>} : (tensor<8x64xf32>) -> tensor<8x64xf32>
  %3 = etch.slice %x {offsets = array<i64: 0, 0>, sizes = array<i64: 8, 64>, strides = array<i64: 1, 1>} : (tensor<8x64xf32>) -> tensor<8x64xf32>
  %4 = etch.pad %x {low = array<i64: 0, 0>, high = array<i64: 0, 0>, interior = array<i64: 0, 0>} : (tensor<8x64xf32>) -> tensor<8x64xf32>
  %5 = etch.concat %x {dim = 1 : i64} : (tensor<8x64xf32>) -> tensor<8x64xf32>
  return %0, %1, %2, %3, %4, %5 : tensor<8x64xf32>, tensor<8x64xf32>, tensor<8x64xf32>, tensor<8x64xf32>, tensor<8x64xf32>, tensor<8x64xf32>
}

// A square transposed is no identity, though the types agree.
// CHECK-LABEL: func.func @square(
// CHECK:         etch.transpose
func.func @square(%x: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %0 = etch.transpose %x {permutation = array<i64: 1, 0>} : (tensor<8x8xf32>) -> tensor<8x8xf32>
  return %0 : tensor<8x8xf32>
}

// CHECK-LABEL: func.func @there_and_back(
// CHECK-SAME:    %[[X:.*]]: tensor<2x3x4xf32>)
// CHECK-NEXT:    return %[[X]], %[[X]] :
func.func @there_and_back(%x: tensor<2x3x4xf32>) -> (tensor<2x3x4xf32>, tensor<2x3x4xf32>) {
  %0 = etch.transpose %x {permutation = array<i64: 1, 2, 0>} : (tensor<2x3x4xf32>) -> tensor<3x4x2xf32>
  %1 = etch.transpose %0 {permutation = array<i64: 2, 0, 1>} : (tensor<3x4x2xf32>) -> tensor<2x3x4xf32>
  %2 = etch.reshape %x {shape = array<i64: 24>} : (tensor<2x3x4xf32>) -> tensor<24xf32>
  %3 = etch.reshape %2 {shape = array<i64: 2, 3, 4>} : (tensor<24xf32>) -> tensor<2x3x4xf32>
  return %1, %3 : tensor<2x3x4xf32>, tensor<2x3x4xf32>
}

// Result dimension 0 of the second is dimension 2 of the first, which is dimension 0 of %x.
// CHECK-LABEL: func.func @composed_transpose(
// CHECK:         etch.transpose %{{.*}} {permutation = array<i64: 0, 2, 1>} : (tensor<2x3x4xf32>) -> tensor<2x4x3xf32>
// CHECK-NEXT:    return
func.func @composed_transpose(%x: tensor<2x3x4xf32>) -> tensor<2x4x3xf32> {
  %0 = etch.transpose %x {permutation = array<i64: 1, 2, 0>} : (tensor<2x3x4xf32>) -> tensor<3x4x2xf32>
  %1 = etch.transpose %0 {permutation = array<i64: 2, 1, 0>} : (tensor<3x4x2xf32>) -> tensor<2x4x3xf32>
  return %1 : tensor<2x4x3xf32>
}

// Element i of the result is element 2 + (1 + 2 i) * 3 = 5 + 6 i of %x.
// CHECK-LABEL: func.func @composed_slice(
// CHECK:         etch.slice %{{.*}} {offsets = array<i64: 5>, sizes = array<i64: 4>, strides = array<i64: 6>}
// CHECK-NEXT:    return
func.func @composed_slice(%x: tensor<32xf32>) -> tensor<4xf32> {
  %0 = etch.slice %x {offsets = array<i64: 2>, sizes = array<i64: 10>, strides = array<i64: 3>} : (tensor<32xf32>) -> tensor<10xf32>
  %1 = etch.slice %0 {offsets = array<i64: 1>, sizes = array<i64: 4>, strides = array<i64: 2>} : (tensor<10xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// A slice of nothing at the end of a slice by steps of 2: element 4 of 3 would lie outside.
// CHECK-LABEL: func.func @composed_slice_of_nothing(
// CHECK-NEXT:    %[[E:.*]] = etch.constant dense<0.000000e+00> : tensor<0xf32>
// CHECK-NEXT:    return %[[E]]
func.func @composed_slice_of_nothing(%x: tensor<3xf32>) -> tensor<0xf32> {
  %0 = etch.slice %x {offsets = array<i64: 0>, sizes = array<i64: 2>, strides = array<i64: 2>} : (tensor<3xf32>) -> tensor<2xf32>
  %1 = etch.slice %0 {offsets = array<i64: 2>, sizes = array<i64: 0>, strides = array<i64: 1>} : (tensor<2xf32>) -> tensor<0xf32>
  return %1 : tensor<0xf32>
}

// CHECK-LABEL: func.func @broadcast_twice(
// CHECK-SAME:    %[[X:.*]]: tensor<1x1xf32>)
// CHECK-NEXT:    %[[Y:.*]] = etch.broadcast %[[X]] {shape = array<i64: 8, 64>}
// CHECK-NEXT:    return %[[Y]]
func.func @broadcast_twice(%x: tensor<1x1xf32>) -> tensor<8x64xf32> {
  %0 = etch.broadcast %x {shape = array<i64: 8, 1>} : (tensor<1x1xf32>) -> tensor<8x1xf32>
  %1 = etch.broadcast %0 {shape = array<i64: 8, 64>} : (tensor<8x1xf32>) -> tensor<8x64xf32>
  return %1 : tensor<8x64xf32>
}

// Constants are reshaped here, splats go through every movement.
// CHECK-LABEL: func.func @constants(
// CHECK-DAG:     %[[A:.*]] = etch.constant dense<{{\[\[}}1.000000e+00], [2.000000e+00]]> : tensor<2x1xf32>
// CHECK-DAG:     %[[B:.*]] = etch.constant dense<5.000000e-01> : tensor<8x64xf32>
// CHECK-DAG:     %[[C:.*]] = etch.constant dense<5.000000e-01> : tensor<64x8xf32>
// CHECK-DAG:     %[[D:.*]] = etch.constant dense<5.000000e-01> : tensor<4xf32>
// CHECK-DAG:     %[[E:.*]] = etch.constant dense<0.000000e+00> : tensor<10xf32>
// CHECK-NEXT:    return %[[A]], %[[B]], %[[C]], %[[D]], %[[E]]
func.func @constants() -> (tensor<2x1xf32>, tensor<8x64xf32>, tensor<64x8xf32>, tensor<4xf32>, tensor<10xf32>) {
  %data = etch.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %half = etch.constant dense<0.5> : tensor<1x64xf32>
  %zero = etch.constant dense<0.0> : tensor<8xf32>
  %a = etch.reshape %data {shape = array<i64: 2, 1>} : (tensor<2xf32>) -> tensor<2x1xf32>
  %b = etch.broadcast %half {shape = array<i64: 8, 64>} : (tensor<1x64xf32>) -> tensor<8x64xf32>
  %c = etch.transpose %b {permutation = array<i64: 1, 0>} : (tensor<8x64xf32>) -> tensor<64x8xf32>
  %d0 = etch.slice %b {offsets = array<i64: 0, 0>, sizes = array<i64: 1, 4>, strides = array<i64: 1, 1>} : (tensor<8x64xf32>) -> tensor<1x4xf32>
  %d = etch.reshape %d0 {shape = array<i64: 4>} : (tensor<1x4xf32>) -> tensor<4xf32>
  %e = etch.pad %zero {low = array<i64: 1>, high = array<i64: 1>, interior = array<i64: 0>} : (tensor<8xf32>) -> tensor<10xf32>
  return %a, %b, %c, %d, %e : tensor<2x1xf32>, tensor<8x64xf32>, tensor<64x8xf32>, tensor<4xf32>, tensor<10xf32>
}

// CHECK-LABEL: func.func @flat_concat(
// CHECK-SAME:    %[[A:.*]]: tensor<2xf32>, %[[B:.*]]: tensor<3xf32>, %{{.*}}: tensor<0xf32>)
// CHECK-NEXT:    %[[Y:.*]] = etch.concat %[[A]], %[[B]], %[[A]] {dim = 0 : i64}
// CHECK-NEXT:    return %[[Y]]
func.func @flat_concat(%a: tensor<2xf32>, %b: tensor<3xf32>, %empty: tensor<0xf32>) -> tensor<7xf32> {
  %0 = etch.concat %a, %b {dim = 0 : i64} : (tensor<2xf32>, tensor<3xf32>) -> tensor<5xf32>
  %1 = etch.concat %0, %empty, %a {dim = 0 : i64} : (tensor<5xf32>, tensor<0xf32>, tensor<2xf32>) -> tensor<7xf32>
  return %1 : tensor<7xf32>
}

// CHECK-LABEL: func.func @slice_of_concat(
// CHECK-SAME:    %{{.*}}: tensor<2xf32>, %[[B:.*]]: tensor<3xf32>)
// CHECK-NEXT:    %[[Y:.*]] = etch.slice %[[B]] {offsets = array<i64: 1>, sizes = array<i64: 2>, strides = array<i64: 1>}
// CHECK-NEXT:    return %[[B]], %[[Y]]
func.func @slice_of_concat(%a: tensor<2xf32>, %b: tensor<3xf32>) -> (tensor<3xf32>, tensor<2xf32>) {
  %0 = etch.concat %a, %b {dim = 0 : i64} : (tensor<2xf32>, tensor<3xf32>) -> tensor<5xf32>
  %1 = etch.slice %0 {offsets = array<i64: 2>, sizes = array<i64: 3>, strides = array<i64: 1>} : (tensor<5xf32>) -> tensor<3xf32>
  %2 = etch.slice %0 {offsets = array<i64: 3>, sizes = array<i64: 2>, strides = array<i64: 1>} : (tensor<5xf32>) -> tensor<2xf32>
  return %1, %2 : tensor<3xf32>, tensor<2xf32>
}
