#include "etch/tests/ops/sample.h"

namespace etch::testing {
namespace {

using Shape = std::vector<int64_t>;

struct Case {
  Shape lead, extents, kernel, stride, dilation;
};

// Overlapping, side by side, with gaps, the last of which reaches beyond the operand or ends
// before.
const Case kCases[] = {{{2}, {9}, {3}, {1}, {1}},
                       {{2}, {9}, {3}, {2}, {1}},
                       {{}, {8}, {2}, {2}, {1}},
                       {{2}, {11}, {2}, {3}, {1}},
                       {{2}, {10}, {2}, {3}, {1}},
                       {{3}, {12}, {3}, {2}, {2}},
                       {{1}, {5}, {5}, {1}, {1}},
                       {{1}, {5}, {1}, {2}, {3}},
                       {{0}, {4}, {2}, {1}, {1}},
                       {{2, 1}, {6, 7}, {3, 2}, {1, 2}, {1, 1}},
                       {{2}, {7, 40}, {2, 3}, {3, 1}, {1, 2}},
                       {{2}, {6, 4}, {2, 2}, {2, 2}, {1, 1}},
                       {{2}, {4, 5, 6}, {2, 2, 2}, {1, 2, 3}, {1, 1, 1}}};

Shape joined(Shape a, const Shape& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace

void addWindowsSamples(std::vector<Sample>& samples) {
  for (const Case& c : kCases) {
    Shape positions;
    for (size_t i = 0; i < c.kernel.size(); ++i)
      positions.push_back((c.extents[i] - (c.kernel[i] - 1) * c.dilation[i] - 1) / c.stride[i] + 1);
    Shape whole = joined(c.lead, c.extents), places = joined(c.lead, c.kernel);
    std::string steps =
        ", stride = " + arrayText(c.stride) + ", dilation = " + arrayText(c.dilation) + "}";
    for (std::string element : {"f32", "f64", "bf16", "i64", "ui8", "i1"}) {
      std::string operand = typeText(joined(places, positions), element);
      std::string result = typeText(whole, element);
      samples.push_back(
          makeSample({"windows", {result}, {operand}, "{kernel = " + arrayText(c.kernel) + steps}));
      samples.back().exact = true;
      if (element == "i1") continue;
      std::string attributes = "{extents = " + arrayText(c.extents) + steps;
      samples.push_back(makeSample({"fold", {operand}, {result}, attributes}));
      samples.push_back(makeSample(
          {"spread", {operand}, {typeText(joined(places, c.extents), element)}, attributes}));
      samples.back().exact = true;
    }
  }
}

}  // namespace etch::testing
