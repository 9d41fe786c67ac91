#include "etch/tests/ops/sample.h"

namespace etch::testing {
namespace {

constexpr const char* kCheckpoint = R"mlir(
func.func @main(%x: tensor<4x6xELEMENT>, %w: tensor<6x6xELEMENT>, %i: tensor<4xi64>)
    -> (tensor<4x6xELEMENT>, tensor<4xi64>) {
  %y:2 = etch.checkpoint %x, %w, %i {
    ^bb0(%a: tensor<4x6xELEMENT>, %b: tensor<6x6xELEMENT>, %j: tensor<4xi64>):
      %0 = etch.matmul %a, %b : (tensor<4x6xELEMENT>, tensor<6x6xELEMENT>) -> tensor<4x6xELEMENT>
      %1 = etch.checkpoint %0 {
        ^bb0(%c: tensor<4x6xELEMENT>):
          %2 = etch.tanh %c : (tensor<4x6xELEMENT>) -> tensor<4x6xELEMENT>
          %3 = etch.mul %2, %c : (tensor<4x6xELEMENT>, tensor<4x6xELEMENT>) -> tensor<4x6xELEMENT>
          etch.yield %3 : tensor<4x6xELEMENT>
      } : (tensor<4x6xELEMENT>) -> tensor<4x6xELEMENT>
      %4 = etch.add %j, %j : (tensor<4xi64>, tensor<4xi64>) -> tensor<4xi64>
      etch.yield %1, %4 : tensor<4x6xELEMENT>, tensor<4xi64>
  } : (tensor<4x6xELEMENT>, tensor<6x6xELEMENT>, tensor<4xi64>) -> (tensor<4x6xELEMENT>, tensor<4xi64>)
  return %y#0, %y#1 : tensor<4x6xELEMENT>, tensor<4xi64>
}
)mlir";

// A derivative that is the right one: y = a b k^2, of which k is captured.
constexpr const char* kCustomVjp = R"mlir(
func.func @main(%x: tensor<7xELEMENT>, %w: tensor<7xELEMENT>) -> tensor<7xELEMENT> {
  %k = etch.constant dense<1.5> : tensor<7xELEMENT>
  %y = etch.custom_vjp(%x, %w) with(%k) forward {
    ^bb0(%a: tensor<7xELEMENT>, %b: tensor<7xELEMENT>, %c: tensor<7xELEMENT>):
      %0 = etch.mul %a, %b : (tensor<7xELEMENT>, tensor<7xELEMENT>) -> tensor<7xELEMENT>
      %1 = etch.mul %0, %c : (tensor<7xELEMENT>, tensor<7xELEMENT>) -> tensor<7xELEMENT>
      etch.yield %1 : tensor<7xELEMENT>
  } backward {
    ^bb0(%a: tensor<7xELEMENT>, %b: tensor<7xELEMENT>, %y: tensor<7xELEMENT>, %dy: tensor<7xELEMENT>,
         %c: tensor<7xELEMENT>):
      %0 = etch.mul %dy, %c : (tensor<7xELEMENT>, tensor<7xELEMENT>) -> tensor<7xELEMENT>
      %1 = etch.mul %0, %b : (tensor<7xELEMENT>, tensor<7xELEMENT>) -> tensor<7xELEMENT>
      %2 = etch.mul %0, %a : (tensor<7xELEMENT>, tensor<7xELEMENT>) -> tensor<7xELEMENT>
      etch.yield %1, %2 : tensor<7xELEMENT>, tensor<7xELEMENT>
  } : (tensor<7xELEMENT>, tensor<7xELEMENT>, tensor<7xELEMENT>) -> tensor<7xELEMENT>
  return %y : tensor<7xELEMENT>
}
)mlir";

constexpr const char* kBarrier = R"mlir(
func.func @main(%x: tensor<5x7xELEMENT>, %z: tensor<3xELEMENT>) -> (tensor<5x7xELEMENT>, tensor<5x7xELEMENT>, tensor<5x7xELEMENT>) {
  %0 = etch.exp %x : (tensor<5x7xELEMENT>) -> tensor<5x7xELEMENT>
  %1 = etch.tanh %z : (tensor<3xELEMENT>) -> tensor<3xELEMENT>
  %2 = etch.barrier %x after(%1, %0) : (tensor<5x7xELEMENT>, tensor<3xELEMENT>, tensor<5x7xELEMENT>) -> tensor<5x7xELEMENT>
  %3 = etch.exp %2 : (tensor<5x7xELEMENT>) -> tensor<5x7xELEMENT>
  return %0, %2, %3 : tensor<5x7xELEMENT>, tensor<5x7xELEMENT>, tensor<5x7xELEMENT>
}
)mlir";

}  // namespace

void addRegionSamples(std::vector<Sample>& samples) {
  for (std::string element : {"f32", "f64"}) {
    samples.push_back(
        makeProgram("checkpoint", "checkpoint " + element, kCheckpoint, element, {{}, {}, {0, 9}}));
    samples.push_back(
        makeProgram("custom_vjp", "custom_vjp " + element, kCustomVjp, element, {{}, {}}));
    samples.push_back(makeProgram("barrier", "barrier " + element, kBarrier, element, {{}, {}}));
  }
}

}  // namespace etch::testing
