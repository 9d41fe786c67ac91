#include "etch/tests/ops/sample.h"

namespace etch::testing {
namespace {

constexpr const char* kCond = R"mlir(
func.func @main(%p: tensor<i1>, %x: tensor<8xELEMENT>, %y: tensor<8xELEMENT>)
    -> (tensor<8xELEMENT>, tensor<8xELEMENT>) {
  %r:2 = etch.cond %p, %x, %y {
    ^bb0(%a: tensor<8xELEMENT>, %b: tensor<8xELEMENT>):
      %0 = etch.mul %a, %b : (tensor<8xELEMENT>, tensor<8xELEMENT>) -> tensor<8xELEMENT>
      %1 = etch.tanh %0 : (tensor<8xELEMENT>) -> tensor<8xELEMENT>
      etch.yield %0, %1 : tensor<8xELEMENT>, tensor<8xELEMENT>
  } else {
    ^bb0(%a: tensor<8xELEMENT>, %b: tensor<8xELEMENT>):
      %0 = etch.neg %a : (tensor<8xELEMENT>) -> tensor<8xELEMENT>
      etch.yield %0, %a : tensor<8xELEMENT>, tensor<8xELEMENT>
  } : (tensor<i1>, tensor<8xELEMENT>, tensor<8xELEMENT>) -> (tensor<8xELEMENT>, tensor<8xELEMENT>)
  return %r#0, %r#1 : tensor<8xELEMENT>, tensor<8xELEMENT>
}
)mlir";

constexpr const char* kNestedCond = R"mlir(
func.func @main(%p: tensor<i1>, %q: tensor<i1>, %x: tensor<3x5xf64>) -> tensor<3x5xf64> {
  %r = etch.cond %p, %q, %x {
    ^bb0(%q1: tensor<i1>, %a: tensor<3x5xf64>):
      %0 = etch.cond %q1, %a {
        ^bb0(%b: tensor<3x5xf64>):
          %1 = etch.exp %b : (tensor<3x5xf64>) -> tensor<3x5xf64>
          etch.yield %1 : tensor<3x5xf64>
      } else {
        ^bb0(%b: tensor<3x5xf64>):
          etch.yield %b : tensor<3x5xf64>
      } : (tensor<i1>, tensor<3x5xf64>) -> tensor<3x5xf64>
      etch.yield %0 : tensor<3x5xf64>
  } else {
    ^bb0(%q1: tensor<i1>, %a: tensor<3x5xf64>):
      %0 = etch.mul %a, %a : (tensor<3x5xf64>, tensor<3x5xf64>) -> tensor<3x5xf64>
      etch.yield %0 : tensor<3x5xf64>
  } : (tensor<i1>, tensor<i1>, tensor<3x5xf64>) -> tensor<3x5xf64>
  return %r : tensor<3x5xf64>
}
)mlir";

// Too costly to compute both sides: the host function runs one. What a side reads and yields is a
// view here, an input there, and one value twice.
constexpr const char* kCostlyCond = R"mlir(
func.func @main(%p: tensor<i1>, %x: tensor<5x7xf32>, %w: tensor<7x5xf32>, %b: tensor<25xf32>)
    -> (tensor<5x5xf32>, tensor<25xf32>, tensor<25xf32>) {
  %t = etch.transpose %w {permutation = array<i64: 1, 0>} : (tensor<7x5xf32>) -> tensor<5x7xf32>
  %s = etch.reshape %b {shape = array<i64: 5, 5>} : (tensor<25xf32>) -> tensor<5x5xf32>
  %r:3 = etch.cond %p, %x, %t, %s, %b {
    ^bb0(%a: tensor<5x7xf32>, %c: tensor<5x7xf32>, %d: tensor<5x5xf32>, %e: tensor<25xf32>):
      %0 = etch.matmul %a, %c {transpose_rhs} : (tensor<5x7xf32>, tensor<5x7xf32>) -> tensor<5x5xf32>
      %1 = etch.add %0, %d : (tensor<5x5xf32>, tensor<5x5xf32>) -> tensor<5x5xf32>
      %2 = etch.reshape %1 {shape = array<i64: 25>} : (tensor<5x5xf32>) -> tensor<25xf32>
      etch.yield %1, %2, %e : tensor<5x5xf32>, tensor<25xf32>, tensor<25xf32>
  } else {
    ^bb0(%a: tensor<5x7xf32>, %c: tensor<5x7xf32>, %d: tensor<5x5xf32>, %e: tensor<25xf32>):
      %0 = etch.constant dense<1.5> : tensor<25xf32>
      etch.yield %d, %e, %0 : tensor<5x5xf32>, tensor<25xf32>, tensor<25xf32>
  } : (tensor<i1>, tensor<5x7xf32>, tensor<5x7xf32>, tensor<5x5xf32>, tensor<25xf32>) -> (tensor<5x5xf32>, tensor<25xf32>, tensor<25xf32>)
  return %r#0, %r#1, %r#2 : tensor<5x5xf32>, tensor<25xf32>, tensor<25xf32>
}
)mlir";

constexpr const char* kLaunch = R"mlir(
func.func private @k0(%x: tensor<8xf32>, %y: tensor<8xf32>) -> tensor<8xf32> {
  %0 = etch.add %x, %y : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}
func.func @main(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = etch.launch @k0(%x, %x) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %1 = etch.launch @k0(%0, %x) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %1 : tensor<8xf32>
}
)mlir";

}  // namespace

void addControlSamples(std::vector<Sample>& samples) {
  for (double predicate : {0.0, 1.0}) {
    std::string suffix = predicate == 1 ? " taken" : " not taken";
    Domain fixed{predicate, predicate};
    for (const char* element : {"f32", "f64"}) {
      for (const char* op : {"cond", "yield"})
        samples.push_back(makeProgram(op, std::string(op) + " " + element + suffix, kCond, element,
                                      {fixed, {}, {}}));
    }
    for (double inner : {0.0, 1.0})
      samples.push_back(makeProgram("cond", "cond nested" + suffix + (inner == 1 ? " 1" : " 0"),
                                    kNestedCond, "f64", {fixed, {inner, inner}, {}}));
    samples.push_back(makeProgram("cond", "cond around a product" + suffix, kCostlyCond, "f32",
                                  {fixed, {}, {}, {}}));
  }
  samples.push_back(makeProgram("launch", "launch of a shared kernel", kLaunch, "f32", {{}}));
  samples.back().fused = true;
}

}  // namespace etch::testing
