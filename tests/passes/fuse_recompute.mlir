// RUN: etch-opt %s --etch-fuse --split-input-file | FileCheck %s
// A forward kernel hands out one array of the three that the backward reads: the two others follow
// from it, and are computed again by the kernel that wants them.
// CHECK-LABEL: func.func @main(
// CHECK:         %[[F:.*]]:2 = etch.launch @[[FORWARD:.*matmul]](%{{.*}}, %{{.*}})
// CHECK:         etch.launch @[[BACKWARD:.*matmul]]({{.*}}%[[F]]#{{[01]}}
// CHECK:       func.func private @[[FORWARD]](
// CHECK:         %[[SUM:.*]] = etch.matmul
// CHECK:         %[[E:.*]] = etch.exp %[[SUM]]
// CHECK:         %[[T:.*]] = etch.tanh %[[SUM]]
// CHECK:         %[[Y:.*]] = etch.mul %[[E]], %[[T]]
// CHECK:         return {{.*}}%[[SUM]]
// CHECK:       func.func private @[[BACKWARD]](
// CHECK-DAG:     etch.exp
// CHECK-DAG:     etch.tanh
func.func @main(%x: tensor<64x64xf32>, %w: tensor<64x64xf32>, %g: tensor<64x64xf32>)
    -> (tensor<64x64xf32>, tensor<64x64xf32>) {
  %s = etch.matmul %x, %w : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %e = etch.exp %s : (tensor<64x64xf32>) -> tensor<64x64xf32>
  %t = etch.tanh %s : (tensor<64x64xf32>) -> tensor<64x64xf32>
  %y = etch.mul %e, %t : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %z = etch.matmul %y, %w : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %d = etch.matmul %g, %w : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %a = etch.mul %d, %e : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %b = etch.mul %a, %t : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  return %z, %b : tensor<64x64xf32>, tensor<64x64xf32>
}

// -----

// What has to be in memory anyway, since a product reads it, is read from there; what follows from
// an argument is not kept.
// CHECK-LABEL: func.func @main(
// CHECK:       func.func private @k0_{{.*}}(
// CHECK:         %[[E:.*]] = etch.exp
// CHECK:         %[[T:.*]] = etch.tanh %[[E]]
// CHECK:         return %[[T]] : tensor<64x64xf32>
// CHECK:       func.func private @k1_matmul(
// CHECK-NOT:     etch.tanh
// CHECK:         etch.exp
// CHECK-NOT:     etch.tanh
func.func @main(%x: tensor<64x64xf32>, %g: tensor<64x64xf32>)
    -> (tensor<64x64xf32>, tensor<64x64xf32>) {
  %e = etch.exp %x : (tensor<64x64xf32>) -> tensor<64x64xf32>
  %t = etch.tanh %e : (tensor<64x64xf32>) -> tensor<64x64xf32>
  %y = etch.matmul %t, %g : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %a = etch.mul %y, %e : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %z = etch.mul %a, %t : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  return %y, %z : tensor<64x64xf32>, tensor<64x64xf32>
}
