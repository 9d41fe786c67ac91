// RUN: etch-opt %s --verify-diagnostics --split-input-file
// What the type rule of matmul refuses, always with both shapes.

// matmul_c1
func.func @vector(%a: tensor<64xf32>, %b: tensor<64x10xf32>) -> tensor<10xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.matmul wants lhs of rank 2 or more and rhs of rank 2 or more, at most that of lhs, not ranks 1 and 2 (lhs 'tensor<64xf32>', rhs 'tensor<64x10xf32>')}}
  %y = etch.matmul %a, %b : (tensor<64xf32>, tensor<64x10xf32>) -> tensor<10xf32>
  return %y : tensor<10xf32>
}

// -----

// matmul_c1
func.func @ranks(%a: tensor<8x64xf32>, %b: tensor<3x64x10xf32>) -> tensor<3x8x10xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{not ranks 2 and 3}}
  %y = etch.matmul %a, %b : (tensor<8x64xf32>, tensor<3x64x10xf32>) -> tensor<3x8x10xf32>
  return %y : tensor<3x8x10xf32>
}

// -----

// matmul_c2
func.func @contracted(%a: tensor<8x64xf32>, %b: tensor<32x10xf32>) -> tensor<8x10xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.matmul contracts 64 with 32 (lhs 'tensor<8x64xf32>', rhs 'tensor<32x10xf32>')}}
  %y = etch.matmul %a, %b : (tensor<8x64xf32>, tensor<32x10xf32>) -> tensor<8x10xf32>
  return %y : tensor<8x10xf32>
}

// -----

// matmul_c2, after the transposes.
func.func @transposed(%a: tensor<8x64xf32>, %b: tensor<64x10xf32>) -> tensor<8x64xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.matmul contracts 64 with 10}}
  %y = etch.matmul %a, %b {transpose_rhs} : (tensor<8x64xf32>, tensor<64x10xf32>) -> tensor<8x64xf32>
  return %y : tensor<8x64xf32>
}

// -----

// matmul_c3
func.func @leading(%a: tensor<2x3x8x64xf32>, %b: tensor<2x4x64x10xf32>) -> tensor<2x3x8x10xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.matmul has extents 3 and 4 in leading dimension 1}}
  %y = etch.matmul %a, %b : (tensor<2x3x8x64xf32>, tensor<2x4x64x10xf32>) -> tensor<2x3x8x10xf32>
  return %y : tensor<2x3x8x10xf32>
}

// -----

// matmul_c4
func.func @elements(%a: tensor<8x64xf32>, %b: tensor<64x10xbf16>) -> tensor<8x10xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.matmul wants one element type, not 'f32' and 'bf16'}}
  %y = etch.matmul %a, %b : (tensor<8x64xf32>, tensor<64x10xbf16>) -> tensor<8x10xf32>
  return %y : tensor<8x10xf32>
}

// -----

// matmul_c5
func.func @transposed_batch(%a: tensor<3x64x8xf32>, %b: tensor<64x10xf32>) -> tensor<3x8x10xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.matmul with transpose_lhs wants operands of one rank, not 3 and 2}}
  %y = etch.matmul %a, %b {transpose_lhs} : (tensor<3x64x8xf32>, tensor<64x10xf32>) -> tensor<3x8x10xf32>
  return %y : tensor<3x8x10xf32>
}

// -----

func.func @result(%a: tensor<8x64xf32>, %b: tensor<64x10xf32>) -> tensor<10x8xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{inferred type(s) 'tensor<8x10xf32>' are incompatible with return type(s) of operation 'tensor<10x8xf32>'}}
  %y = etch.matmul %a, %b : (tensor<8x64xf32>, tensor<64x10xf32>) -> tensor<10x8xf32>
  return %y : tensor<10x8xf32>
}
