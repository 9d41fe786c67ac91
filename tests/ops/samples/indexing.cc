#include "etch/tests/ops/sample.h"

namespace etch::testing {
namespace {

using Shape = std::vector<int64_t>;

Shape joined(Shape a, const Shape& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// Starts lie before, within and behind the rows; updates are longer than the base too.
void addUpdateSamples(std::vector<Sample>& samples) {
  struct Update {
    Shape base;
    int64_t dim, rows;
    std::vector<double> starts;
  };
  const std::vector<Update> cases = {
      {{1, 5}, 0, 3, {-1, -2}},
      {{1, 3, 64}, 0, 2, {-1}},
      {{2, 9, 5}, 1, 1, {0, 4, 8, 9, -1}},
      {{2, 9, 5}, 1, 3, {-3, -1, 0, 7, 100}},
      {{3, 4, 33}, 1, 2, {1, 3}},
      {{7}, 0, 2, {0, 5, 6}},
      {{4, 6}, 1, 2, {3, 5}},
      {{1, 5}, 0, 1, {0, 1, -1}},
      {{2, 3, 4}, 1, 8, {-2, -8, 1}},
      {{3, 0, 4}, 1, 2, {0}},
      {{3, 5, 0}, 1, 2, {0}},
      {{3, 5}, 1, 0, {2}},
      {{6, 2, 17}, 0, 2, {static_cast<double>(INT64_MAX), static_cast<double>(INT64_MIN)}}};
  for (const Update& c : cases)
    for (const char* element : {"f32", "f64", "i64", "bf16", "ui8"})
      for (double start : c.starts) {
        Shape update = c.base;
        update[c.dim] = c.rows;
        std::string base = typeText(c.base, element);
        samples.push_back(makeSample({"update_slice",
                                      {base, typeText(update, element), "i64"},
                                      {base},
                                      "{dim = " + std::to_string(c.dim) + " : i64}",
                                      ""},
                                     {{}, {}, {start, start}}));
        samples.back().name += " from " + std::to_string(start);
        samples.back().exact = true;
      }
  samples.push_back(makeSample(
      {"update_slice", {"4x5xf16", "4x2xf16", "i32"}, {"4x5xf16"}, "{dim = 1 : i64}", ""},
      {{}, {}, {-2, 4}}));
}

}  // namespace

void addIndexingSamples(std::vector<Sample>& samples) {
  struct Rows {
    int64_t rows;
    Shape row, indices;
  };
  const std::vector<Rows> cases = {{9, {5}, {4, 3}}, {9, {}, {7}},       {1, {4}, {3}},
                                   {6, {2, 3}, {}},  {5, {4}, {0}},      {0, {4}, {0}},
                                   {7, {0}, {3}},    {50, {33}, {2, 5}}, {4, {17}, {40}}};
  for (const Rows& c : cases) {
    // Some indices lie outside of [0, rows).
    Domain indices{-3, static_cast<double>(c.rows) + 2};
    for (const char* element : {"f32", "f64", "i64", "bf16"})
      for (const char* index : {"i64", "i32"}) {
        std::string table = typeText(joined({c.rows}, c.row), element);
        std::string picked = typeText(joined(c.indices, c.row), element);
        samples.push_back(
            makeSample({"gather", {table, typeText(c.indices, index)}, {picked}}, {{}, indices}));
        samples.back().exact = true;
        samples.push_back(makeSample({"scatter_add",
                                      {typeText(c.indices, index), picked},
                                      {table},
                                      "{rows = " + std::to_string(c.rows) + " : i64}",
                                      ""},
                                     {indices, {}}));
      }
  }
  addUpdateSamples(samples);
  samples.push_back(makeSample(
      {"scatter_add", {"7xi64", "7x5xf16"}, {"9x5xf16"}, "{rows = 9 : i64}"}, {{-3, 11}, {}}));
  for (const char* element : {"i1", "ui8", "f16"})
    samples.push_back(
        makeSample({"gather", {typeText({9, 5}, element), "4xi64"}, {typeText({4, 5}, element)}},
                   {{}, {0, 8}}));
}

}  // namespace etch::testing
