// RUN: etch-opt %s --etch-fuse | FileCheck %s
// A parameter is updated as soon as its gradient is there, but behind all that reads it, so that
// the update can be written over it.
// CHECK-LABEL: func.func @main(
// CHECK-SAME:    %[[P:[a-z0-9]+]]: tensor<64x64xf32>
// CHECK:         %[[Y:.*]] = etch.launch @{{.*}}matmul(%{{.*}}, %[[P]])
// CHECK:         %[[NEW:.*]] = etch.launch @{{.*}}sub(%[[P]], %{{.*}})
// CHECK:         %[[Q:.*]] = etch.launch @{{.*}}matmul(%[[Y]])
// CHECK:         return %[[Q]], %[[NEW]]
func.func @main(%p: tensor<64x64xf32> {etch.kind = "state", etch.path = "p"}, %x: tensor<64x64xf32>)
    -> (tensor<64x64xf32>, tensor<64x64xf32> {etch.kind = "state", etch.path = "p"}) {
  %g = etch.matmul %x, %x : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %y = etch.matmul %x, %p : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %q = etch.matmul %y, %y : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %t = etch.transpose %g {permutation = array<i64: 1, 0>} : (tensor<64x64xf32>) -> tensor<64x64xf32>
  %new = etch.sub %p, %t : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  return %q, %new : tensor<64x64xf32>, tensor<64x64xf32>
}
