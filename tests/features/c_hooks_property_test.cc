// C6: whatever is changed between two calls, a compiled function does what the code says now.
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "etch/etch.h"

namespace {

namespace nn = etch::nn;
using etch::Tensor;
using etch::TensorView;

struct Block : nn::Module {
  nn::Parameter weight;
  nn::Parameter other{this, "other", etch::full({3}, 0.5)};
  nn::Buffer gain{this, "gain", etch::ones({})};
  nn::Setting<double> power{this, "power", 1};
  explicit Block(double w) : weight(this, "weight", etch::full({3}, w)) {}
  Tensor forward(Tensor x) {
    Tensor y = etch::tanh(x * weight + other) * gain;
    return (training ? y * 2 : y) * static_cast<double>(power);
  }
};

struct Net : nn::Module {
  nn::Child<Block> a{this, "a", 0.3};
  nn::Child<Block> b{this, "b", -0.7};
  nn::Parameter x_tied{this, "x_tied", etch::full({3}, 1.5)};
  nn::Parameter y_tied{this, "y_tied", etch::full({3}, -0.25)};
  nn::Parameter tied{this, "tied", etch::full({3}, 1.5)};
  Tensor forward(Tensor x) { return b(a(x)) * tied; }
};

// A model, the switches that change what its training step is, and what the taps of a step saw.
struct Subject {
  nn::ModuleHandle<Net> net = nn::make<Net>();
  std::map<size_t, etch::HookHandle> handles;
  std::vector<double> seen;

  ~Subject() {
    for (auto& [number, handle] : handles) handle.remove();  // some are of all modules
  }

  // Hooks are registered on tensors that require grad, and stay while these are frozen.
  template <typename Add>
  static etch::HookHandle while_trainable(Tensor p, Add&& add) {
    bool trainable = p.requires_grad();
    p.requires_grad_(true);
    etch::HookHandle handle = add(p);
    p.requires_grad_(trainable);
    return handle;
  }

  using Register = std::function<etch::HookHandle(Subject&)>;
  static const std::vector<Register>& hooks() {
    using Grads = nn::Gradients;
    using M = nn::Module;
    static const std::vector<Register> all = {
        [](Subject& s) {
          return s.net->a->register_forward_pre_hook([](M&, nn::Inputs in) { return in[0] + 1; });
        },
        [](Subject& s) {
          return s.net->b->register_forward_hook([](M&, nn::Inputs, Tensor y) { return y * 3; });
        },
        [](Subject& s) {
          return s.net->b->register_full_backward_pre_hook([](M&, Grads g) { return g[0] * 0.5; });
        },
        [](Subject& s) {
          return s.net->b->register_full_backward_hook(
              [](M&, Grads in, Grads out) { return in[0] + out[0]; });
        },
        [](Subject& s) {
          return while_trainable(s.net->a->weight, [](Tensor p) {
            return p.register_hook([](Tensor g) { return etch::sin(g); });
          });
        },
        [](Subject& s) {
          return while_trainable(s.net->a->other, [](Tensor p) {
            return p.register_post_accumulate_grad_hook(
                [](const Tensor& p) { Tensor(p).set_grad(p.grad() * 7); });
          });
        },
        [](Subject& s) {  // registers a hook while the step is traced
          return s.net->a->register_forward_hook([](M&, nn::Inputs, Tensor y) {
            if (y.requires_grad()) y.register_hook([](Tensor g) { return g * -1; });
          });
        },
        [](Subject& s) {  // on a node, through the output
          return s.net->a->register_forward_hook([](M&, nn::Inputs, Tensor y) {
            if (etch::autograd::Node node = y.grad_fn())
              node.register_prehook([](Grads g) { return Grads{g[0] * 4}; });
          });
        },
        [](Subject&) {
          return nn::register_module_forward_hook(
              [](M& m, nn::Inputs, Tensor y) { return m.as<Block>() ? y + 0.125 : y; });
        },
        [](Subject&) {
          return nn::register_module_full_backward_pre_hook([](M&, Grads g) { return g[0] * 2; });
        },
        [](Subject& s) {
          return s.net->a->register_forward_hook(
              [&s](M&, nn::InputViews, TensorView y) { s.seen.push_back(y.sum()); });
        },
        [](Subject& s) {
          return s.net->b->register_full_backward_hook(
              [&s](M&, nn::GradientViews in, nn::GradientViews out) {
                s.seen.push_back(in[0].data ? in[0].sum() : 0);
                s.seen.push_back(out[0].sum());
              });
        },
        [](Subject& s) {
          return while_trainable(s.net->b->weight, [&s](Tensor p) {
            return p.register_hook([&s](TensorView g) { s.seen.push_back(g.norm()); });
          });
        },
    };
    return all;
  }
  static size_t num_switches() { return hooks().size() + 5; }

