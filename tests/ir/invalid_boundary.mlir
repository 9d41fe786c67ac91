// RUN: etch-opt %s --verify-diagnostics --split-input-file
// What etch.boundary refuses.

// boundary_c1
func.func @boundary_c1(%x: tensor<8xf32>, %y: tensor<4xi64>) -> tensor<4xi64> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{inferred type(s) 'tensor<8xf32>', 'tensor<4xi64>' are incompatible with return type(s) of operation 'tensor<8xf32>', 'tensor<8xi64>'}}
  %a, %b = etch.boundary %x, %y : (tensor<8xf32>, tensor<4xi64>) -> (tensor<8xf32>, tensor<8xi64>)
  return %y : tensor<4xi64>
}
