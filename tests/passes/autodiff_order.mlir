// RUN: etch-opt %s --etch-autodiff --etch-simplify | FileCheck %s
// The order of backward ops, and with it the order in which contributions are summed, follows from
// the graph. C++ leaves the order of operands open: g++ and clang record @f and @g, the same sum of
// three terms, in different orders.

// CHECK-LABEL: func.func @f(
// CHECK-SAME:    %[[X:.*]]: tensor<f32>)
// CHECK-DAG:     %[[E:.*]] = etch.exp %[[X]]
// CHECK-DAG:     %[[C:.*]] = etch.cos %[[X]]
// CHECK-DAG:     %[[S:.*]] = etch.sin %[[X]]
// CHECK-DAG:     %[[N:.*]] = etch.neg %[[S]]
// CHECK-DAG:     %[[D:.*]] = etch.add %[[N]], %[[C]]
// CHECK-DAG:     %[[DX:.*]] = etch.add %[[D]], %[[E]]
// CHECK:         return %{{.*}}, %[[DX]]
func.func @f(%x: tensor<f32> {etch.requires_grad}) -> tensor<f32> {
  %e = etch.exp %x : (tensor<f32>) -> tensor<f32>
  %s = etch.sin %x : (tensor<f32>) -> tensor<f32>
  %c = etch.cos %x : (tensor<f32>) -> tensor<f32>
  %0 = etch.add %e, %s : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %1 = etch.add %0, %c : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return %1 : tensor<f32>
}

// CHECK-LABEL: func.func @g(
// CHECK-SAME:    %[[X:.*]]: tensor<f32>)
// CHECK-DAG:     %[[E:.*]] = etch.exp %[[X]]
// CHECK-DAG:     %[[C:.*]] = etch.cos %[[X]]
// CHECK-DAG:     %[[S:.*]] = etch.sin %[[X]]
// CHECK-DAG:     %[[N:.*]] = etch.neg %[[S]]
// CHECK-DAG:     %[[D:.*]] = etch.add %[[N]], %[[C]]
// CHECK-DAG:     %[[DX:.*]] = etch.add %[[D]], %[[E]]
// CHECK:         return %{{.*}}, %[[DX]]
func.func @g(%x: tensor<f32> {etch.requires_grad}) -> tensor<f32> {
  %c = etch.cos %x : (tensor<f32>) -> tensor<f32>
  %s = etch.sin %x : (tensor<f32>) -> tensor<f32>
  %e = etch.exp %x : (tensor<f32>) -> tensor<f32>
  %0 = etch.add %e, %s : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %1 = etch.add %0, %c : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return %1 : tensor<f32>
}
