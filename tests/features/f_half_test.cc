// f16 and bf16: sums are kept in f32, models train in them, and machines without instructions for
// them compute the same.
#include "etch/nn/models/gpt.h"
#include "testing.h"

namespace etch {
namespace {

TEST(Features, F10_halves_are_summed_in_f32) {
  // 4096 ones: a sum in bf16 would stop growing at 256, one in f16 at 2048.
  for (DType dtype : {bf16, f16}) {
    Tensor x = ones({1, 4096}, dtype);
    Tensor sums[] = {
        x.sum(),       x.matmul(x.t()),         einsum("ij,ij->", {x, x}), x.softmax(1).sum(),
        x.norm() * 64, (x * 100).mean() * 40.96};
    eval(sums);
    for (const Tensor& sum : sums) {
      EXPECT_EQ(sum.dtype(), dtype);
      EXPECT_NEAR(sum.item<float>(), &sum == &sums[3] ? 1 : 4096, &sum == &sums[3] ? 0.01 : 20);
    }
  }
}

// Losses of 30 steps on one batch, in `dtype`, from the same start.
template <typename Model, typename Loss>
std::vector<float> train(const nn::ModuleHandle<Model>& net, DType dtype, double lr, Loss loss_of) {
  net->to(dtype);
  for (auto& [name, p] : net->named_parameters()) EXPECT_EQ(p.dtype(), dtype) << name;
  nn::optim::SGD opt(net->parameters(), {.lr = lr, .momentum = 0.9});
  auto step = compile([&] {
    opt.zero_grad();
    Tensor loss = loss_of();
    loss.backward();
    opt.step();
    return loss;
  });
  std::vector<float> losses;
  for (int i = 0; i < 30; ++i) losses.push_back(step().template item<float>());
  for (auto& [name, p] : net->named_parameters()) EXPECT_EQ(p.dtype(), dtype) << name;
  return losses;
}

// Falls, and stays near what f32 does.
void expect_like(const std::vector<float>& losses, const std::vector<float>& f32_losses,
                 DType dtype) {
  EXPECT_LT(losses.back(), 0.6 * losses.front()) << dtype;
  for (size_t i = 0; i < losses.size(); ++i)
    EXPECT_NEAR(losses[i], f32_losses[i], 0.06 * f32_losses.front()) << dtype << " step " << i;
}

TEST(Features, F10_mlp_trains_in_half_precision) {
  manual_seed(3);
  Tensor x = randn({16, 8}), target = sin(x.sum(1, true));
  eval(std::vector<Tensor>{x, target});
  auto losses_in = [&](DType dtype) {
    manual_seed(1);
    auto net = nn::make<nn::Sequential>(
        nn::make<nn::Linear>({.in_features = 8, .out_features = 32}), nn::make<nn::Tanh>(),
        nn::make<nn::Linear>({.in_features = 32, .out_features = 1}));
    Tensor input = x.to(dtype), goal = target.to(dtype);
    eval(std::vector<Tensor>{input, goal});
    return train(net, dtype, 0.05, [&] { return square(net(input) - goal).mean(); });
  };
  std::vector<float> expected = losses_in(f32);
  for (DType dtype : {bf16, f16}) expect_like(losses_in(dtype), expected, dtype);
}

TEST(Features, F10_gpt_trains_in_half_precision) {
  manual_seed(4);
  Tensor ids = randint(0, 13, {2, 9});
  eval(ids);
  auto losses_in = [&](DType dtype) {
    manual_seed(1);
    auto net =
        nn::make<nn::models::Gpt>({.vocab = 13, .context = 8, .dim = 16, .heads = 2, .layers = 1});
    return train(net, dtype, 0.1, [&] {
      Tensor logits = net(ids[{Slice(), Slice(0, 8)}]);
      Tensor next = ids[{Slice(), Slice(1, 9)}].reshape({16});
      return nn::functional::cross_entropy(logits.reshape({16, 13}), next);
    });
  };
  std::vector<float> expected = losses_in(f32);
  for (DType dtype : {bf16, f16}) expect_like(losses_in(dtype), expected, dtype);
}

TEST(Features, F10_halves_on_machines_without_instructions_for_them) {
  auto mixed = [](Tensor a, Tensor b) {
    Tensor products = a.matmul(a.t());
    return std::vector<Tensor>{products,          b.matmul(b.t()),       (a + 1.5) * a,
                               b.exp().sum(1),    a.to(f32) + b.to(f32), b.to(f64).to(f16),
                               a.to(f64).to(bf16)};
  };
  manual_seed(5);
  Tensor a = randn({6, 33}, bf16), b = randn({6, 33}, f16);
  auto expected = compile(mixed)(a, b);
  // SSE2 is all that every x86-64 has.
  const std::string plain = "-avx512f,-avx2,-avx,-fma,-f16c,-sse4.2,-sse4.1,-ssse3,-sse3,-popcnt";
  auto actual = compile(mixed, {.target_features = plain})(a, b);
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i) {
    std::vector<float> x = testing::floats(actual[i].to(f32));
    std::vector<float> y = testing::floats(expected[i].to(f32));
    for (size_t j = 0; j < x.size(); ++j)
      EXPECT_NEAR(x[j], y[j], 0.01 * (1 + std::abs(y[j]))) << "result " << i;
  }
}

}  // namespace
}  // namespace etch
