// Hooks of modules, and the order in which hooks of all kinds run.

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

// C1: hooks of modules.

TEST(Features, C1_forward_hooks_replace_inputs_and_outputs) {
  auto net = nn::make<Net>();
  net->a->register_forward_pre_hook([](nn::Module&, nn::Inputs in) { return in[0] + 1; });
  net->b->register_forward_hook([](nn::Module&, nn::Inputs in, Tensor out) { return out - in[0]; });
  EXPECT_THAT(floats(net(vec({0, 1}))), ElementsAre(6, 12));  // 9 (x + 1) - 3 (x + 1)
}

TEST(Features, C1_backward_hooks_see_and_replace_gradients) {
  auto net = nn::make<Net>();
  Tensor x = vec({1, 2}).requires_grad_();
  std::vector<float> output, input;
  Tensor grad_output, grad_input;
  net->b->register_full_backward_pre_hook(
      [](nn::Module&, nn::Gradients grad_output) { return grad_output[0] * 10; });
  net->b->register_full_backward_hook(
      [&](nn::Module& module, nn::Gradients inputs, nn::Gradients outputs) {
        EXPECT_EQ(module.path(), "b");
        grad_input = inputs[0], grad_output = outputs[0];
        return inputs[0] * 100;
      });
  net(x).sum().backward();
  EXPECT_THAT(floats(grad_output), ElementsAre(10, 10));  // as the pre-hook left it
  EXPECT_THAT(floats(grad_input), ElementsAre(30, 30));
  EXPECT_THAT(floats(net->b->w.grad()), ElementsAre(30, 60));      // 10 * 3 x
  EXPECT_THAT(floats(net->a->w.grad()), ElementsAre(3000, 6000));  // 10 * 3 * 100 * x
  EXPECT_THAT(floats(x.grad()), ElementsAre(9000, 9000));
}

// The gradient of a call's input is that of this call, whoever else uses the input.
TEST(Features, C1_backward_hooks_see_their_call_alone) {
  auto net = nn::make<Scale>();
  Tensor x = vec({1, 2}).requires_grad_();
  Tensor grad_input;
  net->register_full_backward_hook([&](nn::Module&, nn::Gradients in, nn::Gradients) {
    EXPECT_FALSE(grad_input.defined());
    grad_input = in[0];
  });
  (net(x) + 5 * x).sum().backward();
  EXPECT_THAT(floats(grad_input), ElementsAre(3, 3));
  EXPECT_THAT(floats(x.grad()), ElementsAre(8, 8));
}

// As in PyTorch: inputs that require no grad and outputs without influence have no gradient.
TEST(Features, C1_backward_hooks_of_several_inputs_and_outputs) {
  struct Pair : nn::Module {
    std::pair<Tensor, Tensor> forward(Tensor x, Tensor y, Tensor z) { return {x * y + z, x * 2}; }
  };
  auto net = nn::make<Pair>();
  Tensor x = vec({2}).requires_grad_(), z = vec({4}).requires_grad_();
  int calls = 0;
  net->register_full_backward_hook([&](nn::Module&, nn::Gradients in, nn::Gradients out) {
    ++calls;
    EXPECT_TRUE(in.at(0).defined());
    EXPECT_FALSE(in.at(1).defined());
    EXPECT_TRUE(in.at(2).defined());
    EXPECT_TRUE(out.at(0).defined());
    EXPECT_FALSE(out.at(1).defined());
    return nn::Gradients{in[0] * 2, Tensor(), in[2] * 3};
  });
  net(x, vec({3}), z).first.sum().backward();
  EXPECT_EQ(calls, 1);
  EXPECT_THAT(floats(x.grad()), ElementsAre(6));
  EXPECT_THAT(floats(z.grad()), ElementsAre(3));
}

TEST(Features, C1_backward_hooks_without_inputs_that_require_grad) {
  auto net = nn::make<Scale>();
  Tensor seen;
  auto handle =
      net->register_full_backward_hook([&](nn::Module&, nn::Gradients in, nn::Gradients out) {
        EXPECT_FALSE(in.at(0).defined());
        seen = out.at(0);
      });
  net(vec({1, 2})).sum().backward();
  EXPECT_THAT(floats(seen), ElementsAre(1, 1));
  handle.remove();
  net->register_full_backward_hook(
      [](nn::Module&, nn::Gradients, nn::Gradients out) { return out[0]; });
  EXPECT_THAT(error_of([&] {
                net(vec({1, 2})).sum().backward();
              }),
              HasSubstr("Scale: Backward hook for Modules where no input requires gradient should "
                        "always return None"));
}

TEST(Features, C1_global_hooks_apply_to_every_module_before_its_own) {
  auto net = nn::make<Net>();
  std::vector<std::string> log;
  auto note = [&](std::string what, const nn::Module& m) { log.push_back(what + " " + m.path()); };
  std::vector<nn::HookHandle> handles = {
      nn::register_module_forward_pre_hook([&](nn::Module& m, nn::Inputs) { note("pre", m); }),
      nn::register_module_forward_hook([&](nn::Module& m, nn::Inputs, Tensor) { note("out", m); }),
      nn::register_module_full_backward_pre_hook(
          [&](nn::Module& m, nn::Gradients) { note("bpre", m); }),
      nn::register_module_full_backward_hook(
          [&](nn::Module& m, nn::Gradients, nn::Gradients) { note("back", m); })};
  net->a->register_forward_pre_hook([&](nn::Module& m, nn::Inputs) { note("own", m); });
  Tensor x = vec({1, 2}).requires_grad_();
  net(x).sum().backward();
  EXPECT_THAT(log, ElementsAre("pre ", "pre a", "own a", "out a", "pre b", "out b", "out ", "bpre ",
                               "bpre b", "back b", "bpre a", "back a", "back "));
  for (nn::HookHandle& handle : handles) handle.remove();
  log.clear();
  net(x).sum().backward();
  EXPECT_THAT(log, ElementsAre("own a"));
}

