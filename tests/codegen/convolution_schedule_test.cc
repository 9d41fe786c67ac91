// Convolutions against the reference evaluator, on odd sizes, tails and several targets.
#include <gtest/gtest.h>

#include <array>

#include "etch/tests/codegen/agreement.h"
#include "etch/tests/ops/sample.h"

namespace etch::testing {
namespace {

class ConvolutionSchedule : public ::testing::TestWithParam<const char*> {};

// The windows of a convolution as the left factor: rows and depth are three dimensions each, runs
// of rows end within tiles and with them, and the depth's innermost run is long or short.
TEST_P(ConvolutionSchedule, CountsSeveralDimensionsAsRowsAndDepth) {
  auto numbers = [](std::vector<int64_t> extents, const char* between) {
    std::string text;
    for (int64_t extent : extents) text += (text.empty() ? "" : between) + std::to_string(extent);
    return text;
  };
  auto type = [&](std::vector<int64_t> extents) {
    return "tensor<" + numbers(extents, "x") + "xf32>";
  };
  struct Windows {
    int64_t batch, height, width, channels, columns, stride;
  };
  for (const Windows& w : {Windows{2, 7, 16, 5, 7, 1},
                           {1, 9, 30, 16, 40, 1},
                           {2, 5, 9, 3, 130, 2},
                           {1, 4, 17, 1, 33, 2},
                           {3, 3, 2, 20, 16, 1}}) {
    int64_t oh = (w.height - 3) / w.stride + 1, ow = (w.width - 2) / w.stride + 1;
    std::vector<int64_t> x = {w.batch, w.height, w.width, w.channels};
    std::vector<int64_t> first = {w.batch, w.channels, w.height, w.width};
    std::vector<int64_t> windows = {w.batch, w.channels, 3, 2, oh, ow};
    // Positions as rows, or as the depth, as in the gradient of the filters.
    for (bool positions_are_rows : {true, false}) {
      std::vector<int64_t> order = positions_are_rows ? std::vector<int64_t>{0, 4, 5, 2, 3, 1}
                                                      : std::vector<int64_t>{2, 3, 1, 0, 4, 5};
      std::vector<int64_t> lhs, result;
      for (int64_t dim : order) lhs.push_back(windows[dim]);
      result.assign(lhs.begin(), lhs.begin() + 3);
      result.push_back(w.columns);
      std::string rhs = type({lhs[3] * lhs[4] * lhs[5], w.columns});
      expectAgreement(
          "func.func @main(%x: " + type(x) + ", %w: " + rhs + ") -> " + type(result) + " {\n" +
              "%t = etch.transpose %x {permutation = array<i64: 0, 3, 1, 2>} : (" + type(x) +
              ") -> " + type(first) +
              "\n%v = etch.windows %t {kernel = array<i64: 3, 2>, stride = " + "array<i64: " +
              numbers({w.stride, w.stride}, ", ") + ">, dilation = array<i64: 1, 1>} : (" +
              type(first) + ") -> " + type(windows) +
              "\n%l = etch.transpose %v {permutation = array<i64: " + numbers(order, ", ") +
              ">} : (" + type(windows) + ") -> " + type(lhs) +
              "\n%y = etch.matmul %l, %w {depth_dims = 3 : i64} : (" + type(lhs) + ", " + rhs +
              ") -> " + type(result) + "\nreturn %y : " + type(result) + "\n}",
          GetParam());
    }
  }
}

struct Convolution {
  std::array<int64_t, 4> x;  // of the operand, [N, C, H, W]
  int64_t features = 1, kernel = 3, stride = 1, padding = 1, groups = 1;
  bool channels_last = false;  // in memory, of the operand and of the result
  int64_t spread = 1;          // of the operand's elements
};

std::string convolutionProgram(const Convolution& c) {
  auto type = [](std::array<int64_t, 4> shape) {
    std::string text = "tensor<";
    for (int64_t extent : shape) text += std::to_string(extent) + "x";
    return text + "f32>";
  };
  auto both = [](int64_t number) {
    return " = array<i64: " + std::to_string(number) + ", " + std::to_string(number) + ">";
  };
  auto out = [&](int64_t extent) {
    return ((extent - 1) * c.spread + 1 + 2 * c.padding - c.kernel) / c.stride + 1;
  };
  std::array<int64_t, 4> to = {c.x[0], c.features, out(c.x[2]), out(c.x[3])};
  auto outside = [&](std::array<int64_t, 4> shape) {
    return type(c.channels_last ? std::array{shape[0], shape[2], shape[3], shape[1]} : shape);
  };
  auto order = [&](const char* from, const char* permutation, const std::string& in,
                   const std::string& result, const char* name) {
    if (!c.channels_last) permutation = "0, 1, 2, 3";
    return std::string(name) + " = etch.transpose " + from +
           " {permutation = array<i64: " + permutation + ">} : (" + in + ") -> " + result + "\n";
  };
  std::string x = type(c.x), w = type({c.features, c.x[1] / c.groups, c.kernel, c.kernel});
  std::string y = type(to);
  return "func.func @main(%a: " + outside(c.x) + ", %w: " + w + ") -> " + outside(to) + " {\n" +
         order("%a", "0, 3, 1, 2", outside(c.x), x, "%x") + "%y = etch.conv %x, %w {stride" +
         both(c.stride) + ", low" + both(c.padding) + ", high" + both(c.padding) +
         ", input_dilation" + both(c.spread) + ", dilation" + both(1) +
         ", groups = " + std::to_string(c.groups) + " : i64} : (" + x + ", " + w + ") -> " + y +
         "\n" + order("%y", "0, 2, 3, 1", y, outside(to), "%b") + "return %b : " + outside(to) +
         "\n}";
}

// Wide 3x3 convolutions take fewer multiplications (Winograd); odd extents cut the last tiles.
TEST_P(ConvolutionSchedule, ConvolvesWideImagesWithFewerMultiplications) {
  expectAgreement(convolutionProgram({.x = {1, 64, 13, 12}, .features = 72}), GetParam());
}

// So do the gradients of their filters: a window as large as the image, whose channels are a batch.
TEST_P(ConvolutionSchedule, ConvolvesToWideFiltersWithFewerMultiplications) {
  for (auto [batch, extent] : {std::pair<int64_t, int64_t>(2, 8), {1, 13}})
    expectAgreement(
        convolutionProgram({.x = {66, batch, extent, extent}, .features = 64, .kernel = extent}),
        GetParam());
}

// Neighbouring windows of an image read the same elements at other depths.
TEST_P(ConvolutionSchedule, ConvolvesImagesOfFewChannels) {
  for (int64_t stride : {1, 2, 3})
    expectAgreement(
        convolutionProgram(
            {.x = {1, 3, 30, 31}, .features = 33, .kernel = 7, .stride = stride, .padding = 3}),
        GetParam());
}

// Elements so far apart that each has a window of its own: cut, whole, with zeros between and
// around.
TEST_P(ConvolutionSchedule, PlacesWindowsThatDoNotOverlap) {
  for (int64_t kernel : {3, 4})
    for (int64_t padding : {1, 3, 6})
      for (bool channels_last : {true, false})
        expectAgreement(convolutionProgram({.x = {2, 9, 5, 4},
                                            .features = 3,
                                            .kernel = kernel,
                                            .padding = padding,
                                            .channels_last = channels_last,
                                            .spread = 4}),
                        GetParam());
}

// Rows whose lines compete for one place in the first cache.
TEST_P(ConvolutionSchedule, ConvolvesRowsThatLiePagesApart) {
  for (int64_t stride : {1, 2})
    expectAgreement(
        convolutionProgram(
            {.x = {1, 1024, 6, 5}, .features = 70, .kernel = 1, .stride = stride, .padding = 0}),
        GetParam());
}

// Lanes are the groups; neighbouring windows share what they read, and the last tile of a row is a
// partial one. Windows of 5 x 5 are loops. Then the gradient of the filters, whose windows are as
// large as the image.
TEST_P(ConvolutionSchedule, ConvolvesChannelsOnTheirOwn) {
  const Convolution cases[] = {
      {.x = {2, 24, 9, 19}, .features = 24, .groups = 24},
      {.x = {1, 40, 13, 31}, .features = 40, .stride = 2, .groups = 40},
      {.x = {1, 17, 8, 27}, .features = 17, .kernel = 5, .padding = 2, .groups = 17},
      {.x = {1, 34, 30, 5}, .features = 34, .kernel = 2, .padding = 0, .groups = 34},
      {.x = {1, 18, 15, 15}, .features = 18, .kernel = 13, .padding = 0, .groups = 18},
      {.x = {1, 18, 13, 13}, .features = 9, .kernel = 11, .stride = 2, .padding = 1, .groups = 9}};
  for (Convolution c : cases)
    for (bool channels_last : {true, false}) {
      c.channels_last = channels_last;
      expectAgreement(convolutionProgram(c), GetParam());
    }
}

INSTANTIATE_TEST_SUITE_P(Targets, ConvolutionSchedule, ::testing::ValuesIn(kTargets));

}  // namespace
}  // namespace etch::testing
