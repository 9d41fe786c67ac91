// RUN: etch-opt %s --etch-autodiff --etch-simplify | FileCheck %s
// What the pass makes consists of etch ops, which can be differentiated again: here @main is the
// first derivative of x^3 = x * x * x, as the pass made it; its derivative is 6 x.

// CHECK-LABEL: func.func @main(
// CHECK-SAME:    %[[X:.*]]: tensor<f32>)
// CHECK-DAG:     %[[XX:.*]] = etch.add %[[X]], %[[X]]
// CHECK-DAG:     %[[X2:.*]] = etch.mul %[[X]], %[[X]]
// CHECK:         return %{{.*}}, %{{.*}} : tensor<f32>, tensor<f32>
func.func @main(%x: tensor<f32> {etch.requires_grad}) -> tensor<f32> {
  %0 = etch.mul %x, %x : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %1 = etch.mul %x, %x : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %2 = etch.mul %x, %x : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %3 = etch.add %0, %1 : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %4 = etch.add %3, %2 : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return %4 : tensor<f32>
}
