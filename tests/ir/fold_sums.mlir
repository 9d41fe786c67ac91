// RUN: etch-opt %s --canonicalize | FileCheck %s
// Reductions along extents of 1, of constants and of repeated elements; transposes that matmul reads.

// CHECK-LABEL: func.func @nothing_to_combine(
// CHECK-SAME:    %[[X:.*]]: tensor<8x1xf32>)
// CHECK-NEXT:    return %[[X]], %[[X]], %[[X]], %[[X]] :
func.func @nothing_to_combine(%x: tensor<8x1xf32>) -> (tensor<8x1xf32>, tensor<8x1xf32>, tensor<8x1xf32>, tensor<8x1xf32>) {
  %0 = etch.reduce_sum %x {dims = array<i64: 1>} : (tensor<8x1xf32>) -> tensor<8x1xf32>
  %1 = etch.reduce_max %x {dims = array<i64: 1>} : (tensor<8x1xf32>) -> tensor<8x1xf32>
  %2 = etch.reduce_min %x {dims = array<i64: 1>} : (tensor<8x1xf32>) -> tensor<8x1xf32>
  %3 = etch.reduce_prod %x {dims = array<i64>} : (tensor<8x1xf32>) -> tensor<8x1xf32>
  return %0, %1, %2, %3 : tensor<8x1xf32>, tensor<8x1xf32>, tensor<8x1xf32>, tensor<8x1xf32>
}

// CHECK-LABEL: func.func @splats(
// CHECK-DAG:     %[[SUM:.*]] = etch.constant dense<3.200000e+01> : tensor<8x1xf32>
// CHECK-DAG:     %[[MAX:.*]] = etch.constant dense<5.000000e-01> : tensor<1x64xf32>
// CHECK-NEXT:    return %[[SUM]], %[[MAX]]
func.func @splats() -> (tensor<8x1xf32>, tensor<1x64xf32>) {
  %half = etch.constant dense<0.5> : tensor<8x64xf32>
  %0 = etch.reduce_sum %half {dims = array<i64: 1>} : (tensor<8x64xf32>) -> tensor<8x1xf32>
  %1 = etch.reduce_max %half {dims = array<i64: 0>} : (tensor<8x64xf32>) -> tensor<1x64xf32>
  return %0, %1 : tensor<8x1xf32>, tensor<1x64xf32>
}

// The maximum of no elements is not one of them: -inf.
// CHECK-LABEL: func.func @no_elements(
// CHECK-NEXT:    %[[M:.*]] = etch.constant dense<0xFF800000> : tensor<1x64xf32>
// CHECK-NEXT:    return %[[M]]
func.func @no_elements() -> tensor<1x64xf32> {
  %half = etch.constant dense<0.5> : tensor<0x64xf32>
  %1 = etch.reduce_max %half {dims = array<i64: 0>} : (tensor<0x64xf32>) -> tensor<1x64xf32>
  return %1 : tensor<1x64xf32>
}

// Repeated 8 times along dimension 0, summed over both: 8 times the sum of the row.
// CHECK-LABEL: func.func @sum_of_broadcast(
// CHECK-SAME:    %[[X:.*]]: tensor<1x64xf32>)
// CHECK-NEXT:    %[[C:.*]] = etch.constant dense<8.000000e+00> : tensor<1x1xf32>
// CHECK-NEXT:    %[[S:.*]] = etch.reduce_sum %[[X]] {dims = array<i64: 1>}
// CHECK-NEXT:    %[[Y:.*]] = etch.mul %[[S]], %[[C]]
// CHECK-NEXT:    return %[[Y]]
func.func @sum_of_broadcast(%x: tensor<1x64xf32>) -> tensor<1x1xf32> {
  %0 = etch.broadcast %x {shape = array<i64: 8, 64>} : (tensor<1x64xf32>) -> tensor<8x64xf32>
  %1 = etch.reduce_sum %0 {dims = array<i64: 0, 1>} : (tensor<8x64xf32>) -> tensor<1x1xf32>
  return %1 : tensor<1x1xf32>
}

