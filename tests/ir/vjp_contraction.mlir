// RUN: etch-opt %s --etch-autodiff | FileCheck %s
// The gradients of a matmul are matmuls; no transpose is materialised.

// d(x w) / dx = dy wᵀ, d(x w) / dw = xᵀ dy.
// CHECK-LABEL: func.func @plain(
// CHECK-SAME:    %[[X:.*]]: tensor<8x64xf32>, %[[W:.*]]: tensor<64x10xf32>, %[[DY:.*]]: tensor<8x10xf32>)
// CHECK:         %[[DX:.*]] = etch.matmul %[[DY]], %[[W]] {transpose_rhs}
// CHECK:         %[[DW:.*]] = etch.matmul %[[X]], %[[DY]] {transpose_lhs}
// CHECK:         return %{{.*}}, %[[DX]], %[[DW]]
func.func @plain(%x: tensor<8x64xf32> {etch.requires_grad}, %w: tensor<64x10xf32> {etch.requires_grad}, %dy: tensor<8x10xf32> {etch.cotangent = 0}) -> tensor<8x10xf32> {
  %y = etch.matmul %x, %w : (tensor<8x64xf32>, tensor<64x10xf32>) -> tensor<8x10xf32>
  return %y : tensor<8x10xf32>
}

// d(x wᵀ) / dx = dy w, d(x wᵀ) / dw = dyᵀ x.
// CHECK-LABEL: func.func @rhs_transposed(
// CHECK-SAME:    %[[X:.*]]: tensor<8x64xf32>, %[[W:.*]]: tensor<10x64xf32>, %[[DY:.*]]: tensor<8x10xf32>)
// CHECK:         %[[DX:.*]] = etch.matmul %[[DY]], %[[W]] : (tensor<8x10xf32>, tensor<10x64xf32>) -> tensor<8x64xf32>
// CHECK:         %[[DW:.*]] = etch.matmul %[[DY]], %[[X]] {transpose_lhs} : (tensor<8x10xf32>, tensor<8x64xf32>) -> tensor<10x64xf32>
// CHECK:         return %{{.*}}, %[[DX]], %[[DW]]
func.func @rhs_transposed(%x: tensor<8x64xf32> {etch.requires_grad}, %w: tensor<10x64xf32> {etch.requires_grad}, %dy: tensor<8x10xf32> {etch.cotangent = 0}) -> tensor<8x10xf32> {
  %y = etch.matmul %x, %w {transpose_rhs} : (tensor<8x64xf32>, tensor<10x64xf32>) -> tensor<8x10xf32>
  return %y : tensor<8x10xf32>
}

// d(xᵀ w) / dx = w dyᵀ, d(xᵀ w) / dw = x dy.
// CHECK-LABEL: func.func @lhs_transposed(
// CHECK-SAME:    %[[X:.*]]: tensor<64x8xf32>, %[[W:.*]]: tensor<64x10xf32>, %[[DY:.*]]: tensor<8x10xf32>)
// CHECK:         %[[DX:.*]] = etch.matmul %[[W]], %[[DY]] {transpose_rhs} : (tensor<64x10xf32>, tensor<8x10xf32>) -> tensor<64x8xf32>
// CHECK:         %[[DW:.*]] = etch.matmul %[[X]], %[[DY]] : (tensor<64x8xf32>, tensor<8x10xf32>) -> tensor<64x10xf32>
// CHECK:         return %{{.*}}, %[[DX]], %[[DW]]
func.func @lhs_transposed(%x: tensor<64x8xf32> {etch.requires_grad}, %w: tensor<64x10xf32> {etch.requires_grad}, %dy: tensor<8x10xf32> {etch.cotangent = 0}) -> tensor<8x10xf32> {
  %y = etch.matmul %x, %w {transpose_lhs} : (tensor<64x8xf32>, tensor<64x10xf32>) -> tensor<8x10xf32>
  return %y : tensor<8x10xf32>
}

