// RUN: etch-opt %s --etch-matmul-precision=precision=bf16 | FileCheck %s --check-prefix=BF16
// RUN: etch-opt %s --etch-matmul-precision=precision=bf16x3 | FileCheck %s --check-prefix=X3
// RUN: not etch-opt %s --etch-matmul-precision=precision=f16 2>&1 | FileCheck %s --check-prefix=BAD
// BAD: a precision of products is bf16, bf16x3 or bf16x6, not f16

// Factors are rounded once, a view below where it reads.
// BF16-LABEL: func.func @main
// BF16-DAG:     %[[X:.*]] = etch.cast %arg0 {dtype = bf16}
// BF16-DAG:     %[[R:.*]] = etch.reshape %[[X]] {{.*}} -> tensor<8x4xbf16>
// BF16-DAG:     %[[W:.*]] = etch.cast %arg1 {dtype = bf16}
// BF16:         etch.matmul %[[R]], %[[W]] {transpose_rhs, wide_result} : (tensor<8x4xbf16>, tensor<6x4xbf16>) -> tensor<8x6xf32>
// BF16-NOT:     etch.cast
// BF16:         etch.matmul %[[R]], %[[W]] {transpose_rhs, wide_result}

// The products of small parts come first; the depth is three times as large.
// X3-LABEL:   func.func @main
// X3-DAG:       %[[HIGH:.*]] = etch.cast %arg1 {dtype = bf16}
// X3-DAG:       %[[BACK:.*]] = etch.cast %[[HIGH]] {dtype = f32}
// X3-DAG:       %[[REST:.*]] = etch.sub %arg1, %[[BACK]]
// X3-DAG:       %[[LOW:.*]] = etch.cast %[[REST]] {dtype = bf16}
// X3:           %[[W:.*]] = etch.concat %[[LOW]], %[[HIGH]], %[[HIGH]] {dim = 1 : i64}
// X3:           etch.matmul %{{.*}}, %[[W]] {transpose_rhs, wide_result} : (tensor<8x12xbf16>, tensor<6x12xbf16>) -> tensor<8x6xf32>
func.func @main(%x: tensor<2x4x4xf32>, %w: tensor<6x4xf32>) -> (tensor<8x6xf32>, tensor<8x6xf32>) {
  %r = etch.reshape %x {shape = array<i64: 8, 4>} : (tensor<2x4x4xf32>) -> tensor<8x4xf32>
  %y = etch.matmul %r, %w {transpose_rhs} : (tensor<8x4xf32>, tensor<6x4xf32>) -> tensor<8x6xf32>
  %z = etch.matmul %r, %w {transpose_rhs} : (tensor<8x4xf32>, tensor<6x4xf32>) -> tensor<8x6xf32>
  return %y, %z : tensor<8x6xf32>, tensor<8x6xf32>
}
