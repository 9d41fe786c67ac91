#include "etch/tests/ops/sample.h"

namespace etch::testing {
namespace {

struct Product {
  std::vector<int64_t> batch;
  int64_t m, k, n;
  bool sharedRhs = false;
};

// Small and odd, degenerate, and as large as needs tiles and panels with remainders.
const Product kSmall[] = {{{}, 5, 7, 3},        {{}, 1, 1, 1},           {{}, 1, 9, 4},
                          {{}, 4, 9, 1},        {{}, 6, 1, 5},           {{}, 3, 0, 4},
                          {{}, 0, 3, 4},        {{3}, 4, 5, 6},          {{2, 3}, 3, 2, 5},
                          {{3}, 4, 5, 6, true}, {{2, 2}, 3, 4, 5, true}, {{0}, 2, 3, 4}};
const Product kLarge[] = {{{}, 33, 65, 17},       {{}, 64, 64, 64},  {{}, 8, 300, 130},
                          {{}, 1, 128, 384},      {{}, 130, 48, 97}, {{4}, 32, 16, 40},
                          {{5}, 31, 64, 72, true}};

Sample product(const Product& p, const char* element, bool ta, bool tb) {
  auto matrix = [&](bool batched, int64_t rows, int64_t columns, bool transposed) {
    std::vector<int64_t> shape = batched ? p.batch : std::vector<int64_t>{};
    shape.push_back(transposed ? columns : rows);
    shape.push_back(transposed ? rows : columns);
    return typeText(shape, element);
  };
  std::string attributes;
  if (ta || tb)
    attributes = std::string("{") + (ta ? "transpose_lhs" : "") + (ta && tb ? ", " : "") +
                 (tb ? "transpose_rhs" : "") + "}";
  return makeSample({"matmul",
                     {matrix(true, p.m, p.k, ta), matrix(!p.sharedRhs, p.k, p.n, tb)},
                     {matrix(true, p.m, p.n, false)},
                     attributes,
                     ""});
}

}  // namespace

void addContractionSamples(std::vector<Sample>& samples) {
  auto addAll = [&](const Product& p, const char* element) {
    for (bool ta : {false, true})
      for (bool tb : {false, true}) {
        // (C5): a transposed lhs wants a rhs of its own rank.
        if (ta && p.sharedRhs && !p.batch.empty()) continue;
        samples.push_back(product(p, element, ta, tb));
      }
  };
  for (const Product& p : kSmall)
    for (const char* element : {"f32", "f64"}) addAll(p, element);
  for (const Product& p : kLarge) addAll(p, "f32");
  for (const char* element : {"f16", "bf16", "f64"}) addAll({{}, 33, 65, 17}, element);
}

}  // namespace etch::testing
