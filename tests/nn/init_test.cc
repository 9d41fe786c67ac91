#include "etch/nn/init.h"

#include <cmath>

#include "etch/etch.h"
#include "testing.h"

namespace etch::nn {
namespace {

using ::testing::Each;
using testing::error_of;
using ::testing::HasSubstr;
using testing::values_of;

struct Moments {
  double mean = 0, std = 0, low = 0, high = 0;
};

Moments moments(const Tensor& t) {
  TensorView view = t.view();
  Moments m{view.mean(), 0, view.min(), view.max()};
  for (double v : values_of(t)) m.std += (v - m.mean) * (v - m.mean);
  m.std = std::sqrt(m.std / static_cast<double>(view.num_elements()));
  return m;
}

Tensor parameter(Shape shape) {
  auto holder = make<Sequential>();
  return holder->register_parameter("p", zeros(shape));
}

TEST(Init, DrawsHaveTheMomentsAsked) {
  manual_seed(3);
  Tensor p = parameter({200, 500});
  Moments normal = moments(init::normal_(p, 2, 0.5));
  EXPECT_NEAR(normal.mean, 2, 0.01);
  EXPECT_NEAR(normal.std, 0.5, 0.01);
  Moments uniform = moments(init::uniform_(p, -1, 3));
  EXPECT_NEAR(uniform.mean, 1, 0.02);
  EXPECT_GE(uniform.low, -1);
  EXPECT_LT(uniform.high, 3);
  EXPECT_NEAR(uniform.std, 4 / std::sqrt(12.0), 0.02);
}

TEST(Init, BoundsFollowTheFormulas) {
  Tensor p = parameter({30, 50});
  EXPECT_NEAR(moments(init::xavier_uniform_(p)).high, std::sqrt(6.0 / 80), 0.005);
  EXPECT_NEAR(moments(init::xavier_normal_(p, 2)).std, 2 * std::sqrt(2.0 / 80), 0.02);
  EXPECT_NEAR(moments(init::kaiming_uniform_(p)).high, std::sqrt(2.0) * std::sqrt(3.0 / 50), 0.005);
  EXPECT_NEAR(moments(init::kaiming_normal_(p, {.mode = init::FanMode::kFanOut,
                                                .nonlinearity = init::Nonlinearity::kRelu}))
                  .std,
              std::sqrt(2.0 / 30), 0.02);
  EXPECT_EQ(init::calculate_fan({8, 4, 3, 3}).in, 36);
  EXPECT_EQ(init::calculate_fan({8, 4, 3, 3}).out, 72);
  EXPECT_THAT(error_of([] { init::calculate_fan({8}); }), HasSubstr("two dimensions"));
}

TEST(Init, TheSeedDecides) {
  auto weights = [] {
    return values_of(make<Linear>({.in_features = 4, .out_features = 4})->weight);
  };
  manual_seed(11);
  auto a = weights(), b = weights();
  EXPECT_NE(a, b);
  manual_seed(11);
  EXPECT_EQ(weights(), a);
  EXPECT_EQ(weights(), b);
  manual_seed(12);
  EXPECT_NE(weights(), a);
  manual_seed(0);
}

TEST(Init, LayersStartAsPyTorchs) {
  auto linear = make<Linear>({.in_features = 100, .out_features = 300});
  EXPECT_NEAR(moments(linear->weight).high, 0.1, 0.001);
  EXPECT_NEAR(moments(linear->weight).low, -0.1, 0.001);
  EXPECT_NEAR(moments(linear->bias).high, 0.1, 0.005);
  EXPECT_NEAR(moments(make<Embedding>({.num_embeddings = 100, .embedding_dim = 100})->weight).std,
              1, 0.03);
  auto norm = make<LayerNorm>(4);
  EXPECT_THAT(values_of(norm->weight), Each(1));
  EXPECT_THAT(values_of(norm->bias), Each(0));
}

TEST(Init, KeepsTheIdentityAndRequiresGradOfAParameter) {
  auto linear = make<Linear>({.in_features = 3, .out_features = 2});
  Tensor before = linear->weight;
  init::ones_(linear->weight);
  EXPECT_TRUE(before.is_same(linear->weight));
  EXPECT_THAT(values_of(before), Each(1));
  EXPECT_TRUE(before.requires_grad());
  EXPECT_EQ(before.path(), "weight");
}

TEST(Init, WantsAFloatingDtype) {
  auto holder = make<Sequential>();
  Tensor count = holder->register_buffer("count", zeros({3}, i64));
  EXPECT_THAT(error_of([&] { init::normal_(count); }), HasSubstr("floating dtype, got i64"));
}

}  // namespace
}  // namespace etch::nn
