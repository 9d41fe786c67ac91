// RUN: etch-opt %s --etch-fuse | FileCheck %s
// An update may be written over what it updates, and comes behind all that reads that before.

// CHECK-LABEL: func.func @main(
// CHECK-SAME:    %[[P:[a-z0-9]+]]: tensor<8x64xf32> {{{.*}}}, %[[U:[a-z0-9]+]]: tensor<2x64xf32>
// CHECK:         etch.launch @{{.*}}mul(%[[U]])
// CHECK:         %[[SUM:.*]] = etch.launch @{{.*}}reduce_sum(%[[P]])
// CHECK:         %[[NEW:.*]] = etch.launch @[[UPDATE:.*]](%[[P]], %{{.*}}, %{{.*}})
// CHECK:         return %[[SUM]], %[[NEW]]
// CHECK:       func.func private @[[UPDATE]]({{.*}}) -> tensor<8x64xf32> attributes {etch.in_place = array<i64: 0, 0>, etch.kernel}
func.func @main(%p: tensor<8x64xf32> {etch.kind = "state", etch.path = "p"}, %u: tensor<2x64xf32>, %i: tensor<i64>)
    -> (tensor<8x1xf32>, tensor<8x64xf32> {etch.kind = "state", etch.path = "p"}) {
  %g = etch.mul %u, %u : (tensor<2x64xf32>, tensor<2x64xf32>) -> tensor<2x64xf32>
  %sum = etch.reduce_sum %p {dims = array<i64: 1>} : (tensor<8x64xf32>) -> tensor<8x1xf32>
  %new = etch.update_slice %p, %g, %i {dim = 0 : i64} : (tensor<8x64xf32>, tensor<2x64xf32>, tensor<i64>) -> tensor<8x64xf32>
  return %sum, %new : tensor<8x1xf32>, tensor<8x64xf32>
}
