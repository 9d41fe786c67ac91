// RUN: etch-opt %s --etch-autodiff | FileCheck %s
// Derivatives of reductions and normalizations.

// CHECK-LABEL: func.func @reduce_sum(
// CHECK-SAME:    %{{.*}}: tensor<8x64xf32>, %[[DY:.*]]: tensor<8x1xf32>)
// CHECK:         %[[DX:.*]] = etch.broadcast %[[DY]] {shape = array<i64: 8, 64>}
// CHECK:         return %{{.*}}, %[[DX]]
func.func @reduce_sum(%x: tensor<8x64xf32> {etch.requires_grad}, %dy: tensor<8x1xf32> {etch.cotangent = 0}) -> tensor<8x1xf32> {
  %y = etch.reduce_sum %x {dims = array<i64: 1>} : (tensor<8x64xf32>) -> tensor<8x1xf32>
  return %y : tensor<8x1xf32>
}

// All elements that attain the maximum share its cotangent evenly.
// CHECK-LABEL: func.func @reduce_max(
// CHECK-SAME:    %[[X:.*]]: tensor<8x64xf32>, %[[DY:.*]]: tensor<8x1xf32>)
// CHECK:         %[[Y:.*]] = etch.reduce_max %[[X]]
// CHECK:         %[[YS:.*]] = etch.broadcast %[[Y]]
// CHECK:         %[[AT:.*]] = etch.compare eq, %[[X]], %[[YS]]
// CHECK:         %[[ONES:.*]] = etch.cast %[[AT]] {dtype = f32}
// CHECK:         %[[N:.*]] = etch.reduce_sum %[[ONES]] {dims = array<i64: 1>}
// CHECK:         %[[SHARE:.*]] = etch.div %[[DY]], %[[N]]
// CHECK-DAG:     %[[SHARES:.*]] = etch.broadcast %[[SHARE]]
// CHECK-DAG:     %[[ZERO:.*]] = etch.constant dense<0.000000e+00> : tensor<8x64xf32>
// CHECK:         %[[DX:.*]] = etch.select %[[AT]], %[[SHARES]], %[[ZERO]]
// CHECK:         return %[[Y]], %[[DX]]
func.func @reduce_max(%x: tensor<8x64xf32> {etch.requires_grad}, %dy: tensor<8x1xf32> {etch.cotangent = 0}) -> tensor<8x1xf32> {
  %y = etch.reduce_max %x {dims = array<i64: 1>} : (tensor<8x64xf32>) -> tensor<8x1xf32>
  return %y : tensor<8x1xf32>
}

// CHECK-LABEL: func.func @reduce_min(
// CHECK:         %[[Y:.*]] = etch.reduce_min
// CHECK:         %[[YS:.*]] = etch.broadcast %[[Y]]
// CHECK:         etch.compare eq, %{{.*}}, %[[YS]]
func.func @reduce_min(%x: tensor<8x64xf32> {etch.requires_grad}, %dy: tensor<8x1xf32> {etch.cotangent = 0}) -> tensor<8x1xf32> {
  %y = etch.reduce_min %x {dims = array<i64: 1>} : (tensor<8x64xf32>) -> tensor<8x1xf32>
  return %y : tensor<8x1xf32>
}

