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

// The base counts where it is kept, the update where it fell into the base.
// CHECK-LABEL: func.func @update_slice(
// CHECK-SAME:    %{{.*}}: tensor<4x9xf32>, %{{.*}}: tensor<4x2xf32>, %[[I:.*]]: tensor<i64>, %[[DY:.*]]: tensor<4x9xf32>)
// CHECK-DAG:     %[[ZERO:.*]] = etch.constant dense<0.000000e+00> : tensor<4x2xf32>
// CHECK-DAG:     %[[DB:.*]] = etch.update_slice %[[DY]], %[[ZERO]], %[[I]] {dim = 1 : i64}
// CHECK:         %[[ROWS:.*]] = etch.gather
// CHECK:         %[[BACK:.*]] = etch.transpose %[[ROWS]]
// CHECK:         %[[DU:.*]] = etch.select %{{.*}}, %[[BACK]], %[[ZERO]]
// CHECK:         return %{{.*}}, %[[DB]], %[[DU]]
func.func @update_slice(%b: tensor<4x9xf32> {etch.requires_grad}, %u: tensor<4x2xf32> {etch.requires_grad}, %i: tensor<i64>, %dy: tensor<4x9xf32> {etch.cotangent = 0}) -> tensor<4x9xf32> {
  %y = etch.update_slice %b, %u, %i {dim = 1 : i64} : (tensor<4x9xf32>, tensor<4x2xf32>, tensor<i64>) -> tensor<4x9xf32>
  return %y : tensor<4x9xf32>
}
