// Samples of the ops on truth values and bits, of choices and of conversions.
#include <limits>

#include "etch/tests/ops/sample.h"

namespace etch::testing {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr const char* kElements[] = {"i1", "ui8", "i8", "i32", "i64", "f16", "bf16", "f32", "f64"};

bool isFloat(std::string_view element) {
  return element == "f16" || element == "bf16" || element == "f32" || element == "f64";
}

void addCasts(std::vector<Sample>& samples) {
  for (const char* from : kElements)
    for (const char* to : kElements) {
      Call call{"cast",
                {typeText({3, 5}, from)},
                {typeText({3, 5}, to)},
                std::string("{dtype = ") + to + "}"};
      samples.push_back(makeSample(call, {{-100, 100}}));
      if (!isFloat(from)) continue;
      call.operands = {typeText({16}, from)};
      call.results = {typeText({16}, to)};
      samples.push_back(
          makeSample(call, {{.special = {0, 0.5, -0.5, 0.99, -0.99, 127.9, 128, -128.9, -129, 255.9,
                                         256, 3e4, 1e20, -1e20, kInf, kNan}}}));
    }
}

}  // namespace

void addComparisonSamples(std::vector<Sample>& samples) {
  for (const char* op : {"and", "or", "xor"})
    for (const char* element : {"i1", "ui8", "i8", "i32", "i64"}) {
      std::string type = typeText({5, 7}, element);
      samples.push_back(makeSample({op, {type, type}, {type}}, {{-100, 100}, {-100, 100}}));
    }
  for (const char* element : {"i1", "ui8", "i8", "i32", "i64"}) {
    std::string type = typeText({5, 7}, element);
    samples.push_back(makeSample({"not", {type}, {type}}, {{-100, 100}}));
  }

  for (const char* order : {"eq", "ne", "lt", "le", "gt", "ge"})
    for (const char* element : kElements) {
      std::string type = typeText({5, 7}, element);
      Call call{"compare", {type, type}, {"5x7xi1"}, "", std::string(order) + ", "};
      samples.push_back(makeSample(call, {{}, {}}));
      if (!isFloat(element)) continue;
      call.operands = {typeText({6}, element), typeText({6}, element)};
      call.results = {"6xi1"};
      samples.push_back(makeSample(call, {{.special = {kNan, 1, kNan, kInf, -kInf, 0}},
                                          {.special = {1, kNan, kNan, kInf, kInf, -0.0}}}));
    }

  for (const char* element : kElements)
    for (const auto& shape : {std::vector<int64_t>{5, 7}, std::vector<int64_t>{}}) {
      std::string type = typeText(shape, element);
      samples.push_back(makeSample({"select", {typeText(shape, "i1"), type, type}, {type}},
                                   {{0, 1}, {-100, 100}, {-100, 100}}));
    }
  addCasts(samples);
}

}  // namespace etch::testing