// Repeated along one dimension, summed along the other: summed first.
// CHECK-LABEL: func.func @sum_before_broadcast(
// CHECK-SAME:    %[[X:.*]]: tensor<1x64xf32>)
// CHECK-NEXT:    %[[S:.*]] = etch.reduce_sum %[[X]] {dims = array<i64: 1>}
// CHECK-NEXT:    %[[Y:.*]] = etch.broadcast %[[S]] {shape = array<i64: 8, 1>}
// CHECK-NEXT:    return %[[Y]]
func.func @sum_before_broadcast(%x: tensor<1x64xf32>) -> tensor<8x1xf32> {
  %0 = etch.broadcast %x {shape = array<i64: 8, 64>} : (tensor<1x64xf32>) -> tensor<8x64xf32>
  %1 = etch.reduce_sum %0 {dims = array<i64: 1>} : (tensor<8x64xf32>) -> tensor<8x1xf32>
  return %1 : tensor<8x1xf32>
}

// CHECK-LABEL: func.func @matmul_reads_transposed(
// CHECK-SAME:    %[[A:.*]]: tensor<64x8xf32>, %[[B:.*]]: tensor<10x64xf32>)
// CHECK-NEXT:    %[[Y:.*]] = etch.matmul %[[A]], %[[B]] {transpose_lhs, transpose_rhs}
// CHECK-NEXT:    return %[[Y]]
func.func @matmul_reads_transposed(%a: tensor<64x8xf32>, %b: tensor<10x64xf32>) -> tensor<8x10xf32> {
  %0 = etch.transpose %a {permutation = array<i64: 1, 0>} : (tensor<64x8xf32>) -> tensor<8x64xf32>
  %1 = etch.transpose %b {permutation = array<i64: 1, 0>} : (tensor<10x64xf32>) -> tensor<64x10xf32>
  %2 = etch.matmul %0, %1 : (tensor<8x64xf32>, tensor<64x10xf32>) -> tensor<8x10xf32>
  return %2 : tensor<8x10xf32>
}

// Transposed twice is not transposed; a transpose of leading dimensions is none of matmul's.
// CHECK-LABEL: func.func @matmul_transposes(
// CHECK-SAME:    %[[A:.*]]: tensor<3x8x64xf32>, %[[B:.*]]: tensor<3x64x10xf32>, %[[C:.*]]: tensor<64x3x10xf32>)
// CHECK-DAG:     etch.matmul %[[A]], %[[B]] : (tensor<3x8x64xf32>, tensor<3x64x10xf32>)
// CHECK-DAG:     %[[T:.*]] = etch.transpose %[[C]] {permutation = array<i64: 1, 0, 2>}
// CHECK-DAG:     etch.matmul %[[A]], %[[T]] : (tensor<3x8x64xf32>, tensor<3x64x10xf32>)
func.func @matmul_transposes(%a: tensor<3x8x64xf32>, %b: tensor<3x64x10xf32>, %c: tensor<64x3x10xf32>) -> (tensor<3x8x10xf32>, tensor<3x8x10xf32>) {
  %0 = etch.transpose %b {permutation = array<i64: 0, 2, 1>} : (tensor<3x64x10xf32>) -> tensor<3x10x64xf32>
  %1 = etch.matmul %a, %0 {transpose_rhs} : (tensor<3x8x64xf32>, tensor<3x10x64xf32>) -> tensor<3x8x10xf32>
  %2 = etch.transpose %c {permutation = array<i64: 1, 0, 2>} : (tensor<64x3x10xf32>) -> tensor<3x64x10xf32>
  %3 = etch.matmul %a, %2 : (tensor<3x8x64xf32>, tensor<3x64x10xf32>) -> tensor<3x8x10xf32>
  return %1, %3 : tensor<3x8x10xf32>, tensor<3x8x10xf32>
}

// (C5): a lhs with more dimensions than rhs cannot be read transposed.
// CHECK-LABEL: func.func @shared_rhs(
// CHECK:         etch.transpose
// CHECK:         etch.matmul %{{.*}}, %{{.*}} : (tensor<3x8x64xf32>, tensor<64x10xf32>)
func.func @shared_rhs(%a: tensor<3x64x8xf32>, %b: tensor<64x10xf32>) -> tensor<3x8x10xf32> {
  %0 = etch.transpose %a {permutation = array<i64: 0, 2, 1>} : (tensor<3x64x8xf32>) -> tensor<3x8x64xf32>
  %1 = etch.matmul %0, %b : (tensor<3x8x64xf32>, tensor<64x10xf32>) -> tensor<3x8x10xf32>
  return %1 : tensor<3x8x10xf32>
}