// C3: order.

// Tensor `y` is no leaf and keeps its gradient; `w` is a leaf.
TEST(Features, C3_the_six_step_order) {
  Tensor w = vec({1}).requires_grad_();
  Tensor y = w * 2;
  y.retain_grad();
  std::vector<std::string> log;
  auto note = [&](std::string what) {
    log.push_back(what + (y.grad().defined() ? ", y.grad" : "") +
                  (w.grad().defined() ? ", w.grad" : ""));
  };
  using Grads = etch::autograd::Gradients;
  auto node_of_w = y.grad_fn().next_functions()[0].function;
  // Registered against the order in which they run.
  y.grad_fn().register_hook([&](Grads, Grads) { note("6 post-hook of y's node"); });
  y.grad_fn().register_prehook([&](Grads) { note("2 pre-hook of y's node"); });
  y.register_hook([&](Tensor) { note("1 hook of y"); });
  node_of_w.register_hook([&](Grads, Grads) { note("6 post-hook of w's node"); });
  w.register_post_accumulate_grad_hook([&](const Tensor&) { note("5 post-accumulate of w"); });
  node_of_w.register_prehook([&](Grads) { note("2 pre-hook of w's node"); });
  w.register_hook([&](Tensor) { note("1 hook of w"); });
  y.sum().backward();
  // Step 3 fills y.grad; step 4 is y's node, which gives w's gradient, and w's node, which fills
  // w.grad.
  EXPECT_THAT(log, ElementsAre("1 hook of y",                             //
                               "2 pre-hook of y's node",                  //
                               "6 post-hook of y's node, y.grad",         //
                               "1 hook of w, y.grad",                     //
                               "2 pre-hook of w's node, y.grad",          //
                               "5 post-accumulate of w, y.grad, w.grad",  //
                               "6 post-hook of w's node, y.grad, w.grad"));
}

TEST(Features, C3_each_sees_what_the_earlier_changed_and_prepend_comes_first) {
  Tensor w = vec({1}).requires_grad_();
  Tensor y = w * 1;
  y.register_hook([](Tensor grad) { return grad + 1; });
  y.register_hook([](Tensor grad) { return grad * 10; });
  y.register_hook([](Tensor grad) { return grad + 4; }, {.prepend = true});
  y.sum().backward();
  EXPECT_THAT(floats(w.grad()), ElementsAre(60));  // ((1 + 4) + 1) * 10

  auto net = nn::make<Scale>();
  net->register_forward_hook([](nn::Module&, nn::Inputs, Tensor out) { return out * 2; });
  net->register_forward_hook([](nn::Module&, nn::Inputs, Tensor out) { return out + 1; },
                             {.prepend = true});
  EXPECT_THAT(floats(net(vec({0, 1}))), ElementsAre(2, 8));
}

TEST(Features, C3_a_removed_hook_is_not_called_again) {
  auto net = nn::make<Scale>();
  Tensor w = net->w;
  std::vector<int> calls(6);
  using Grads = etch::autograd::Gradients;
  Tensor x = vec({1, 1}).requires_grad_();
  Tensor y = net(x);
  std::vector<etch::HookHandle> handles = {
      w.register_hook([&](Tensor) { ++calls[0]; }),
      w.register_post_accumulate_grad_hook([&](const Tensor&) { ++calls[1]; }),
      y.register_hook([&](Tensor) { ++calls[2]; }),
      y.grad_fn().register_hook([&](Grads, Grads) { ++calls[3]; }),
      y.grad_fn().register_prehook([&](Grads) { ++calls[4]; }),
      net->register_full_backward_hook([&](nn::Module&, Grads, Grads) { ++calls[5]; })};
  Tensor z = net(x);  // its backward would call the module's hook
  (y + z).sum().backward(std::nullopt, {.retain_graph = true});
  EXPECT_THAT(calls, ElementsAre(1, 1, 1, 1, 1, 1));
  for (etch::HookHandle& handle : handles) handle.remove();
  for (etch::HookHandle& handle : handles) handle.remove();  // does nothing
  (y + z).sum().backward();
  EXPECT_THAT(calls, ElementsAre(1, 1, 1, 1, 1, 1));
}

// As in PyTorch: a hook counts from the next call of the module on, also when it is registered
// while the module runs, or between two calls of one trace.
TEST(Features, C3_a_hook_takes_effect_at_the_next_call) {
  auto net = nn::make<Scale>();
  auto f = etch::compile([&](Tensor x) {
    Tensor before = net(x);
    auto handle =
        net->register_forward_hook([](nn::Module&, nn::Inputs, Tensor out) { return out * 0; });
    Tensor after = net(x);
    handle.remove();
    return std::pair(before, after);
  });
  auto [before, after] = f(vec({1, 2}));
  EXPECT_THAT(floats(before), ElementsAre(3, 6));
  EXPECT_THAT(floats(after), ElementsAre(0, 0));

  int calls = 0;
  nn::HookHandle outer = net->register_forward_pre_hook([&](nn::Module& module, nn::Inputs) {
    module.register_full_backward_hook([&](nn::Module&, nn::Gradients, nn::Gradients) { ++calls; });
  });
  Tensor x = vec({1, 1}).requires_grad_();
  net(x).sum().backward();
  EXPECT_EQ(calls, 0);
  outer.remove();
  net(x).sum().backward();
  EXPECT_EQ(calls, 1);
}

}  // namespace
