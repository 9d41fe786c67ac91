// Initial values: nn::init, and what layers are born with.
#include <algorithm>
#include <cmath>

#include "etch/tests/features/testing.h"

namespace etch::testing {
namespace {

namespace init = nn::init;

struct Moments {
  double mean = 0, std = 0, low = 0, high = 0;
};

Moments moments(const Tensor& t) {
  std::vector<double> values = values_of(t);
  Moments m;
  for (double v : values) m.mean += v / static_cast<double>(values.size());
  for (double v : values) m.std += (v - m.mean) * (v - m.mean) / static_cast<double>(values.size());
  m.std = std::sqrt(m.std);
  m.low = *std::ranges::min_element(values);
  m.high = *std::ranges::max_element(values);
  return m;
}

void expect_uniform(const Tensor& t, double bound) {
  Moments m = moments(t);
  double error = 5 / std::sqrt(static_cast<double>(t.numel()));
  EXPECT_GE(m.low, -bound * (1 + 1e-6));
  EXPECT_LE(m.high, bound * (1 + 1e-6));
  EXPECT_NEAR(m.mean, 0, error * bound);
  EXPECT_NEAR(m.std, bound / std::sqrt(3.0), error * bound);
}

void expect_normal(const Tensor& t, double mean, double std) {
  Moments m = moments(t);
  double error = 5 / std::sqrt(static_cast<double>(t.numel()));
  EXPECT_NEAR(m.mean, mean, error * std);
  EXPECT_NEAR(m.std, std, error * std);
}

TEST(Features, E1_draws_follow_their_distributions) {
  manual_seed(1);
  Tensor t = zeros({60, 50});
  eval(t);
  expect_normal(init::normal_(t, 2, 0.5), 2, 0.5);
  expect_uniform(init::uniform_(t, -3, 3), 3);
  expect_uniform(init::xavier_uniform_(t, 2), 2 * std::sqrt(6.0 / 110));
  expect_normal(init::xavier_normal_(t), 0, std::sqrt(2.0 / 110));
  expect_uniform(init::kaiming_uniform_(t, {.a = 1}), std::sqrt(3.0 / 50));
  expect_normal(init::kaiming_normal_(
                    t, {.mode = init::FanMode::kFanOut, .nonlinearity = init::Nonlinearity::kRelu}),
                0, std::sqrt(2.0 / 60));
  EXPECT_EQ(moments(init::constant_(t, 7)).low, 7);
  EXPECT_EQ(moments(init::zeros_(t)).high, 0);
  EXPECT_EQ(moments(init::ones_(t)).low, 1);
}

TEST(Features, E1_truncated_normal_stays_within_its_bounds) {
  manual_seed(2);
  Tensor t = zeros({100, 100}, f64);
  eval(t);
  Moments m = moments(init::trunc_normal_(t, 0, 1, -1, 2));
  EXPECT_GE(m.low, -1);
  EXPECT_LE(m.high, 2);
  // Moments of the normal distribution between -1 and 2.
  EXPECT_NEAR(m.mean, 0.2296, 0.03);
  EXPECT_NEAR(m.std, 0.7206, 0.03);
}

TEST(Features, E1_identities) {
  Tensor t = ones({2, 3});
  eval(t);
  EXPECT_EQ(floats(init::eye_(t)), (std::vector<float>{1, 0, 0, 0, 1, 0}));
  nn::ModuleHandle<nn::Conv2d> conv = nn::make<nn::Conv2d>({.in_channels = 4,
                                                            .out_channels = 4,
                                                            .kernel_size = 3,
                                                            .padding = 1,
                                                            .groups = 2,
                                                            .bias = false});
  init::dirac_(conv->weight, 2);
  Tensor x = ramp({1, 4, 5, 5});
  EXPECT_EQ(floats(conv(x)), floats(x));
}

TEST(Features, E1_orthogonal_rows_or_columns) {
  manual_seed(3);
  for (Shape shape : {Shape{3, 5}, Shape{5, 3}, Shape{4, 2, 2}}) {
    Tensor t = zeros(shape, f64);
    eval(t);
    Tensor q = flatten(init::orthogonal_(t, 2), 1);
    int64_t n = std::min(q.size(0), q.size(1));
    Tensor product =
        q.size(0) <= q.size(1) ? matmul(q, transpose(q, 0, 1)) : matmul(transpose(q, 0, 1), q);
    std::vector<double> actual = values_of(product), expected = values_of(eye(n, f64) * 4);
    for (size_t i = 0; i < actual.size(); ++i) EXPECT_NEAR(actual[i], expected[i], 1e-12);
  }
}

TEST(Features, E1_sparse_columns) {
  Tensor t = zeros({10, 7});
  eval(t);
  std::vector<float> values = floats(init::sparse_(t, 0.25));
  for (size_t c = 0; c < 7; ++c) {
    int zero = 0;
    for (size_t r = 0; r < 10; ++r) zero += values[r * 7 + c] == 0;
    EXPECT_EQ(zero, 3);
  }
}

TEST(Features, E1_gains) {
  using init::Nonlinearity;
  EXPECT_EQ(init::calculate_gain(Nonlinearity::kLinear), 1);
  EXPECT_EQ(init::calculate_gain(Nonlinearity::kSigmoid), 1);
  EXPECT_EQ(init::calculate_gain(Nonlinearity::kTanh), 5.0 / 3);
  EXPECT_EQ(init::calculate_gain(Nonlinearity::kRelu), std::sqrt(2.0));
  EXPECT_EQ(init::calculate_gain(Nonlinearity::kLeakyRelu, 0.2), std::sqrt(2 / 1.04));
  EXPECT_EQ(init::calculate_gain(Nonlinearity::kSelu), 0.75);
}

TEST(Features, E1_the_seed_decides) {
  auto draw = [](uint64_t seed) {
    manual_seed(seed);
    Tensor t = zeros({4, 4});
    eval(t);
    init::orthogonal_(t);
    init::trunc_normal_(t);
    return floats(init::kaiming_normal_(t));
  };
  EXPECT_EQ(draw(5), draw(5));
  EXPECT_NE(draw(5), draw(6));
}

TEST(Features, E1_refuses_shapes_without_meaning) {
  Tensor t = zeros({4});
  EXPECT_THAT(error_of([&] { init::eye_(t); }), ::testing::HasSubstr("[4]"));
  EXPECT_THAT(error_of([&] { init::dirac_(t); }), ::testing::HasSubstr("3 to 5"));
  EXPECT_THAT(error_of([&] { init::orthogonal_(t); }), ::testing::HasSubstr("two dimensions"));
  EXPECT_THAT(error_of([&] { init::trunc_normal_(t, 0, 1, 2, 2); }),
              ::testing::HasSubstr("low < high"));
}

TEST(Features, E2_defaults_are_those_of_pytorch_layer_by_layer) {
  manual_seed(4);
  auto linear = nn::make<nn::Linear>({.in_features = 64, .out_features = 48});
  expect_uniform(linear->weight, 1 / 8.0);
  expect_uniform(linear->bias, 1 / 8.0);
  auto bilinear = nn::make<nn::Bilinear>({16, 8, 10});
  expect_uniform(bilinear->weight, 1 / 4.0);
  expect_uniform(bilinear->bias, 1 / 4.0);
  auto conv = nn::make<nn::Conv2d>(
      {.in_channels = 8, .out_channels = 20, .kernel_size = {3, 6}, .groups = 4});
  expect_uniform(conv->weight, 1 / 6.0);
  expect_uniform(conv->bias, 1 / 6.0);
  // PyTorch takes dimension 1 of a transposed weight, the output channels, for the fan in.
  auto up = nn::make<nn::ConvTranspose2d>({.in_channels = 8, .out_channels = 4, .kernel_size = 3});
  expect_uniform(up->weight, 1 / 6.0);
  expect_normal(nn::make<nn::Embedding>(50, 40)->weight, 0, 1);
  auto attention = nn::make<nn::MultiheadAttention>({.embed_dim = 32, .num_heads = 4});
  expect_uniform(attention->in_proj_weight, std::sqrt(6.0 / (4 * 32)));
  EXPECT_EQ(moments(attention->in_proj_bias).std, 0);
  expect_uniform(attention->out_proj->weight, 1 / std::sqrt(32.0));
  EXPECT_EQ(moments(attention->out_proj->bias).std, 0);
  auto [query, key, value] = std::tuple{32, 16, 8};
  auto cross = nn::make<nn::MultiheadAttention>(
      {.embed_dim = query, .num_heads = 4, .kdim = key, .vdim = value});
  expect_uniform(cross->q_proj_weight, std::sqrt(6.0 / (query + query)));
  expect_uniform(cross->k_proj_weight, std::sqrt(6.0 / (query + key)));
  expect_uniform(cross->v_proj_weight, std::sqrt(6.0 / (query + value)));
  EXPECT_EQ(moments(nn::make<nn::PReLU>()->weight).mean, 0.25);
}

// Of convolutions in other dimensions and of layers that repeat: +- 1 / sqrt(fan in).
TEST(Features, E2_defaults_of_other_dimensions_and_of_recurrent_layers) {
  manual_seed(5);
  auto expect_all = [](const nn::Module& module, double bound) {
    for (auto& [name, value] : module.named_parameters()) {
      SCOPED_TRACE(module.type_name() + "." + name);
      expect_uniform(value, bound);
    }
  };
  expect_all(*nn::make<nn::Conv1d>({.in_channels = 12, .out_channels = 30, .kernel_size = 3}),
             1 / 6.0);
  expect_all(
      *nn::make<nn::Conv3d>({.in_channels = 2, .out_channels = 30, .kernel_size = {2, 3, 3}}),
      1 / 6.0);
  expect_all(
      *nn::make<nn::ConvTranspose1d>({.in_channels = 30, .out_channels = 12, .kernel_size = 3}),
      1 / 6.0);
  expect_all(*nn::make<nn::ConvTranspose2d>(
                 {.in_channels = 30, .out_channels = 8, .kernel_size = {3, 6}, .groups = 2}),
             1 / std::sqrt(4 * 18.0));
  expect_all(
      *nn::make<nn::ConvTranspose3d>({.in_channels = 30, .out_channels = 2, .kernel_size = 2}),
      1 / 4.0);
  expect_all(*nn::make<nn::RNN>({.input_size = 5, .hidden_size = 16, .num_layers = 2}), 1 / 4.0);
  expect_all(*nn::make<nn::LSTM>({.input_size = 5, .hidden_size = 16, .bidirectional = true}),
             1 / 4.0);
  expect_all(*nn::make<nn::GRU>({.input_size = 5, .hidden_size = 25}), 1 / 5.0);
  expect_all(*nn::make<nn::RNNCell>({.input_size = 5, .hidden_size = 16}), 1 / 4.0);
  expect_all(*nn::make<nn::LSTMCell>({.input_size = 5, .hidden_size = 16}), 1 / 4.0);
  expect_all(*nn::make<nn::GRUCell>({.input_size = 5, .hidden_size = 16}), 1 / 4.0);
}

// Weights and variances one, shifts and means zero.
TEST(Features, E2_normalizations_start_as_the_identity) {
  auto check = [](const nn::Module& module, size_t size) {
    nn::StateDict state = module.state_dict();
    EXPECT_EQ(state.size(), size) << module.type_name();
    for (auto& [name, value] : state) {
      bool one = name == "weight" || name == "running_var";
      for (double v : values_of(value)) EXPECT_EQ(v, one ? 1 : 0) << module.type_name() << name;
    }
  };
  check(*nn::make<nn::BatchNorm1d>(3), 5);
  check(*nn::make<nn::BatchNorm2d>(3), 5);
  check(*nn::make<nn::BatchNorm3d>({.num_features = 3, .affine = false}), 3);
  check(*nn::make<nn::InstanceNorm2d>({.num_features = 3, .affine = true}), 2);
  check(*nn::make<nn::LayerNorm>(3), 2);
  check(*nn::make<nn::RMSNorm>(3), 1);
  check(*nn::make<nn::GroupNorm>({.num_groups = 1, .num_channels = 3}), 2);
}

TEST(Features, E2_init_weights_by_kind) {
  manual_seed(6);
  auto net = nn::make<nn::Sequential>(
      nn::make<nn::Conv2d>({.in_channels = 3, .out_channels = 16, .kernel_size = 3}),
      nn::make<nn::BatchNorm2d>(16), nn::make<nn::ReLU>(), nn::make<nn::Flatten>(),
      nn::make<nn::Linear>({.in_features = 64, .out_features = 32}));
  init::constant_(net->find_parameter("1.weight"), 9);
  init::init_weights(*net, init::Kind::kKaimingNormal);
  expect_normal(net->find_parameter("0.weight"), 0, std::sqrt(2.0 / 27));
  expect_normal(net->find_parameter("4.weight"), 0, std::sqrt(2.0 / 64));
  EXPECT_EQ(moments(net->find_parameter("1.weight")).mean, 1);
  EXPECT_EQ(moments(net->find_parameter("4.bias")).std, 0);
  init::init_weights(*net, init::Kind::kXavierUniform);
  expect_uniform(net->find_parameter("4.weight"), std::sqrt(6.0 / 96));
  init::init_weights(*net, init::Kind::kNormal);
  expect_normal(net->find_parameter("4.weight"), 0, 0.02);
}

TEST(Features, E2_rules_by_type_through_apply) {
  auto net = nn::make<nn::Sequential>(nn::make<nn::Linear>({.in_features = 2, .out_features = 2}),
                                      nn::make<nn::LayerNorm>(2));
  net->apply([](nn::Module& module) {
    if (auto* linear = module.as<nn::Linear>()) init::eye_(linear->weight);
    if (auto* norm = module.as<nn::LayerNorm>()) init::constant_(norm->weight, 3);
  });
  EXPECT_EQ(floats(net->find_parameter("0.weight")), (std::vector<float>{1, 0, 0, 1}));
  EXPECT_EQ(floats(net->find_parameter("1.weight")), (std::vector<float>{3, 3}));
}

}  // namespace
}  // namespace etch::testing
