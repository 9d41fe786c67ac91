// RUN: etch-opt %s --verify-diagnostics --split-input-file
// What the type rules of elementwise ops refuse.

// unary_c1
func.func @unary_c1(%x: tensor<8x64xf32>) -> tensor<8x32xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{inferred type(s) 'tensor<8x64xf32>' are incompatible with return type(s) of operation 'tensor<8x32xf32>'}}
  %y = etch.exp %x : (tensor<8x64xf32>) -> tensor<8x32xf32>
  return %y : tensor<8x32xf32>
}

// -----

// binary_c1
func.func @binary_c1(%a: tensor<8x64xf32>, %b: tensor<8x32xf32>) -> tensor<8x64xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.add wants operands of one type (lhs 'tensor<8x64xf32>', rhs 'tensor<8x32xf32>')}}
  %y = etch.add %a, %b : (tensor<8x64xf32>, tensor<8x32xf32>) -> tensor<8x64xf32>
  return %y : tensor<8x64xf32>
}

// -----

// binary_c1: a row does not broadcast by itself.
func.func @no_implicit_broadcast(%a: tensor<8x64xf32>, %b: tensor<64xf32>) -> tensor<8x64xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.mul wants operands of one type (lhs 'tensor<8x64xf32>', rhs 'tensor<64xf32>')}}
  %y = etch.mul %a, %b : (tensor<8x64xf32>, tensor<64xf32>) -> tensor<8x64xf32>
  return %y : tensor<8x64xf32>
}

// -----

// binary_c1
func.func @binary_result(%a: tensor<8xf32>) -> tensor<9xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{inferred type(s) 'tensor<8xf32>' are incompatible with return type(s) of operation 'tensor<9xf32>'}}
  %y = etch.add %a, %a : (tensor<8xf32>, tensor<8xf32>) -> tensor<9xf32>
  return %y : tensor<9xf32>
}

// -----

func.func @exp_of_integers(%x: tensor<8xi32>) -> tensor<8xi32> {
  // expected-error@+1 {{operand #0 must be statically shaped tensor of f16, bf16, f32 or f64 values, but got 'tensor<8xi32>'}}
  %y = etch.exp %x : (tensor<8xi32>) -> tensor<8xi32>
  return %y : tensor<8xi32>
}

// -----

func.func @sum_of_booleans(%x: tensor<8xi1>) -> tensor<8xi1> {
  // expected-error@+1 {{operand #0 must be statically shaped tensor of ui8, i8, i32, i64, f16, bf16, f32 or f64 values, but got 'tensor<8xi1>'}}
  %y = etch.add %x, %x : (tensor<8xi1>, tensor<8xi1>) -> tensor<8xi1>
  return %y : tensor<8xi1>
}

// -----

func.func @dynamic_shape(%x: tensor<?xf32>) -> tensor<?xf32> {
  // expected-error@+1 {{operand #0 must be statically shaped tensor}}
  %y = etch.neg %x : (tensor<?xf32>) -> tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

func.func @not_a_tensor(%x: f32) -> f32 {
  // expected-error@+1 {{operand #0 must be statically shaped tensor}}
  %y = etch.neg %x : (f32) -> f32
  return %y : f32
}

// -----

// compare_c1
func.func @compare_c1(%a: tensor<8xf32>, %b: tensor<8xi32>) -> tensor<8xi1> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.compare wants operands of one type (lhs 'tensor<8xf32>', rhs 'tensor<8xi32>')}}
  %y = etch.compare lt, %a, %b : (tensor<8xf32>, tensor<8xi32>) -> tensor<8xi1>
  return %y : tensor<8xi1>
}

// -----

// compare_c1
func.func @compare_result(%a: tensor<8xf32>) -> tensor<8xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{inferred type(s) 'tensor<8xi1>' are incompatible with return type(s) of operation 'tensor<8xf32>'}}
  %y = etch.compare lt, %a, %a : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// -----

// select_c1
func.func @select_c1(%c: tensor<8xi1>, %a: tensor<8xf32>, %b: tensor<8xf64>) -> tensor<8xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.select wants values of one type (on_true 'tensor<8xf32>', on_false 'tensor<8xf64>')}}
  %y = etch.select %c, %a, %b : (tensor<8xi1>, tensor<8xf32>, tensor<8xf64>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// -----

// select_c2
func.func @select_c2(%c: tensor<4x2xi1>, %a: tensor<8xf32>) -> tensor<8xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.select has a condition of shape [4, 2] for values of shape [8]}}
  %y = etch.select %c, %a, %a : (tensor<4x2xi1>, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// -----

// cast_c1
func.func @cast_c1(%x: tensor<8xi64>) -> tensor<8xf64> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{inferred type(s) 'tensor<8xf32>' are incompatible with return type(s) of operation 'tensor<8xf64>'}}
  %y = etch.cast %x {dtype = f32} : (tensor<8xi64>) -> tensor<8xf64>
  return %y : tensor<8xf64>
}
