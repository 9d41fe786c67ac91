#include <limits>

#include "etch/tests/ops/sample.h"

namespace etch::testing {
namespace {

struct Extents {
  std::vector<int64_t> batch;
  int64_t queries, keys, features, values;
  double reach = 1;  // of the elements
};

std::vector<int64_t> joined(std::vector<int64_t> batch, int64_t rows, int64_t columns) {
  batch.push_back(rows);
  batch.push_back(columns);
  return batch;
}

// `mask`: the type of one, or "".
void addBoth(std::vector<Sample>& samples, const Extents& e, const char* element,
             const std::string& mask = "", bool causal = false,
             const Domain& masks = Domain{-1, 1}) {
  std::string q = typeText(joined(e.batch, e.queries, e.features), element);
  std::string k = typeText(joined(e.batch, e.keys, e.features), element);
  std::string v = typeText(joined(e.batch, e.keys, e.values), element);
  std::string y = typeText(joined(e.batch, e.queries, e.values), element);
  bool narrow = std::string_view(element).ends_with("f16");
  std::string sums = typeText(joined(e.batch, e.queries, 1), narrow ? "f32" : element);
  Call call{"attention",
            {q, k, v},
            {y, sums},
            std::string("{scale = 0.6 : f64") + (causal ? ", causal}" : "}")};
  Domain each{-e.reach, e.reach};
  std::vector<Domain> domains = {each, each, each};
  if (!mask.empty()) {
    call.operands.push_back(mask);
    domains.push_back(masks);
  }
  samples.push_back(makeSample(call, domains));
  if (narrow) return;
  call.op = "attention_backward";
  call.operands = {q, k, v, y, sums, sums};
  call.results = {q, k, v};
  // Sums of a few exponentials have logarithms of about this size.
  domains = {each, each, each, {-1, 1}, {1, 3}, {-1, 1}};
  if (!mask.empty()) {
    call.operands.push_back(mask);
    domains.push_back(masks);
  }
  samples.push_back(makeSample(call, domains));
}

}  // namespace

void addAttentionSamples(std::vector<Sample>& samples) {
  for (const char* element : {"f32", "f64"}) {
    auto with = [&](const char* shape) { return std::string(shape) + "x" + element; };
    addBoth(samples, {{}, 3, 5, 4, 2}, element);
    addBoth(samples, {{}, 1, 1, 1, 1}, element);
    addBoth(samples, {{2, 3}, 4, 4, 3, 3}, element, "", true);
    addBoth(samples, {{2, 2}, 3, 5, 2, 4}, element, with("1x2x3x5"));
    addBoth(samples, {{2}, 3, 5, 2, 4}, element, with("2x1x5"));
    addBoth(samples, {{2}, 5, 5, 3, 4}, element, with("1x5x1"), true);
    // Every query sees a key.
    addBoth(samples, {{2}, 3, 4, 2, 2}, element, "1x3x4xi1", false,
            {.special = {1, 0, 0, 1, 0, 1, 1, 0, 1, 1, 1, 1}});
    addBoth(samples, {{2}, 0, 4, 2, 2}, element);
    addBoth(samples, {{0}, 3, 4, 2, 2}, element);
  }
  for (const char* element : {"f16", "bf16"}) {
    addBoth(samples, {{2}, 5, 19, 8, 6}, element);
    addBoth(samples, {{2}, 20, 20, 16, 16}, element, "2x1x20xf32", true);
  }
  // A query that sees no key.
  for (int64_t queries : {1, 20})
    addBoth(samples, {{2}, queries, 5, 40, 3}, "f32", "2x1x5xi1", false,
            {.special = {0, 0, 0, 0, 0, 1, 0, 1, 1, 0}});
  // Few queries, whose keys are read feature by feature.
  for (const char* element : {"f32", "f64", "bf16"}) {
    addBoth(samples, {{2, 3}, 1, 37, 64, 64}, element, "1x1x1x37xi1", false, {.special = {1}});
    addBoth(samples, {{2}, 1, 5, 70, 3}, element);
    // Neither the first nor the last vectors of keys are seen.
    std::vector<double> seen(2 * 70);
    for (int64_t i : {20, 25, 33, 70 + 40}) seen[i] = 1;
    addBoth(samples, {{3}, 2, 70, 40, 8}, element, "1x2x70xi1", false, {.special = seen});
    addBoth(samples, {{3}, 2, 48, 48, 20}, element, std::string("1x2x48x") + element);
    addBoth(samples, {{}, 3, 33, 130, 65}, element, "3x33xi1", false, {.special = {1, 1, 1}});
  }
  // Rows that are too long for a kernel's frame.
  addBoth(samples, {{}, 3, 4, 4100, 2, 0.1}, "f32");
  addBoth(samples, {{}, 4, 4, 2, 4097}, "f32", "4x4xi1", true, {.special = {1, 0, 0, 0, 1}});
  // Whole and partial tiles.
  addBoth(samples, {{2}, 70, 70, 33, 17}, "f32", "", true);
  addBoth(samples, {{2}, 67, 130, 16, 70}, "f32", "2x67x130xi1", false, {0, 1});
  addBoth(samples, {{2}, 64, 48, 64, 64}, "f32");
}

}  // namespace etch::testing
