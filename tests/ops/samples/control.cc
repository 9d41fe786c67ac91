#include "etch/tests/ops/sample.h"

namespace etch::testing {
namespace {

Sample makeProgram(const char* op, const char* name, const char* text, std::vector<Domain> inputs) {
  Sample sample;
  sample.op = op;
  sample.name = name;
  sample.text = text;
  sample.inputs = std::move(inputs);
  return sample;
}

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

std::string withElement(std::string text, const std::string& element) {
  const std::string placeholder = "ELEMENT";
  for (size_t at; (at = text.find(placeholder)) != std::string::npos;)
    text.replace(at, placeholder.size(), element);
  return text;
}

}  // namespace

void addControlSamples(std::vector<Sample>& samples) {
  for (double predicate : {0.0, 1.0}) {
    std::string suffix = predicate == 1 ? " taken" : " not taken";
    Domain fixed{predicate, predicate};
    for (const char* element : {"f32", "f64"}) {
      std::string text = withElement(kCond, element);
      for (const char* op : {"cond", "yield"})
        samples.push_back(makeProgram(op, (std::string(op) + " " + element + suffix).c_str(),
                                      text.c_str(), {fixed, {}, {}}));
    }
    for (double inner : {0.0, 1.0})
      samples.push_back(makeProgram("cond",
                                    ("cond nested" + suffix + (inner == 1 ? " 1" : " 0")).c_str(),
                                    kNestedCond, {fixed, {inner, inner}, {}}));
  }
  samples.push_back(makeProgram("launch", "launch of a shared kernel", kLaunch, {{}}));
  samples.back().fused = true;
}

}  // namespace etch::testing
