// RUN: etch-opt %s --verify-diagnostics --split-input-file
// What the type rules of windows, fold and conv refuse.

// windows_c1
func.func @windows_entries(%x: tensor<8x64xf32>) -> tensor<8x3x62xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.windows has 1 kernel extents, 2 strides and 1 dilations for rank 2 (operand 'tensor<8x64xf32>')}}
  %y = etch.windows %x {kernel = array<i64: 3>, stride = array<i64: 1, 1>, dilation = array<i64: 1>} : (tensor<8x64xf32>) -> tensor<8x3x62xf32>
  return %y : tensor<8x3x62xf32>
}

// -----

// windows_c2
func.func @windows_reach(%x: tensor<8x5xf32>) -> tensor<8x3x1xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.windows of 3 elements with stride 1 and dilation 3 in extent 5 (operand 'tensor<8x5xf32>')}}
  %y = etch.windows %x {kernel = array<i64: 3>, stride = array<i64: 1>, dilation = array<i64: 3>} : (tensor<8x5xf32>) -> tensor<8x3x1xf32>
  return %y : tensor<8x3x1xf32>
}

// -----

// windows_c2
func.func @windows_stride(%x: tensor<8x5xf32>) -> tensor<8x3x1xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.windows of 3 elements with stride 0 and dilation 1 in extent 5 (operand 'tensor<8x5xf32>')}}
  %y = etch.windows %x {kernel = array<i64: 3>, stride = array<i64: 0>, dilation = array<i64: 1>} : (tensor<8x5xf32>) -> tensor<8x3x1xf32>
  return %y : tensor<8x3x1xf32>
}

// -----

// fold_c1
func.func @fold_rank(%x: tensor<8xf32>) -> tensor<8xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.fold has 1 extents, 1 strides and 1 dilations for rank 1 (operand 'tensor<8xf32>')}}
  %y = etch.fold %x {extents = array<i64: 8>, stride = array<i64: 1>, dilation = array<i64: 1>} : (tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// -----

// fold_c2
func.func @fold_count(%x: tensor<3x5xf32>) -> tensor<8xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.fold of 5 windows of 3 elements in extent 8 with stride 1 and dilation 1 (operand 'tensor<3x5xf32>')}}
  %y = etch.fold %x {extents = array<i64: 8>, stride = array<i64: 1>, dilation = array<i64: 1>} : (tensor<3x5xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// -----

// conv_c1
func.func @conv_rank(%x: tensor<4x64xf32>, %w: tensor<10x4x3xf32>) -> tensor<10x62xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.conv wants operands of one rank, 3 or more, not 2 and 3 (operand 'tensor<4x64xf32>', weight 'tensor<10x4x3xf32>')}}
  %y = etch.conv %x, %w {stride = array<i64: 1>, low = array<i64: 0>, high = array<i64: 0>, input_dilation = array<i64: 1>, dilation = array<i64: 1>, groups = 1 : i64} : (tensor<4x64xf32>, tensor<10x4x3xf32>) -> tensor<10x62xf32>
  return %y : tensor<10x62xf32>
}

// -----

// conv_c1
func.func @conv_entries(%x: tensor<8x4x64xf32>, %w: tensor<10x4x3xf32>) -> tensor<8x10x62xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.conv has an attribute of 2 numbers for 1 spatial dimensions (operand 'tensor<8x4x64xf32>')}}
  %y = etch.conv %x, %w {stride = array<i64: 1>, low = array<i64: 0, 0>, high = array<i64: 0>, input_dilation = array<i64: 1>, dilation = array<i64: 1>, groups = 1 : i64} : (tensor<8x4x64xf32>, tensor<10x4x3xf32>) -> tensor<8x10x62xf32>
  return %y : tensor<8x10x62xf32>
}

// -----

// conv_c2
func.func @conv_groups(%x: tensor<8x4x64xf32>, %w: tensor<10x4x3xf32>) -> tensor<8x10x62xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.conv of 4 channels in 2 groups with 10 filters of 4 channels (operand 'tensor<8x4x64xf32>', weight 'tensor<10x4x3xf32>')}}
  %y = etch.conv %x, %w {stride = array<i64: 1>, low = array<i64: 0>, high = array<i64: 0>, input_dilation = array<i64: 1>, dilation = array<i64: 1>, groups = 2 : i64} : (tensor<8x4x64xf32>, tensor<10x4x3xf32>) -> tensor<8x10x62xf32>
  return %y : tensor<8x10x62xf32>
}

// -----

// conv_c3
func.func @conv_fits(%x: tensor<8x4x2xf32>, %w: tensor<10x4x3xf32>) -> tensor<8x10x1xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.conv of 3 elements with stride 1 and dilation 2 in extent 2 with input dilation 1 and padding 1 and 0 (operand 'tensor<8x4x2xf32>', weight 'tensor<10x4x3xf32>')}}
  %y = etch.conv %x, %w {stride = array<i64: 1>, low = array<i64: 1>, high = array<i64: 0>, input_dilation = array<i64: 1>, dilation = array<i64: 2>, groups = 1 : i64} : (tensor<8x4x2xf32>, tensor<10x4x3xf32>) -> tensor<8x10x1xf32>
  return %y : tensor<8x10x1xf32>
}

// -----

// conv_c4
func.func @conv_types(%x: tensor<8x4x8xf32>, %w: tensor<10x4x3xf64>) -> tensor<8x10x6xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.conv wants one element type, not 'f32' and 'f64' (operand 'tensor<8x4x8xf32>', weight 'tensor<10x4x3xf64>')}}
  %y = etch.conv %x, %w {stride = array<i64: 1>, low = array<i64: 0>, high = array<i64: 0>, input_dilation = array<i64: 1>, dilation = array<i64: 1>, groups = 1 : i64} : (tensor<8x4x8xf32>, tensor<10x4x3xf64>) -> tensor<8x10x6xf32>
  return %y : tensor<8x10x6xf32>
}
