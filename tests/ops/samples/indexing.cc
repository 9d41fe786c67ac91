#include "etch/tests/ops/sample.h"

namespace etch::testing {
namespace {

using Shape = std::vector<int64_t>;

Shape joined(Shape a, const Shape& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
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
  samples.push_back(makeSample(
      {"scatter_add", {"7xi64", "7x5xf16"}, {"9x5xf16"}, "{rows = 9 : i64}"}, {{-3, 11}, {}}));
  for (const char* element : {"i1", "ui8", "f16"})
    samples.push_back(
        makeSample({"gather", {typeText({9, 5}, element), "4xi64"}, {typeText({4, 5}, element)}},
                   {{}, {0, 8}}));
}

}  // namespace etch::testing
