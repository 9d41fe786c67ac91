// RUN: etch-opt %s --etch-autodiff | FileCheck %s
// Derivatives of unary elementwise ops. Where the result is part of the derivative, it is read
// instead of computed again.

// CHECK-LABEL: func.func @neg(
// CHECK-SAME:    %{{.*}}: tensor<8xf32>, %[[DY:.*]]: tensor<8xf32>)
// CHECK:         %[[DX:.*]] = etch.neg %[[DY]]
// CHECK:         return %{{.*}}, %[[DX]]
func.func @neg(%x: tensor<8xf32> {etch.requires_grad}, %dy: tensor<8xf32> {etch.cotangent = 0}) -> tensor<8xf32> {
  %y = etch.neg %x : (tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// CHECK-LABEL: func.func @abs(
// CHECK-SAME:    %[[X:.*]]: tensor<8xf32>, %[[DY:.*]]: tensor<8xf32>)
// CHECK:         %[[S:.*]] = etch.sign %[[X]]
// CHECK:         %[[DX:.*]] = etch.mul %[[DY]], %[[S]]
// CHECK:         return %{{.*}}, %[[DX]]
func.func @abs(%x: tensor<8xf32> {etch.requires_grad}, %dy: tensor<8xf32> {etch.cotangent = 0}) -> tensor<8xf32> {
  %y = etch.abs %x : (tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// Piecewise constant: no gradient, but one of zeros, so that what follows has a value.
// CHECK-LABEL: func.func @steps(
// CHECK-COUNT-4: etch.constant dense<0.000000e+00>
// CHECK-NOT:     etch.mul
// CHECK:         return
func.func @steps(%x: tensor<8xf32> {etch.requires_grad}, %d0: tensor<8xf32> {etch.cotangent = 0}, %d1: tensor<8xf32> {etch.cotangent = 1}, %d2: tensor<8xf32> {etch.cotangent = 2}, %d3: tensor<8xf32> {etch.cotangent = 3}) -> (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) {
  %0 = etch.sign %x : (tensor<8xf32>) -> tensor<8xf32>
  %1 = etch.floor %x : (tensor<8xf32>) -> tensor<8xf32>
  %2 = etch.ceil %x : (tensor<8xf32>) -> tensor<8xf32>
  %3 = etch.round %x : (tensor<8xf32>) -> tensor<8xf32>
  return %0, %1, %2, %3 : tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>
}

// CHECK-LABEL: func.func @exp(
// CHECK-SAME:    %[[X:.*]]: tensor<8xf32>, %[[DY:.*]]: tensor<8xf32>)
// CHECK-NEXT:    %[[Y:.*]] = etch.exp %[[X]]
// CHECK-NEXT:    %[[DX:.*]] = etch.mul %[[DY]], %[[Y]]
// CHECK-NEXT:    return %[[Y]], %[[DX]]
func.func @exp(%x: tensor<8xf32> {etch.requires_grad}, %dy: tensor<8xf32> {etch.cotangent = 0}) -> tensor<8xf32> {
  %y = etch.exp %x : (tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// CHECK-LABEL: func.func @log(
// CHECK-SAME:    %[[X:.*]]: tensor<8xf32>, %[[DY:.*]]: tensor<8xf32>)
// CHECK:         %[[DX:.*]] = etch.div %[[DY]], %[[X]]
// CHECK:         return %{{.*}}, %[[DX]]
func.func @log(%x: tensor<8xf32> {etch.requires_grad}, %dy: tensor<8xf32> {etch.cotangent = 0}) -> tensor<8xf32> {
  %y = etch.log %x : (tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// dx = dy / 2 / y
// CHECK-LABEL: func.func @sqrt(
// CHECK-SAME:    %[[X:.*]]: tensor<8xf32>, %[[DY:.*]]: tensor<8xf32>)
// CHECK:         %[[Y:.*]] = etch.sqrt %[[X]]
// CHECK:         %[[C:.*]] = etch.constant dense<5.000000e-01>
// CHECK:         %[[H:.*]] = etch.mul %[[DY]], %[[C]]
// CHECK:         %[[DX:.*]] = etch.div %[[H]], %[[Y]]
// CHECK:         return %[[Y]], %[[DX]]
func.func @sqrt(%x: tensor<8xf32> {etch.requires_grad}, %dy: tensor<8xf32> {etch.cotangent = 0}) -> tensor<8xf32> {
  %y = etch.sqrt %x : (tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// dx = -dy / 2 * y^3
// CHECK-LABEL: func.func @rsqrt(
// CHECK-SAME:    %[[X:.*]]: tensor<8xf32>, %[[DY:.*]]: tensor<8xf32>)
// CHECK:         %[[Y:.*]] = etch.rsqrt %[[X]]
// CHECK-DAG:     %[[C:.*]] = etch.constant dense<-5.000000e-01>
// CHECK-DAG:     %[[H:.*]] = etch.mul %[[DY]], %[[C]]
// CHECK-DAG:     %[[Y2:.*]] = etch.mul %[[Y]], %[[Y]]
// CHECK-DAG:     %[[Y3:.*]] = etch.mul %[[Y]], %[[Y2]]
// CHECK:         %[[DX:.*]] = etch.mul %[[H]], %[[Y3]]
// CHECK:         return %[[Y]], %[[DX]]
func.func @rsqrt(%x: tensor<8xf32> {etch.requires_grad}, %dy: tensor<8xf32> {etch.cotangent = 0}) -> tensor<8xf32> {
  %y = etch.rsqrt %x : (tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// dx = dy * (1 - y^2)
// CHECK-LABEL: func.func @tanh(
// CHECK-SAME:    %[[X:.*]]: tensor<8xf32>, %[[DY:.*]]: tensor<8xf32>)
// CHECK:         %[[Y:.*]] = etch.tanh %[[X]]
// CHECK-DAG:     %[[C:.*]] = etch.constant dense<1.000000e+00>
// CHECK-DAG:     %[[Y2:.*]] = etch.mul %[[Y]], %[[Y]]
// CHECK:         %[[D:.*]] = etch.sub %[[C]], %[[Y2]]
// CHECK:         %[[DX:.*]] = etch.mul %[[DY]], %[[D]]
// CHECK:         return %[[Y]], %[[DX]]
func.func @tanh(%x: tensor<8xf32> {etch.requires_grad}, %dy: tensor<8xf32> {etch.cotangent = 0}) -> tensor<8xf32> {
  %y = etch.tanh %x : (tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// dx = dy * 2 / sqrt(pi) * exp(-x^2)
// CHECK-LABEL: func.func @erf(
// CHECK-SAME:    %[[X:.*]]: tensor<8xf32>, %[[DY:.*]]: tensor<8xf32>)
// CHECK:         %[[X2:.*]] = etch.mul %[[X]], %[[X]]
// CHECK:         %[[N:.*]] = etch.neg %[[X2]]
// CHECK:         %[[E:.*]] = etch.exp %[[N]]
// CHECK:         %[[C:.*]] = etch.constant dense<1.12837923>
// CHECK:         %[[S:.*]] = etch.mul %[[E]], %[[C]]
// CHECK:         %[[DX:.*]] = etch.mul %[[DY]], %[[S]]
// CHECK:         return %{{.*}}, %[[DX]]
func.func @erf(%x: tensor<8xf32> {etch.requires_grad}, %dy: tensor<8xf32> {etch.cotangent = 0}) -> tensor<8xf32> {
  %y = etch.erf %x : (tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// CHECK-LABEL: func.func @sin(
// CHECK-SAME:    %[[X:.*]]: tensor<8xf32>, %[[DY:.*]]: tensor<8xf32>)
// CHECK:         %[[C:.*]] = etch.cos %[[X]]
// CHECK:         %[[DX:.*]] = etch.mul %[[DY]], %[[C]]
// CHECK:         return %{{.*}}, %[[DX]]
func.func @sin(%x: tensor<8xf32> {etch.requires_grad}, %dy: tensor<8xf32> {etch.cotangent = 0}) -> tensor<8xf32> {
  %y = etch.sin %x : (tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// CHECK-LABEL: func.func @cos(
// CHECK-SAME:    %[[X:.*]]: tensor<8xf32>, %[[DY:.*]]: tensor<8xf32>)
// CHECK:         %[[S:.*]] = etch.sin %[[X]]
// CHECK:         %[[P:.*]] = etch.mul %[[DY]], %[[S]]
// CHECK:         %[[DX:.*]] = etch.neg %[[P]]
// CHECK:         return %{{.*}}, %[[DX]]
func.func @cos(%x: tensor<8xf32> {etch.requires_grad}, %dy: tensor<8xf32> {etch.cotangent = 0}) -> tensor<8xf32> {
  %y = etch.cos %x : (tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// A cotangent goes back in the element type that the value had.
// CHECK-LABEL: func.func @cast(
// CHECK-SAME:    %{{.*}}: tensor<8xbf16>, %[[DY:.*]]: tensor<8xf32>)
// CHECK:         %[[DX:.*]] = etch.cast %[[DY]] {dtype = bf16}
// CHECK:         return %{{.*}}, %[[DX]]
func.func @cast(%x: tensor<8xbf16> {etch.requires_grad}, %dy: tensor<8xf32> {etch.cotangent = 0}) -> tensor<8xf32> {
  %y = etch.cast %x {dtype = f32} : (tensor<8xbf16>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}
