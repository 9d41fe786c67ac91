// RUN: etch-opt %s --canonicalize | FileCheck %s
// Windows, reversals and pads of what is the same everywhere; reversals that cancel out.

// CHECK-LABEL: func.func @reversals(
// CHECK-SAME:    %[[X:.*]]: tensor<8x1xf32>)
// CHECK-NEXT:    return %[[X]], %[[X]]
func.func @reversals(%x: tensor<8x1xf32>) -> (tensor<8x1xf32>, tensor<8x1xf32>) {
  %0 = etch.reverse %x {dims = array<i64: 1>} : (tensor<8x1xf32>) -> tensor<8x1xf32>
  %1 = etch.reverse %x {dims = array<i64: 0>} : (tensor<8x1xf32>) -> tensor<8x1xf32>
  %2 = etch.reverse %1 {dims = array<i64: 0>} : (tensor<8x1xf32>) -> tensor<8x1xf32>
  return %0, %2 : tensor<8x1xf32>, tensor<8x1xf32>
}

// CHECK-LABEL: func.func @splats(
// CHECK-DAG:     etch.constant dense<2.000000e+00> : tensor<3x4xf32>
// CHECK-DAG:     etch.constant dense<2.000000e+00> : tensor<6xf32>
// CHECK-NOT:     etch.{{windows|reverse|pad}}
// CHECK:         return
func.func @splats() -> (tensor<3x4xf32>, tensor<6xf32>, tensor<6xf32>) {
  %c = etch.constant dense<2.0> : tensor<6xf32>
  %s = etch.constant dense<2.0> : tensor<4xf32>
  %0 = etch.windows %c {kernel = array<i64: 3>, stride = array<i64: 1>, dilation = array<i64: 1>} : (tensor<6xf32>) -> tensor<3x4xf32>
  %1 = etch.reverse %c {dims = array<i64: 0>} : (tensor<6xf32>) -> tensor<6xf32>
  %2 = etch.pad %s {low = array<i64: 1>, high = array<i64: 1>, interior = array<i64: 0>, value = 2.0 : f64} : (tensor<4xf32>) -> tensor<6xf32>
  return %0, %1, %2 : tensor<3x4xf32>, tensor<6xf32>, tensor<6xf32>
}

// Zeros around twos are no splat, and twos around zeros neither.
// CHECK-LABEL: func.func @other_padding(
// CHECK-COUNT-2: etch.pad
func.func @other_padding() -> (tensor<6xf32>, tensor<6xf32>) {
  %t = etch.constant dense<2.0> : tensor<4xf32>
  %z = etch.constant dense<0.0> : tensor<4xf32>
  %0 = etch.pad %t {low = array<i64: 1>, high = array<i64: 1>, interior = array<i64: 0>} : (tensor<4xf32>) -> tensor<6xf32>
  %1 = etch.pad %z {low = array<i64: 1>, high = array<i64: 1>, interior = array<i64: 0>, value = 2.0 : f64} : (tensor<4xf32>) -> tensor<6xf32>
  return %0, %1 : tensor<6xf32>, tensor<6xf32>
}
