// Hooks of tensors and graph nodes, and what people do with them.

#include <map>

#include "hooks_testing.h"

namespace {

namespace nn = etch::nn;
using etch::Tensor;
using etch::testing::error_of;
using etch::testing::floats;
using etch::testing::Net;
using etch::testing::Scale;
using etch::testing::vec;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// C2: hooks of tensors and nodes.

TEST(Features, C2_tensor_hooks_replace_the_gradient) {
  Tensor w = vec({1, 2}).requires_grad_();
  w.register_hook([](Tensor grad) { return grad * 2; });  // of a leaf: stays with it
  Tensor y = w * 3;
  Tensor seen;
  y.register_hook([&](Tensor grad) { seen = grad; });
  y.register_hook([](Tensor grad) -> std::optional<Tensor> { return grad + 1; });
  (y * 5).sum().backward();
  EXPECT_THAT(floats(seen), ElementsAre(5, 5));
  EXPECT_THAT(floats(w.grad()), ElementsAre(36, 36));
  w.set_grad(Tensor());
  (w * 7).sum().backward();
  EXPECT_THAT(floats(w.grad()), ElementsAre(14, 14));
}

// The hook gets the sum of what all uses contribute, not each part.
TEST(Features, C2_tensor_hooks_see_the_complete_gradient_once) {
  Tensor w = vec({1}).requires_grad_();
  Tensor y = w * 2;
  std::vector<Tensor> seen;
  y.register_hook([&](Tensor grad) { seen.push_back(grad); });
  (y * y + y).sum().backward();
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_THAT(floats(seen[0]), ElementsAre(5));
}

// An optimizer in the backward: no parameter's gradient is kept.
TEST(Features, C2_post_accumulate_grad_hooks_run_when_grad_is_there) {
  auto net = nn::make<Net>();
  for (Tensor p : net->parameters()) {
    p.register_post_accumulate_grad_hook([](const Tensor& leaf) {
      Tensor p = leaf;
      p.assign(p - 0.5 * p.grad());
      p.set_grad(Tensor());
    });
  }
  auto step = etch::compile([&](Tensor x) { net(x).sum().backward(); });
  step(vec({1, 2}));
  EXPECT_THAT(floats(net->b->w), ElementsAre(1.5, 0));
  EXPECT_THAT(floats(net->a->w), ElementsAre(1.5, 0));
  EXPECT_FALSE(net->a->w.grad().defined());
}

TEST(Features, C2_node_hooks_through_grad_fn) {
  Tensor a = vec({2}).requires_grad_(), b = vec({5}).requires_grad_();
  Tensor y = a * b;
  y.grad_fn().register_prehook([](etch::autograd::Gradients grad_outputs) {
    grad_outputs[0] = grad_outputs[0] * 10;
    return grad_outputs;
  });
  y.grad_fn().register_hook(
      [](etch::autograd::Gradients grad_inputs, etch::autograd::Gradients grad_outputs) {
        EXPECT_EQ(grad_inputs.size(), 2u);
        return etch::autograd::Gradients{grad_inputs[0], grad_inputs[1] + grad_outputs[0]};
      });
  // Of the leaf's own node, which accumulates.
  auto accumulate = y.grad_fn().next_functions()[1].function;
  accumulate.register_prehook(
      [](etch::autograd::Gradients grads) { return etch::autograd::Gradients{grads[0] * 2}; });
  y.sum().backward();
  EXPECT_THAT(floats(a.grad()), ElementsAre(50));
  EXPECT_THAT(floats(b.grad()), ElementsAre(60));  // 2 * (10 * 2 + 10)
}

// Errors of hooks say what is wrong and where.

TEST(Features, C2_replacements_must_have_the_type_of_the_gradient) {
  Tensor w = vec({1, 2}).requires_grad_();
  auto backward_with = [&](auto hook) {
    return error_of([&] {
      Tensor y = w * 2;
      y.register_hook(hook);
      y.sum().backward();
    });
  };
  EXPECT_THAT(backward_with([](Tensor grad) { return etch::sum(grad); }),
              HasSubstr("a hook has changed the size of value: the gradient is f32 [2], the hook "
                        "returned f32 []"));
  EXPECT_THAT(backward_with([](Tensor grad) { return grad.to(etch::f64); }),
              HasSubstr("a hook has changed the type of value: the gradient is f32 [2], the hook "
                        "returned f64 [2]"));
  EXPECT_THAT(error_of([] { vec({1}).register_hook([](Tensor) {}); }),
              HasSubstr("cannot register a hook on a tensor that doesn't require gradient"));
  EXPECT_THAT(error_of([&] { (w * 2).register_post_accumulate_grad_hook([](const Tensor&) {}); }),
              HasSubstr("post accumulate grad hooks cannot be registered on non-leaf tensors"));
  auto net = nn::make<Scale>();
  net->register_full_backward_hook([](nn::Module&, nn::Gradients in, nn::Gradients) {
    return nn::Gradients{in[0], in[0]};
  });
  EXPECT_THAT(error_of([&] { net(w * 1).sum().backward(); }),
              HasSubstr("Scale: a backward hook returned 2 tensors to replace 1 grad_input"));
}

// The sides of a conditional are differentiated apart: what is outside can be hooked.
TEST(Features, C2_hooks_within_branches_are_refused) {
  Tensor w = vec({1, 2}).requires_grad_();
  auto run = [&](auto branch) {
    return error_of([&] {
      etch::cond(
          vec({1}) > 0, [&] { return branch(w * 2); }, [&] { return w * 3; });
    });
  };
  EXPECT_THAT(run([](Tensor y) {
                y.register_hook([](Tensor) {});
                return y;
              }),
              HasSubstr("a hook on gradients has no effect within a branch of etch::cond"));
  auto net = nn::make<Scale>();
  net->register_forward_hook([](nn::Module&, nn::InputViews, etch::TensorView) {});
  EXPECT_THAT(run([&](Tensor y) { return net(y); }),
              HasSubstr("a branch of etch::cond cannot be looked into by a tap"));
}

TEST(Features, C2_a_hook_that_throws_leaves_everything_as_it_was) {
  auto net = nn::make<Net>();
  Tensor x = vec({1, 2});
  net(x).sum().backward();
  std::vector<float> before = floats(net->b->w.grad());
  struct Stop {};
  auto handle = net->a->register_full_backward_hook(
      [](nn::Module&, nn::Gradients, nn::Gradients) { throw Stop(); });
  // The gradient of b.w was accumulated when the hook of a throws.
  EXPECT_THROW(net(x).sum().backward(), Stop);
  EXPECT_EQ(floats(net->b->w.grad()), before);
  EXPECT_TRUE(etch::is_grad_enabled());
  auto step = etch::compile([&](Tensor x) { net(x).sum().backward(); });
  EXPECT_THROW(step(x), Stop);
  EXPECT_EQ(floats(net->b->w.grad()), before);
  handle.remove();
  step(x);
  EXPECT_EQ(floats(net->b->w.grad())[0], 2 * before[0]);
}

// C4: patterns of gradient inspection.

struct Mlp : nn::Module {
  nn::Child<nn::Linear> fc1{this, "fc1", {.in_features = 3, .out_features = 4}};
  nn::Child<nn::Tanh> act{this, "act"};
  nn::Child<nn::Linear> fc2{this, "fc2", {.in_features = 4, .out_features = 2}};
  Tensor forward(Tensor x) { return fc2(act(fc1(x))); }
};

// A closure factory: makes a forward hook for a name, which registers a tensor hook on the output.
TEST(Features, C4_forward_hooks_register_tensor_hooks_on_their_outputs) {
  auto net = nn::make<Mlp>();
  std::map<std::string, std::vector<Tensor>> gradients;
  auto save_gradient = [&](std::string name) {
    return [&gradients, name](nn::Module&, nn::Inputs, Tensor out) {
      out.register_hook([&gradients, name](Tensor grad) { gradients[name].push_back(grad); });
    };
  };
  std::map<nn::Module*, std::string> names;
  for (auto& [name, module] : net->named_modules()) {
    if (name.empty()) continue;
    names[module] = name;
    module->register_forward_hook(save_gradient(name));
  }
  EXPECT_EQ(names.at(net->fc1.get()), "fc1");

  for (int step = 0; step < 2; ++step) net(etch::ones({5, 3})).sum().backward();
  ASSERT_EQ(gradients.size(), 3u);
  for (auto& [name, list] : gradients) {
    ASSERT_EQ(list.size(), 2u) << name;
    EXPECT_EQ(list[0].shape(), etch::Shape({5, name == "fc2" ? 2 : 4}));
    EXPECT_EQ(floats(list[0]), floats(list[1]));
  }
  EXPECT_EQ(floats(gradients["fc2"][0]), std::vector<float>(10, 1));
}

// Mean |grad| of each layer, computed in the program of the training step.
TEST(Features, C4_mean_absolute_gradients_by_layer) {
  auto net = nn::make<Mlp>();
  std::vector<std::string> layers;
  std::map<std::string, Tensor> mean;
  net->apply([&](nn::Module& module) {
    if (!module.as<nn::Linear>()) return;
    module.register_full_backward_hook([&](nn::Module& module, nn::Gradients, nn::Gradients out) {
      layers.push_back(module.path());
      mean[module.path()] = etch::mean(etch::abs(out[0]));
    });
  });
  auto step = etch::compile([&](Tensor x) {
    net->zero_grad();
    layers.clear();
    net(x).mean().backward();
    return mean;
  });
  std::map<std::string, Tensor> result = step(etch::ones({5, 3}));
  EXPECT_THAT(layers, ElementsAre("fc2", "fc1"));
  EXPECT_NEAR(result.at("fc2").item<float>(), 0.1, 1e-6);
  EXPECT_GT(result.at("fc1").item<float>(), 0);
  EXPECT_LT(result.at("fc1").item<float>(), 0.1);
}

}  // namespace
