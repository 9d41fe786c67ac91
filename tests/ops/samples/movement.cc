#include "etch/tests/ops/sample.h"

namespace etch::testing {
namespace {

using Shape = std::vector<int64_t>;

class Adder {
 public:
  explicit Adder(std::vector<Sample>& samples) : samples_(samples) {}

  // The op over several element types: elements only move, so that results are exact.
  void operator()(const std::string& op, const std::vector<Shape>& operands, const Shape& result,
                  const std::string& attributes) {
    // Packing is for operands of matrix products.
    bool floats_only = op == "pack" || op == "unpack";
    for (std::string element : {"f32", "f64", "bf16", "i1", "ui8", "i64"}) {
      if (floats_only && element[0] != 'f' && element != "bf16") continue;
      std::vector<std::string> types;
      for (const Shape& shape : operands) types.push_back(typeText(shape, element));
      samples_.push_back(
          makeSample({op, types, {typeText(result, element)}, "{" + attributes + "}", ""}));
      samples_.back().exact = true;
    }
  }

 private:
  std::vector<Sample>& samples_;
};

void addViews(Adder& add) {
  for (const auto& [from, to] : std::vector<std::pair<Shape, Shape>>{{{5, 1}, {5, 7}},
                                                                     {{1, 7}, {5, 7}},
                                                                     {{1, 1}, {5, 7}},
                                                                     {{5, 7}, {5, 7}},
                                                                     {{}, {}},
                                                                     {{1}, {0}},
                                                                     {{2, 1, 3, 1}, {2, 4, 3, 5}}})
    add("broadcast", {from}, to, "shape = " + arrayText(to));
  for (const auto& [from, to] : std::vector<std::pair<Shape, Shape>>{{{5, 7}, {35}},
                                                                     {{6, 4}, {3, 8}},
                                                                     {{1}, {}},
                                                                     {{}, {1, 1}},
                                                                     {{2, 3, 4}, {4, 6}},
                                                                     {{0, 3}, {5, 0}},
                                                                     {{4, 5}, {4, 1, 5}}})
    add("reshape", {from}, to, "shape = " + arrayText(to));
  for (const auto& [from, permutation] :
       std::vector<std::pair<Shape, Shape>>{{{5, 7}, {1, 0}},
                                            {{2, 3, 4}, {2, 0, 1}},
                                            {{2, 3, 4, 5}, {0, 2, 1, 3}},
                                            {{33, 65}, {1, 0}},
                                            {{2, 3, 37}, {1, 2, 0}},
                                            {{2, 64}, {1, 0}},
                                            {{}, {}},
                                            {{4}, {0}},
                                            {{0, 3}, {1, 0}}}) {
    Shape to;
    for (int64_t dim : permutation) to.push_back(from[dim]);
    add("transpose", {from}, to, "permutation = " + arrayText(permutation));
  }
}

void addSlices(Adder& add) {
  struct Slice {
    Shape from, offsets, sizes, strides;
  };
  for (const Slice& s : std::vector<Slice>{{{5, 7}, {1, 2}, {3, 4}, {1, 1}},
                                           {{5, 7}, {0, 1}, {5, 3}, {1, 2}},
                                           {{9, 7}, {1, 0}, {3, 7}, {3, 1}},
                                           {{5, 7}, {0, 0}, {5, 7}, {1, 1}},
                                           {{3, 75}, {0, 1}, {3, 37}, {1, 2}},
                                           {{5, 7}, {4, 6}, {1, 1}, {1, 1}},
                                           {{5, 7}, {2, 0}, {0, 7}, {1, 1}},
                                           {{2, 3, 8}, {1, 0, 4}, {1, 3, 4}, {1, 1, 1}},
                                           {{}, {}, {}, {}}})
    add("slice", {s.from}, s.sizes,
        "offsets = " + arrayText(s.offsets) + ", sizes = " + arrayText(s.sizes) +
            ", strides = " + arrayText(s.strides));
  struct Pad {
    Shape from, low, high, interior;
  };
  for (const Pad& p : std::vector<Pad>{{{5, 7}, {1, 2}, {0, 3}, {0, 0}},
                                       {{5, 7}, {0, 0}, {0, 0}, {0, 0}},
                                       {{3, 4}, {0, 1}, {1, 0}, {2, 1}},
                                       {{0, 3}, {2, 0}, {1, 1}, {1, 0}},
                                       {{1}, {3}, {3}, {5}},
                                       {{}, {}, {}, {}}}) {
    Shape to;
    for (size_t d = 0; d < p.from.size(); ++d)
      to.push_back(p.low[d] + p.high[d] + p.from[d] +
                   (p.from[d] > 0 ? (p.from[d] - 1) * p.interior[d] : 0));
    add("pad", {p.from}, to,
        "low = " + arrayText(p.low) + ", high = " + arrayText(p.high) +
            ", interior = " + arrayText(p.interior));
  }
}

}  // namespace

void addMovementSamples(std::vector<Sample>& samples) {
  Adder add(samples);
  addViews(add);
  addSlices(add);
  for (const auto& [shape, dims] : std::vector<std::pair<Shape, Shape>>{{{5, 7}, {1}},
                                                                        {{5, 7}, {0, 1}},
                                                                        {{5, 40}, {1}},
                                                                        {{2, 37}, {1}},
                                                                        {{3, 4, 5}, {1}},
                                                                        {{4}, {}},
                                                                        {{0, 3}, {0}}})
    add("reverse", {shape}, shape, "dims = " + arrayText(dims));
  add("pad", {{5, 7}}, {8, 10},
      "low = array<i64: 1, 2>, high = array<i64: 2, 1>, interior = array<i64: 0, 0>, value = -1.0 "
      ": f64");
  add("concat", {{5, 7}}, {5, 7}, "dim = 1 : i64");
  add("concat", {{5, 7}, {2, 7}}, {7, 7}, "dim = 0 : i64");
  add("concat", {{5, 7}, {5, 1}, {5, 3}}, {5, 11}, "dim = 1 : i64");
  add("concat", {{2, 0, 3}, {2, 4, 3}}, {2, 4, 3}, "dim = 1 : i64");

  add("pack", {{8, 60}}, {4, 8, 16}, "tile = 16 : i64");
  add("pack", {{5, 7}}, {2, 5, 4}, "tile = 4 : i64");
  add("pack", {{60, 8}}, {4, 8, 16}, "tile = 16 : i64, transpose");
  add("pack", {{2, 3, 9}}, {2, 3, 3, 4}, "tile = 4 : i64");
  add("pack", {{2, 3, 4, 5, 6}}, {2, 2, 12, 16},
      "tile = 16 : i64, row_dims = 2 : i64, column_dims = 2 : i64");
  add("pack", {{5, 40, 3, 3}}, {5, 1, 9, 40},
      "tile = 40 : i64, transpose, row_dims = 2 : i64, column_dims = 1 : i64");
  add("pack", {{4, 5, 6}}, {2, 4, 20}, "tile = 20 : i64, column_dims = 2 : i64");
  add("unpack", {{4, 8, 16}}, {8, 60}, "columns = 60 : i64");
  add("unpack", {{2, 5, 4}}, {5, 7}, "columns = 7 : i64");
  add("unpack", {{4, 8, 16}}, {60, 8}, "columns = 60 : i64, transpose");
  add("unpack", {{2, 3, 3, 4}}, {2, 3, 9}, "columns = 9 : i64");
}

}  // namespace etch::testing
