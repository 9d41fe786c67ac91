// RUN: etch-opt %s --verify-diagnostics --split-input-file
// What the type rules of reductions and normalizations refuse.

// reduce_c1
func.func @outside(%x: tensor<8x64xf32>) -> tensor<8x64xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.reduce_sum: dimension 2 is not in [0, 2)}}
  %y = etch.reduce_sum %x {dims = array<i64: 2>} : (tensor<8x64xf32>) -> tensor<8x64xf32>
  return %y : tensor<8x64xf32>
}

// -----

// reduce_c1
func.func @negative(%x: tensor<8x64xf32>) -> tensor<8x1xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.reduce_max: dimension -1 is not in [0, 2)}}
  %y = etch.reduce_max %x {dims = array<i64: -1>} : (tensor<8x64xf32>) -> tensor<8x1xf32>
  return %y : tensor<8x1xf32>
}

// -----

// reduce_c1
func.func @twice(%x: tensor<8x64xf32>) -> tensor<8x1xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.reduce_min: dims are not ascending (1 before 1)}}
  %y = etch.reduce_min %x {dims = array<i64: 1, 1>} : (tensor<8x64xf32>) -> tensor<8x1xf32>
  return %y : tensor<8x1xf32>
}

// -----

// reduce_c1
func.func @descending(%x: tensor<8x64xf32>) -> tensor<1x1xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.reduce_prod: dims are not ascending (1 before 0)}}
  %y = etch.reduce_prod %x {dims = array<i64: 1, 0>} : (tensor<8x64xf32>) -> tensor<1x1xf32>
  return %y : tensor<1x1xf32>
}

// -----

// reduce_c2: reduced dimensions stay.
func.func @dropped(%x: tensor<8x64xf32>) -> tensor<8xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{inferred type(s) 'tensor<8x1xf32>' are incompatible with return type(s) of operation 'tensor<8xf32>'}}
  %y = etch.reduce_sum %x {dims = array<i64: 1>} : (tensor<8x64xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// -----

// softmax_c1
func.func @softmax_c1(%x: tensor<8x64xf32>) -> tensor<8x64xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.softmax: dimension 2 is not in [0, 2)}}
  %y = etch.softmax %x {dim = 2 : i64} : (tensor<8x64xf32>) -> tensor<8x64xf32>
  return %y : tensor<8x64xf32>
}

// -----

// softmax_c2
func.func @softmax_c2(%x: tensor<8x64xf32>) -> tensor<8x1xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{inferred type(s) 'tensor<8x64xf32>' are incompatible with return type(s) of operation 'tensor<8x1xf32>'}}
  %y = etch.log_softmax %x {dim = 1 : i64} : (tensor<8x64xf32>) -> tensor<8x1xf32>
  return %y : tensor<8x1xf32>
}

// -----

// normalize_c1
func.func @normalize_c1(%x: tensor<8x64xf32>) -> tensor<8x64xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.normalize: dims are not ascending (1 before 0)}}
  %y, %r = etch.normalize %x {dims = array<i64: 1, 0>, epsilon = 1.0e-5 : f64} : (tensor<8x64xf32>) -> (tensor<8x64xf32>, tensor<1x1xf32>)
  return %y : tensor<8x64xf32>
}

// -----

// normalize_c2
func.func @normalize_c2(%x: tensor<8x64xf32>) -> tensor<8x64xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{inferred type(s) 'tensor<8x64xf32>', 'tensor<8x1xf32>' are incompatible with return type(s) of operation 'tensor<8x64xf32>', 'tensor<1x64xf32>'}}
  %y, %r = etch.normalize %x {dims = array<i64: 1>, epsilon = 1.0e-5 : f64} : (tensor<8x64xf32>) -> (tensor<8x64xf32>, tensor<1x64xf32>)
  return %y : tensor<8x64xf32>
}
