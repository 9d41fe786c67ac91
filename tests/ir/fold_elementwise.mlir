// RUN: etch-opt %s --canonicalize | FileCheck %s
// Elementwise ops that change nothing, and elementwise ops of constants, disappear.

// CHECK-LABEL: func.func @neutral_elements(
// CHECK-SAME:    %[[X:.*]]: tensor<8xf32>)
// CHECK-NEXT:    return %[[X]], %[[X]], %[[X]], %[[X]], %[[X]], %[[X]] :
func.func @neutral_elements(%x: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) {
  %zero = etch.constant dense<0.0> : tensor<8xf32>
  %one = etch.constant dense<1.0> : tensor<8xf32>
  %0 = etch.add %x, %zero : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %1 = etch.add %zero, %x : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %2 = etch.sub %x, %zero : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %3 = etch.mul %x, %one : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %4 = etch.mul %one, %x : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %5 = etch.div %x, %one : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %0, %1, %2, %3, %4, %5 : tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>
}

// An infinity times zero is NaN, so that only integers forget their factor.
// CHECK-LABEL: func.func @times_zero(
// CHECK-SAME:    %[[X:.*]]: tensor<8xf32>, %{{.*}}: tensor<8xi32>)
// CHECK-DAG:     %[[I:.*]] = etch.constant dense<0> : tensor<8xi32>
// CHECK-DAG:     %[[F:.*]] = etch.constant dense<0.000000e+00> : tensor<8xf32>
// CHECK:         %[[P:.*]] = etch.mul %[[X]], %[[F]]
// CHECK:         return %[[P]], %[[I]], %[[I]]
func.func @times_zero(%x: tensor<8xf32>, %i: tensor<8xi32>) -> (tensor<8xf32>, tensor<8xi32>, tensor<8xi32>) {
  %zero = etch.constant dense<0.0> : tensor<8xf32>
  %none = etch.constant dense<0> : tensor<8xi32>
  %0 = etch.mul %x, %zero : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %1 = etch.mul %i, %none : (tensor<8xi32>, tensor<8xi32>) -> tensor<8xi32>
  %2 = etch.mul %none, %i : (tensor<8xi32>, tensor<8xi32>) -> tensor<8xi32>
  return %0, %1, %2 : tensor<8xf32>, tensor<8xi32>, tensor<8xi32>
}

// CHECK-LABEL: func.func @twice(
// CHECK-SAME:    %[[X:.*]]: tensor<8xf32>, %[[B:.*]]: tensor<8xi1>)
// CHECK-NEXT:    return %[[X]], %[[B]], %[[X]] :
func.func @twice(%x: tensor<8xf32>, %b: tensor<8xi1>) -> (tensor<8xf32>, tensor<8xi1>, tensor<8xf32>) {
  %0 = etch.neg %x : (tensor<8xf32>) -> tensor<8xf32>
  %1 = etch.neg %0 : (tensor<8xf32>) -> tensor<8xf32>
  %2 = etch.not %b : (tensor<8xi1>) -> tensor<8xi1>
  %3 = etch.not %2 : (tensor<8xi1>) -> tensor<8xi1>
  %4 = etch.cast %x {dtype = f32} : (tensor<8xf32>) -> tensor<8xf32>
  return %1, %3, %4 : tensor<8xf32>, tensor<8xi1>, tensor<8xf32>
}

