// RUN: etch-opt %s --etch-split-reductions | FileCheck %s
// Sums of many elements to few have partial sums, as many as threads can share.

// Statistics of a batch normalization: rows and columns first, then the batch.
// CHECK-LABEL: func.func @statistics(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<64x28x28x32xf32>
// CHECK:         %[[P:.*]] = etch.reduce_sum %[[X]] {dims = array<i64: 1, 2>} : {{.*}} -> tensor<64x1x1x32xf32>
// CHECK:         %[[S:.*]] = etch.reduce_sum %[[P]] {dims = array<i64: 0>} : {{.*}} -> tensor<1x1x1x32xf32>
// CHECK:         return %[[S]]
func.func @statistics(%x: tensor<64x28x28x32xf32>) -> tensor<1x1x1x32xf32> {
  %s = etch.reduce_sum %x {dims = array<i64: 0, 1, 2>} : (tensor<64x28x28x32xf32>) -> tensor<1x1x1x32xf32>
  return %s : tensor<1x1x1x32xf32>
}

// A batch of four falls into rows too.
// CHECK-LABEL: func.func @small_batch(
// CHECK:         etch.reduce_max {{.*}} {dims = array<i64: 2>} : {{.*}} -> tensor<4x56x1x64xf32>
// CHECK:         etch.reduce_max {{.*}} {dims = array<i64: 0, 1>}
func.func @small_batch(%x: tensor<4x56x56x64xf32>) -> tensor<1x1x1x64xf32> {
  %s = etch.reduce_max %x {dims = array<i64: 0, 1, 2>} : (tensor<4x56x56x64xf32>) -> tensor<1x1x1x64xf32>
  return %s : tensor<1x1x1x64xf32>
}

// Here threads have enough pieces.
// CHECK-LABEL: func.func @rows(
// CHECK:         etch.reduce_sum {{.*}} {dims = array<i64: 1>}
// CHECK-NOT:     etch.reduce_sum
func.func @rows(%x: tensor<1024x1024xf32>) -> tensor<1024x1xf32> {
  %s = etch.reduce_sum %x {dims = array<i64: 1>} : (tensor<1024x1024xf32>) -> tensor<1024x1xf32>
  return %s : tensor<1024x1xf32>
}

// Small, or with nothing to cut along.
// CHECK-LABEL: func.func @whole(
// CHECK-COUNT-2: etch.reduce_sum
// CHECK-NOT:     etch.reduce_sum
func.func @whole(%x: tensor<64x8x8x8xf32>, %y: tensor<100000xf32>) -> (tensor<1x1x1x8xf32>, tensor<1xf32>) {
  %s = etch.reduce_sum %x {dims = array<i64: 0, 1, 2>} : (tensor<64x8x8x8xf32>) -> tensor<1x1x1x8xf32>
  %t = etch.reduce_sum %y {dims = array<i64: 0>} : (tensor<100000xf32>) -> tensor<1xf32>
  return %s, %t : tensor<1x1x1x8xf32>, tensor<1xf32>
}

// Sums of narrow floats would be rounded in between.
// CHECK-LABEL: func.func @narrow(
// CHECK-COUNT-1: etch.reduce_sum
// CHECK-NOT:     etch.reduce_sum
func.func @narrow(%x: tensor<64x1024xf16>) -> tensor<1x1xf16> {
  %s = etch.reduce_sum %x {dims = array<i64: 0, 1>} : (tensor<64x1024xf16>) -> tensor<1x1xf16>
  return %s : tensor<1x1xf16>
}
