// RUN: etch-opt %s --verify-diagnostics --split-input-file
// What the type rules of attention refuse.

// attention_c1
func.func @ranks(%q: tensor<2x3x4xf32>, %k: tensor<5x4xf32>) -> tensor<2x3x4xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.attention wants operands of one rank, 2 or more, with the same leading dimensions (query 'tensor<2x3x4xf32>', key 'tensor<5x4xf32>', value 'tensor<5x4xf32>')}}
  %y, %l = etch.attention %q, %k, %k {scale = 1.0 : f64} : (tensor<2x3x4xf32>, tensor<5x4xf32>, tensor<5x4xf32>) -> (tensor<2x3x4xf32>, tensor<2x3x1xf32>)
  return %y : tensor<2x3x4xf32>
}

// -----

// attention_c2
func.func @features(%q: tensor<3x4xf32>, %k: tensor<5x6xf32>) -> tensor<3x6xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.attention has 4 and 6 features of queries and keys, 5 keys and 5 values}}
  %y, %l = etch.attention %q, %k, %k {scale = 1.0 : f64} : (tensor<3x4xf32>, tensor<5x6xf32>, tensor<5x6xf32>) -> (tensor<3x6xf32>, tensor<3x1xf32>)
  return %y : tensor<3x6xf32>
}

// -----

// attention_c3
func.func @elements(%q: tensor<3x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x4xf64>) -> tensor<3x4xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.attention wants one element type}}
  %y, %l = etch.attention %q, %k, %v {scale = 1.0 : f64} : (tensor<3x4xf32>, tensor<5x4xf32>, tensor<5x4xf64>) -> (tensor<3x4xf32>, tensor<3x1xf32>)
  return %y : tensor<3x4xf32>
}

// -----

// attention_c4
func.func @mask(%q: tensor<3x4xf32>, %k: tensor<5x4xf32>, %m: tensor<3x4xi1>) -> tensor<3x4xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.attention has a mask 'tensor<3x4xi1>' for scores [3, 5]}}
  %y, %l = etch.attention %q, %k, %k, %m {scale = 1.0 : f64} : (tensor<3x4xf32>, tensor<5x4xf32>, tensor<5x4xf32>, tensor<3x4xi1>) -> (tensor<3x4xf32>, tensor<3x1xf32>)
  return %y : tensor<3x4xf32>
}

// -----

// attention_c5
func.func @causal(%q: tensor<3x4xf32>, %k: tensor<5x4xf32>) -> tensor<3x4xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.attention is causal, with 3 queries and 5 keys}}
  %y, %l = etch.attention %q, %k, %k {scale = 1.0 : f64, causal} : (tensor<3x4xf32>, tensor<5x4xf32>, tensor<5x4xf32>) -> (tensor<3x4xf32>, tensor<3x1xf32>)
  return %y : tensor<3x4xf32>
}

// -----

// attention_backward_c1
func.func @backward_features(%q: tensor<3x4xf32>, %k: tensor<5x6xf32>, %l: tensor<3x1xf32>) -> tensor<3x4xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{has 4 and 6 features of queries and keys, 5 keys and 5 values}}
  %a, %b, %c = etch.attention_backward %q, %k, %k, %q, %l, %l {scale = 1.0 : f64} : (tensor<3x4xf32>, tensor<5x6xf32>, tensor<5x6xf32>, tensor<3x4xf32>, tensor<3x1xf32>, tensor<3x1xf32>) -> (tensor<3x4xf32>, tensor<5x6xf32>, tensor<5x6xf32>)
  return %a : tensor<3x4xf32>
}

// -----

// attention_backward_c2
func.func @cotangent(%q: tensor<3x4xf32>, %l: tensor<3x1xf32>, %dy: tensor<3x5xf32>) -> tensor<3x4xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.attention_backward wants dy 'tensor<3x4xf32>', log_sum and delta 'tensor<3x1xf32>', not 'tensor<3x5xf32>', 'tensor<3x1xf32>' and 'tensor<3x1xf32>'}}
  %a, %b, %c = etch.attention_backward %q, %q, %q, %dy, %l, %l {scale = 1.0 : f64} : (tensor<3x4xf32>, tensor<3x4xf32>, tensor<3x4xf32>, tensor<3x5xf32>, tensor<3x1xf32>, tensor<3x1xf32>) -> (tensor<3x4xf32>, tensor<3x4xf32>, tensor<3x4xf32>)
  return %a : tensor<3x4xf32>
}
