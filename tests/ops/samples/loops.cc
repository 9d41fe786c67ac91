#include "etch/tests/ops/sample.h"

namespace etch::testing {
namespace {

// A recurrence with a product: h' = tanh(h w + x), and the h's. LENGTH steps, in the order ORDER.
constexpr const char* kRecurrence = R"mlir(
func.func @main(%h: tensor<3x4xELEMENT>, %x: tensor<LENGTHx3x4xELEMENT>, %w: tensor<4x4xELEMENT>)
    -> (tensor<3x4xELEMENT>, tensor<LENGTHx3x4xELEMENT>) {
  %r:2 = etch.scan carry(%h) over(%x) with(%w) {
    ^bb0(%a: tensor<3x4xELEMENT>, %row: tensor<3x4xELEMENT>, %m: tensor<4x4xELEMENT>):
      %0 = etch.matmul %a, %m : (tensor<3x4xELEMENT>, tensor<4x4xELEMENT>) -> tensor<3x4xELEMENT>
      %1 = etch.add %0, %row : (tensor<3x4xELEMENT>, tensor<3x4xELEMENT>) -> tensor<3x4xELEMENT>
      %2 = etch.tanh %1 : (tensor<3x4xELEMENT>) -> tensor<3x4xELEMENT>
      etch.yield %2, %2 : tensor<3x4xELEMENT>, tensor<3x4xELEMENT>
  } {length = LENGTH : i64ORDER} : (tensor<3x4xELEMENT>, tensor<LENGTHx3x4xELEMENT>, tensor<4x4xELEMENT>) -> (tensor<3x4xELEMENT>, tensor<LENGTHx3x4xELEMENT>)
  return %r#0, %r#1 : tensor<3x4xELEMENT>, tensor<LENGTHx3x4xELEMENT>
}
)mlir";

// Carries that change places, one that stays, one of integers; rows that are handed on as they are;
// a captured view, a captured splat, and what follows from captures alone.
constexpr const char* kCarries = R"mlir(
func.func @main(%p: tensor<5xELEMENT>, %q: tensor<5xELEMENT>, %n: tensor<i64>,
                %x: tensor<4x5xELEMENT>, %k: tensor<1xELEMENT>, %e: tensor<5xELEMENT>)
    -> (tensor<5xELEMENT>, tensor<5xELEMENT>, tensor<5xELEMENT>, tensor<i64>, tensor<4x5xELEMENT>, tensor<4xi64>) {
  %wide = etch.broadcast %k {shape = array<i64: 5>} : (tensor<1xELEMENT>) -> tensor<5xELEMENT>
  %half = etch.constant dense<0.5> : tensor<5xELEMENT>
  %r:6 = etch.scan carry(%p, %q, %e, %n) over(%x) with(%wide, %half, %e) {
    ^bb0(%a: tensor<5xELEMENT>, %b: tensor<5xELEMENT>, %same: tensor<5xELEMENT>, %i: tensor<i64>,
         %row: tensor<5xELEMENT>, %c: tensor<5xELEMENT>, %d: tensor<5xELEMENT>, %f: tensor<5xELEMENT>):
      %g = etch.exp %f : (tensor<5xELEMENT>) -> tensor<5xELEMENT>
      %0 = etch.mul %a, %d : (tensor<5xELEMENT>, tensor<5xELEMENT>) -> tensor<5xELEMENT>
      %1 = etch.mul %row, %c : (tensor<5xELEMENT>, tensor<5xELEMENT>) -> tensor<5xELEMENT>
      %2 = etch.add %0, %1 : (tensor<5xELEMENT>, tensor<5xELEMENT>) -> tensor<5xELEMENT>
      %3 = etch.mul %2, %same : (tensor<5xELEMENT>, tensor<5xELEMENT>) -> tensor<5xELEMENT>
      %4 = etch.add %3, %g : (tensor<5xELEMENT>, tensor<5xELEMENT>) -> tensor<5xELEMENT>
      %one = etch.constant dense<1> : tensor<i64>
      %5 = etch.add %i, %one : (tensor<i64>, tensor<i64>) -> tensor<i64>
      etch.yield %b, %4, %same, %5, %row, %i : tensor<5xELEMENT>, tensor<5xELEMENT>, tensor<5xELEMENT>, tensor<i64>, tensor<5xELEMENT>, tensor<i64>
  } {length = 4 : i64} : (tensor<5xELEMENT>, tensor<5xELEMENT>, tensor<5xELEMENT>, tensor<i64>, tensor<4x5xELEMENT>, tensor<5xELEMENT>, tensor<5xELEMENT>, tensor<5xELEMENT>) -> (tensor<5xELEMENT>, tensor<5xELEMENT>, tensor<5xELEMENT>, tensor<i64>, tensor<4x5xELEMENT>, tensor<4xi64>)
  return %r#0, %r#1, %r#2, %r#3, %r#4, %r#5 : tensor<5xELEMENT>, tensor<5xELEMENT>, tensor<5xELEMENT>, tensor<i64>, tensor<4x5xELEMENT>, tensor<4xi64>
}
)mlir";

