// RUN: etch-opt %s --verify-diagnostics --split-input-file
// What the verifiers of checkpoint, custom_vjp and barrier refuse.

// checkpoint_c1
func.func @checkpoint_c1(%x: tensor<8xf32>) -> tensor<8xf32> {
  // expected-error@+1 {{hands 1 values to its body region, which takes 0}}
  %y = etch.checkpoint %x {
      %0 = etch.constant dense<0.0> : tensor<8xf32>
      etch.yield %0 : tensor<8xf32>
  } : (tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// -----

// custom_vjp_c1
func.func @custom_vjp_c1(%x: tensor<8xf32>) -> tensor<8xf32> {
  // expected-error@+1 {{wants 1 values from its forward region, which yields 0}}
  %y = etch.custom_vjp(%x) with() forward {
    ^bb0(%a: tensor<8xf32>):
      etch.yield
  } backward {
    ^bb0(%a: tensor<8xf32>, %b: tensor<8xf32>, %db: tensor<8xf32>):
      etch.yield %db : tensor<8xf32>
  } : (tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// -----

// custom_vjp_c2
func.func @custom_vjp_c2_takes(%x: tensor<8xf32>) -> tensor<8xf32> {
  // expected-error@+1 {{hands 3 values to its backward region, which takes 2}}
  %y = etch.custom_vjp(%x) with() forward {
    ^bb0(%a: tensor<8xf32>):
      etch.yield %a : tensor<8xf32>
  } backward {
    ^bb0(%a: tensor<8xf32>, %db: tensor<8xf32>):
      etch.yield %db : tensor<8xf32>
  } : (tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// -----

// custom_vjp_c2: captures have no gradient.
func.func @custom_vjp_c2_yields(%x: tensor<8xf32>, %w: tensor<4xf32>) -> tensor<8xf32> {
  // expected-error@+1 {{wants 1 values from its backward region, which yields 2}}
  %y = etch.custom_vjp(%x) with(%w) forward {
    ^bb0(%a: tensor<8xf32>, %b: tensor<4xf32>):
      etch.yield %a : tensor<8xf32>
  } backward {
    ^bb0(%a: tensor<8xf32>, %c: tensor<8xf32>, %dc: tensor<8xf32>, %b: tensor<4xf32>):
      etch.yield %dc, %b : tensor<8xf32>, tensor<4xf32>
  } : (tensor<8xf32>, tensor<4xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// -----

// barrier_c1
func.func @barrier_c1(%x: tensor<8xf32>) -> tensor<9xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{op inferred type(s) 'tensor<8xf32>' are incompatible with return type(s) of operation 'tensor<9xf32>'}}
  %y = etch.barrier %x after() : (tensor<8xf32>) -> tensor<9xf32>
  return %y : tensor<9xf32>
}