  // Switch `i` to `on`, which it is not.
  void set(size_t i, bool on) {
    if (i < hooks().size()) {
      if (on) {
        handles[i] = hooks()[i](*this);
      } else {
        handles[i].remove();
      }
      return;
    }
    switch (i - hooks().size()) {
      case 0:
        net->b->train(!on);
        break;
      case 1:
        net->a->requires_grad_(!on);
        break;
      case 2:
        net->b->weight.requires_grad_(!on);
        break;
      case 3:
        net->a->power = on ? 2 : 1;
        break;
      default:
        net->tied.tie(on ? net->x_tied : net->y_tied);
    }
  }

  Tensor step(Tensor x) {
    net->zero_grad();
    Tensor y = net(x);
    y.sum().backward();
    return y;
  }

  // All that a step leaves, by name.
  std::map<std::string, std::vector<float>> outcome(const Tensor& y) const {
    std::map<std::string, std::vector<float>> all = {{"y", y.to_vector<float>()}};
    for (auto& [name, p] : net->named_parameters())
      if (p.grad().defined()) all[name] = p.grad().to_vector<float>();
    all["taps"].assign(seen.begin(), seen.end());
    return all;
  }
};

void expect_equal(const std::map<std::string, std::vector<float>>& actual,
                  const std::map<std::string, std::vector<float>>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (auto& [name, values] : expected) {
    ASSERT_TRUE(actual.contains(name)) << name;
    ASSERT_EQ(actual.at(name).size(), values.size()) << name;
    for (size_t i = 0; i < values.size(); ++i)
      EXPECT_NEAR(actual.at(name)[i], values[i], 1e-5 * (1 + std::abs(values[i]))) << name;
  }
}

// A thousand steps, between which hooks of every kind come and go, modes and flags change,
// parameters are tied anew, and state is rescaled. Eager-looking code records its program anew in
// each step.
TEST(Features, C6_a_thousand_random_changes_are_never_stale) {
  Subject subject;
  std::mt19937 random(1);
  auto compiled = etch::compile([&](Tensor x) { return subject.step(x); });

  // Programs are bounded in number, so that most steps find theirs.
  std::vector<std::vector<bool>> configurations(24);
  for (std::vector<bool>& switches : configurations)
    for (size_t i = 0; i < Subject::num_switches(); ++i) switches.push_back(random() % 4 == 0);
  std::vector<bool> now(Subject::num_switches(), false);
  subject.net->tied.tie(subject.net->y_tied);

  int changes = 0;
  for (int step = 0; step < 1000 && !::testing::Test::HasFailure(); ++step) {
    SCOPED_TRACE(testing::Message() << "step " << step);
    if (random() % 3 > 0) {
      const std::vector<bool>& next = configurations[random() % configurations.size()];
      for (size_t i = 0; i < now.size(); ++i)
        if (now[i] != next[i]) subject.set(i, next[i]), ++changes;
      now = next;
    }
    if (random() % 4 == 0) subject.net->b->gain = etch::full({}, 0.5 + 0.25 * (random() % 4));
    Tensor x = etch::full({2, 3}, -1 + 0.25 * (random() % 9));

    subject.seen.clear();
    auto actual = subject.outcome(compiled(x));
    subject.seen.clear();
    Tensor y = subject.step(x);
    etch::eval();
    expect_equal(actual, subject.outcome(y));
  }
  EXPECT_GT(changes, 2000);
}

}  // namespace
