// Every function of frontend/ops/ against plain loops over the same numbers.
#include "etch/frontend/ops.h"

#include <cmath>
#include <functional>

#include "testing.h"

namespace etch {
namespace {

using testing::floats;
using testing::ints;
using testing::mat;
using testing::Near;
using testing::vec;

const std::vector<float> kSome = {-2.5f, -1, -0.5f, 0, 0.25f, 1, 3};

std::vector<float> map(const std::vector<float>& x, const std::function<double(double)>& f) {
  std::vector<float> y;
  for (float v : x) y.push_back(static_cast<float>(f(v)));
  return y;
}

TEST(Ops, Unary) {
  Tensor x = vec(kSome);
  EXPECT_THAT(neg(x), Near(map(kSome, [](double v) { return -v; })));
  EXPECT_THAT(-x, Near(map(kSome, [](double v) { return -v; })));
  EXPECT_THAT(abs(x), Near(map(kSome, [](double v) { return std::abs(v); })));
  EXPECT_THAT(sign(x), Near(map(kSome, [](double v) { return (v > 0) - (v < 0); })));
  EXPECT_THAT(exp(x), Near(map(kSome, [](double v) { return std::exp(v); })));
  EXPECT_THAT(tanh(x), Near(map(kSome, [](double v) { return std::tanh(v); })));
  EXPECT_THAT(erf(x), Near(map(kSome, [](double v) { return std::erf(v); })));
  EXPECT_THAT(sin(x), Near(map(kSome, [](double v) { return std::sin(v); })));
  EXPECT_THAT(cos(x), Near(map(kSome, [](double v) { return std::cos(v); })));
  EXPECT_THAT(floor(x), Near(map(kSome, [](double v) { return std::floor(v); })));
  EXPECT_THAT(ceil(x), Near(map(kSome, [](double v) { return std::ceil(v); })));
  EXPECT_THAT(round(x), Near(map(kSome, [](double v) { return std::nearbyint(v); })));
  EXPECT_THAT(square(x), Near(map(kSome, [](double v) { return v * v; })));
  Tensor positive = abs(x) + 0.5;
  std::vector<float> p = map(kSome, [](double v) { return std::abs(v) + 0.5; });
  EXPECT_THAT(log(positive), Near(map(p, [](double v) { return std::log(v); })));
  EXPECT_THAT(sqrt(positive), Near(map(p, [](double v) { return std::sqrt(v); })));
  EXPECT_THAT(rsqrt(positive), Near(map(p, [](double v) { return 1 / std::sqrt(v); })));
}

TEST(Ops, Activations) {
  Tensor x = vec(kSome);
  auto sigmoid_of = [](double v) { return 1 / (1 + std::exp(-v)); };
  EXPECT_THAT(relu(x), Near(map(kSome, [](double v) { return std::max(v, 0.0); })));
  EXPECT_THAT(sigmoid(x), Near(map(kSome, sigmoid_of)));
  EXPECT_THAT(silu(x), Near(map(kSome, [&](double v) { return v * sigmoid_of(v); })));
  EXPECT_THAT(
      gelu(x),
      Near(map(kSome, [](double v) { return v / 2 * (1 + std::erf(v / std::sqrt(2.0))); })));
  EXPECT_THAT(gelu(x, true), Near(map(kSome, [](double v) {
                return v / 2 * (1 + std::tanh(std::sqrt(2 / M_PI) * (v + 0.044715 * v * v * v)));
              })));
}

TEST(Ops, SigmoidFarOut) {
  Tensor x = vec({-200, 200}).requires_grad_();
  Tensor y = sigmoid(x);
  sum(y).backward();
  EXPECT_THAT(y, Near({0, 1}));
  EXPECT_THAT(x.grad(), Near({0, 0}));
}

TEST(Ops, ReluAtZeroAndNaN) {
  Tensor x = vec({0, NAN}).requires_grad_();
  Tensor y = relu(x);
  EXPECT_TRUE(std::isnan(floats(y)[1]));
  sum(y).backward();
  EXPECT_EQ(floats(x.grad())[0], 0);
}

TEST(Ops, Arithmetic) {
  Tensor a = mat(2, 2, {1, 2, 3, 4}), b = vec({10, 20});
  EXPECT_THAT(a + b, Near({11, 22, 13, 24}));
  EXPECT_THAT(a - b, Near({-9, -18, -7, -16}));
  EXPECT_THAT(a * b, Near({10, 40, 30, 80}));
  EXPECT_THAT(b / a, Near({10, 10, 10.f / 3, 5}));
  EXPECT_THAT(pow(a, b * 0.1), Near({1, 4, 3, 16}));
  EXPECT_THAT(maximum(a, vec({2, 3})), Near({2, 3, 3, 4}));
  EXPECT_THAT(minimum(a, vec({2, 3})), Near({1, 2, 2, 3}));
  EXPECT_THAT(a + 1, Near({2, 3, 4, 5}));
  EXPECT_THAT(10 - a, Near({9, 8, 7, 6}));
  EXPECT_THAT(12 / a, Near({12, 6, 4, 3}));
  EXPECT_THAT(ints({7, -7}) / ints({2, 2}), Near({3.5f, -3.5f}));
}

TEST(Ops, StaticPowers) {
  Tensor x = vec({0.5f, 2, 3});
  for (double exponent : {2.0, 3.0, 0.5, -0.5, -1.0, 1.0, 1.7}) {
    EXPECT_THAT(pow(x, exponent),
                Near(map({0.5f, 2, 3}, [&](double v) { return std::pow(v, exponent); })))
        << exponent;
  }
}

TEST(Ops, ComparisonsAndSelection) {
  Tensor a = vec({1, 2, 3}), b = vec({2, 2, 2});
  EXPECT_THAT(a < b, Near({1, 0, 0}));
  EXPECT_THAT(a <= b, Near({1, 1, 0}));
  EXPECT_THAT(a > b, Near({0, 0, 1}));
  EXPECT_THAT(a >= 2, Near({0, 1, 1}));
  EXPECT_THAT(a == b, Near({0, 1, 0}));
  EXPECT_THAT(a != 2, Near({1, 0, 1}));
  EXPECT_THAT(logical_and(a > 1, a < 3), Near({0, 1, 0}));
  EXPECT_THAT(logical_or(a<2, a> 2), Near({1, 0, 1}));
  EXPECT_THAT(logical_not(a > 1), Near({1, 0, 0}));
  EXPECT_THAT(where(a > 1, a, b * 10), Near({20, 2, 3}));
  EXPECT_THAT(where(a > 1, a, -1), Near({-1, 2, 3}));
  EXPECT_THAT(clamp(a, 1.5, 2.5), Near({1.5f, 2, 2.5f}));
}

TEST(Ops, Casts) {
  EXPECT_EQ(cast(vec({1.7f, -1.7f}), i64).to_vector<int64_t>(), (std::vector<int64_t>{1, -1}));
  EXPECT_THAT(cast(vec({0, 2}), boolean), Near({0, 1}));
  EXPECT_EQ(vec({1}).to(f64).dtype(), f64);
}

TEST(Ops, Matmul) {
  Tensor a = mat(2, 3, {1, 2, 3, 4, 5, 6}), b = mat(3, 2, {1, 0, 0, 1, 1, 1});
  EXPECT_THAT(matmul(a, b), Near({4, 5, 10, 11}));
  EXPECT_THAT(matmul(a, vec({1, 1, 1})), Near({6, 15}));
  EXPECT_THAT(matmul(vec({1, 1}), a), Near({5, 7, 9}));
  Tensor dot = matmul(vec({1, 2}), vec({3, 4}));
  EXPECT_EQ(dot.shape(), Shape());
  EXPECT_THAT(dot, Near({11}));
  Tensor batch = stack({a, a * 2});
  EXPECT_EQ(matmul(batch, b).shape(), Shape({2, 2, 2}));
  EXPECT_THAT(matmul(batch, b), Near({4, 5, 10, 11, 8, 10, 20, 22}));
  EXPECT_THAT(matmul(a, stack({b, b})), Near({4, 5, 10, 11, 4, 5, 10, 11}));
  Tensor wide = matmul(reshape(batch, {2, 1, 2, 3}), stack({b, b, b}));
  EXPECT_EQ(wide.shape(), Shape({2, 3, 2, 2}));
}

TEST(Ops, Linear) {
  Tensor x = mat(2, 3, {1, 2, 3, 4, 5, 6}), w = mat(2, 3, {1, 0, 1, 0, 1, 0});
  EXPECT_THAT(linear(x, w), Near({4, 2, 10, 5}));
  EXPECT_THAT(linear(x, w, vec({10, 20})), Near({14, 22, 20, 25}));
  EXPECT_EQ(linear(vec({1, 2, 3}), w).shape(), Shape({2}));
}

TEST(Ops, Reductions) {
  Tensor x = mat(2, 3, {1, 2, 3, 4, 5, 9});
  EXPECT_THAT(sum(x), Near({24}));
  EXPECT_THAT(sum(x, {0}), Near({5, 7, 12}));
  EXPECT_EQ(sum(x, {-1}, true).shape(), Shape({2, 1}));
  EXPECT_THAT(mean(x, {1}), Near({2, 6}));
  EXPECT_THAT(var(x, {1}), Near({1, 7}));
  EXPECT_THAT(var(x, {1}, /*unbiased=*/false), Near({2.f / 3, 14.f / 3}));
  EXPECT_THAT(amax(x, {0}), Near({4, 5, 9}));
  EXPECT_THAT(amin(x), Near({1}));
  EXPECT_THAT(prod(x, {1}), Near({6, 180}));
  EXPECT_EQ(sum(x > 2).dtype(), i64);
  EXPECT_THAT(sum(x > 2), Near({4}));
  EXPECT_THAT(x.mean({0}), Near({2.5f, 3.5f, 6}));
}

TEST(Ops, SoftmaxFamily) {
  Tensor x = mat(2, 2, {0, std::log(3.f), 1000, 1000});
  EXPECT_THAT(softmax(x, -1), Near({0.25f, 0.75f, 0.5f, 0.5f}));
  EXPECT_THAT(softmax(x, 0), Near({0, 0, 1, 1}));
  EXPECT_THAT(exp(log_softmax(x, 1)), Near({0.25f, 0.75f, 0.5f, 0.5f}));
  EXPECT_THAT(logsumexp(x, {1}), Near({std::log(4.f), 1000 + std::log(2.f)}));
  EXPECT_EQ(floats(logsumexp(vec({-INFINITY, -INFINITY}), {0}))[0], -INFINITY);
}

TEST(Ops, LayerNorm) {
  Tensor x = mat(2, 2, {1, 3, -2, 2});
  EXPECT_THAT(layer_norm(x, 1, vec({2, 3}), vec({10, 20}), 0), Near({8, 23, 8, 23}));
  EXPECT_THAT(layer_norm(x, 1, std::nullopt, std::nullopt, 0), Near({-1, 1, -1, 1}));
}

TEST(Ops, Shapes) {
  Tensor x = mat(2, 3, {1, 2, 3, 4, 5, 6});
  EXPECT_THAT(transpose(x, 0, 1), Near({1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(permute(reshape(x, {1, 2, 3}), {2, 0, 1}).shape(), Shape({3, 1, 2}));
  EXPECT_EQ(reshape(x, {3, -1}).shape(), Shape({3, 2}));
  EXPECT_EQ(unsqueeze(x, -1).shape(), Shape({2, 3, 1}));
  EXPECT_EQ(squeeze(unsqueeze(x, 0), 0).shape(), Shape({2, 3}));
  EXPECT_EQ(squeeze(x, 0).shape(), Shape({2, 3}));
  EXPECT_EQ(flatten(reshape(x, {1, 2, 3}), 1).shape(), Shape({1, 6}));
  EXPECT_THAT(expand(vec({1, 2}), {2, -1}), Near({1, 2, 1, 2}));
  EXPECT_THAT(x.view({6}), Near({1, 2, 3, 4, 5, 6}));
}

TEST(Ops, SlicingAndJoining) {
  Tensor x = mat(2, 3, {1, 2, 3, 4, 5, 6});
  EXPECT_THAT(slice(x, 1, 1, 3), Near({2, 3, 5, 6}));
  EXPECT_THAT(slice(x, 1, 0, 100, 2), Near({1, 3, 4, 6}));
  EXPECT_THAT(slice(x, 1, -1, 3), Near({3, 6}));
  EXPECT_THAT(select(x, 0, -1), Near({4, 5, 6}));
  auto parts = split(x, 2, 1);
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_THAT(parts[1], Near({3, 6}));
  EXPECT_EQ(chunk(x, 3, 1).size(), 3u);
  EXPECT_THAT(cat({x, x * 10}, 0), Near({1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60}));
  EXPECT_EQ(stack({x, x}, 1).shape(), Shape({2, 2, 3}));
  EXPECT_THAT(pad(vec({1, 2}), {1, 2}), Near({0, 1, 2, 0, 0}));
  EXPECT_THAT(tril(mat(2, 2, {1, 2, 3, 4})), Near({1, 0, 3, 4}));
  EXPECT_THAT(triu(mat(2, 2, {1, 2, 3, 4}), 1), Near({0, 2, 0, 0}));
}

TEST(Ops, Creation) {
  EXPECT_THAT(eye(2), Near({1, 0, 0, 1}));
  EXPECT_EQ(arange(3).to_vector<int64_t>(), (std::vector<int64_t>{0, 1, 2}));
  EXPECT_THAT(arange(1, 8, 3, f32), Near({1, 4, 7}));
  EXPECT_THAT(arange(3, 0, -2), Near({3, 1}));
  EXPECT_EQ(arange(5, 5, 1).numel(), 0);
  EXPECT_THAT(zeros_like(vec({1, 2})), Near({0, 0}));
  EXPECT_THAT(ones_like(vec({1, 2})), Near({1, 1}));
}

TEST(Ops, Indexing) {
  Tensor table = mat(3, 2, {1, 2, 3, 4, 5, 6});
  EXPECT_THAT(embedding(table, ints({2, 0})), Near({5, 6, 1, 2}));
  EXPECT_THAT(one_hot(ints({1, 0}), 3, f32), Near({0, 1, 0, 1, 0, 0}));
  EXPECT_THAT(scatter_add_rows(ints({1, 1, 0}), table, 2), Near({5, 6, 4, 6}));
  EXPECT_THAT(take_last(table, ints({1, 0, 1})), Near({2, 3, 6}));
}

}  // namespace
}  // namespace etch
