// RUN: etch-opt %s --canonicalize | FileCheck %s
// Tensors without elements are constants, and reductions of them are neutral elements.

// CHECK-LABEL: func.func @no_elements(
// CHECK-NEXT:    %[[E:.*]] = etch.constant dense<0.000000e+00> : tensor<0x5xf32>
// CHECK-NEXT:    return %[[E]]
func.func @no_elements(%x: tensor<0x5xf32>) -> tensor<0x5xf32> {
  %0 = etch.tanh %x : (tensor<0x5xf32>) -> tensor<0x5xf32>
  %1 = etch.mul %0, %x : (tensor<0x5xf32>, tensor<0x5xf32>) -> tensor<0x5xf32>
  return %1 : tensor<0x5xf32>
}

// CHECK-LABEL: func.func @reduced(
// CHECK-DAG:     %[[S:.*]] = etch.constant dense<0.000000e+00> : tensor<1x5xf32>
// CHECK-DAG:     %[[P:.*]] = etch.constant dense<1.000000e+00> : tensor<1x5xf32>
// CHECK:         return %[[S]], %[[P]]
func.func @reduced(%x: tensor<0x5xf32>) -> (tensor<1x5xf32>, tensor<1x5xf32>) {
  %0 = etch.reduce_sum %x {dims = array<i64: 0>} : (tensor<0x5xf32>) -> tensor<1x5xf32>
  %1 = etch.reduce_prod %x {dims = array<i64: 0>} : (tensor<0x5xf32>) -> tensor<1x5xf32>
  return %0, %1 : tensor<1x5xf32>, tensor<1x5xf32>
}
