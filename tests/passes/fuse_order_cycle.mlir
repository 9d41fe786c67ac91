// RUN: etch-opt %s --etch-fuse | FileCheck %s
// The update of a waits for the product that reads it, which waits for the update of b; the first
// also makes what the other reader of b reads. Not both updates can come last: nothing is lost.
// CHECK-LABEL: func.func @main(
// CHECK-COUNT-4: etch.launch
// CHECK-NOT:     etch.launch
// CHECK:         return
func.func @main(%a: tensor<64x64xf32> {etch.kind = "state", etch.path = "a"}, %b: tensor<64x64xf32> {etch.kind = "state", etch.path = "b"}, %x: tensor<64x64xf32>, %z: tensor<64x64xf32>)
    -> (tensor<64x64xf32> {etch.kind = "state", etch.path = "a"}, tensor<64x64xf32> {etch.kind = "state", etch.path = "b"}, tensor<64x64xf32>, tensor<64x64xf32>, tensor<64x64xf32>) {
  %t = etch.exp %x : (tensor<64x64xf32>) -> tensor<64x64xf32>
  %r2 = etch.matmul %t, %b : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %b2 = etch.mul %b, %z : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %r1 = etch.matmul %b2, %a : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %a2 = etch.mul %a, %t : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  return %a2, %b2, %r1, %r2, %t : tensor<64x64xf32>, tensor<64x64xf32>, tensor<64x64xf32>, tensor<64x64xf32>, tensor<64x64xf32>
}
