// RUN: etch-opt %s --etch-autodiff --etch-decompose --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s
// Backward and decomposed ops keep the module path and the source line of the op they come from.

// CHECK-LABEL: func.func @main(
// CHECK:         etch.reduce_max {{.*}} loc("head"("model.cc":7:0))
// CHECK:         etch.tanh {{.*}} loc("body"("model.cc":9:0))
// CHECK:         etch.mul {{.*}} loc("body"("model.cc":9:0))
// CHECK:         etch.sub {{.*}} loc("head"("model.cc":7:0))
// CHECK:         return
func.func @main(%x: tensor<8xf32> {etch.requires_grad}, %dy: tensor<8xf32> {etch.cotangent = 0}) -> tensor<8xf32> {
  %0 = etch.softmax %x {dim = 0 : i64} : (tensor<8xf32>) -> tensor<8xf32> loc("head"("model.cc":7:0))
  %1 = etch.tanh %0 : (tensor<8xf32>) -> tensor<8xf32> loc("body"("model.cc":9:0))
  return %1 : tensor<8xf32>
}
