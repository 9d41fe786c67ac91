// RUN: etch-opt %s --verify-diagnostics --split-input-file
// What the verifiers of cond and launch refuse.

// cond_c1
func.func @cond_c1(%p: tensor<8xi1>, %x: tensor<8xf32>) -> tensor<8xf32> {
  // expected-error@+1 {{wants a predicate tensor<i1>, not 'tensor<8xi1>'}}
  %y = etch.cond %p, %x {
    ^bb0(%a: tensor<8xf32>):
      etch.yield %a : tensor<8xf32>
  } else {
    ^bb0(%a: tensor<8xf32>):
      etch.yield %a : tensor<8xf32>
  } : (tensor<8xi1>, tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// -----

// cond_c2
func.func @cond_argument_count(%p: tensor<i1>, %x: tensor<8xf32>) -> tensor<8xf32> {
  // expected-error@+1 {{hands 1 values to its else region, which takes 2}}
  %y = etch.cond %p, %x {
    ^bb0(%a: tensor<8xf32>):
      etch.yield %a : tensor<8xf32>
  } else {
    ^bb0(%a: tensor<8xf32>, %b: tensor<8xf32>):
      etch.yield %a : tensor<8xf32>
  } : (tensor<i1>, tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// -----

// cond_c2
func.func @cond_argument_type(%p: tensor<i1>, %x: tensor<8xf32>) -> tensor<8xf32> {
  // expected-error@+1 {{hands a value 0 of type 'tensor<8xf32>' to its then region, which takes 'tensor<9xf32>'}}
  %y = etch.cond %p, %x {
    ^bb0(%a: tensor<9xf32>):
      %0 = etch.constant dense<0.0> : tensor<8xf32>
      etch.yield %0 : tensor<8xf32>
  } else {
    ^bb0(%a: tensor<8xf32>):
      etch.yield %a : tensor<8xf32>
  } : (tensor<i1>, tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// -----

// cond_c2
func.func @cond_yield_count(%p: tensor<i1>, %x: tensor<8xf32>) -> tensor<8xf32> {
  // expected-error@+1 {{wants 1 values from its then region, which yields 0}}
  %y = etch.cond %p, %x {
    ^bb0(%a: tensor<8xf32>):
      etch.yield
  } else {
    ^bb0(%a: tensor<8xf32>):
      etch.yield %a : tensor<8xf32>
  } : (tensor<i1>, tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// -----

// cond_c2
func.func @cond_yield_type(%p: tensor<i1>, %x: tensor<8xf32>) -> tensor<8xf64> {
  // expected-error@+1 {{wants a value 0 of type 'tensor<8xf64>' from its then region, which yields 'tensor<8xf32>'}}
  %y = etch.cond %p, %x {
    ^bb0(%a: tensor<8xf32>):
      etch.yield %a : tensor<8xf32>
  } else {
    ^bb0(%a: tensor<8xf32>):
      etch.yield %a : tensor<8xf32>
  } : (tensor<i1>, tensor<8xf32>) -> tensor<8xf64>
  return %y : tensor<8xf64>
}

// -----

// A region sees its arguments only.
func.func @cond_captures(%p: tensor<i1>, %x: tensor<8xf32>) -> tensor<8xf32> {
  %y = etch.cond %p, %x {
    ^bb0(%a: tensor<8xf32>):
      // expected-error@+1 {{using value defined outside the region}}
      %0 = etch.add %a, %x : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
      etch.yield %0 : tensor<8xf32>
  // expected-note@-5 {{required by region isolation constraints}}
  } else {
    ^bb0(%a: tensor<8xf32>):
      etch.yield %a : tensor<8xf32>
  } : (tensor<i1>, tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// -----

// launch_c1
func.func @launch_nothing(%x: tensor<8xf32>) -> tensor<8xf32> {
  // expected-error@+1 {{names no function: @k0_relu}}
  %y = etch.launch @k0_relu(%x) : (tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// -----

// launch_c1
func.func private @k0_relu(tensor<8xf32>) -> tensor<8xf32>
func.func @launch_type(%x: tensor<9xf32>) -> tensor<9xf32> {
  // expected-error@+1 {{has type '(tensor<9xf32>) -> tensor<9xf32>', but its kernel @k0_relu has '(tensor<8xf32>) -> tensor<8xf32>'}}
  %y = etch.launch @k0_relu(%x) : (tensor<9xf32>) -> tensor<9xf32>
  return %y : tensor<9xf32>
}

// -----

// launch_c1: a lowered kernel has another signature.
func.func private @k0_relu(memref<8xf32>, memref<8xf32>, index, index)
func.func @launch_lowered(%x: tensor<8xf32>) -> tensor<8xf32> {
  %y = etch.launch @k0_relu(%x) : (tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}
