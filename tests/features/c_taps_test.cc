// Taps get values at run time; hooks are never stale, and are exported.

#include <map>

#include "hooks_testing.h"

namespace {

namespace nn = etch::nn;
using etch::Tensor;
using etch::TensorView;
using etch::testing::error_of;
using etch::testing::floats;
using etch::testing::Net;
using etch::testing::Scale;
using etch::testing::vec;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Mlp : nn::Module {
  nn::Child<nn::Linear> fc1{this, "fc1", {.in_features = 3, .out_features = 4}};
  nn::Child<nn::Tanh> act{this, "act"};
  nn::Child<nn::Linear> fc2{this, "fc2", {.in_features = 4, .out_features = 2}};
  Tensor forward(Tensor x) { return fc2(act(fc1(x))); }
};

// C5: taps.

TEST(Features, C5_taps_get_values_at_run_time) {
  auto net = nn::make<Mlp>();
  std::map<std::string, std::vector<float>> features;
  std::map<std::string, double> largest;
  net->act->register_forward_hook([&](nn::Module&, nn::InputViews in, TensorView out) {
    auto span = out.values<float>().value();
    features["act"].assign(span.begin(), span.end());
    largest["act"] = out.max();
    EXPECT_EQ(in.size(), 1u);
  });
  net->fc2->register_full_backward_hook(
      [&](nn::Module&, nn::GradientViews grad_input, nn::GradientViews grad_output) {
        largest["d fc2 in"] = grad_input[0].max();
        largest["d fc2 out"] = grad_output[0].max();
      });
  net->fc2->weight.register_hook([&](TensorView grad) { largest["d weight"] = grad.max(); });
  auto step = etch::compile([&](Tensor x) {
    Tensor hidden = net->act(net->fc1(x));
    hidden.register_hook([&](TensorView grad) { largest["d hidden"] = grad.max(); });
    net->fc2(hidden).sum().backward();
    return hidden;
  });
  for (int i = 1; i <= 3; ++i) {
    features.clear(), largest.clear();
    net->zero_grad();
    Tensor hidden = step(etch::full({2, 3}, i));
    EXPECT_EQ(features["act"], floats(hidden));
    EXPECT_EQ(largest["d fc2 out"], 1);
    EXPECT_EQ(largest["d fc2 in"], largest["d hidden"]);
    EXPECT_NEAR(largest["d weight"], 2 * largest["act"], 1e-5);
  }
  EXPECT_EQ(step.num_compilations(), 1);
}

// In eager-looking code they are called when the values are computed. A gradient that does not
// exist is a view without data.
TEST(Features, C5_taps_in_eager_looking_code) {
  auto net = nn::make<Scale>();
  std::vector<double> seen;
  net->register_full_backward_pre_hook(
      [&](nn::Module&, nn::GradientViews out) { seen.push_back(out[0].sum()); });
  net->register_full_backward_hook([&](nn::Module&, nn::GradientViews in, nn::GradientViews) {
    EXPECT_EQ(in[0].data, nullptr);
  });
  Tensor y = net(vec({1, 2}));
  y.register_hook([&](TensorView grad) { seen.push_back(grad.at(0)); });
  y.backward(vec({4, 5}));
  EXPECT_TRUE(seen.empty());
  etch::eval();
  EXPECT_THAT(seen, ElementsAre(4, 9));
}

TEST(Features, C5_a_hook_cannot_read_values_while_backward_is_recorded) {
  Tensor w = vec({1, 2}).requires_grad_();
  w.register_hook([](Tensor grad) { grad.to_vector<float>(); });
  EXPECT_THAT(error_of([&] { (w * 2).sum().backward(); }),
              HasSubstr("register a hook that takes an etch::TensorView"));
  EXPECT_FALSE(w.grad().defined());
}

// C6: never stale, and exported. The random test is in c_hooks_property_test.cc.

TEST(Features, C6_adding_and_removing_hooks_is_never_stale) {
  auto net = nn::make<Net>();
  auto step = etch::compile([&](Tensor x) {
    net->zero_grad();
    Tensor y = net(x).sum();
    y.backward();
    return y;
  });
  Tensor x = vec({1, 1});
  auto grad = [&] {
    step(x);
    return net->a->w.grad().to_vector<float>()[0];
  };
  EXPECT_EQ(grad(), 3);
  std::vector<std::function<nn::HookHandle()>> registrations = {
      [&] { return net->a->w.register_hook([](Tensor g) { return g * 2; }); },
      [&] {
        return net->b->register_full_backward_hook(
            [](nn::Module&, nn::Gradients in, nn::Gradients) { return in[0] * 2; });
      },
      [&] {
        return net->b->register_full_backward_pre_hook(
            [](nn::Module&, nn::Gradients out) { return out[0] * 2; });
      },
      [&] {
        return net->b->register_forward_hook(
            [](nn::Module&, nn::Inputs, Tensor out) { return out * 2; });
      },
      [&] {
        return net->b->register_forward_pre_hook(
            [](nn::Module&, nn::Inputs in) { return in[0] * 2; });
      },
      [&] {
        return net->a->w.register_post_accumulate_grad_hook([](const Tensor& w) {
          Tensor p = w;
          p.set_grad(p.grad() * 2);
        });
      },
      [&] {
        return nn::register_module_full_backward_hook(
            [](nn::Module& m, nn::Gradients in, nn::Gradients) -> std::optional<nn::Gradients> {
              if (m.path() != "b") return std::nullopt;
              return nn::Gradients{in[0] * 2};
            });
      }};
  for (int round = 0; round < 2; ++round) {
    for (auto& add : registrations) {
      nn::HookHandle handle = add();
      EXPECT_EQ(grad(), 6);
      handle.remove();
      EXPECT_EQ(grad(), 3);
    }
  }
  // What has been compiled is found again, also for hooks that were registered anew.
  EXPECT_EQ(step.num_compilations(), 1 + static_cast<int64_t>(registrations.size()));
  EXPECT_THAT(step.explain(), HasSubstr("the hooks of a.w changed from"));
  EXPECT_THAT(step.explain(), HasSubstr("b.hooks changed from"));
  EXPECT_THAT(step.explain(), HasSubstr("hooks of all modules changed from"));
}

TEST(Features, C6_hooks_of_arguments_are_called_inside_compile) {
  Tensor x = vec({1, 2}).requires_grad_();
  auto f = etch::compile([](Tensor x) { (x * 3).sum().backward(); });
  f(x);
  auto handle = x.register_hook([](Tensor grad) { return grad * 10; });
  f(x);
  EXPECT_THAT(floats(x.grad()), ElementsAre(33, 33));
  handle.remove();
  f(x);
  EXPECT_THAT(floats(x.grad()), ElementsAre(36, 36));
}

TEST(Features, C6_hooks_survive_export) {
  auto net = nn::make<Net>();
  net->a->register_full_backward_hook([](nn::Module&, nn::Gradients, nn::Gradients) {});
  net->b->register_full_backward_pre_hook(
      [](nn::Module&, nn::Gradients out) { return out[0] * 10; });
  net->a->register_forward_hook([](nn::Module&, nn::InputViews, TensorView) {});
  net->b->w.register_hook([](TensorView) {});
  std::vector<double> norms;
  net->b->register_full_backward_hook([&](nn::Module&, nn::GradientViews, nn::GradientViews out) {
    norms.push_back(out[0].norm());
  });
  auto program =
      etch::trace([&](Tensor x) { net(x).sum().backward(); }, {etch::spec(etch::f32, {2}, "x")})
          .value();
  std::vector<std::string> names;
  for (const auto& result : program.results()) names.push_back(result.name);
  EXPECT_THAT(names,
              ::testing::IsSupersetOf({"a.w", "b.w", "tap1.a", "tap2.b.w.grad", "tap4.b.grad"}));
  auto executable = program.compile().value();
  ASSERT_TRUE(executable.run({vec({1, 2})}).ok());
  EXPECT_THAT(floats(net->b->w.grad()), ElementsAre(30, 60));
  ASSERT_EQ(norms.size(), 1u);
  EXPECT_NEAR(norms[0], 10 * std::sqrt(2), 1e-5);
}

// What hooks compute stands in the program under the path of their module, with their own lines.
TEST(Features, C6_what_hooks_compute_is_in_the_program_under_their_module) {
  auto net = nn::make<Net>();
  net->a->register_forward_hook([](nn::Module&, nn::Inputs, Tensor out) { return etch::exp(out); });
  net->b->register_full_backward_hook(
      [](nn::Module&, nn::Gradients in, nn::Gradients) { return etch::sin(in[0]); });
  net->b->w.register_hook([](Tensor grad) { return etch::cos(grad); });
  auto program =
      etch::trace([&](Tensor x) { net(x).sum().backward(); }, {etch::spec(etch::f32, {2}, "x")})
          .value();
  std::string text = program.mlir_text(/*with_locations=*/true);
  auto location = [&](const std::string& op) {
    size_t begin = text.find("etch." + op + " ");
    size_t end = text.find('\n', begin);
    std::string line = text.substr(begin, end - begin);
    return line.substr(line.find("loc("));
  };
  EXPECT_THAT(location("exp"), ::testing::StartsWith("loc(\"a\""));
  EXPECT_THAT(location("exp"), HasSubstr("c_taps_test.cc"));
  EXPECT_THAT(location("sin"), ::testing::StartsWith("loc(\"b\""));
  EXPECT_THAT(location("cos"), ::testing::StartsWith("loc(\"b\""));
}

}  // namespace