// d(xᵀ wᵀ) / dx = wᵀ dyᵀ, d(xᵀ wᵀ) / dw = dyᵀ xᵀ.
// CHECK-LABEL: func.func @both_transposed(
// CHECK-SAME:    %[[X:.*]]: tensor<64x8xf32>, %[[W:.*]]: tensor<10x64xf32>, %[[DY:.*]]: tensor<8x10xf32>)
// CHECK:         %[[DX:.*]] = etch.matmul %[[W]], %[[DY]] {transpose_lhs, transpose_rhs}
// CHECK:         %[[DW:.*]] = etch.matmul %[[DY]], %[[X]] {transpose_lhs, transpose_rhs}
// CHECK:         return %{{.*}}, %[[DX]], %[[DW]]
func.func @both_transposed(%x: tensor<64x8xf32> {etch.requires_grad}, %w: tensor<10x64xf32> {etch.requires_grad}, %dy: tensor<8x10xf32> {etch.cotangent = 0}) -> tensor<8x10xf32> {
  %y = etch.matmul %x, %w {transpose_lhs, transpose_rhs} : (tensor<64x8xf32>, tensor<10x64xf32>) -> tensor<8x10xf32>
  return %y : tensor<8x10xf32>
}

// CHECK-LABEL: func.func @batched(
// CHECK-SAME:    %[[X:.*]]: tensor<3x8x64xf32>, %[[W:.*]]: tensor<3x64x10xf32>, %[[DY:.*]]: tensor<3x8x10xf32>)
// CHECK:         %[[DX:.*]] = etch.matmul %[[DY]], %[[W]] {transpose_rhs} : (tensor<3x8x10xf32>, tensor<3x64x10xf32>) -> tensor<3x8x64xf32>
// CHECK:         %[[DW:.*]] = etch.matmul %[[X]], %[[DY]] {transpose_lhs} : (tensor<3x8x64xf32>, tensor<3x8x10xf32>) -> tensor<3x64x10xf32>
// CHECK:         return %{{.*}}, %[[DX]], %[[DW]]
func.func @batched(%x: tensor<3x8x64xf32> {etch.requires_grad}, %w: tensor<3x64x10xf32> {etch.requires_grad}, %dy: tensor<3x8x10xf32> {etch.cotangent = 0}) -> tensor<3x8x10xf32> {
  %y = etch.matmul %x, %w : (tensor<3x8x64xf32>, tensor<3x64x10xf32>) -> tensor<3x8x10xf32>
  return %y : tensor<3x8x10xf32>
}

// A weight shared by the rows of all leading dimensions: one product of all rows.
// CHECK-LABEL: func.func @shared_rhs(
// CHECK-SAME:    %[[X:.*]]: tensor<3x8x64xf32>, %[[W:.*]]: tensor<10x64xf32>, %[[DY:.*]]: tensor<3x8x10xf32>)
// CHECK:         %[[DX:.*]] = etch.matmul %[[DY]], %[[W]] : (tensor<3x8x10xf32>, tensor<10x64xf32>) -> tensor<3x8x64xf32>
// CHECK-DAG:     %[[X2:.*]] = etch.reshape %[[X]] {shape = array<i64: 24, 64>}
// CHECK-DAG:     %[[DY2:.*]] = etch.reshape %[[DY]] {shape = array<i64: 24, 10>}
// CHECK:         %[[DW:.*]] = etch.matmul %[[DY2]], %[[X2]] {transpose_lhs} : (tensor<24x10xf32>, tensor<24x64xf32>) -> tensor<10x64xf32>
// CHECK:         return %{{.*}}, %[[DX]], %[[DW]]
func.func @shared_rhs(%x: tensor<3x8x64xf32> {etch.requires_grad}, %w: tensor<10x64xf32> {etch.requires_grad}, %dy: tensor<3x8x10xf32> {etch.cotangent = 0}) -> tensor<3x8x10xf32> {
  %y = etch.matmul %x, %w {transpose_rhs} : (tensor<3x8x64xf32>, tensor<10x64xf32>) -> tensor<3x8x10xf32>
  return %y : tensor<3x8x10xf32>
}
