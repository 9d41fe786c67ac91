// RUN: etch-opt %s --etch-autodiff | FileCheck %s
// Reading rows and summing into rows are each other's derivatives.

// CHECK-LABEL: func.func @gather(
// CHECK-SAME:    %{{.*}}: tensor<76x128xf32>, %[[I:.*]]: tensor<8x32xi64>, %[[DY:.*]]: tensor<8x32x128xf32>)
// CHECK:         %[[DT:.*]] = etch.scatter_add %[[I]], %[[DY]] {rows = 76 : i64}
// CHECK:         return %{{.*}}, %[[DT]]
func.func @gather(%t: tensor<76x128xf32> {etch.requires_grad}, %i: tensor<8x32xi64>, %dy: tensor<8x32x128xf32> {etch.cotangent = 0}) -> tensor<8x32x128xf32> {
  %y = etch.gather %t, %i : (tensor<76x128xf32>, tensor<8x32xi64>) -> tensor<8x32x128xf32>
  return %y : tensor<8x32x128xf32>
}

// CHECK-LABEL: func.func @scatter_add(
// CHECK-SAME:    %[[I:.*]]: tensor<8x32xi64>, %{{.*}}: tensor<8x32x128xf32>, %[[DY:.*]]: tensor<76x128xf32>)
// CHECK:         %[[DU:.*]] = etch.gather %[[DY]], %[[I]]
// CHECK:         return %{{.*}}, %[[DU]]
func.func @scatter_add(%i: tensor<8x32xi64>, %u: tensor<8x32x128xf32> {etch.requires_grad}, %dy: tensor<76x128xf32> {etch.cotangent = 0}) -> tensor<76x128xf32> {
  %y = etch.scatter_add %i, %u {rows = 76 : i64} : (tensor<8x32xi64>, tensor<8x32x128xf32>) -> tensor<76x128xf32>
  return %y : tensor<76x128xf32>
}
