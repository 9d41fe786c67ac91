// RUN: etch-opt %s --verify-diagnostics --split-input-file
// What the type rules of concat, pack and unpack refuse.

// concat_c1
func.func @concat_nothing() -> tensor<8xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.concat of no operands}}
  %y = etch.concat {dim = 0 : i64} : () -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// -----

// concat_c1
func.func @concat_elements(%a: tensor<8xf32>, %b: tensor<8xf64>) -> tensor<16xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.concat wants one rank and one element type, not 'tensor<8xf32>' and 'tensor<8xf64>'}}
  %y = etch.concat %a, %b {dim = 0 : i64} : (tensor<8xf32>, tensor<8xf64>) -> tensor<16xf32>
  return %y : tensor<16xf32>
}

// -----

// concat_c2
func.func @concat_dim(%a: tensor<8xf32>) -> tensor<16xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.concat: dimension 1 is not in [0, 1)}}
  %y = etch.concat %a, %a {dim = 1 : i64} : (tensor<8xf32>, tensor<8xf32>) -> tensor<16xf32>
  return %y : tensor<16xf32>
}

// -----

// concat_c2
func.func @concat_extents(%a: tensor<8x16xf32>, %b: tensor<7x48xf32>) -> tensor<8x64xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.concat along dimension 1 has extents 8 and 7 in dimension 0 ('tensor<8x16xf32>' and 'tensor<7x48xf32>')}}
  %y = etch.concat %a, %b {dim = 1 : i64} : (tensor<8x16xf32>, tensor<7x48xf32>) -> tensor<8x64xf32>
  return %y : tensor<8x64xf32>
}

// -----

// pack_c1
func.func @pack_c1(%x: tensor<8x60xf32>) -> tensor<4x8x16xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.pack wants rank 2 or more and a positive tile, not rank 2 and tile 0}}
  %y = etch.pack %x {tile = 0 : i64} : (tensor<8x60xf32>) -> tensor<4x8x16xf32>
  return %y : tensor<4x8x16xf32>
}

// -----

// unpack_c1
func.func @unpack_rank(%x: tensor<8x16xf32>) -> tensor<8x16xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.unpack wants rank 3 or more, not 2}}
  %y = etch.unpack %x {columns = 16 : i64} : (tensor<8x16xf32>) -> tensor<8x16xf32>
  return %y : tensor<8x16xf32>
}

// -----

// unpack_c1
func.func @unpack_columns(%x: tensor<4x8x16xf32>) -> tensor<8x48xf32> {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{etch.unpack of 48 columns from 4 panels of 16}}
  %y = etch.unpack %x {columns = 48 : i64} : (tensor<4x8x16xf32>) -> tensor<8x48xf32>
  return %y : tensor<8x48xf32>
}

// -----

// pack_c2
func.func @pack_c2(%x: tensor<7x60xbf16>) -> tensor<4x3x16x2xbf16> {
  // expected-error@+2 {{etch.pack in pairs wants an even number of rows of 16-bit elements, not 7 rows}}
  // expected-error@+1 {{failed to infer returned types}}
  %y = etch.pack %x {pairs, tile = 16 : i64} : (tensor<7x60xbf16>) -> tensor<4x3x16x2xbf16>
  return %y : tensor<4x3x16x2xbf16>
}

// -----

// unpack_c1
func.func @unpack_pairs(%x: tensor<4x3x16x3xbf16>) -> tensor<6x60xbf16> {
  // expected-error@+2 {{etch.unpack of pairs wants a last extent of 2}}
  // expected-error@+1 {{failed to infer returned types}}
  %y = etch.unpack %x {columns = 60 : i64, pairs} : (tensor<4x3x16x3xbf16>) -> tensor<6x60xbf16>
  return %y : tensor<6x60xbf16>
}
