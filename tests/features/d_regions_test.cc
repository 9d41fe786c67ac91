// etch::checkpoint: what the forward computed is computed again in the backward.
#include "testing.h"

namespace {

namespace nn = etch::nn;
namespace F = nn::functional;
using etch::Tensor;
using etch::testing::floats;
using etch::testing::vec;
using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::Pointwise;

// A wide block between narrow ones: what it computes inside is most of what a backward keeps.
struct Block : nn::Module {
  nn::Child<nn::Linear> up{this, "up", {.in_features = 16, .out_features = 128}};
  nn::Child<nn::Linear> down{this, "down", {.in_features = 128, .out_features = 16}};
  Tensor forward(Tensor x) { return x + down(F::gelu(up(x))); }
};
struct Deep : nn::Module {
  explicit Deep(bool checkpointed) : checkpointed(checkpointed) {}
  bool checkpointed;
  nn::Child<nn::ModuleList<Block>> blocks{this, "blocks"};
  Tensor forward(Tensor x) {
    for (const auto& block : blocks) {
      auto run = [&](Tensor in) { return block(in); };
      x = checkpointed ? etch::checkpoint(run, x) : run(x);
    }
    return x;
  }
};

// Gradients and loss of a deep net, and the bytes that its training step works in.
struct Trained {
  std::vector<std::vector<float>> gradients;
  float loss;
  int64_t arena_bytes;
};

Trained train(bool checkpointed) {
  etch::manual_seed(7);
  auto net = nn::make<Deep>(checkpointed);
  for (int i = 0; i < 8; ++i) net->blocks->append(nn::make<Block>());
  auto run = [&](Tensor x) {
    net->zero_grad();
    Tensor y = net(x), loss = (y * y).mean();
    loss.backward();
    return loss;
  };
  Trained trained;
  auto program = etch::trace(run, {etch::spec(etch::f32, {64, 16})});
  trained.arena_bytes = program.value().compile().value().compiled()->arena_bytes;
  trained.loss = etch::compile(run)(etch::randn({64, 16})).item<float>();
  for (const Tensor& parameter : net->parameters())
    trained.gradients.push_back(floats(parameter.grad()));
  return trained;
}

TEST(Features, D2_checkpoint_takes_less_memory_for_the_same_gradients) {
  Trained plain = train(false), checkpointed = train(true);
  EXPECT_NEAR(plain.loss, checkpointed.loss, 1e-6);
  for (size_t i = 0; i < plain.gradients.size(); ++i)
    EXPECT_THAT(checkpointed.gradients[i], Pointwise(FloatNear(1e-5), plain.gradients[i]));
  EXPECT_LT(checkpointed.arena_bytes, plain.arena_bytes / 3);
}

TEST(Features, D2_checkpoint_is_in_the_program_until_it_is_differentiated) {
  auto program = etch::trace(
      [](Tensor x) { return etch::checkpoint([](Tensor a) { return tanh(a) * a; }, x); },
      {etch::spec(etch::f32, {4})});
  ASSERT_TRUE(program.ok());
  EXPECT_THAT(program->mlir_text(), HasSubstr("etch.checkpoint"));
}

TEST(Features, D2_checkpoint_of_several_inputs_and_outputs_twice_differentiated) {
  auto f = [](Tensor a, Tensor b) { return std::pair(tanh(a * b), exp(a) + b); };
  auto grads = [&](bool checkpointed) {
    Tensor a = vec({0.5, -1}).requires_grad_(), b = vec({2, 0.25}).requires_grad_();
    auto [y, z] = checkpointed ? etch::checkpoint(f, a, b) : f(a, b);
    auto first = etch::autograd::grad({(y * z).sum()}, {a, b}, {.create_graph = true});
    auto second = etch::autograd::grad({(first[0] * first[1]).sum()}, {a, b});
    return floats(etch::cat({first[0], first[1], second[0], second[1]}));
  };
  EXPECT_THAT(grads(true), Pointwise(FloatNear(1e-5), grads(false)));
}

TEST(Features, D2_checkpoint_draws_the_same_numbers_again) {
  auto drop = nn::make<nn::Dropout>(0.5);
  Tensor x = etch::ones({1000}).requires_grad_();
  Tensor y = etch::checkpoint([&](Tensor a) { return drop(a * 3); }, x);
  y.sum().backward();
  // An element is kept in the backward where it was kept in the forward.
  EXPECT_EQ(floats(x.grad()), floats(y));
  // And the next call draws others.
  EXPECT_NE(floats(etch::checkpoint([&](Tensor a) { return drop(a * 3); }, x)), floats(y));
}

TEST(Features, D2_checkpoint_writes_state_once) {
  struct Counting : nn::Module {
    nn::Buffer calls{this, "calls", etch::zeros({})};
    nn::Parameter scale{this, "scale", etch::ones({2})};
    Tensor forward(Tensor x) {
      calls = calls + 1;
      return tanh(x * scale) * calls;
    }
  };
  auto net = nn::make<Counting>();
  auto step = etch::compile([&](Tensor x) {
    net->zero_grad();
    Tensor loss = etch::checkpoint(net, etch::checkpoint(net, x)).sum();
    loss.backward();
    return loss;
  });
  step(vec({1, 2}));
  EXPECT_EQ(net->calls.item<float>(), 2);
  step(vec({1, 2}));
  EXPECT_EQ(net->calls.item<float>(), 4);
}

TEST(Features, D2_hooks_and_modes_hold_in_a_checkpoint) {
  auto net = nn::make<nn::Dropout>(0.5);
  int taps = 0;
  net->register_forward_hook([&](nn::Module&, nn::InputViews, etch::TensorView) { ++taps; });
  auto f = etch::compile([&](Tensor x) { return etch::checkpoint(net, x); });
  Tensor x = etch::ones({100});
  EXPECT_NE(floats(f(x)), floats(x));
  net->eval();
  EXPECT_EQ(floats(f(x)), floats(x));
  EXPECT_EQ(taps, 2);
}

}  // namespace
