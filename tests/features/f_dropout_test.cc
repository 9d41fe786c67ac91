// Dropout: random, so compared with its distribution and not with PyTorch's draws.
#include <cmath>

#include "etch/tests/features/testing.h"

namespace etch::testing {
namespace {

namespace F = nn::functional;

TEST(Features, F4_dropout_zeroes_a_fraction_and_scales_the_rest) {
  auto drop = nn::make<nn::Dropout>(0.25);
  std::vector<float> y = floats(drop(ones({100, 100})));
  auto zero = static_cast<double>(std::ranges::count(y, 0.0f));
  EXPECT_NEAR(zero, 2500, 5 * std::sqrt(10000 * 0.25 * 0.75));
  for (float value : y) EXPECT_TRUE(value == 0 || std::abs(value - 1 / 0.75f) < 1e-6);
  drop->eval();
  EXPECT_THAT(floats(drop(ones({8}))), ::testing::Each(1));
}

TEST(Features, F4_dropout_of_nothing_of_all_and_of_no_elements) {
  Tensor x = full({5}, 3).requires_grad_();
  EXPECT_THAT(floats(F::dropout(x, 0)), ::testing::Each(3));
  Tensor y = F::dropout(x, 1);
  y.sum().backward();
  EXPECT_THAT(floats(y), ::testing::Each(0));
  EXPECT_THAT(floats(x.grad()), ::testing::Each(0));
  EXPECT_EQ(F::dropout(zeros({0, 3}), 0.5).shape(), Shape({0, 3}));
  EXPECT_THAT(error_of([&] { F::dropout(x, 1.5); }), ::testing::HasSubstr("1.5"));
}

// Each channel is zero or scaled as a whole.
void expect_whole_channels(const Tensor& y, size_t channels, double p) {
  std::vector<float> values = floats(y);
  size_t each = values.size() / channels, zero = 0;
  for (size_t c = 0; c < channels; ++c) {
    zero += values[c * each] == 0;
    for (size_t i = 0; i < each; ++i) EXPECT_EQ(values[c * each + i], values[c * each]);
    EXPECT_TRUE(values[c * each] == 0 || std::abs(values[c * each] - 1 / (1 - p)) < 1e-6);
  }
  auto n = static_cast<double>(channels);
  EXPECT_NEAR(static_cast<double>(zero), n * p, 5 * std::sqrt(n * p * (1 - p)));
}

TEST(Features, F4_dropout_of_whole_channels) {
  expect_whole_channels(nn::make<nn::Dropout2d>(0.5)(ones({20, 30, 2, 3})), 600, 0.5);
  expect_whole_channels(nn::make<nn::Dropout1d>(0.25)(ones({20, 30, 4})), 600, 0.25);
  expect_whole_channels(nn::make<nn::Dropout1d>(0.5)(ones({600, 4})), 600, 0.5);
  EXPECT_THAT(error_of([] {
                nn::make<nn::Dropout2d>()(ones({2, 3}));
              }),
              ::testing::HasSubstr("expected 3D or 4D input"));
}

TEST(Features, F4_alpha_dropout_keeps_mean_and_variance) {
  manual_seed(8);
  auto drop = nn::make<nn::AlphaDropout>(0.3);
  std::vector<double> y = values_of(drop(randn({20000})));
  double mean = 0, square = 0;
  for (double v : y) mean += v / 20000, square += v * v / 20000;
  EXPECT_NEAR(mean, 0, 0.04);
  EXPECT_NEAR(square, 1, 0.05);
}

TEST(Features, F4_the_gradient_of_dropout_is_its_mask) {
  Tensor x = ones({50}).requires_grad_();
  Tensor y = F::dropout(x, 0.5);
  y.sum().backward();
  EXPECT_EQ(floats(x.grad()), floats(y));
}

TEST(Features, F4_dropout_prints_as_pytorchs) {
  EXPECT_EQ(nn::make<nn::Dropout2d>({.p = 0.1, .inplace = true})->to_string(),
            "Dropout2d(p=0.1, inplace=True)");
  EXPECT_EQ(nn::make<nn::AlphaDropout>()->to_string(), "AlphaDropout(p=0.5, inplace=False)");
}

}  // namespace
}  // namespace etch::testing
