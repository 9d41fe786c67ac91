// RUN: etch-opt %s --etch-autodiff | FileCheck %s
// Derivatives of elementwise ops of two and three operands.

// CHECK-LABEL: func.func @add(
// CHECK-SAME:    %[[DY:[a-z0-9]*]]: tensor<8xf32>)
// CHECK:         return %{{.*}}, %[[DY]], %[[DY]]
func.func @add(%a: tensor<8xf32> {etch.requires_grad}, %b: tensor<8xf32> {etch.requires_grad}, %dy: tensor<8xf32> {etch.cotangent = 0}) -> tensor<8xf32> {
  %y = etch.add %a, %b : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// CHECK-LABEL: func.func @sub(
// CHECK-SAME:    %[[DY:[a-z0-9]*]]: tensor<8xf32>)
// CHECK:         %[[DB:.*]] = etch.neg %[[DY]]
// CHECK:         return %{{.*}}, %[[DY]], %[[DB]]
func.func @sub(%a: tensor<8xf32> {etch.requires_grad}, %b: tensor<8xf32> {etch.requires_grad}, %dy: tensor<8xf32> {etch.cotangent = 0}) -> tensor<8xf32> {
  %y = etch.sub %a, %b : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// CHECK-LABEL: func.func @mul(
// CHECK-SAME:    %[[A:.*]]: tensor<8xf32>, %[[B:.*]]: tensor<8xf32>, %[[DY:.*]]: tensor<8xf32>)
// CHECK:         %[[DA:.*]] = etch.mul %[[DY]], %[[B]]
// CHECK:         %[[DB:.*]] = etch.mul %[[DY]], %[[A]]
// CHECK:         return %{{.*}}, %[[DA]], %[[DB]]
func.func @mul(%a: tensor<8xf32> {etch.requires_grad}, %b: tensor<8xf32> {etch.requires_grad}, %dy: tensor<8xf32> {etch.cotangent = 0}) -> tensor<8xf32> {
  %y = etch.mul %a, %b : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// One value used twice: both contributions are summed.
// CHECK-LABEL: func.func @square(
// CHECK-SAME:    %[[X:.*]]: tensor<8xf32>, %[[DY:.*]]: tensor<8xf32>)
// CHECK:         %[[L:.*]] = etch.mul %[[DY]], %[[X]]
// CHECK:         %[[R:.*]] = etch.mul %[[DY]], %[[X]]
// CHECK:         %[[DX:.*]] = etch.add %[[L]], %[[R]]
// CHECK:         return %{{.*}}, %[[DX]]
func.func @square(%x: tensor<8xf32> {etch.requires_grad}, %dy: tensor<8xf32> {etch.cotangent = 0}) -> tensor<8xf32> {
  %y = etch.mul %x, %x : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// da = dy / b, db = -da * y
// CHECK-LABEL: func.func @div(
// CHECK-SAME:    %[[A:.*]]: tensor<8xf32>, %[[B:.*]]: tensor<8xf32>, %[[DY:.*]]: tensor<8xf32>)
// CHECK:         %[[Y:.*]] = etch.div %[[A]], %[[B]]
// CHECK:         %[[DA:.*]] = etch.div %[[DY]], %[[B]]
// CHECK:         %[[P:.*]] = etch.mul %[[DA]], %[[Y]]
// CHECK:         %[[DB:.*]] = etch.neg %[[P]]
// CHECK:         return %[[Y]], %[[DA]], %[[DB]]
func.func @div(%a: tensor<8xf32> {etch.requires_grad}, %b: tensor<8xf32> {etch.requires_grad}, %dy: tensor<8xf32> {etch.cotangent = 0}) -> tensor<8xf32> {
  %y = etch.div %a, %b : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// da = dy * b * a^(b - 1), 0 where b = 0; the rule for b is not built when b is frozen.
// CHECK-LABEL: func.func @pow_of_frozen_exponent(
// CHECK-SAME:    %[[A:.*]]: tensor<8xf32>, %[[B:.*]]: tensor<8xf32>, %[[DY:.*]]: tensor<8xf32>)
// CHECK-DAG:     %[[ZERO:.*]] = etch.constant dense<0.000000e+00>
// CHECK-DAG:     %[[ONE:.*]] = etch.constant dense<1.000000e+00>
// CHECK-DAG:     %[[FLAT:.*]] = etch.compare eq, %[[B]], %[[ZERO]]
// CHECK-DAG:     %[[LESS:.*]] = etch.sub %[[B]], %[[ONE]]
// CHECK:         %[[P:.*]] = etch.pow %[[A]], %[[LESS]]
// CHECK:         %[[SLOPE:.*]] = etch.mul %[[B]], %[[P]]
// CHECK:         %[[SAFE:.*]] = etch.select %[[FLAT]], %[[ZERO]], %[[SLOPE]]
// CHECK:         %[[DA:.*]] = etch.mul %[[DY]], %[[SAFE]]
// CHECK-NOT:     etch.log
// CHECK:         return %{{.*}}, %[[DA]]
func.func @pow_of_frozen_exponent(%a: tensor<8xf32> {etch.requires_grad}, %b: tensor<8xf32>, %dy: tensor<8xf32> {etch.cotangent = 0}) -> tensor<8xf32> {
  %y = etch.pow %a, %b : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// db = dy * y * log(a), 0 where a = 0 and b >= 0, where the logarithm sees 1 instead of 0.
// CHECK-LABEL: func.func @pow_of_frozen_base(
// CHECK-SAME:    %[[A:.*]]: tensor<8xf32>, %[[B:.*]]: tensor<8xf32>, %[[DY:.*]]: tensor<8xf32>)
// CHECK-DAG:     %[[Y:.*]] = etch.pow %[[A]], %[[B]]
// CHECK-DAG:     %[[ZERO:.*]] = etch.constant dense<0.000000e+00>
// CHECK-DAG:     %[[ONE:.*]] = etch.constant dense<1.000000e+00>
// CHECK-DAG:     %[[Z:.*]] = etch.compare eq, %[[A]], %[[ZERO]]
// CHECK-DAG:     %[[NN:.*]] = etch.compare ge, %[[B]], %[[ZERO]]
// CHECK-DAG:     %[[C:.*]] = etch.and %[[Z]], %[[NN]]
// CHECK:         %[[SAFE:.*]] = etch.select %[[C]], %[[ONE]], %[[A]]
// CHECK:         %[[LOG:.*]] = etch.log %[[SAFE]]
// CHECK:         %[[GROWTH:.*]] = etch.mul %[[Y]], %[[LOG]]
// CHECK:         %[[D:.*]] = etch.select %[[C]], %[[ZERO]], %[[GROWTH]]
// CHECK:         %[[DB:.*]] = etch.mul %[[DY]], %[[D]]
// CHECK:         return %[[Y]], %[[DB]]
func.func @pow_of_frozen_base(%a: tensor<8xf32>, %b: tensor<8xf32> {etch.requires_grad}, %dy: tensor<8xf32> {etch.cotangent = 0}) -> tensor<8xf32> {
  %y = etch.pow %a, %b : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// The larger operand gets the cotangent, equal ones half of it each.
// CHECK-LABEL: func.func @maximum(
// CHECK-SAME:    %[[A:.*]]: tensor<8xf32>, %[[B:.*]]: tensor<8xf32>, %[[DY:.*]]: tensor<8xf32>)
// CHECK-DAG:     %[[ZERO:.*]] = etch.constant dense<0.000000e+00>
// CHECK-DAG:     %[[C:.*]] = etch.constant dense<5.000000e-01>
// CHECK-DAG:     %[[HALF:.*]] = etch.mul %[[DY]], %[[C]]
// CHECK-DAG:     %[[TIE:.*]] = etch.compare eq, %[[A]], %[[B]]
// CHECK:         %[[GT:.*]] = etch.compare gt, %[[A]], %[[B]]
// CHECK:         %[[WON:.*]] = etch.select %[[GT]], %[[DY]], %[[ZERO]]
// CHECK:         %[[DA:.*]] = etch.select %[[TIE]], %[[HALF]], %[[WON]]
// CHECK:         %[[LT:.*]] = etch.compare gt, %[[B]], %[[A]]
// CHECK:         %[[WON2:.*]] = etch.select %[[LT]], %[[DY]], %[[ZERO]]
// CHECK:         %[[DB:.*]] = etch.select %[[TIE]], %[[HALF]], %[[WON2]]
// CHECK:         return %{{.*}}, %[[DA]], %[[DB]]
func.func @maximum(%a: tensor<8xf32> {etch.requires_grad}, %b: tensor<8xf32> {etch.requires_grad}, %dy: tensor<8xf32> {etch.cotangent = 0}) -> tensor<8xf32> {
  %y = etch.maximum %a, %b : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// CHECK-LABEL: func.func @minimum(
// CHECK-SAME:    %[[A:.*]]: tensor<8xf32>, %[[B:.*]]: tensor<8xf32>, %[[DY:.*]]: tensor<8xf32>)
// CHECK:         %[[LT:.*]] = etch.compare lt, %[[A]], %[[B]]
// CHECK:         %[[WON:.*]] = etch.select %[[LT]], %[[DY]]
// CHECK:         %[[DA:.*]] = etch.select %{{.*}}, %{{.*}}, %[[WON]]
// CHECK:         return %{{.*}}, %[[DA]]
func.func @minimum(%a: tensor<8xf32> {etch.requires_grad}, %b: tensor<8xf32>, %dy: tensor<8xf32> {etch.cotangent = 0}) -> tensor<8xf32> {
  %y = etch.minimum %a, %b : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// CHECK-LABEL: func.func @select(
// CHECK-SAME:    %[[C:.*]]: tensor<8xi1>, %{{.*}}: tensor<8xf32>, %{{.*}}: tensor<8xf32>, %[[DY:.*]]: tensor<8xf32>)
// CHECK:         %[[ZERO:.*]] = etch.constant dense<0.000000e+00>
// CHECK:         %[[DA:.*]] = etch.select %[[C]], %[[DY]], %[[ZERO]]
// CHECK:         %[[DB:.*]] = etch.select %[[C]], %[[ZERO]], %[[DY]]
// CHECK:         return %{{.*}}, %[[DA]], %[[DB]]
func.func @select(%c: tensor<8xi1>, %a: tensor<8xf32> {etch.requires_grad}, %b: tensor<8xf32> {etch.requires_grad}, %dy: tensor<8xf32> {etch.cotangent = 0}) -> tensor<8xf32> {
  %y = etch.select %c, %a, %b : (tensor<8xi1>, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}
