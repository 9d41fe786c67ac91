#include <limits>

#include "etch/tests/ops/sample.h"

namespace etch::testing {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

using Shape = std::vector<int64_t>;

Shape reduced(Shape shape, const Shape& dims) {
  for (int64_t dim : dims) shape[dim] = 1;
  return shape;
}

Call reduction(const std::string& op, const Shape& shape, const Shape& dims, const char* element) {
  return {op,
          {typeText(shape, element)},
          {typeText(reduced(shape, dims), element)},
          "{dims = " + arrayText(dims) + "}",
          ""};
}

const std::pair<Shape, Shape> kReductions[] = {
    {{5, 7}, {0}},       {{5, 7}, {1}},       {{5, 7}, {0, 1}}, {{5, 7}, {}},  {{3, 4, 5}, {1}},
    {{3, 4, 5}, {0, 2}}, {{3, 4, 5}, {0, 1}}, {{1}, {0}},       {{4, 1}, {1}}, {{}, {}},
    {{0, 3}, {1}}};

void addReductions(std::vector<Sample>& samples) {
  for (const char* op : {"reduce_sum", "reduce_max", "reduce_min", "reduce_prod"}) {
    for (const auto& [shape, dims] : kReductions)
      for (const char* element : {"f32", "f64"})
        samples.push_back(makeSample(reduction(op, shape, dims, element), {{0.5, 1.5}}));
    // Nothing to combine: the neutral element.
    samples.push_back(makeSample(reduction(op, {0, 3}, {0}, "f32")));
    samples.back().smooth = false;
    for (const char* element : {"ui8", "i8", "i32", "i64"})
      for (const Shape& dims : {Shape{0}, Shape{1}})
        samples.push_back(makeSample(reduction(op, {4, 9}, dims, element), {{-100, 100}}));
    for (const char* element : {"f16", "bf16"})
      samples.push_back(makeSample(reduction(op, {4, 9}, {1}, element), {{0.5, 1.5}}));
    samples.push_back(makeSample(reduction(op, {33, 257}, {1}, "f32"), {{0.9, 1.1}}));
    samples.push_back(makeSample(reduction(op, {257, 33}, {0}, "f32"), {{0.9, 1.1}}));
  }
  for (const char* op : {"reduce_max", "reduce_min"})
    samples.push_back(makeSample(reduction(op, {3, 2}, {1}, "f32"),
                                 {{.special = {kNan, 1, kInf, -kInf, 2, kNan}}}));
  // A product is smooth where factors are 0, also where two of a line are.
  samples.push_back(makeSample(reduction("reduce_prod", {3, 4}, {1}, "f64"),
                               {{.special = {0, 2, 3, 4, 0, 0, 2, 3, 1, 2, 3, 4}}}));
  samples.back().smooth = true;
}

void addSoftmaxes(std::vector<Sample>& samples) {
  for (const char* op : {"softmax", "log_softmax"}) {
    auto add = [&](const Shape& shape, int64_t dim, const char* element, Domain domain = {}) {
      std::string type = typeText(shape, element);
      samples.push_back(makeSample(
          {op, {type}, {type}, "{dim = " + std::to_string(dim) + " : i64}", ""}, {domain}));
    };
    for (const char* element : {"f32", "f64"}) {
      for (int64_t dim : {0, 1}) add({5, 7}, dim, element);
      for (int64_t dim : {0, 1, 2}) add({3, 4, 5}, dim, element);
      add({1}, 0, element);
      add({4, 1}, 1, element);
      add({0, 3}, 1, element);
    }
    for (const char* element : {"f16", "bf16"}) add({4, 9}, 1, element);
    add({33, 257}, 1, "f32");
    add({6, 8}, 1, "f32", {-80, 80});
    add({2, 4}, 1, "f32", {.special = {-kInf, 1, 2, -kInf, 1000, 1001, -1e30, 999}});
  }
}

void addNormalizations(std::vector<Sample>& samples) {
  auto add = [&](const Shape& shape, const Shape& dims, const char* element, Domain domain = {}) {
    std::string type = typeText(shape, element);
    samples.push_back(makeSample({"normalize",
                                  {type},
                                  {type, typeText(reduced(shape, dims), element)},
                                  "{dims = " + arrayText(dims) + ", epsilon = 1.0e-5 : f64}",
                                  ""},
                                 {domain}));
  };
  for (const char* element : {"f32", "f64"}) {
    add({5, 7}, {1}, element);
    add({5, 7}, {0}, element);
    add({3, 4, 5}, {1, 2}, element);
    add({3, 4, 5}, {0, 2}, element);
    add({2, 1}, {0}, element);
    add({0, 3}, {1}, element);
  }
  for (const char* element : {"f16", "bf16"}) add({4, 9}, {1}, element);
  add({33, 257}, {1}, "f32");
  // A mean far from 0: the variance must not be a difference of large numbers.
  add({6, 64}, {1}, "f32", {29, 31});
}

}  // namespace

void addReductionSamples(std::vector<Sample>& samples) {
  addReductions(samples);
  addSoftmaxes(samples);
  addNormalizations(samples);
}

}  // namespace etch::testing
