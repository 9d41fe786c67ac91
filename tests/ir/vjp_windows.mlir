// RUN: etch-opt %s --etch-autodiff | FileCheck %s
// Windows and fold are each other's derivatives, and a convolution's are convolutions.

// CHECK-LABEL: func.func @windows(
// CHECK:         etch.fold {{.*}} {dilation = array<i64: 1>, extents = array<i64: 64>, stride = array<i64: 2>} : (tensor<8x3x31xf32>) -> tensor<8x64xf32>
func.func @windows(%x: tensor<8x64xf32> {etch.requires_grad}) -> tensor<f32> {
  %y = etch.windows %x {kernel = array<i64: 3>, stride = array<i64: 2>, dilation = array<i64: 1>} : (tensor<8x64xf32>) -> tensor<8x3x31xf32>
  %z = etch.mul %y, %y : (tensor<8x3x31xf32>, tensor<8x3x31xf32>) -> tensor<8x3x31xf32>
  %s = etch.reduce_sum %z {dims = array<i64: 0, 1, 2>} : (tensor<8x3x31xf32>) -> tensor<1x1x1xf32>
  %r = etch.reshape %s {shape = array<i64>} : (tensor<1x1x1xf32>) -> tensor<f32>
  return %r : tensor<f32>
}

// CHECK-LABEL: func.func @fold(
// CHECK:         etch.windows {{.*}} {dilation = array<i64: 1>, kernel = array<i64: 3>, stride = array<i64: 2>} : (tensor<8x64xf32>) -> tensor<8x3x31xf32>
func.func @fold(%x: tensor<8x3x31xf32> {etch.requires_grad}) -> tensor<f32> {
  %y = etch.fold %x {extents = array<i64: 64>, stride = array<i64: 2>, dilation = array<i64: 1>} : (tensor<8x3x31xf32>) -> tensor<8x64xf32>
  %z = etch.mul %y, %y : (tensor<8x64xf32>, tensor<8x64xf32>) -> tensor<8x64xf32>
  %s = etch.reduce_sum %z {dims = array<i64: 0, 1>} : (tensor<8x64xf32>) -> tensor<1x1xf32>
  %r = etch.reshape %s {shape = array<i64>} : (tensor<1x1xf32>) -> tensor<f32>
  return %r : tensor<f32>
}

// The operand's: stride and input dilation change places; mirrored filters. The weight's: stride and
// dilation change places; the cotangent is the filter.
// CHECK-LABEL: func.func @conv(
// CHECK-SAME:    %[[X:.*]]: tensor<8x4x64xf32>, %[[W:.*]]: tensor<10x4x3xf32>)
// CHECK:         %[[F:.*]] = etch.reverse {{.*}} : (tensor<4x10x3xf32>) -> tensor<4x10x3xf32>
// CHECK:         etch.conv %{{.*}}, %[[F]] {dilation = array<i64: 1>, groups = 1 : i64, high = array<i64: 2>, input_dilation = array<i64: 2>, low = array<i64: 1>, stride = array<i64: 1>} : (tensor<8x10x32xf32>, tensor<4x10x3xf32>) -> tensor<8x4x64xf32>
// CHECK:         etch.conv %{{.*}} {dilation = array<i64: 2>, groups = 1 : i64, high = array<i64: 0>, input_dilation = array<i64: 1>, low = array<i64: 1>, stride = array<i64: 1>} : (tensor<4x8x64xf32>, tensor<10x8x32xf32>) -> tensor<4x10x3xf32>
func.func @conv(%x: tensor<8x4x64xf32> {etch.requires_grad}, %w: tensor<10x4x3xf32> {etch.requires_grad}) -> tensor<f32> {
  %y = etch.conv %x, %w {stride = array<i64: 2>, low = array<i64: 1>, high = array<i64: 1>, input_dilation = array<i64: 1>, dilation = array<i64: 1>, groups = 1 : i64} : (tensor<8x4x64xf32>, tensor<10x4x3xf32>) -> tensor<8x10x32xf32>
  %z = etch.mul %y, %y : (tensor<8x10x32xf32>, tensor<8x10x32xf32>) -> tensor<8x10x32xf32>
  %s = etch.reduce_sum %z {dims = array<i64: 0, 1, 2>} : (tensor<8x10x32xf32>) -> tensor<1x1x1xf32>
  %r = etch.reshape %s {shape = array<i64>} : (tensor<1x1x1xf32>) -> tensor<f32>
  return %r : tensor<f32>
}
