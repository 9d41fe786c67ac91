// RUN: etch-opt %s --etch-decompose | FileCheck %s
// Composed ops become simple ones; the maximum is subtracted, one division serves a row.

// CHECK-LABEL: func.func @softmax(
// CHECK-SAME:    %[[X:.*]]: tensor<8x64xf32>)
// CHECK-NEXT:    %[[M:.*]] = etch.reduce_max %[[X]] {dims = array<i64: 1>}
// CHECK-NEXT:    %[[MS:.*]] = etch.broadcast %[[M]]
// CHECK-NEXT:    %[[S:.*]] = etch.sub %[[X]], %[[MS]]
// CHECK-NEXT:    %[[E:.*]] = etch.exp %[[S]]
// CHECK-NEXT:    %[[T:.*]] = etch.reduce_sum %[[E]] {dims = array<i64: 1>}
// CHECK-NEXT:    %[[ONE:.*]] = etch.constant dense<1.000000e+00> : tensor<8x1xf32>
// CHECK-NEXT:    %[[R:.*]] = etch.div %[[ONE]], %[[T]]
// CHECK-NEXT:    %[[RS:.*]] = etch.broadcast %[[R]]
// CHECK-NEXT:    %[[Y:.*]] = etch.mul %[[E]], %[[RS]]
// CHECK-NEXT:    return %[[Y]]
func.func @softmax(%x: tensor<8x64xf32>) -> tensor<8x64xf32> {
  %y = etch.softmax %x {dim = 1 : i64} : (tensor<8x64xf32>) -> tensor<8x64xf32>
  return %y : tensor<8x64xf32>
}

// Sums and exponentials of narrow floats are computed in f32.
// CHECK-LABEL: func.func @log_softmax_bf16(
// CHECK-SAME:    %[[X:.*]]: tensor<8x64xbf16>)
// CHECK:         %[[W:.*]] = etch.cast %[[X]] {dtype = f32}
// CHECK:         etch.reduce_max %[[W]]
// CHECK:         etch.log %{{.*}} : (tensor<8x1xf32>)
// CHECK:         %[[Y:.*]] = etch.cast %{{.*}} {dtype = bf16}
// CHECK:         return %[[Y]]
func.func @log_softmax_bf16(%x: tensor<8x64xbf16>) -> tensor<8x64xbf16> {
  %y = etch.log_softmax %x {dim = 1 : i64} : (tensor<8x64xbf16>) -> tensor<8x64xbf16>
  return %y : tensor<8x64xbf16>
}

// CHECK-LABEL: func.func @normalize(
// CHECK-SAME:    %[[X:.*]]: tensor<8x64xf32>)
// CHECK:         %[[S:.*]] = etch.reduce_sum %[[X]] {dims = array<i64: 1>}
// CHECK:         %[[M:.*]] = etch.mul %[[S]]
// CHECK:         %[[MS:.*]] = etch.broadcast %[[M]]
// CHECK:         %[[C:.*]] = etch.sub %[[X]], %[[MS]]
// CHECK:         %[[C2:.*]] = etch.mul %[[C]], %[[C]]
// CHECK:         etch.reduce_sum %[[C2]]
// CHECK:         etch.constant dense<9.99999974E-6> : tensor<8x1xf32>
// CHECK:         %[[R:.*]] = etch.rsqrt
// CHECK:         %[[RS:.*]] = etch.broadcast %[[R]]
// CHECK:         %[[H:.*]] = etch.mul %[[C]], %[[RS]]
// CHECK:         return %[[H]], %[[R]]
func.func @normalize(%x: tensor<8x64xf32>) -> (tensor<8x64xf32>, tensor<8x1xf32>) {
  %h, %r = etch.normalize %x {dims = array<i64: 1>, epsilon = 1.0e-5 : f64} : (tensor<8x64xf32>) -> (tensor<8x64xf32>, tensor<8x1xf32>)
  return %h, %r : tensor<8x64xf32>, tensor<8x1xf32>
}

// CHECK-LABEL: func.func @detach(
// CHECK-SAME:    %[[X:.*]]: tensor<8xf32>)
// CHECK-NEXT:    return %[[X]]
func.func @detach(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = etch.detach %x : (tensor<8xf32>) -> tensor<8xf32>
  %1 = etch.detach %0 : (tensor<8xf32>) -> tensor<8xf32>
  return %1 : tensor<8xf32>
}

// Inside regions too.
// CHECK-LABEL: func.func @in_region(
// CHECK-NOT:     etch.softmax
// CHECK:         return
func.func @in_region(%p: tensor<i1>, %x: tensor<8xf32>) -> tensor<8xf32> {
  %y = etch.cond %p, %x {
    ^bb0(%a: tensor<8xf32>):
      %0 = etch.softmax %a {dim = 0 : i64} : (tensor<8xf32>) -> tensor<8xf32>
      etch.yield %0 : tensor<8xf32>
  } else {
    ^bb0(%a: tensor<8xf32>):
      etch.yield %a : tensor<8xf32>
  } : (tensor<i1>, tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// Overlapping windows that are computed from what all their places share are never all in memory: of
// the even positions two windows meet, of the odd ones one.
// CHECK-LABEL: func.func @fold_of_choices(
// CHECK-SAME:    %[[I:.*]]: tensor<8x1x4xf32>, %[[G:.*]]: tensor<8x1x4xf32>)
// CHECK-NOT:     etch.spread
// CHECK-DAG:     %[[IP:.*]] = etch.pad %[[I]] {high = array<i64: 0, 0, 1>, interior = array<i64: 0, 0, 0>, low = array<i64: 0, 0, 1>}
// CHECK-DAG:     %[[GP:.*]] = etch.pad %[[G]]
// CHECK-COUNT-3: etch.select
// CHECK-NOT:     etch.select
// CHECK:         etch.concat
func.func @fold_of_choices(%i: tensor<8x1x4xf32>, %g: tensor<8x1x4xf32>) -> tensor<8x9xf32> {
  %k = etch.iota {dim = 1 : i64, dtype = f32, shape = array<i64: 8, 3, 4>} : () -> tensor<8x3x4xf32>
  %ib = etch.broadcast %i {shape = array<i64: 8, 3, 4>} : (tensor<8x1x4xf32>) -> tensor<8x3x4xf32>
  %gb = etch.broadcast %g {shape = array<i64: 8, 3, 4>} : (tensor<8x1x4xf32>) -> tensor<8x3x4xf32>
  %z = etch.constant dense<0.0> : tensor<8x3x4xf32>
  %s = etch.compare eq, %k, %ib : (tensor<8x3x4xf32>, tensor<8x3x4xf32>) -> tensor<8x3x4xi1>
  %x = etch.select %s, %gb, %z : (tensor<8x3x4xi1>, tensor<8x3x4xf32>, tensor<8x3x4xf32>) -> tensor<8x3x4xf32>
  %y = etch.fold %x {extents = array<i64: 9>, stride = array<i64: 2>, dilation = array<i64: 1>} : (tensor<8x3x4xf32>) -> tensor<8x9xf32>
  return %y : tensor<8x9xf32>
}

// Others are spread, and summed.
// CHECK-LABEL: func.func @fold_of_values(
// CHECK:         etch.spread
// CHECK:         etch.reduce_sum
func.func @fold_of_values(%x: tensor<8x3x4xf32>) -> tensor<8x9xf32> {
  %y = etch.fold %x {extents = array<i64: 9>, stride = array<i64: 2>, dilation = array<i64: 1>} : (tensor<8x3x4xf32>) -> tensor<8x9xf32>
  return %y : tensor<8x9xf32>
}