// A scan in a scan, on a transposed view of its rows; a conditional with a product within it.
constexpr const char* kNested = R"mlir(
func.func @main(%h: tensor<2x2xELEMENT>, %x: tensor<3x2x4xELEMENT>, %w: tensor<2x2xELEMENT>) -> tensor<2x2xELEMENT> {
  %r = etch.scan carry(%h) over(%x) with(%w) {
    ^bb0(%a: tensor<2x2xELEMENT>, %row: tensor<2x4xELEMENT>, %m: tensor<2x2xELEMENT>):
      %t = etch.transpose %row {permutation = array<i64: 1, 0>} : (tensor<2x4xELEMENT>) -> tensor<4x2xELEMENT>
      %0 = etch.scan carry(%a) over(%t) with(%m) {
        ^bb0(%b: tensor<2x2xELEMENT>, %e: tensor<2xELEMENT>, %n: tensor<2x2xELEMENT>):
          %1 = etch.reshape %e {shape = array<i64: 1, 2>} : (tensor<2xELEMENT>) -> tensor<1x2xELEMENT>
          %2 = etch.broadcast %1 {shape = array<i64: 2, 2>} : (tensor<1x2xELEMENT>) -> tensor<2x2xELEMENT>
          %3 = etch.reduce_sum %e {dims = array<i64: 0>} : (tensor<2xELEMENT>) -> tensor<1xELEMENT>
          %4 = etch.reshape %3 {shape = array<i64>} : (tensor<1xELEMENT>) -> tensor<ELEMENT>
          %5 = etch.constant dense<-10.0> : tensor<ELEMENT>
          %p = etch.compare gt, %4, %5 : (tensor<ELEMENT>, tensor<ELEMENT>) -> tensor<i1>
          %6 = etch.cond %p, %b, %n, %2 {
            ^bb0(%c: tensor<2x2xELEMENT>, %d: tensor<2x2xELEMENT>, %f: tensor<2x2xELEMENT>):
              %7 = etch.matmul %c, %d : (tensor<2x2xELEMENT>, tensor<2x2xELEMENT>) -> tensor<2x2xELEMENT>
              %8 = etch.add %7, %f : (tensor<2x2xELEMENT>, tensor<2x2xELEMENT>) -> tensor<2x2xELEMENT>
              %9 = etch.tanh %8 : (tensor<2x2xELEMENT>) -> tensor<2x2xELEMENT>
              etch.yield %9 : tensor<2x2xELEMENT>
          } else {
            ^bb0(%c: tensor<2x2xELEMENT>, %d: tensor<2x2xELEMENT>, %f: tensor<2x2xELEMENT>):
              etch.yield %c : tensor<2x2xELEMENT>
          } : (tensor<i1>, tensor<2x2xELEMENT>, tensor<2x2xELEMENT>, tensor<2x2xELEMENT>) -> tensor<2x2xELEMENT>
          etch.yield %6 : tensor<2x2xELEMENT>
      } {length = 4 : i64, reverse} : (tensor<2x2xELEMENT>, tensor<4x2xELEMENT>, tensor<2x2xELEMENT>) -> tensor<2x2xELEMENT>
      etch.yield %0 : tensor<2x2xELEMENT>
  } {length = 3 : i64} : (tensor<2x2xELEMENT>, tensor<3x2x4xELEMENT>, tensor<2x2xELEMENT>) -> tensor<2x2xELEMENT>
  return %r : tensor<2x2xELEMENT>
}
)mlir";

