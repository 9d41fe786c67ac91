// RUN: etch-opt %s --etch-autodiff --verify-diagnostics --split-input-file
// What cannot be differentiated is said, and where.

// expected-error@+1 {{differentiates result 0, which must be a floating scalar, not 'tensor<8xf32>'}}
func.func @not_a_scalar(%x: tensor<8xf32> {etch.requires_grad}) -> tensor<8xf32> {
  return %x : tensor<8xf32>
}

// -----

// expected-error@+1 {{differentiates result 0, which must be a floating scalar, not 'tensor<i64>'}}
func.func @an_integer(%x: tensor<i64> {etch.requires_grad}) -> tensor<i64> {
  return %x : tensor<i64>
}

// -----

// expected-error@+1 {{returns nothing to differentiate}}
func.func @no_result(%x: tensor<f32> {etch.requires_grad}) {
  return
}

// -----

// expected-error@+1 {{has an argument 1 of type 'tensor<9xf32>' as the cotangent of result 0, which does not exist or has another type}}
func.func @cotangent_type(%x: tensor<8xf32> {etch.requires_grad}, %dy: tensor<9xf32> {etch.cotangent = 0}) -> tensor<8xf32> {
  return %x : tensor<8xf32>
}

// -----

// expected-error@+1 {{has an argument 1 of type 'tensor<8xf32>' as the cotangent of result 1, which does not exist or has another type}}
func.func @cotangent_of_nothing(%x: tensor<8xf32> {etch.requires_grad}, %dy: tensor<8xf32> {etch.cotangent = 1}) -> tensor<8xf32> {
  return %x : tensor<8xf32>
}

// -----

// An op of another dialect on the path has no rule; beside the path it may stand.
func.func private @elsewhere(tensor<f32>) -> tensor<f32>
func.func @foreign_op(%x: tensor<f32> {etch.requires_grad}, %y: tensor<f32>) -> tensor<f32> {
  %0 = func.call @elsewhere(%y) : (tensor<f32>) -> tensor<f32>
  %1 = etch.mul %x, %0 : (tensor<f32>, tensor<f32>) -> tensor<f32>
  // expected-error@+1 {{has no derivative rule, but a gradient flows through it; detach its operand to stop the gradient}}
  %2 = func.call @elsewhere(%1) : (tensor<f32>) -> tensor<f32>
  return %2 : tensor<f32>
}

// -----

// Inside a region too.
func.func private @elsewhere(tensor<f32>) -> tensor<f32>
func.func @foreign_op_inside(%p: tensor<i1>, %x: tensor<f32> {etch.requires_grad}) -> tensor<f32> {
  %y = etch.cond %p, %x {
    ^bb0(%a: tensor<f32>):
      // expected-error@+1 {{has no derivative rule}}
      %0 = func.call @elsewhere(%a) : (tensor<f32>) -> tensor<f32>
      etch.yield %0 : tensor<f32>
  } else {
    ^bb0(%a: tensor<f32>):
      etch.yield %a : tensor<f32>
  } : (tensor<i1>, tensor<f32>) -> tensor<f32>
  return %y : tensor<f32>
}