// CHECK-LABEL: func.func @choices(
// CHECK-SAME:    %{{.*}}: tensor<8xi1>, %[[A:.*]]: tensor<8xf32>, %[[B:.*]]: tensor<8xf32>)
// CHECK-NEXT:    return %[[A]], %[[B]], %[[A]] :
func.func @choices(%c: tensor<8xi1>, %a: tensor<8xf32>, %b: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) {
  %yes = etch.constant dense<true> : tensor<8xi1>
  %no = etch.constant dense<false> : tensor<8xi1>
  %0 = etch.select %yes, %a, %b : (tensor<8xi1>, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %1 = etch.select %no, %a, %b : (tensor<8xi1>, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %2 = etch.select %c, %a, %a : (tensor<8xi1>, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %0, %1, %2 : tensor<8xf32>, tensor<8xf32>, tensor<8xf32>
}

// Integers wrap, floats round to their element type, booleans and casts are computed too.
// CHECK-LABEL: func.func @splats(
// CHECK-DAG:     %[[WRAPPED:.*]] = etch.constant dense<-56> : tensor<4xi8>
// CHECK-DAG:     %[[BYTE:.*]] = etch.constant dense<144> : tensor<4xui8>
// CHECK-DAG:     %[[ROUNDED:.*]] = etch.constant dense<3.332520e-01> : tensor<4xf16>
// CHECK-DAG:     %[[LESS:.*]] = etch.constant dense<true> : tensor<4xi1>
// CHECK-DAG:     %[[SATURATED:.*]] = etch.constant dense<2147483647> : tensor<4xi32>
// CHECK-NOT:     etch.{{add|div|compare|cast}}
// CHECK:         return %[[WRAPPED]], %[[BYTE]], %[[ROUNDED]], %[[LESS]], %[[SATURATED]]
func.func @splats() -> (tensor<4xi8>, tensor<4xui8>, tensor<4xf16>, tensor<4xi1>, tensor<4xi32>) {
  %hundred = etch.constant dense<100> : tensor<4xi8>
  %byte = etch.constant dense<200> : tensor<4xui8>
  %one = etch.constant dense<1.0> : tensor<4xf16>
  %three = etch.constant dense<3.0> : tensor<4xf16>
  %large = etch.constant dense<1.0e20> : tensor<4xf32>
  %0 = etch.add %hundred, %hundred : (tensor<4xi8>, tensor<4xi8>) -> tensor<4xi8>
  %1 = etch.add %byte, %byte : (tensor<4xui8>, tensor<4xui8>) -> tensor<4xui8>
  %2 = etch.div %one, %three : (tensor<4xf16>, tensor<4xf16>) -> tensor<4xf16>
  %3 = etch.compare lt, %one, %three : (tensor<4xf16>, tensor<4xf16>) -> tensor<4xi1>
  %4 = etch.cast %large {dtype = i32} : (tensor<4xf32>) -> tensor<4xi32>
  return %0, %1, %2, %3, %4 : tensor<4xi8>, tensor<4xui8>, tensor<4xf16>, tensor<4xi1>, tensor<4xi32>
}

// Constants that are not splats are data, left to run time.
// CHECK-LABEL: func.func @not_a_splat(
// CHECK:         etch.neg
func.func @not_a_splat() -> tensor<2xf32> {
  %0 = etch.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %1 = etch.neg %0 : (tensor<2xf32>) -> tensor<2xf32>
  return %1 : tensor<2xf32>
}

// CHECK-LABEL: func.func @small_powers(
// CHECK-SAME:    %[[X:.*]]: tensor<8xf32>)
// CHECK:         %[[ONE:.*]] = etch.constant dense<1.000000e+00>
// CHECK:         %[[SQUARE:.*]] = etch.mul %[[X]], %[[X]]
// CHECK:         %[[CUBE:.*]] = etch.pow
// CHECK:         return %[[ONE]], %[[X]], %[[SQUARE]], %[[CUBE]]
func.func @small_powers(%x: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) {
  %c0 = etch.constant dense<0.0> : tensor<8xf32>
  %c1 = etch.constant dense<1.0> : tensor<8xf32>
  %c2 = etch.constant dense<2.0> : tensor<8xf32>
  %c3 = etch.constant dense<3.0> : tensor<8xf32>
  %0 = etch.pow %x, %c0 : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %1 = etch.pow %x, %c1 : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %2 = etch.pow %x, %c2 : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %3 = etch.pow %x, %c3 : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %0, %1, %2, %3 : tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>
}
