// RUN: etch-opt %s --etch-autodiff --canonicalize --cse | FileCheck %s
// The derivative keeps no matrix of weights: it is one op, which makes them again from log_sum.

// CHECK-LABEL: func.func @attention(
// CHECK-SAME:    %[[Q:.*]]: tensor<2x8x4xf32>, %[[K:.*]]: tensor<2x8x4xf32>, %[[V:.*]]: tensor<2x8x4xf32>, %[[DY:.*]]: tensor<2x8x4xf32>)
// CHECK:         %[[Y:.*]], %[[L:.*]] = etch.attention %[[Q]], %[[K]], %[[V]] {causal, scale = 5.000000e-01 : f64}
// CHECK:         %[[TERMS:.*]] = etch.mul %[[DY]], %[[Y]]
// CHECK:         %[[DELTA:.*]] = etch.reduce_sum %[[TERMS]] {dims = array<i64: 2>}
// CHECK:         %[[DQ:.*]], %[[DK:.*]], %[[DV:.*]] = etch.attention_backward %[[Q]], %[[K]], %[[V]], %[[DY]], %[[L]], %[[DELTA]] {causal, scale = 5.000000e-01 : f64}
// CHECK-NOT:     etch.matmul
// CHECK:         return %[[Y]], %[[DQ]], %[[DK]], %[[DV]]
func.func @attention(%q: tensor<2x8x4xf32> {etch.requires_grad}, %k: tensor<2x8x4xf32> {etch.requires_grad}, %v: tensor<2x8x4xf32> {etch.requires_grad}, %dy: tensor<2x8x4xf32> {etch.cotangent = 0}) -> tensor<2x8x4xf32> {
  %y, %l = etch.attention %q, %k, %v {scale = 0.5 : f64, causal} : (tensor<2x8x4xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>) -> (tensor<2x8x4xf32>, tensor<2x8x1xf32>)
  return %y : tensor<2x8x4xf32>
}
