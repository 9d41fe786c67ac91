// RUN: etch-opt %s --verify-diagnostics --split-input-file
// What the type rules of gather, scatter_add, constants, iota and random draws refuse.

// gather_c1
func.func @gather_scalar(%t: tensor<f32>, %i: tensor<8xi64>) -> tensor<8xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.gather wants a table of rank 1 or more, not rank 0 (table 'tensor<f32>')}}
  %y = etch.gather %t, %i : (tensor<f32>, tensor<8xi64>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// -----

// gather_c1
func.func @gather_no_rows(%t: tensor<0x4xf32>, %i: tensor<8xi64>) -> tensor<8x4xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.gather of 8 rows from a table of 0 rows}}
  %y = etch.gather %t, %i : (tensor<0x4xf32>, tensor<8xi64>) -> tensor<8x4xf32>
  return %y : tensor<8x4xf32>
}

// -----

// gather_c2
func.func @gather_c2(%t: tensor<76x128xf32>, %i: tensor<8x32xi64>) -> tensor<8x32xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{inferred type(s) 'tensor<8x32x128xf32>' are incompatible with return type(s) of operation 'tensor<8x32xf32>'}}
  %y = etch.gather %t, %i : (tensor<76x128xf32>, tensor<8x32xi64>) -> tensor<8x32xf32>
  return %y : tensor<8x32xf32>
}

// -----

func.func @gather_by_floats(%t: tensor<76xf32>, %i: tensor<8xf32>) -> tensor<8xf32> {
  // expected-error@+1 {{operand #1 must be statically shaped tensor of 32-bit signless integer or 64-bit signless integer values, but got 'tensor<8xf32>'}}
  %y = etch.gather %t, %i : (tensor<76xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// -----

// scatter_add_c1
func.func @scatter_add_c1(%i: tensor<8x32xi64>, %u: tensor<8x31x128xf32>) -> tensor<76x128xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.scatter_add has updates of shape [8, 31, 128] for indices of shape [8, 32]}}
  %y = etch.scatter_add %i, %u {rows = 76 : i64} : (tensor<8x32xi64>, tensor<8x31x128xf32>) -> tensor<76x128xf32>
  return %y : tensor<76x128xf32>
}

// -----

// scatter_add_c1: fewer dimensions than the indices.
func.func @scatter_add_rank(%i: tensor<8x32xi64>, %u: tensor<8xf32>) -> tensor<76xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.scatter_add has updates of shape [8] for indices of shape [8, 32]}}
  %y = etch.scatter_add %i, %u {rows = 76 : i64} : (tensor<8x32xi64>, tensor<8xf32>) -> tensor<76xf32>
  return %y : tensor<76xf32>
}

// -----

// scatter_add_c2
func.func @scatter_add_c2(%i: tensor<8xi64>, %u: tensor<8x4xf32>) -> tensor<76xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{inferred type(s) 'tensor<76x4xf32>' are incompatible with return type(s) of operation 'tensor<76xf32>'}}
  %y = etch.scatter_add %i, %u {rows = 76 : i64} : (tensor<8xi64>, tensor<8x4xf32>) -> tensor<76xf32>
  return %y : tensor<76xf32>
}

// -----

// scatter_add_c3
func.func @scatter_add_c3(%i: tensor<8xi64>, %u: tensor<8xf32>) -> tensor<0xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.scatter_add of 8 updates to 0 rows}}
  %y = etch.scatter_add %i, %u {rows = 0 : i64} : (tensor<8xi64>, tensor<8xf32>) -> tensor<0xf32>
  return %y : tensor<0xf32>
}

// -----

// constant_c1
func.func @constant_c1() {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.constant wants the value of a tensor, not of 'vector<8xf32>'}}
  %y = "etch.constant"() {value = dense<0.5> : vector<8xf32>} : () -> tensor<8xf32>
  return
}

// -----

// constant_c1
func.func @constant_type() {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{inferred type(s) 'tensor<8xf32>' are incompatible with return type(s) of operation 'tensor<9xf32>'}}
  %y = "etch.constant"() {value = dense<0.5> : tensor<8xf32>} : () -> tensor<9xf32>
  return
}

// -----

// iota_c1
func.func @iota_dim() -> tensor<8x64xi64> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.iota: dimension 2 is not in [0, 2)}}
  %y = etch.iota {shape = array<i64: 8, 64>, dim = 2 : i64, dtype = i64} : () -> tensor<8x64xi64>
  return %y : tensor<8x64xi64>
}

// -----

// iota_c1
func.func @iota_extent() -> tensor<8xi64> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.iota has the negative extent -8 in its shape}}
  %y = etch.iota {shape = array<i64: -8>, dim = 0 : i64, dtype = i64} : () -> tensor<8xi64>
  return %y : tensor<8xi64>
}

// -----

// random_uniform_c1
func.func @random_uniform_c1(%s: tensor<3xi64>) -> tensor<8xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.random_uniform wants a state tensor<2xi64>, not 'tensor<3xi64>'}}
  %y = etch.random_uniform %s {shape = array<i64: 8>} : (tensor<3xi64>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// -----

// random_uniform_c2
func.func @random_uniform_c2(%s: tensor<2xi64>) -> tensor<8xf64> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{inferred type(s) 'tensor<8xf32>' are incompatible with return type(s) of operation 'tensor<8xf64>'}}
  %y = etch.random_uniform %s {shape = array<i64: 8>} : (tensor<2xi64>) -> tensor<8xf64>
  return %y : tensor<8xf64>
}

// -----

// update_slice_c1
func.func @update_slice_rank(%b: tensor<4x9xf32>, %u: tensor<4xf32>, %i: tensor<i64>) -> tensor<4x9xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.update_slice wants one element type and one rank (base 'tensor<4x9xf32>', update 'tensor<4xf32>')}}
  %y = etch.update_slice %b, %u, %i {dim = 1 : i64} : (tensor<4x9xf32>, tensor<4xf32>, tensor<i64>) -> tensor<4x9xf32>
  return %y : tensor<4x9xf32>
}

// -----

// update_slice_c1
func.func @update_slice_dim(%b: tensor<4x9xf32>, %u: tensor<4x2xf32>, %i: tensor<i64>) -> tensor<4x9xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.update_slice: dimension 2 is not in [0, 2)}}
  %y = etch.update_slice %b, %u, %i {dim = 2 : i64} : (tensor<4x9xf32>, tensor<4x2xf32>, tensor<i64>) -> tensor<4x9xf32>
  return %y : tensor<4x9xf32>
}

// -----

// update_slice_c2
func.func @update_slice_c2(%b: tensor<4x9xf32>, %u: tensor<3x2xf32>, %i: tensor<i64>) -> tensor<4x9xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.update_slice along dimension 1 has a base 'tensor<4x9xf32>' and an update 'tensor<3x2xf32>'}}
  %y = etch.update_slice %b, %u, %i {dim = 1 : i64} : (tensor<4x9xf32>, tensor<3x2xf32>, tensor<i64>) -> tensor<4x9xf32>
  return %y : tensor<4x9xf32>
}

// -----

// update_slice_c3
func.func @update_slice_c3(%b: tensor<4x9xf32>, %u: tensor<4x2xf32>, %i: tensor<1xi64>) -> tensor<4x9xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.update_slice wants a scalar start, not 'tensor<1xi64>'}}
  %y = etch.update_slice %b, %u, %i {dim = 1 : i64} : (tensor<4x9xf32>, tensor<4x2xf32>, tensor<1xi64>) -> tensor<4x9xf32>
  return %y : tensor<4x9xf32>
}
