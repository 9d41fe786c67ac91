#include "etch/tests/ops/sample.h"

namespace etch::testing {
namespace {

void addConstant(std::vector<Sample>& samples, const std::string& value, const std::string& type) {
  std::string tensor = "tensor<" + type + ">";
  Sample sample;
  sample.op = "constant";
  sample.name = "constant " + value + " : " + type;
  sample.text = "func.func @main() -> " + tensor + " {\n  %r = etch.constant dense<" + value +
                "> : " + tensor + "\n  return %r : " + tensor + "\n}\n";
  sample.exact = true;
  samples.push_back(std::move(sample));
}

}  // namespace

void addCreationSamples(std::vector<Sample>& samples) {
  for (const char* element : {"f16", "bf16", "f32", "f64"}) {
    addConstant(samples, "0.5", typeText({5, 7}, element));
    addConstant(samples, "[[1.0, -2.5, 3.0], [4.0, 0.1, 1.0e-3]]", typeText({2, 3}, element));
    addConstant(samples, "-7.0", typeText({}, element));
  }
  for (const char* element : {"ui8", "i8", "i32", "i64"}) {
    addConstant(samples, "7", typeText({5, 7}, element));
    addConstant(samples, "[1, 2, 100, 127]", typeText({4}, element));
  }
  for (const char* element : {"i8", "i32", "i64"})
    addConstant(samples, "[-1, -128]", typeText({2}, element));
  addConstant(samples, "[128, 255]", "2xui8");
  addConstant(samples, "true", "3xi1");
  addConstant(samples, "[true, false, true]", "3xi1");
  addConstant(samples, "[]", "0xf32");

  for (const char* element : {"ui8", "i8", "i32", "i64", "f16", "bf16", "f32", "f64"})
    for (int64_t dim : {0, 1}) {
      Sample sample = makeSample({"iota",
                                  {},
                                  {typeText({5, 7}, element)},
                                  "{shape = array<i64: 5, 7>, dim = " + std::to_string(dim) +
                                      " : i64, dtype = " + element + "}",
                                  ""});
      sample.exact = true;
      samples.push_back(std::move(sample));
    }
  samples.push_back(makeSample(
      {"iota", {}, {"300xui8"}, "{shape = array<i64: 300>, dim = 0 : i64, dtype = ui8}", ""}));
  samples.push_back(makeSample(
      {"iota", {}, {"0xi64"}, "{shape = array<i64: 0>, dim = 0 : i64, dtype = i64}", ""}));
}

}  // namespace etch::testing
