// RUN: etch-opt %s --verify-diagnostics --split-input-file
// What the type rules of broadcast, reshape, transpose, slice and pad refuse.

// broadcast_c1
func.func @broadcast_c1(%x: tensor<64xf32>) -> tensor<8x64xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.broadcast of rank 1 to rank 2 (operand 'tensor<64xf32>', shape [8, 64]): reshape to the rank of the result first}}
  %y = etch.broadcast %x {shape = array<i64: 8, 64>} : (tensor<64xf32>) -> tensor<8x64xf32>
  return %y : tensor<8x64xf32>
}

// -----

// broadcast_c2
func.func @broadcast_c2(%x: tensor<2x64xf32>) -> tensor<8x64xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.broadcast of extent 2 to 8 in dimension 0 (operand 'tensor<2x64xf32>', shape [8, 64])}}
  %y = etch.broadcast %x {shape = array<i64: 8, 64>} : (tensor<2x64xf32>) -> tensor<8x64xf32>
  return %y : tensor<8x64xf32>
}

// -----

// broadcast_c2
func.func @broadcast_negative(%x: tensor<1x64xf32>) -> tensor<8x64xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.broadcast has the negative extent -8 in its shape}}
  %y = etch.broadcast %x {shape = array<i64: -8, 64>} : (tensor<1x64xf32>) -> tensor<8x64xf32>
  return %y : tensor<8x64xf32>
}

// -----

// reshape_c1
func.func @reshape_c1(%x: tensor<8x64xf32>) -> tensor<100xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.reshape of 512 elements to 100 (operand 'tensor<8x64xf32>', shape [100])}}
  %y = etch.reshape %x {shape = array<i64: 100>} : (tensor<8x64xf32>) -> tensor<100xf32>
  return %y : tensor<100xf32>
}

// -----

// reshape_c1: a -1 is the frontend's affair.
func.func @reshape_negative(%x: tensor<8x64xf32>) -> tensor<8x64xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.reshape has the negative extent -1 in its shape}}
  %y = etch.reshape %x {shape = array<i64: 8, -1>} : (tensor<8x64xf32>) -> tensor<8x64xf32>
  return %y : tensor<8x64xf32>
}

// -----

// transpose_c1
func.func @transpose_rank(%x: tensor<8x64xf32>) -> tensor<8x64xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.transpose has a permutation of 3 dimensions for rank 2 (operand 'tensor<8x64xf32>')}}
  %y = etch.transpose %x {permutation = array<i64: 0, 1, 2>} : (tensor<8x64xf32>) -> tensor<8x64xf32>
  return %y : tensor<8x64xf32>
}

// -----

// transpose_c1
func.func @transpose_twice(%x: tensor<8x64xf32>) -> tensor<64x64xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.transpose names dimension 1 twice in its permutation}}
  %y = etch.transpose %x {permutation = array<i64: 1, 1>} : (tensor<8x64xf32>) -> tensor<64x64xf32>
  return %y : tensor<64x64xf32>
}

// -----

// transpose_c1
func.func @transpose_outside(%x: tensor<8x64xf32>) -> tensor<64x8xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.transpose: dimension 2 is not in [0, 2)}}
  %y = etch.transpose %x {permutation = array<i64: 2, 0>} : (tensor<8x64xf32>) -> tensor<64x8xf32>
  return %y : tensor<64x8xf32>
}

// -----

// slice_c1
func.func @slice_c1(%x: tensor<8x64xf32>) -> tensor<8x16xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.slice has 1 offsets, 2 sizes and 2 strides for rank 2 (operand 'tensor<8x64xf32>')}}
  %y = etch.slice %x {offsets = array<i64: 0>, sizes = array<i64: 8, 16>, strides = array<i64: 1, 1>} : (tensor<8x64xf32>) -> tensor<8x16xf32>
  return %y : tensor<8x16xf32>
}

// -----

// slice_c2: 50 + 15 * 1 = 65 lies outside.
func.func @slice_past_the_end(%x: tensor<8x64xf32>) -> tensor<8x15xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.slice reads 15 elements from 50 by steps of 1 in dimension 1 of extent 64}}
  %y = etch.slice %x {offsets = array<i64: 0, 50>, sizes = array<i64: 8, 15>, strides = array<i64: 1, 1>} : (tensor<8x64xf32>) -> tensor<8x15xf32>
  return %y : tensor<8x15xf32>
}

// -----

// slice_c2: the last element, 32 + 11 * 3 = 65, lies outside.
func.func @slice_steps(%x: tensor<8x64xf32>) -> tensor<8x12xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.slice reads 12 elements from 32 by steps of 3 in dimension 1 of extent 64}}
  %y = etch.slice %x {offsets = array<i64: 0, 32>, sizes = array<i64: 8, 12>, strides = array<i64: 1, 3>} : (tensor<8x64xf32>) -> tensor<8x12xf32>
  return %y : tensor<8x12xf32>
}

// -----

// slice_c2: no product of these overflows into something legal.
func.func @slice_overflow(%x: tensor<8xf32>) -> tensor<3xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.slice reads 3 elements from 0 by steps of 9223372036854775807 in dimension 0 of extent 8}}
  %y = etch.slice %x {offsets = array<i64: 0>, sizes = array<i64: 3>, strides = array<i64: 9223372036854775807>} : (tensor<8xf32>) -> tensor<3xf32>
  return %y : tensor<3xf32>
}

// -----

// slice_c2
func.func @slice_step_zero(%x: tensor<8xf32>) -> tensor<3xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.slice reads 3 elements from 0 by steps of 0 in dimension 0 of extent 8}}
  %y = etch.slice %x {offsets = array<i64: 0>, sizes = array<i64: 3>, strides = array<i64: 0>} : (tensor<8xf32>) -> tensor<3xf32>
  return %y : tensor<3xf32>
}

// -----

// pad_c1
func.func @pad_rank(%x: tensor<8x62xf32>) -> tensor<8x64xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.pad has 2 low, 1 high and 2 interior paddings for rank 2}}
  %y = etch.pad %x {low = array<i64: 0, 1>, high = array<i64: 1>, interior = array<i64: 0, 0>} : (tensor<8x62xf32>) -> tensor<8x64xf32>
  return %y : tensor<8x64xf32>
}

// -----

// pad_c1
func.func @pad_negative(%x: tensor<8x62xf32>) -> tensor<8x60xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.pad has a negative padding (low -1, high -1, interior 0) in dimension 1}}
  %y = etch.pad %x {low = array<i64: 0, -1>, high = array<i64: 0, -1>, interior = array<i64: 0, 0>} : (tensor<8x62xf32>) -> tensor<8x60xf32>
  return %y : tensor<8x60xf32>
}
