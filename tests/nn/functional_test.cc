// Values and gradients against PyTorch's (golden/make_golden.py) and closed forms.
#include "etch/nn/functional.h"

#include <cmath>

#include "etch/etch.h"
#include "testing.h"

namespace etch::nn {
namespace {

namespace F = functional;
using ::testing::Each;
using ::testing::ElementsAre;
using testing::error_of;
using testing::expect_golden;
using ::testing::HasSubstr;
using testing::ramp;

Tensor ints(std::vector<int64_t> values) {
  auto n = static_cast<int64_t>(values.size());
  return Tensor::from_data(values, {n});
}

TEST(Functional, ActivationsAndNormsEqualPyTorchs) {
  Tensor x = ramp({4, 6});
  expect_golden(F::gelu(x), "gelu");
  expect_golden(F::gelu(x, /*tanh_approximation=*/true), "gelu_tanh");
  expect_golden(F::softmax(x, -1), "softmax");
  expect_golden(F::layer_norm(x, {6}, ramp({6}) + 2, ramp({6})), "layer_norm");
}

TEST(Functional, LayerNormWantsTheInputsLastExtents) {
  EXPECT_THAT(error_of([] {
                F::layer_norm(zeros({4, 6}), {4});
              }),
              AllOf(HasSubstr("[4, 6]"), HasSubstr("[4]")));
}

TEST(Attention, EqualsPyTorchs) {
  Tensor q = ramp({2, 5, 4}), k = ramp({2, 5, 4}) * 2, v = ramp({2, 5, 4}) - 1;
  expect_golden(F::scaled_dot_product_attention(q, k, v), "attention");
  expect_golden(F::scaled_dot_product_attention(q, k, v, {.causal = true}), "attention_causal");
}

TEST(Attention, CausalMeansThatLaterPositionsDoNotMatter) {
  Tensor q = ramp({1, 4, 2}), v = ramp({1, 4, 2});
  std::vector<float> changed = v.to_vector<float>();
  changed[6] = changed[7] = 100;
  Tensor w = Tensor::from_data(changed, {1, 4, 2});
  auto a = F::scaled_dot_product_attention(q, q, v, {.causal = true}).to_vector<float>();
  auto b = F::scaled_dot_product_attention(q, q, w, {.causal = true}).to_vector<float>();
  EXPECT_EQ(std::vector(a.begin(), a.begin() + 6), std::vector(b.begin(), b.begin() + 6));
  EXPECT_NE(a[6], b[6]);
}

TEST(Attention, RefusesShapesThatDoNotFit) {
  Tensor q = zeros({1, 4, 2});
  EXPECT_THAT(error_of([&] {
                F::scaled_dot_product_attention(q, zeros({1, 4, 3}), q);
              }),
              HasSubstr("do not fit"));
  Tensor longer = zeros({1, 5, 2});
  EXPECT_THAT(
      error_of([&] { F::scaled_dot_product_attention(q, longer, longer, {.causal = true}); }),
      HasSubstr("got 4 and 5"));
}

void expect_cross_entropy(const std::string& name, const Tensor& target,
                          const F::CrossEntropyOptions& options) {
  Tensor x = ramp({4, 6}).requires_grad_();
  Tensor loss = F::cross_entropy(x, target, options);
  expect_golden(loss, "cross_entropy." + name);
  loss.sum().backward();
  expect_golden(x.grad(), "cross_entropy." + name + ".grad");
}

TEST(CrossEntropy, ValuesAndGradientsEqualPyTorchs) {
  Tensor target = ints({2, 0, 5, 3}), ignored = ints({2, -100, 5, -100});
  expect_cross_entropy("mean", target, {});
  expect_cross_entropy("sum", target, {.reduction = Reduction::kSum});
  expect_cross_entropy("none", target, {.reduction = Reduction::kNone});
  expect_cross_entropy("smooth", target, {.label_smoothing = 0.1});
  expect_cross_entropy("ignore", ignored, {});
  expect_cross_entropy("ignore_none", ignored, {.reduction = Reduction::kNone});
  expect_cross_entropy("ignore_smooth", ignored, {.label_smoothing = 0.2});
  expect_cross_entropy("ignore_2", target, {.ignore_index = 2});
}

TEST(CrossEntropy, OfUniformLogitsIsTheLogarithmOfTheClasses) {
  EXPECT_NEAR(F::cross_entropy(zeros({3, 7}), ints({0, 3, 6})).item<float>(), std::log(7.0), 1e-6);
  EXPECT_NEAR(F::cross_entropy(zeros({7}), full({}, 4, i64)).item<float>(), std::log(7.0), 1e-6);
}

TEST(CrossEntropy, AClassOutOfRangeGivesNaN) {
  EXPECT_TRUE(std::isnan(F::cross_entropy(zeros({2, 3}), ints({0, 3})).item<float>()));
  EXPECT_TRUE(std::isnan(F::cross_entropy(zeros({2, 3}), ints({0, -1})).item<float>()));
}

TEST(CrossEntropy, RefusesWhatDoesNotFit) {
  Tensor logits = zeros({4, 6});
  EXPECT_THAT(error_of([&] {
                F::cross_entropy(logits, ints({1, 2}));
              }),
              AllOf(HasSubstr("[4, 6]"), HasSubstr("[2]"), HasSubstr("functional_test.cc")));
  EXPECT_THAT(error_of([&] { F::cross_entropy(logits, zeros({4})); }), HasSubstr("i32 or i64"));
  EXPECT_THAT(error_of([&] {
                F::cross_entropy(zeros({4, 6}, i64), ints({1, 2, 3, 4}));
              }),
              HasSubstr("wants a floating input"));
  EXPECT_THAT(error_of([&] {
                F::cross_entropy(logits, ints({1, 2, 3, 4}), {.label_smoothing = 2});
              }),
              HasSubstr("label_smoothing"));
}

TEST(MseLoss, EqualsPyTorchsAndRefusesBroadcasting) {
  Tensor x = ramp({4, 6});
  expect_golden(F::mse_loss(x, x * 0.5 + 0.1), "mse");
  EXPECT_NEAR(F::mse_loss(ones({2, 2}), zeros({2, 2}), Reduction::kSum).item<float>(), 4, 1e-6);
  EXPECT_THAT(F::mse_loss(ones({2}), zeros({2}), Reduction::kNone).to_vector<float>(),
              ElementsAre(1, 1));
  EXPECT_THAT(error_of([] {
                F::mse_loss(zeros({2, 1}), zeros({2}));
              }),
              HasSubstr("differ in shape"));
}

TEST(Dropout, ZeroesAboutAFractionPAndScalesTheRest) {
  auto drop = make<Dropout>(0.25);
  std::vector<float> y = drop(ones({100, 100})).to_vector<float>();
  int64_t zeros = std::count(y.begin(), y.end(), 0.0f);
  EXPECT_NEAR(static_cast<double>(zeros), 2500, 5 * std::sqrt(10000 * 0.25 * 0.75));
  for (float value : y) EXPECT_TRUE(value == 0 || std::abs(value - 1 / 0.75f) < 1e-6);
}

TEST(Dropout, IsTheIdentityInEvalModeAndWithoutProbability) {
  auto drop = make<Dropout>(0.5);
  drop->eval();
  EXPECT_THAT(drop(ones({100})).to_vector<float>(), Each(1));
  EXPECT_THAT(make<Dropout>(0.0)(ones({100})).to_vector<float>(), Each(1));
}

TEST(Dropout, MasksDependOnSeedAndPathAndDrawAlone) {
  struct Two : Module {
    Child<Dropout> a{this, "a", 0.5}, b{this, "b", 0.5};
  };
  auto draw = [](auto& layer) { return layer(ones({64})).template to_vector<float>(); };
  manual_seed(7);
  auto first = make<Two>();
  auto a1 = draw(first->a), a2 = draw(first->a), b1 = draw(first->b);
  EXPECT_NE(a1, a2);
  EXPECT_NE(a1, b1);
  manual_seed(7);
  auto second = make<Two>();
  EXPECT_EQ(draw(second->b), b1);
  EXPECT_EQ(draw(second->a), a1);
  EXPECT_EQ(draw(second->a), a2);
  auto drop = make<Dropout>(0.5);
  auto compiled = compile([&](Tensor x) { return drop(x); });
  EXPECT_NE(compiled(ones({64})).to_vector<float>(), compiled(ones({64})).to_vector<float>());
  manual_seed(0);
}

TEST(Dropout, RefusesAProbabilityOutOfRange) {
  EXPECT_THAT(error_of([] { make<Dropout>(1.5); }), HasSubstr("p = 1.5, must be in [0, 1]"));
  EXPECT_THAT(error_of([] { F::dropout(ones({2}), -0.1); }), HasSubstr("not in [0, 1]"));
}

}  // namespace
}  // namespace etch::nn
