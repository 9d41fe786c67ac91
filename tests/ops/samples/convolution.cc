#include "etch/tests/ops/sample.h"

namespace etch::testing {
namespace {

using Shape = std::vector<int64_t>;

struct Case {
  Shape input, weight;
  Shape stride, low, high, inputDilation, dilation;
  int64_t groups = 1;
};

// Ranks, strides, dilations, groups, paddings that add, cut, and leave elements unread.
const Case kSmall[] = {
    {{2, 3, 7}, {4, 3, 3}, {1}, {0}, {0}, {1}, {1}},
    {{2, 4, 8}, {6, 2, 3}, {2}, {1}, {1}, {1}, {1}, 2},
    {{1, 2, 9}, {2, 2, 2}, {3}, {2}, {0}, {1}, {2}},
    {{2, 2, 4}, {3, 2, 3}, {1}, {2}, {1}, {2}, {1}},
    {{2, 2, 9}, {2, 2, 3}, {2}, {-1}, {-2}, {1}, {1}},
    {{1, 1, 1}, {1, 1, 1}, {1}, {0}, {0}, {1}, {1}},
    {{0, 2, 5}, {3, 2, 3}, {1}, {1}, {1}, {1}, {1}},
    {{2, 3, 5, 6}, {4, 3, 3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}},
    {{1, 4, 6, 5}, {4, 1, 3, 2}, {2, 1}, {1, 0}, {1, 1}, {1, 1}, {1, 1}, 4},
    {{2, 2, 5, 5}, {4, 1, 3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, 2},
    {{2, 4, 4, 4}, {2, 2, 2, 2}, {2, 2}, {0, 1}, {0, 1}, {1, 2}, {2, 1}, 2},
    {{2, 3, 4, 5}, {5, 3, 1, 1}, {1, 1}, {0, 0}, {0, 0}, {1, 1}, {1, 1}},
    {{2, 3, 5, 5}, {5, 3, 1, 1}, {2, 2}, {0, 0}, {0, 0}, {1, 1}, {1, 1}},
    {{1, 2, 4, 5}, {5, 2, 3, 2}, {1, 1}, {2, 0}, {1, 3}, {2, 3}, {1, 2}},
    {{1, 2, 3, 4, 3}, {2, 2, 2, 3, 2}, {1, 1, 2}, {1, 0, 1}, {0, 1, 1}, {1, 1, 1}, {1, 1, 1}}};
// As large as needs tiles and panels with remainders: many positions, few of them, one group each;
// windows packed in runs, of every other element, by squares; an operand with zeros between.
const Case kLarge[] = {{{2, 5, 13, 17}, {20, 5, 3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}},
                       {{3, 16, 9, 9}, {18, 8, 3, 3}, {2, 2}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, 2},
                       {{2, 17, 12, 33}, {17, 1, 3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, 17},
                       {{1, 6, 20, 20}, {1, 6, 7, 7}, {3, 3}, {3, 3}, {3, 3}, {1, 1}, {1, 1}},
                       {{1, 3, 19, 71}, {5, 3, 7, 7}, {2, 2}, {3, 3}, {3, 3}, {1, 1}, {1, 1}},
                       {{3, 2, 11, 23}, {20, 2, 9, 21}, {1, 1}, {0, 0}, {0, 0}, {1, 1}, {1, 1}},
                       {{2, 6, 7, 9}, {18, 6, 3, 3}, {1, 1}, {1, 2}, {2, 1}, {2, 3}, {1, 1}}};

void add(std::vector<Sample>& samples, const Case& c, const char* element) {
  Shape result = {c.input[0], c.weight[0]};
  for (size_t i = 0; i < c.stride.size(); ++i) {
    int64_t padded = c.low[i] + (c.input[i + 2] - 1) * c.inputDilation[i] + 1 + c.high[i];
    result.push_back((padded - (c.weight[i + 2] - 1) * c.dilation[i] - 1) / c.stride[i] + 1);
  }
  samples.push_back(makeSample({"conv",
                                {typeText(c.input, element), typeText(c.weight, element)},
                                {typeText(result, element)},
                                "{stride = " + arrayText(c.stride) + ", low = " + arrayText(c.low) +
                                    ", high = " + arrayText(c.high) +
                                    ", input_dilation = " + arrayText(c.inputDilation) +
                                    ", dilation = " + arrayText(c.dilation) +
                                    ", groups = " + std::to_string(c.groups) + " : i64}"}));
}

}  // namespace

void addConvolutionSamples(std::vector<Sample>& samples) {
  for (const Case& c : kSmall)
    for (const char* element : {"f64", "f32", "bf16"}) add(samples, c, element);
  for (const Case& c : kLarge) add(samples, c, "f32");
  add(samples, kSmall[7], "f16");
}

}  // namespace etch::testing