// Of (a, b, r): the product of (a b, r), whose derivative is (r, a b), and d(a b) = b da + a db.
// No division, so that a zero needs no special case.
// CHECK-LABEL: func.func @reduce_prod(
// CHECK-SAME:    %[[X:.*]]: tensor<3xf32>, %[[DY:.*]]: tensor<1xf32>)
// CHECK-NOT:     etch.div
// CHECK:         %[[A:.*]] = etch.slice %[[X]] {offsets = array<i64: 0>, sizes = array<i64: 1>
// CHECK:         %[[B:.*]] = etch.slice %[[X]] {offsets = array<i64: 1>, sizes = array<i64: 1>
// CHECK:         %[[AB:.*]] = etch.mul %[[A]], %[[B]]
// CHECK:         %[[R:.*]] = etch.slice %[[X]] {offsets = array<i64: 2>, sizes = array<i64: 1>
// CHECK:         %[[Q:.*]] = etch.concat %[[AB]], %[[R]]
// CHECK:         %[[Q0:.*]] = etch.slice %[[Q]] {offsets = array<i64: 0>
// CHECK:         %[[Q1:.*]] = etch.slice %[[Q]] {offsets = array<i64: 1>
// CHECK:         %[[DQ0:.*]] = etch.mul %[[DY]], %[[Q1]]
// CHECK:         %[[DQ1:.*]] = etch.mul %[[DY]], %[[Q0]]
// CHECK:         %[[DQ:.*]] = etch.concat %[[DQ0]], %[[DQ1]]
// CHECK:         %[[DAB:.*]] = etch.slice %[[DQ]] {offsets = array<i64: 0>
// CHECK-DAG:     %[[DA:.*]] = etch.mul %[[DAB]], %[[B]]
// CHECK-DAG:     %[[DB:.*]] = etch.mul %[[DAB]], %[[A]]
// CHECK-DAG:     %[[DR:.*]] = etch.slice %[[DQ]] {offsets = array<i64: 1>
// CHECK:         %[[DX:.*]] = etch.concat %[[DA]], %[[DB]], %[[DR]]
// CHECK:         return %{{.*}}, %[[DX]]
func.func @reduce_prod(%x: tensor<3xf32> {etch.requires_grad}, %dy: tensor<1xf32> {etch.cotangent = 0}) -> tensor<1xf32> {
  %y = etch.reduce_prod %x {dims = array<i64: 0>} : (tensor<3xf32>) -> tensor<1xf32>
  return %y : tensor<1xf32>
}

// dx = y * (dy - sum(dy * y)), from the op's own result.
// CHECK-LABEL: func.func @softmax(
// CHECK-SAME:    %[[X:.*]]: tensor<8x64xf32>, %[[DY:.*]]: tensor<8x64xf32>)
// CHECK-NEXT:    %[[Y:.*]] = etch.softmax %[[X]]
// CHECK-NEXT:    %[[P:.*]] = etch.mul %[[DY]], %[[Y]]
// CHECK-NEXT:    %[[S:.*]] = etch.reduce_sum %[[P]] {dims = array<i64: 1>}
// CHECK-NEXT:    %[[B:.*]] = etch.broadcast %[[S]]
// CHECK-NEXT:    %[[D:.*]] = etch.sub %[[DY]], %[[B]]
// CHECK-NEXT:    %[[DX:.*]] = etch.mul %[[Y]], %[[D]]
// CHECK-NEXT:    return %[[Y]], %[[DX]]
func.func @softmax(%x: tensor<8x64xf32> {etch.requires_grad}, %dy: tensor<8x64xf32> {etch.cotangent = 0}) -> tensor<8x64xf32> {
  %y = etch.softmax %x {dim = 1 : i64} : (tensor<8x64xf32>) -> tensor<8x64xf32>
  return %y : tensor<8x64xf32>
}

// dx = dy - exp(y) * sum(dy).
// CHECK-LABEL: func.func @log_softmax(
// CHECK-SAME:    %[[X:.*]]: tensor<8x64xf32>, %[[DY:.*]]: tensor<8x64xf32>)
// CHECK:         %[[Y:.*]] = etch.log_softmax %[[X]]
// CHECK-DAG:     %[[S:.*]] = etch.reduce_sum %[[DY]] {dims = array<i64: 1>}
// CHECK-DAG:     %[[B:.*]] = etch.broadcast %[[S]]
// CHECK-DAG:     %[[E:.*]] = etch.exp %[[Y]]
// CHECK:         %[[P:.*]] = etch.mul %[[E]], %[[B]]
// CHECK:         %[[DX:.*]] = etch.sub %[[DY]], %[[P]]
// CHECK:         return %[[Y]], %[[DX]]
func.func @log_softmax(%x: tensor<8x64xf32> {etch.requires_grad}, %dy: tensor<8x64xf32> {etch.cotangent = 0}) -> tensor<8x64xf32> {
  %y = etch.log_softmax %x {dim = 1 : i64} : (tensor<8x64xf32>) -> tensor<8x64xf32>
  return %y : tensor<8x64xf32>
}

