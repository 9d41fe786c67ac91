// Samples of the ops that compute with numbers, element by element.
#include <cmath>
#include <limits>

#include "etch/tests/ops/sample.h"

namespace etch::testing {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kMinI32 = -2147483648.0, kMinI64 = -9223372036854775808.0;

using Shape = std::vector<int64_t>;
const Shape kShapes[] = {{5, 7}, {1}, {}, {0, 3}, {2, 3, 17}};

// `op` of `operands` operands of one type, over shapes and float types.
void addFloats(std::vector<Sample>& samples, const std::string& op,
               const std::vector<Domain>& domains) {
  auto add = [&](const Shape& shape, const char* element) {
    std::string type = typeText(shape, element);
    samples.push_back(
        makeSample({op, std::vector<std::string>(domains.size(), type), {type}}, domains));
  };
  for (const Shape& shape : kShapes)
    for (const char* element : {"f32", "f64"}) add(shape, element);
  for (const char* element : {"f16", "bf16"}) add({4, 9}, element);
}

// `op` at special values, one for each element.
void addSpecial(std::vector<Sample>& samples, const std::string& op,
                const std::vector<std::vector<double>>& values,
                const std::vector<const char*>& elements = {"f32", "f64"}) {
  for (const char* element : elements) {
    std::string type = typeText({static_cast<int64_t>(values[0].size())}, element);
    std::vector<Domain> domains;
    for (const auto& value : values) domains.push_back({.special = value});
    samples.push_back(
        makeSample({op, std::vector<std::string>(values.size(), type), {type}}, domains));
  }
}

void addIntegers(std::vector<Sample>& samples, const std::string& op, size_t operands) {
  for (const char* element : {"ui8", "i8", "i32", "i64"}) {
    std::string type = typeText({5, 7}, element);
    samples.push_back(makeSample({op, std::vector<std::string>(operands, type), {type}},
                                 std::vector<Domain>(operands, Domain{-100, 100})));
  }
}

void addUnary(std::vector<Sample>& samples) {
  Domain awayFromZero{.low = -4, .high = 4, .grid = 8};
  Domain betweenHalves{.low = -4, .high = 4, .grid = 0.5};
  for (const char* op : {"neg", "abs", "sign"}) {
    addFloats(samples, op, {awayFromZero});
    addSpecial(samples, op, {{0, kInf, -kInf, kNan, 1e-30}});
    addIntegers(samples, op, 1);
    addSpecial(samples, op, {{0, -1, 1, -128, 127}}, {"i8"});
    addSpecial(samples, op, {{0, 1, 127, 128, 255}}, {"ui8"});
    addSpecial(samples, op, {{0, -1, kMinI32, 2147483647}}, {"i32"});
    addSpecial(samples, op, {{0, -1, kMinI64}}, {"i64"});
  }
  for (const char* op : {"floor", "ceil", "round"}) {
    addFloats(samples, op, {betweenHalves});
    addSpecial(
        samples, op,
        {{0, 0.5, -0.5, 1.5, -1.5, 2.5, -2.5, 3, -3, 16777216, 0.49999997, kInf, -kInf, kNan}});
  }
  addFloats(samples, "exp", {{-3, 3}});
  addSpecial(samples, "exp", {{0, 1, -1, -100, -1000, -kInf, kNan}});
  addSpecial(samples, "exp", {{80, 85, 87, 88}}, {"f32"});
  addSpecial(samples, "exp", {{89, 1000, kInf}}, {"f32"});
  addSpecial(samples, "exp", {{700, 709}}, {"f64"});
  addSpecial(samples, "exp", {{710, 1e5, kInf}}, {"f64"});
  addFloats(samples, "log", {{0.1, 4}});
  addSpecial(samples, "log", {{1, 0, -1, 1e-30, 1e30, kInf, -kInf, kNan}});
  addFloats(samples, "expm1", {{-3, 3}});
  addSpecial(samples, "expm1", {{0, 1e-10, -1e-10, 1e-4, -20, -1000, -kInf, kNan}});
  addFloats(samples, "log1p", {{-0.9, 4}});
  addSpecial(samples, "log1p", {{0, 1e-10, -1e-10, 1e-4, -1, -2, 1e30, kInf, kNan}});
  addFloats(samples, "sqrt", {{0.1, 4}});
  addFloats(samples, "rsqrt", {{0.1, 4}});
  addSpecial(samples, "sqrt", {{0, -1, 4, kInf, kNan}});
  addSpecial(samples, "rsqrt", {{0, -1, 4, kInf, kNan}});
  addFloats(samples, "tanh", {{-3, 3}});
  addFloats(samples, "erf", {{-3, 3}});
  addSpecial(samples, "tanh", {{0, 1e-8, 10, -10, 100, kInf, -kInf, kNan}});
  addSpecial(samples, "erf", {{0, 1e-8, 4, -4, 100, kInf, -kInf, kNan}});
  for (const char* op : {"sin", "cos"}) {
    addFloats(samples, op, {{-4, 4}});
    addSpecial(samples, op, {{0, 1, 100, -1000, 3.14159265, kInf, kNan}});
  }
  addFloats(samples, "detach", {{}});
  addIntegers(samples, "detach", 1);
}

void addBinary(std::vector<Sample>& samples) {
  Domain awayFromZero{.low = -4, .high = 4, .grid = 8};
  for (const char* op : {"add", "sub", "mul", "maximum", "minimum"}) {
    addFloats(samples, op, {{}, {}});
    addIntegers(samples, op, 2);
    addSpecial(samples, op, {{127, -128, -128, 100}, {1, -1, -128, 100}}, {"i8"});
    addSpecial(samples, op, {{255, 0, 128, 200}, {1, 1, 2, 100}}, {"ui8"});
    addSpecial(samples, op, {{2147483647, kMinI32, kMinI32}, {1, -1, kMinI32}}, {"i32"});
    addSpecial(samples, op, {{kMinI64, kMinI64, 1e18}, {-1, kMinI64, 1e18}}, {"i64"});
  }
  for (const char* op : {"maximum", "minimum"})
    addSpecial(samples, op, {{kNan, 1, kNan, kInf, -kInf, 2}, {1, kNan, kNan, 1, 1, 2}});
  addFloats(samples, "div", {{}, awayFromZero});
  addIntegers(samples, "div", 2);
  addSpecial(samples, "div", {{1, -1, 0, kInf, 1}, {0, 0, 0, kInf, kInf}});
  addSpecial(samples, "div", {{-128, 7, -7, 7, -7, 5}, {-1, 2, 2, -2, -2, 0}}, {"i8"});
  addSpecial(samples, "div", {{255, 200, 5}, {2, 100, 0}}, {"ui8"});
  addSpecial(samples, "div", {{kMinI32, 7, -7, 5}, {-1, -2, 2, 0}}, {"i32"});
  addSpecial(samples, "div", {{kMinI64, 7, -7, 5}, {-1, -2, 2, 0}}, {"i64"});
  addFloats(samples, "pow", {{0.2, 3}, {-2, 2}});
  addSpecial(samples, "pow", {{0, 0, 0, -2, -2, -2, 2, 1, kInf}, {0, 1, 2, 3, 2, 0.5, 0, 1e9, -1}});
}

}  // namespace

void addElementwiseSamples(std::vector<Sample>& samples) {
  addUnary(samples);
  addBinary(samples);
}

}  // namespace etch::testing