// Doubles x until its largest magnitude passes a bound; counts, and changes two carries' places.
constexpr const char* kWhile = R"mlir(
func.func @main(%x: tensor<6xELEMENT>, %y: tensor<6xELEMENT>, %bound: tensor<ELEMENT>)
    -> (tensor<6xELEMENT>, tensor<6xELEMENT>, tensor<i64>) {
  %zero = etch.constant dense<0> : tensor<i64>
  %r:3 = etch.while carry(%x, %y, %zero) with(%bound) {
    ^bb0(%a: tensor<6xELEMENT>, %b: tensor<6xELEMENT>, %n: tensor<i64>, %c: tensor<ELEMENT>):
      %0 = etch.abs %a : (tensor<6xELEMENT>) -> tensor<6xELEMENT>
      %1 = etch.reduce_max %0 {dims = array<i64: 0>} : (tensor<6xELEMENT>) -> tensor<1xELEMENT>
      %2 = etch.reshape %1 {shape = array<i64>} : (tensor<1xELEMENT>) -> tensor<ELEMENT>
      %small = etch.compare lt, %2, %c : (tensor<ELEMENT>, tensor<ELEMENT>) -> tensor<i1>
      %most = etch.constant dense<40> : tensor<i64>
      %few = etch.compare lt, %n, %most : (tensor<i64>, tensor<i64>) -> tensor<i1>
      %go = etch.and %small, %few : (tensor<i1>, tensor<i1>) -> tensor<i1>
      etch.yield %go : tensor<i1>
  } do {
    ^bb0(%a: tensor<6xELEMENT>, %b: tensor<6xELEMENT>, %n: tensor<i64>, %c: tensor<ELEMENT>):
      %0 = etch.add %a, %a : (tensor<6xELEMENT>, tensor<6xELEMENT>) -> tensor<6xELEMENT>
      %one = etch.constant dense<1> : tensor<i64>
      %1 = etch.add %n, %one : (tensor<i64>, tensor<i64>) -> tensor<i64>
      etch.yield %b, %0, %1 : tensor<6xELEMENT>, tensor<6xELEMENT>, tensor<i64>
  } : (tensor<6xELEMENT>, tensor<6xELEMENT>, tensor<i64>, tensor<ELEMENT>) -> (tensor<6xELEMENT>, tensor<6xELEMENT>, tensor<i64>)
  return %r#0, %r#1, %r#2 : tensor<6xELEMENT>, tensor<6xELEMENT>, tensor<i64>
}
)mlir";

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
  return text;
}

}  // namespace

void addLoopSamples(std::vector<Sample>& samples) {
  for (const char* element : {"f32", "f64"}) {
    for (int length : {0, 1, 2, 5, 6}) {
      for (const char* order : {"", ", reverse"}) {
        if (*order && length != 5) continue;
        std::string text =
            replaced(replaced(kRecurrence, "LENGTH", std::to_string(length)), "ORDER", order);
        samples.push_back(makeProgram(
            "scan",
            std::string("scan of ") + std::to_string(length) + " steps" + order + " " + element,
            text, element, {{}, {}, {-0.7, 0.7}}));
      }
    }
    samples.push_back(makeProgram("scan", std::string("scan of carries ") + element, kCarries,
                                  element, {{}, {}, {0, 9}, {}, {}, {-1, 1}}));
    samples.push_back(makeProgram("scan", std::string("scan nested ") + element, kNested, element,
                                  {{}, {}, {-0.7, 0.7}}));
    for (double bound : {0.0, 1e3, 1e6})
      samples.push_back(makeProgram("while", "while below " + std::to_string(bound) + " " + element,
                                    kWhile, element, {{}, {}, {bound, bound}}));
  }
}

}  // namespace etch::testing