// dx = rstd * (dh - mean(dh) - h * mean(dh * h)); rstd, which nobody reads, adds no term.
// CHECK-LABEL: func.func @normalize(
// CHECK-SAME:    %[[X:.*]]: tensor<8x64xf32>, %[[DH:.*]]: tensor<8x64xf32>)
// CHECK:         %[[H:.*]], %[[S:.*]] = etch.normalize %[[X]]
// CHECK:         %[[SUM1:.*]] = etch.reduce_sum %[[DH]] {dims = array<i64: 1>}
// CHECK:         %[[EACH:.*]] = etch.constant dense<1.562500e-02> : tensor<8x1xf32>
// CHECK:         %[[M1:.*]] = etch.mul %[[SUM1]], %[[EACH]]
// CHECK:         %[[B1:.*]] = etch.broadcast %[[M1]]
// CHECK:         %[[D1:.*]] = etch.sub %[[DH]], %[[B1]]
// CHECK:         %[[P:.*]] = etch.mul %[[DH]], %[[H]]
// CHECK:         %[[SUM2:.*]] = etch.reduce_sum %[[P]] {dims = array<i64: 1>}
// CHECK:         %[[M2:.*]] = etch.mul %[[SUM2]]
// CHECK:         %[[B2:.*]] = etch.broadcast %[[M2]]
// CHECK:         %[[T:.*]] = etch.mul %[[H]], %[[B2]]
// CHECK:         %[[C:.*]] = etch.sub %[[D1]], %[[T]]
// CHECK:         %[[BS:.*]] = etch.broadcast %[[S]]
// CHECK:         %[[DX:.*]] = etch.mul %[[BS]], %[[C]]
// CHECK-NEXT:    return %[[H]], %[[DX]]
func.func @normalize(%x: tensor<8x64xf32> {etch.requires_grad}, %dh: tensor<8x64xf32> {etch.cotangent = 0}) -> tensor<8x64xf32> {
  %h, %s = etch.normalize %x {dims = array<i64: 1>, epsilon = 1.0e-5 : f64} : (tensor<8x64xf32>) -> (tensor<8x64xf32>, tensor<8x1xf32>)
  return %h : tensor<8x64xf32>
}

// With the cotangent of rstd too: ... - rstd^2 * h / n * ds.
// CHECK-LABEL: func.func @normalize_and_rstd(
// CHECK-SAME:    %[[DS:[a-z0-9]*]]: tensor<8x1xf32>)
// CHECK:         %[[H:.*]], %[[S:.*]] = etch.normalize
// CHECK:         %[[S2:.*]] = etch.mul %[[S]], %[[S]]
// CHECK:         %[[T:.*]] = etch.mul %[[S2]], %[[DS]]
// CHECK:         %[[EACH:.*]] = etch.constant dense<-1.562500e-02> : tensor<8x1xf32>
// CHECK:         %[[SLOPE:.*]] = etch.mul %[[T]], %[[EACH]]
// CHECK:         %[[B:.*]] = etch.broadcast %[[SLOPE]]
// CHECK:         %[[P:.*]] = etch.mul %[[B]], %[[H]]
// CHECK:         %[[DX:.*]] = etch.add %{{.*}}, %[[P]]
// CHECK-NEXT:    return %[[H]], %[[S]], %[[DX]]
func.func @normalize_and_rstd(%x: tensor<8x64xf32> {etch.requires_grad}, %dh: tensor<8x64xf32> {etch.cotangent = 0}, %ds: tensor<8x1xf32> {etch.cotangent = 1}) -> (tensor<8x64xf32>, tensor<8x1xf32>) {
  %h, %s = etch.normalize %x {dims = array<i64: 1>, epsilon = 1.0e-5 : f64} : (tensor<8x64xf32>) -> (tensor<8x64xf32>, tensor<8x1xf32>)
  return %h, %s : tensor<8x64xf32>, tensor<8x1xf32>
}
