// RUN: etch-opt %s --etch-fuse | FileCheck %s
// What reads its base through a view, or as the update too, is not written over it.

// CHECK-LABEL: func.func @main
// CHECK-COUNT-2: func.func private @{{k[0-9]+_update_slice}}({{.*}} attributes {etch.kernel} {
func.func @main(%p: tensor<8x64xf32>, %q: tensor<64x64xf32>, %i: tensor<i64>) -> (tensor<64x8xf32>, tensor<64x64xf32>) {
  %t = etch.transpose %p {permutation = array<i64: 1, 0>} : (tensor<8x64xf32>) -> tensor<64x8xf32>
  %u = etch.slice %t {offsets = array<i64: 3, 0>, sizes = array<i64: 2, 8>, strides = array<i64: 1, 1>} : (tensor<64x8xf32>) -> tensor<2x8xf32>
  %0 = etch.update_slice %t, %u, %i {dim = 0 : i64} : (tensor<64x8xf32>, tensor<2x8xf32>, tensor<i64>) -> tensor<64x8xf32>
  %1 = etch.update_slice %q, %q, %i {dim = 0 : i64} : (tensor<64x64xf32>, tensor<64x64xf32>, tensor<i64>) -> tensor<64x64xf32>
  return %0, %1 : tensor<64x8xf32>, tensor<64x64xf32>
}
