// RUN: etch-opt %s --verify-diagnostics --split-input-file
// What the type rules of reverse, choose_max, choose_min, cumsum and sort refuse.

// reverse_c1
func.func @reverse_dims(%x: tensor<8x64xf32>) -> tensor<8x64xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.reverse: dimension 2 is not in [0, 2)}}
  %y = etch.reverse %x {dims = array<i64: 2>} : (tensor<8x64xf32>) -> tensor<8x64xf32>
  return %y : tensor<8x64xf32>
}

// -----

// choose_c1
func.func @choose_dims(%x: tensor<8x64xf32>) -> tensor<8x1xi64> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.choose_max: dimension 2 is not in [0, 2)}}
  %y, %i = etch.choose_max %x {dims = array<i64: 2>} : (tensor<8x64xf32>) -> (tensor<8x1xf32>, tensor<8x1xi64>)
  return %i : tensor<8x1xi64>
}

// -----

// choose_c2
func.func @choose_from_nothing(%x: tensor<8x0xf32>) -> tensor<8x1xi64> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.choose_min has no element to choose (operand 'tensor<8x0xf32>')}}
  %y, %i = etch.choose_min %x {dims = array<i64: 1>} : (tensor<8x0xf32>) -> (tensor<8x1xf32>, tensor<8x1xi64>)
  return %i : tensor<8x1xi64>
}

// -----

// cumsum_c1
func.func @cumsum_dim(%x: tensor<8x64xf32>) -> tensor<8x64xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.cumsum: dimension 2 is not in [0, 2)}}
  %y = etch.cumsum %x {dim = 2 : i64} : (tensor<8x64xf32>) -> tensor<8x64xf32>
  return %y : tensor<8x64xf32>
}

// -----

// sort_c1
func.func @sort_dim(%x: tensor<8x64xf32>) -> tensor<8x64xi64> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.sort: dimension -1 is not in [0, 2)}}
  %y, %i = etch.sort %x {dim = -1 : i64} : (tensor<8x64xf32>) -> (tensor<8x64xf32>, tensor<8x64xi64>)
  return %i : tensor<8x64xi64>
}
