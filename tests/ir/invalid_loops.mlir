// RUN: etch-opt %s --verify-diagnostics --split-input-file
// What the verifiers of scan and while refuse.

// scan_c1
func.func @scan_c1_negative(%c: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error@+1 {{has a length of -1}}
  %y = etch.scan carry(%c) over() with() {
    ^bb0(%a: tensor<2xf32>):
      etch.yield %a : tensor<2xf32>
  } {length = -1 : i64} : (tensor<2xf32>) -> tensor<2xf32>
  return %y : tensor<2xf32>
}

// -----

// scan_c1
func.func @scan_c1_rows(%c: tensor<2xf32>, %x: tensor<4x2xf32>) -> tensor<2xf32> {
  // expected-error@+1 {{has 5 steps, but its input 0 is 'tensor<4x2xf32>'}}
  %y = etch.scan carry(%c) over(%x) with() {
    ^bb0(%a: tensor<2xf32>, %row: tensor<2xf32>):
      etch.yield %a : tensor<2xf32>
  } {length = 5 : i64} : (tensor<2xf32>, tensor<4x2xf32>) -> tensor<2xf32>
  return %y : tensor<2xf32>
}

// -----

// scan_c2: the step gets a row.
func.func @scan_c2(%c: tensor<2xf32>, %x: tensor<5x2xf32>) -> tensor<2xf32> {
  // expected-error@+1 {{hands a value 1 of type 'tensor<2xf32>' to its body region, which takes 'tensor<5x2xf32>'}}
  %y = etch.scan carry(%c) over(%x) with() {
    ^bb0(%a: tensor<2xf32>, %row: tensor<5x2xf32>):
      etch.yield %a : tensor<2xf32>
  } {length = 5 : i64} : (tensor<2xf32>, tensor<5x2xf32>) -> tensor<2xf32>
  return %y : tensor<2xf32>
}

// -----

// scan_c3
func.func @scan_c3_carry(%c: tensor<2xf32>) -> tensor<3xf32> {
  // expected-error@+1 {{has carries of other types at its end than at its begin}}
  %y = etch.scan carry(%c) over() with() {
    ^bb0(%a: tensor<2xf32>):
      etch.yield %a : tensor<2xf32>
  } {length = 5 : i64} : (tensor<2xf32>) -> tensor<3xf32>
  return %y : tensor<3xf32>
}

// -----

// scan_c3
func.func @scan_c3_row(%c: tensor<2xf32>) -> (tensor<2xf32>, tensor<5x3xf32>) {
  // expected-error@+1 {{wants a value 1 of type 'tensor<3xf32>' from its body region, which yields 'tensor<2xf32>'}}
  %y:2 = etch.scan carry(%c) over() with() {
    ^bb0(%a: tensor<2xf32>):
      etch.yield %a, %a : tensor<2xf32>, tensor<2xf32>
  } {length = 5 : i64} : (tensor<2xf32>) -> (tensor<2xf32>, tensor<5x3xf32>)
  return %y#0, %y#1 : tensor<2xf32>, tensor<5x3xf32>
}

// -----

// scan_c3
func.func @scan_c3_steps(%c: tensor<2xf32>) -> (tensor<2xf32>, tensor<4x2xf32>) {
  // expected-error@+1 {{has 5 steps, but its further result 0 is 'tensor<4x2xf32>'}}
  %y:2 = etch.scan carry(%c) over() with() {
    ^bb0(%a: tensor<2xf32>):
      etch.yield %a, %a : tensor<2xf32>, tensor<2xf32>
  } {length = 5 : i64} : (tensor<2xf32>) -> (tensor<2xf32>, tensor<4x2xf32>)
  return %y#0, %y#1 : tensor<2xf32>, tensor<4x2xf32>
}

// -----

// scan_c3
func.func @scan_c3_results(%c: tensor<2xf32>) {
  // expected-error@+1 {{has 1 carries and only 0 results}}
  etch.scan carry(%c) over() with() {
    ^bb0(%a: tensor<2xf32>):
      etch.yield %a : tensor<2xf32>
  } {length = 5 : i64} : (tensor<2xf32>) -> ()
  return
}

// -----

// while_c1
func.func @while_c1(%c: tensor<f32>) -> tensor<f32> {
  // expected-error@+1 {{hands 1 values to its condition region, which takes 2}}
  %y = etch.while carry(%c) with() {
    ^bb0(%a: tensor<f32>, %b: tensor<f32>):
      %0 = etch.compare lt, %a, %b : (tensor<f32>, tensor<f32>) -> tensor<i1>
      etch.yield %0 : tensor<i1>
  } do {
    ^bb0(%a: tensor<f32>):
      etch.yield %a : tensor<f32>
  } : (tensor<f32>) -> tensor<f32>
  return %y : tensor<f32>
}

// -----

// while_c2
func.func @while_c2(%c: tensor<f32>) -> tensor<f32> {
  // expected-error@+1 {{wants a value 0 of type 'tensor<i1>' from its condition region, which yields 'tensor<f32>'}}
  %y = etch.while carry(%c) with() {
    ^bb0(%a: tensor<f32>):
      etch.yield %a : tensor<f32>
  } do {
    ^bb0(%a: tensor<f32>):
      etch.yield %a : tensor<f32>
  } : (tensor<f32>) -> tensor<f32>
  return %y : tensor<f32>
}

// -----

// while_c3
func.func @while_c3(%c: tensor<f32>) -> tensor<f64> {
  // expected-error@+1 {{has carries of other types at its end than at its begin}}
  %y = etch.while carry(%c) with() {
    ^bb0(%a: tensor<f32>):
      %0 = etch.compare lt, %a, %a : (tensor<f32>, tensor<f32>) -> tensor<i1>
      etch.yield %0 : tensor<i1>
  } do {
    ^bb0(%a: tensor<f32>):
      etch.yield %a : tensor<f32>
  } : (tensor<f32>) -> tensor<f64>
  return %y : tensor<f64>
}
