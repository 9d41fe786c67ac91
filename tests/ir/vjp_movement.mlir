// RUN: etch-opt %s --etch-autodiff | FileCheck %s
// The derivative of a movement is its transpose: another movement, or a sum.

// Summed over what was repeated, not over dimension 2, which was not.
// CHECK-LABEL: func.func @broadcast(
// CHECK:         %[[DX:.*]] = etch.reduce_sum %{{.*}} {dims = array<i64: 0, 3>} : (tensor<8x1x64x2xf32>) -> tensor<1x1x64x1xf32>
// CHECK:         return %{{.*}}, %[[DX]]
func.func @broadcast(%x: tensor<1x1x64x1xf32> {etch.requires_grad}, %dy: tensor<8x1x64x2xf32> {etch.cotangent = 0}) -> tensor<8x1x64x2xf32> {
  %y = etch.broadcast %x {shape = array<i64: 8, 1, 64, 2>} : (tensor<1x1x64x1xf32>) -> tensor<8x1x64x2xf32>
  return %y : tensor<8x1x64x2xf32>
}

// CHECK-LABEL: func.func @reshape(
// CHECK:         %[[DX:.*]] = etch.reshape %{{.*}} {shape = array<i64: 8, 64>} : (tensor<512xf32>) -> tensor<8x64xf32>
// CHECK:         return %{{.*}}, %[[DX]]
func.func @reshape(%x: tensor<8x64xf32> {etch.requires_grad}, %dy: tensor<512xf32> {etch.cotangent = 0}) -> tensor<512xf32> {
  %y = etch.reshape %x {shape = array<i64: 512>} : (tensor<8x64xf32>) -> tensor<512xf32>
  return %y : tensor<512xf32>
}

// CHECK-LABEL: func.func @transpose(
// CHECK:         %[[DX:.*]] = etch.transpose %{{.*}} {permutation = array<i64: 2, 0, 1>} : (tensor<3x4x2xf32>) -> tensor<2x3x4xf32>
// CHECK:         return %{{.*}}, %[[DX]]
func.func @transpose(%x: tensor<2x3x4xf32> {etch.requires_grad}, %dy: tensor<3x4x2xf32> {etch.cotangent = 0}) -> tensor<3x4x2xf32> {
  %y = etch.transpose %x {permutation = array<i64: 1, 2, 0>} : (tensor<2x3x4xf32>) -> tensor<3x4x2xf32>
  return %y : tensor<3x4x2xf32>
}

// Read were 3, 5, ..., 33; 34 to 63, 30 elements, were not.
// CHECK-LABEL: func.func @slice(
// CHECK:         %[[DX:.*]] = etch.pad %{{.*}} {high = array<i64: 30>, interior = array<i64: 1>, low = array<i64: 3>} : (tensor<16xf32>) -> tensor<64xf32>
// CHECK:         return %{{.*}}, %[[DX]]
func.func @slice(%x: tensor<64xf32> {etch.requires_grad}, %dy: tensor<16xf32> {etch.cotangent = 0}) -> tensor<16xf32> {
  %y = etch.slice %x {offsets = array<i64: 3>, sizes = array<i64: 16>, strides = array<i64: 2>} : (tensor<64xf32>) -> tensor<16xf32>
  return %y : tensor<16xf32>
}

// CHECK-LABEL: func.func @slice_of_nothing(
// CHECK:         %[[DX:.*]] = etch.pad %{{.*}} {high = array<i64: 61>, interior = array<i64: 0>, low = array<i64: 3>} : (tensor<0xf32>) -> tensor<64xf32>
// CHECK:         return %{{.*}}, %[[DX]]
func.func @slice_of_nothing(%x: tensor<64xf32> {etch.requires_grad}, %dy: tensor<0xf32> {etch.cotangent = 0}) -> tensor<0xf32> {
  %y = etch.slice %x {offsets = array<i64: 3>, sizes = array<i64: 0>, strides = array<i64: 1>} : (tensor<64xf32>) -> tensor<0xf32>
  return %y : tensor<0xf32>
}

// CHECK-LABEL: func.func @pad(
// CHECK:         %[[DX:.*]] = etch.slice %{{.*}} {offsets = array<i64: 3>, sizes = array<i64: 16>, strides = array<i64: 2>} : (tensor<64xf32>) -> tensor<16xf32>
// CHECK:         return %{{.*}}, %[[DX]]
func.func @pad(%x: tensor<16xf32> {etch.requires_grad}, %dy: tensor<64xf32> {etch.cotangent = 0}) -> tensor<64xf32> {
  %y = etch.pad %x {low = array<i64: 3>, high = array<i64: 30>, interior = array<i64: 1>} : (tensor<16xf32>) -> tensor<64xf32>
  return %y : tensor<64xf32>
}

// CHECK-LABEL: func.func @concat(
// CHECK:         %[[DA:.*]] = etch.slice %{{.*}} {offsets = array<i64: 0, 0>, sizes = array<i64: 8, 16>, strides = array<i64: 1, 1>}
// CHECK:         %[[DB:.*]] = etch.slice %{{.*}} {offsets = array<i64: 0, 16>, sizes = array<i64: 8, 48>, strides = array<i64: 1, 1>}
// CHECK:         return %{{.*}}, %[[DA]], %[[DB]]
func.func @concat(%a: tensor<8x16xf32> {etch.requires_grad}, %b: tensor<8x48xf32> {etch.requires_grad}, %dy: tensor<8x64xf32> {etch.cotangent = 0}) -> tensor<8x64xf32> {
  %y = etch.concat %a, %b {dim = 1 : i64} : (tensor<8x16xf32>, tensor<8x48xf32>) -> tensor<8x64xf32>
  return %y : tensor<8x64xf32>
}

// CHECK-LABEL: func.func @pack(
// CHECK:         %[[DX:.*]] = etch.unpack %{{.*}} {columns = 60 : i64, transpose} : (tensor<4x8x16xf32>) -> tensor<60x8xf32>
// CHECK:         return %{{.*}}, %[[DX]]
func.func @pack(%x: tensor<60x8xf32> {etch.requires_grad}, %dy: tensor<4x8x16xf32> {etch.cotangent = 0}) -> tensor<4x8x16xf32> {
  %y = etch.pack %x {tile = 16 : i64, transpose} : (tensor<60x8xf32>) -> tensor<4x8x16xf32>
  return %y : tensor<4x8x16xf32>
}

// CHECK-LABEL: func.func @unpack(
// CHECK:         %[[DX:.*]] = etch.pack %{{.*}} {tile = 16 : i64} : (tensor<8x60xf32>) -> tensor<4x8x16xf32>
// CHECK:         return %{{.*}}, %[[DX]]
func.func @unpack(%x: tensor<4x8x16xf32> {etch.requires_grad}, %dy: tensor<8x60xf32> {etch.cotangent = 0}) -> tensor<8x60xf32> {
  %y = etch.unpack %x {columns = 60 : i64} : (tensor<4x8x16xf32>) -> tensor<8x60xf32>
  return %y : tensor<8x60xf32>
}
