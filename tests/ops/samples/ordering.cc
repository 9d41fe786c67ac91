#include <limits>

#include "etch/tests/ops/sample.h"

namespace etch::testing {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

using Shape = std::vector<int64_t>;

// Drawn floats are as good as never equal, so that choosing and sorting them is smooth; drawn
// integers of this domain are often equal.
const Domain kNumbers{-4, 4};

void addCumsum(std::vector<Sample>& samples, const Shape& shape, int64_t dim, const char* element,
               const std::string& flags = "") {
  std::string type = typeText(shape, element);
  samples.push_back(makeSample(
      {"cumsum", {type}, {type}, "{dim = " + std::to_string(dim) + " : i64" + flags + "}"},
      {kNumbers}));
}

void addSort(std::vector<Sample>& samples, const Shape& shape, int64_t dim, const char* element,
             bool descending, const Domain& domain = kNumbers) {
  std::string type = typeText(shape, element);
  samples.push_back(makeSample(
      {"sort",
       {type},
       {type, typeText(shape, "i64")},
       "{dim = " + std::to_string(dim) + " : i64" + (descending ? ", descending" : "") + "}"},
      {domain}));
  samples.back().exact = true;
}

void addChoice(std::vector<Sample>& samples, const Shape& shape, const Shape& dims,
               const char* element, const Domain& domain = kNumbers) {
  Shape chosen = shape;
  for (int64_t dim : dims) chosen[dim] = 1;
  for (const char* op : {"choose_max", "choose_min"}) {
    samples.push_back(makeSample({op,
                                  {typeText(shape, element)},
                                  {typeText(chosen, element), typeText(chosen, "i64")},
                                  "{dims = " + arrayText(dims) + "}"},
                                 {domain}));
    samples.back().exact = true;
  }
}

}  // namespace

void addOrderingSamples(std::vector<Sample>& samples) {
  const std::vector<std::pair<Shape, int64_t>> rows = {{{5, 7}, 0}, {{5, 7}, 1},     {{3, 4, 5}, 1},
                                                       {{1}, 0},    {{4, 1}, 1},     {{0, 3}, 0},
                                                       {{3, 0}, 0}, {{2, 5, 33}, 1}, {{70}, 0}};
  for (const auto& [shape, dim] : rows)
    for (const char* element : {"f32", "f64", "f16", "bf16", "i64", "i8", "ui8"}) {
      addCumsum(samples, shape, dim, element);
      addSort(samples, shape, dim, element, false);
    }
  for (const char* element : {"f32", "f64", "i32"}) {
    addCumsum(samples, {5, 7}, 0, element, ", reverse");
    addCumsum(samples, {5, 7}, 1, element, ", exclusive");
    addCumsum(samples, {3, 4, 5}, 1, element, ", exclusive, reverse");
    addSort(samples, {6, 9}, 0, element, true);
    addSort(samples, {6, 9}, 1, element, true);
  }
  Domain special{-2, 2, 0, {kNan, 1, -0.0, kInf, 0, kNan, 1, -kInf, 2, 1}};
  for (bool descending : {false, true}) addSort(samples, {2, 11}, 1, "f32", descending, special);

  const std::pair<Shape, Shape> reductions[] = {
      {{5, 7}, {0}},          {{5, 7}, {1}},    {{5, 7}, {0, 1}},
      {{3, 4, 5}, {0, 2}},    {{3, 4, 5}, {1}}, {{1}, {0}},
      {{2, 3, 2, 4}, {1, 2}}, {{0, 3}, {1}},    {{3, 50}, {1}}};
  for (const auto& [shape, dims] : reductions)
    for (const char* element : {"f32", "f64", "bf16", "i64", "i8", "ui8"})
      addChoice(samples, shape, dims, element);
  for (const char* element : {"f32", "f64"}) addChoice(samples, {2, 11}, {1}, element, special);
  addChoice(samples, {2, 3, 4}, {1, 2}, "f32", special);
}

}  // namespace etch::testing
