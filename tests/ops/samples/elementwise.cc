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
  for (const char* op : {"floor", "ceil", "round", "trunc"}) {
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
  addFloats(samples, "exp2", {{-3, 3}});
  addSpecial(samples, "exp2", {{0, 1, -1, 10, 100, -100, -1100, 1100, kInf, -kInf, kNan}});
  addFloats(samples, "expm1", {{-3, 3}});
  addSpecial(samples, "expm1", {{0, 1e-8, -1e-8, 1, -100, 50, -kInf, kNan}});
  addSpecial(samples, "expm1", {{1e-5, -2e-5, 3e-6}});
  for (const char* op : {"log2", "log10"}) {
    addFloats(samples, op, {{0.1, 4}});
    addSpecial(samples, op, {{1, 2, 8, 1000, 0, -1, 1e-30, 1e30, kInf, kNan}});
  }
  addFloats(samples, "log1p", {{-0.8, 4}});
  addSpecial(samples, "log1p", {{0, 1e-8, -1e-8, -1, -2, 1e-30, 1e30, kInf, kNan}});
  addSpecial(samples, "log1p", {{1e-5, -2e-5, 3e-6}});
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
  for (const char* op : {"asin", "acos"}) {
    addFloats(samples, op, {{-0.9, 0.9}});
    addSpecial(samples, op, {{0, 1e-8, 1, -1, 0.5, -0.999, 0.999999, 1.5, -2, kNan}});
  }
  addFloats(samples, "atan", {{-3, 3}});
  addSpecial(samples, "atan", {{0, 1e-8, 100, -100, 1e20, kInf, -kInf, kNan}});
  for (const char* op : {"sinh", "cosh"}) {
    addFloats(samples, op, {{-3, 3}});
    addSpecial(samples, op, {{0, 1e-8, 1e-3, 20, -20, 60, kInf, -kInf, kNan}});
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
  // Quotients between 0.2 and 0.8 and their negatives: away from jumps.
  addFloats(samples, "fmod", {{1, 3}, {4, 5}});
  addIntegers(samples, "fmod", 2);
  addSpecial(samples, "fmod",
             {{7, -7, 7, -7, 5, 0, kInf, 1, kNan, 1e10}, {2, 2, -2, -2, 0, 3, 2, kInf, 1, 0.75}});
  addSpecial(samples, "fmod", {{-128, 7, -7, 7, -7, 5}, {-1, 2, 2, -2, -2, 0}}, {"i8"});
  addSpecial(samples, "fmod", {{255, 200, 5}, {2, 100, 0}}, {"ui8"});
  addSpecial(samples, "fmod", {{kMinI32, 7, -7, 5}, {-1, -2, 2, 0}}, {"i32"});
  addSpecial(samples, "fmod", {{kMinI64, 7, -7, 5}, {-1, -2, 2, 0}}, {"i64"});
  addFloats(samples, "atan2", {{}, awayFromZero});
  addSpecial(samples, "atan2",
             {{0, 0, 1, -1, 1, -1, 1, -1, kInf, 1e-20, 1e20, kNan},
              {1, -1, 0, 0, 2, 2, -2, -2, 1, 1e-20, -1e20, 1}});
  for (const char* op : {"shift_left", "shift_right"}) {
    addSpecial(samples, op, {{1, -1, -128, 127, 5, -5, 5}, {7, 1, 7, 8, -1, 100, 0}}, {"i8"});
    addSpecial(samples, op, {{1, 255, 128, 127, 5}, {7, 1, 7, 8, 200}}, {"ui8"});
    addSpecial(samples, op, {{1, -1, kMinI32, 5, -5}, {31, 1, 31, -1, 40}}, {"i32"});
    addSpecial(samples, op, {{1, -1, kMinI64, 5, -5}, {63, 1, 63, -1, 64}}, {"i64"});
  }
  addFloats(samples, "pow", {{0.2, 3}, {-2, 2}});
  addSpecial(samples, "pow", {{0, 0, 0, -2, -2, -2, 2, 1, kInf}, {0, 1, 2, 3, 2, 0.5, 0, 1e9, -1}});
}

}  // namespace

void addElementwiseSamples(std::vector<Sample>& samples) {
  addUnary(samples);
  addBinary(samples);
}

}  // namespace etch::testing
