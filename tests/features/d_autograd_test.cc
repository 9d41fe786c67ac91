// Autograd: what requires grad, backward, derivatives of functions.
#include <sstream>

#include "etch/tests/golden/golden.h"
#include "testing.h"

namespace {

namespace nn = etch::nn;
using etch::Tensor;
using etch::testing::error_of;
using etch::testing::expect_close;
using etch::testing::floats;
using etch::testing::Golden;
using etch::testing::vec;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// D1: what requires grad, and what backward leaves.

TEST(Features, D1_requires_grad_propagates) {
  Tensor x = vec({1}), w = vec({2}).requires_grad_();
  EXPECT_TRUE(w.requires_grad() && w.is_leaf());
  EXPECT_TRUE(x.is_leaf());
  Tensor y = x * w;
  EXPECT_TRUE(y.requires_grad());
  EXPECT_FALSE(y.is_leaf());
  EXPECT_FALSE((x + 1).requires_grad());
  EXPECT_FALSE((w > 0).requires_grad());          // not floating
  EXPECT_FALSE(w.to(etch::i64).requires_grad());  // nor this
  EXPECT_TRUE(w.to(etch::f64).requires_grad());   // casts are differentiated
  EXPECT_FALSE(y.detach().requires_grad());
  EXPECT_TRUE(y.detach().is_leaf());
}

TEST(Features, D1_grad_is_empty_before_and_accumulates) {
  Tensor w = vec({1, 2}).requires_grad_();
  EXPECT_FALSE(w.grad().defined());
  (w * w).sum().backward();
  EXPECT_THAT(floats(w.grad()), ElementsAre(2, 4));
  (w * 10).sum().backward();
  EXPECT_THAT(floats(w.grad()), ElementsAre(12, 14));
  EXPECT_FALSE(w.grad().requires_grad());
  w.set_grad(Tensor());
  EXPECT_FALSE(w.grad().defined());
}

TEST(Features, D1_retain_grad_of_tensors_that_are_no_leaves) {
  Tensor w = vec({3}).requires_grad_();
  Tensor y = w * 2, z = y * y;
  y.retain_grad();
  EXPECT_TRUE(y.retains_grad());
  z.sum().backward();
  EXPECT_THAT(floats(y.grad()), ElementsAre(12));
  EXPECT_FALSE(z.grad().defined());
}

TEST(Features, D1_grad_fn_names_what_computed_a_tensor) {
  auto net = nn::make<nn::Linear>({.in_features = 3, .out_features = 2});
  Tensor x = etch::ones({4, 3});
  EXPECT_FALSE(x.grad_fn());
  EXPECT_FALSE(net->weight.grad_fn());
  Tensor loss = etch::tanh(net(x)) * 2;
  etch::autograd::Node node = loss.grad_fn();
  EXPECT_EQ(node.name(), "MulBackward0");
  std::ostringstream text;
  text << node << ' ' << x.grad_fn();
  EXPECT_EQ(text.str(), "<MulBackward0> None");
  EXPECT_THAT(node.location(), HasSubstr("d_autograd_test.cc"));

  // The whole graph, to its leaves.
  std::vector<std::string> names;
  std::vector<Tensor> leaves;
  std::function<void(const etch::autograd::Node&)> walk = [&](const etch::autograd::Node& at) {
    names.push_back(at.name());
    if (at.variable().defined()) leaves.push_back(at.variable());
    for (const auto& edge : at.next_functions())
      if (edge.function) walk(edge.function);
  };
  walk(node);
  EXPECT_THAT(names, ::testing::Contains("TanhBackward0"));
  EXPECT_THAT(names, ::testing::Contains("MatmulBackward0"));
  ASSERT_EQ(leaves.size(), 2u);
  EXPECT_TRUE(leaves[0].is_same(net->weight) || leaves[1].is_same(net->weight));

  // It does not matter whether values have been read, nor whether backward has been there.
  loss.to_vector<float>();
  EXPECT_EQ(loss.grad_fn().name(), "MulBackward0");
  EXPECT_TRUE(loss.grad_fn() == node);
  loss.backward(etch::ones({4, 2}));
  Tensor read_after = etch::exp(net(x));
  read_after.backward(etch::ones({4, 2}));
  read_after.to_vector<float>();
  EXPECT_EQ(read_after.grad_fn().name(), "ExpBackward0");
}

TEST(Features, D1_grad_mode_scopes) {
  Tensor w = vec({2}).requires_grad_();
  {
    etch::no_grad off;
    EXPECT_FALSE(etch::is_grad_enabled());
    EXPECT_FALSE((w * 2).requires_grad());
    {
      etch::enable_grad on;
      EXPECT_TRUE((w * 2).requires_grad());
    }
    w.assign(w * 2);  // in place, which is an error elsewhere
  }
  EXPECT_TRUE(etch::is_grad_enabled());
  etch::set_grad_enabled mode(false);
  EXPECT_FALSE((w * 2).requires_grad());
  EXPECT_THAT(floats(w), ElementsAre(4));
}

TEST(Features, D1_backward_of_vectors_with_a_cotangent) {
  Tensor w = vec({1, 2}).requires_grad_();
  (w * w).backward(vec({1, 10}));
  EXPECT_THAT(floats(w.grad()), ElementsAre(2, 40));
  Tensor a = w * 3, b = w * w;
  etch::autograd::backward({a, b}, {vec({1, 1}), vec({0, 1})});  // of several at once
  EXPECT_THAT(floats(w.grad()), ElementsAre(5, 47));
}

TEST(Features, D1_backward_to_some_inputs_alone) {
  Tensor a = vec({2}).requires_grad_(), b = vec({5}).requires_grad_();
  Tensor y = a * b;
  (y * y).sum().backward(std::nullopt, {.inputs = {a, y}});
  EXPECT_THAT(floats(a.grad()), ElementsAre(100));
  EXPECT_THAT(floats(y.grad()), ElementsAre(20));
  EXPECT_FALSE(b.grad().defined());
}

TEST(Features, D1_misuse_is_told_in_pytorchs_words) {
  Tensor x = vec({1, 2}), w = vec({1, 2}).requires_grad_();
  Tensor loss = etch::sum(w * w);
  loss.backward();
  EXPECT_THAT(error_of([&] { loss.backward(); }),
              HasSubstr("Trying to backward through the graph a second time"));
  EXPECT_THAT(error_of([&] { (w * 2).backward(); }),
              HasSubstr("grad can be implicitly created only for scalar outputs"));
  EXPECT_THAT(error_of([&] { x.sum().backward(); }),
              HasSubstr("element 0 of tensors does not require grad and does not have a grad_fn"));
  EXPECT_THAT(error_of([&] { (w * 2).backward(vec({1})); }),
              HasSubstr("Mismatch in shape: grad_output[0] is f32 [1] and output[0] is f32 [2]"));
  EXPECT_THAT(error_of([&] { w.assign(x); }),
              HasSubstr("a leaf Variable that requires grad (tensor f32 [2]) is being used in an "
                        "in-place operation"));
  EXPECT_THAT(error_of([&] { (w * 2).requires_grad_(false); }),
              HasSubstr("you can only change requires_grad flags of leaf variables"));
  EXPECT_THAT(error_of([&] { x.to(etch::i64).requires_grad_(); }),
              HasSubstr("only Tensors of floating point dtype can require gradients"));
  // With the line of the call.
  EXPECT_THAT(error_of([&] { x.sum().backward(); }), HasSubstr("(d_autograd_test.cc:"));
}

TEST(Features, D1_retain_graph_allows_a_second_backward) {
  Tensor w = vec({3}).requires_grad_();
  Tensor loss = etch::sum(w * w);
  loss.backward(std::nullopt, {.retain_graph = true});
  loss.backward();
  EXPECT_THAT(floats(w.grad()), ElementsAre(12));
}

// Where PyTorch refuses ("modified by an inplace operation"), Etch keeps what was computed with:
// the gradient is that of the loss as it was computed.
TEST(Features, D1_values_written_after_their_use_do_not_change_gradients) {
  Tensor w = vec({3}).requires_grad_();
  Tensor y = w * w, loss = etch::sum(y * y);  // w^4
  {
    etch::no_grad off;
    w.assign(w * 100);
    y.assign(y * 0);
  }
  loss.backward();
  EXPECT_THAT(floats(w.grad()), ElementsAre(108));
}

// D2: derivatives of functions, first and second.

struct Case {
  const char* name;
  std::function<Tensor(Tensor, Tensor)> f;
};
std::vector<Case> scalar_functions() {
  return {
      {"tanh_sum",
       [](Tensor x, Tensor w) { return etch::sum(etch::square(etch::tanh(matmul(x, w)))); }},
      {"softmax_loss",
       [](Tensor x, Tensor w) {
         return -etch::mean(etch::select(etch::log_softmax(matmul(x, w), -1), 1, 0));
       }},
      {"rational",
       [](Tensor x, Tensor w) {
         return etch::sum(etch::sin(x) / (1 + etch::sum(etch::exp(matmul(x, w)))));
       }},
  };
}

// Runs `check` in eager-looking code and as the body of a compiled function.
template <typename Fn>
void eagerly_and_compiled(Fn&& check_values) {
  check_values([](auto fn) { return fn; });
  check_values([](auto fn) { return etch::compile(fn); });
}

TEST(Features, D2_grad_and_value_and_grad) {
  Golden golden("autograd");
  eagerly_and_compiled([&](auto as_program) {
    for (const Case& c : scalar_functions()) {
      auto get = [&](const char* key) { return golden.tensor(c.name, key); };
      auto f = c.f;
      auto run = as_program([f](Tensor x, Tensor w) {
        auto [value, both] = etch::value_and_grad<0, 1>(f)(x, w);
        auto [dx, dw] = both;
        return std::vector<Tensor>{value, dx, dw, etch::grad(f)(x, w), etch::grad<1>(f)(x, w)};
      });
      std::vector<Tensor> r = run(get("x"), get("w"));
      expect_close(r[0], get("value"), 1e-10, c.name);
      for (int i : {1, 3}) expect_close(r[i], get("dx"), 1e-10, c.name);
      for (int i : {2, 4}) expect_close(r[i], get("dw"), 1e-10, c.name);
      EXPECT_FALSE(r[0].requires_grad() || r[1].requires_grad());
    }
  });
}

TEST(Features, D2_second_derivatives) {
  Golden golden("autograd");
  eagerly_and_compiled([&](auto as_program) {
    for (const Case& c : scalar_functions()) {
      auto get = [&](const char* key) { return golden.tensor(c.name, key); };
      auto f = c.f;
      auto run = as_program([f](Tensor x, Tensor w, Tensor vx, Tensor vw) {
        auto of_x = [&](const Tensor& x) { return f(x, w); };
        auto of_both = [&](const std::pair<Tensor, Tensor>& p) { return f(p.first, p.second); };
        auto [hx, hw] = etch::hvp(of_both, std::pair(x, w), std::pair(vx, vw));
        Tensor hxx = etch::hvp(of_x, x, vx);
        // The gradient of a function of a gradient.
        auto penalty = [&](Tensor x) { return etch::sum(etch::square(etch::grad(of_x)(x))); };
        // Forward over reverse: the derivative of the gradient in one direction.
        auto gradient = [&](const Tensor& x) { return etch::grad(of_x)(x); };
        return std::vector<Tensor>{hx, hw, hxx, etch::grad(penalty)(x),
                                   etch::jvp(gradient, x, vx).second};
      });
      std::vector<Tensor> r = run(get("x"), get("w"), get("vx"), get("vw"));
      expect_close(r[0], get("hx"), 1e-10, c.name);
      expect_close(r[1], get("hw"), 1e-10, c.name);
      expect_close(r[2], get("hxx"), 1e-10, c.name);
      expect_close(r[3], get("penalty"), 1e-10, c.name);
      expect_close(r[4], get("hxx"), 1e-10, c.name);
    }
  });
}

// Without PyTorch: (grad f(x + h v) - grad f(x - h v)) / 2h.
TEST(Features, D2_second_derivatives_match_central_differences) {
  Golden golden("autograd");
  for (const Case& c : scalar_functions()) {
    Tensor x = golden.tensor(c.name, "x"), w = golden.tensor(c.name, "w"),
           v = golden.tensor(c.name, "vx");
    auto df = [&](const Tensor& at) { return etch::grad(c.f)(at, w); };
    const double h = 1e-5;
    Tensor difference = (df(x + h * v) - df(x - h * v)) / (2 * h);
    expect_close(golden.tensor(c.name, "hxx"), difference, 1e-7, c.name);
  }
}

Tensor layer(Tensor x, Tensor w) {
  return etch::sigmoid(matmul(x, w)) * etch::exp(-etch::sum(etch::square(x), {1}, true));
}

TEST(Features, D2_vjp_and_jvp) {
  Golden golden("autograd");
  auto get = [&](const char* key) { return golden.tensor("layer", key); };
  eagerly_and_compiled([&](auto as_program) {
    auto run = as_program([](Tensor x, Tensor w, Tensor vx, Tensor vw, Tensor u) {
      auto [y, pullback] = etch::vjp(layer, x, w);
      auto [dx, dw] = pullback(u);
      auto [twice, unused] = pullback(2 * u);  // may be called again
      auto [z, tangent] = etch::jvp(layer, std::tuple(x, w), std::tuple(vx, vw));
      return std::vector<Tensor>{y, dx, dw, z, tangent, twice / 2};
    });
    std::vector<Tensor> r = run(get("x"), get("w"), get("vx"), get("vw"), get("u"));
    const char* keys[] = {"value", "dx", "dw", "value", "tangent", "dx"};
    for (int i = 0; i < 6; ++i) expect_close(r[i], get(keys[i]), 1e-10, keys[i]);
  });
}

TEST(Features, D2_aux_and_nests_of_tensors) {
  struct State {
    Tensor a;
    std::vector<Tensor> rest;
  };
  auto loss = [](State s, double scale) {
    Tensor y = s.a * s.rest[0] * scale;
    return std::pair(etch::sum(y), y);  // the loss, and something else
  };
  auto [result, gradient] =
      etch::value_and_grad(loss)(State{vec({1, 2}), {vec({3, 4}), vec({5})}}, 10.0);
  EXPECT_EQ(result.first.item<float>(), 110);
  EXPECT_THAT(floats(result.second), ElementsAre(30, 80));
  EXPECT_THAT(floats(gradient.a), ElementsAre(30, 40));
  EXPECT_THAT(floats(gradient.rest[0]), ElementsAre(10, 20));
  EXPECT_THAT(floats(gradient.rest[1]), ElementsAre(0));  // not used
  auto [g, aux] = etch::grad([](Tensor x) { return std::pair(etch::sum(x * x), x + 1); })(vec({3}));
  EXPECT_THAT(floats(g), ElementsAre(6));
  EXPECT_THAT(floats(aux), ElementsAre(4));
}

TEST(Features, D2_gradients_of_module_parameters) {
  auto net = nn::make<nn::Linear>({.in_features = 2, .out_features = 1});
  net->bias.requires_grad_(false);
  auto loss = [&](Tensor x) { return etch::sum(etch::square(net(x))); };
  Tensor x = etch::ones({3, 2});

  auto [value, named] = nn::value_and_grad(net, loss)(x);
  ASSERT_EQ(named.size(), 1u);
  EXPECT_EQ(named[0].first, "weight");
  auto [same_value, list] = etch::value_and_grad(loss, {net->weight})(x);
  EXPECT_FALSE(net->weight.grad().defined());  // left alone
  loss(x).backward();
  EXPECT_EQ(floats(named[0].second), floats(net->weight.grad()));
  EXPECT_EQ(floats(list[0]), floats(net->weight.grad()));
  EXPECT_EQ(value.item<float>(), same_value.item<float>());
}

// Transforms nest, mix with backward(), and do not care for the grad mode around them.
TEST(Features, D2_transforms_compose) {
  auto cube = [](Tensor x) { return etch::sum(x * x * x); };
  auto d = [](auto f) { return [f](Tensor x) { return etch::sum(etch::grad(f)(x)); }; };
  EXPECT_THAT(floats(etch::grad(d(d(cube)))(vec({2, 5}))), ElementsAre(6, 6));
  {
    etch::no_grad off;
    EXPECT_THAT(floats(etch::grad(cube)(vec({2}))), ElementsAre(12));
  }
  Tensor w = vec({3}).requires_grad_();
  Tensor g = etch::grad([&](Tensor x) { return etch::sum(x * x * w); })(vec({2}));
  EXPECT_TRUE(g.requires_grad());  // by w
  g.sum().backward();
  EXPECT_THAT(floats(w.grad()), ElementsAre(4));
  Tensor h = etch::grad(cube)(w);
  h.sum().backward();  // 6 w
  EXPECT_THAT(floats(w.grad()), ElementsAre(22));
  EXPECT_FALSE(etch::grad(cube)(vec({2})).requires_grad());
  // Of a value that does not depend on the argument.
  EXPECT_THAT(floats(etch::grad([](Tensor x) { return etch::sum(etch::ones({2})); })(vec({1}))),
              ElementsAre(0));
  auto [y, t] = etch::jvp([](Tensor x) { return x * 2; }, vec({1, 2}), vec({1, 10}));
  EXPECT_THAT(floats(t), ElementsAre(2, 20));
}

TEST(Features, D2_misuse_of_transforms) {
  EXPECT_THAT(error_of([] {
                etch::grad([](Tensor x) { return x * 2; })(vec({1, 2}));
              }),
              HasSubstr("the function returns f32 [2], not a floating scalar"));
  EXPECT_THAT(
      error_of([] { etch::grad([](Tensor x) { return etch::sum(x); })(vec({1}).to(etch::i64)); }),
      HasSubstr("input 0 is i64 [1]; only tensors of floating point dtype have gradients"));
  EXPECT_THAT(error_of([] {
                etch::jvp([](Tensor x) { return x; }, vec({1, 2}), vec({1}));
              }),
              HasSubstr("jvp: tangent 0 is f32 [1], its tensor is f32 [2]"));
  EXPECT_THAT(error_of([] {
                etch::vjp([](Tensor x) { return x; }, vec({1, 2})).pullback(vec({1}));
              }),
              HasSubstr("vjp: cotangent 0 is f32 [1], its tensor is f32 [2]"));
}

TEST(Features, D2_gradients_of_gradients_by_create_graph) {
  Tensor x = vec({2}).requires_grad_();
  Tensor first = etch::autograd::grad({etch::sum(x * x * x)}, {x}, {.create_graph = true})[0];
  EXPECT_TRUE(first.requires_grad());
  first.sum().backward();
  EXPECT_THAT(floats(x.grad()), ElementsAre(12));
  x.set_grad(Tensor());
  etch::sum(x * x * x).backward(std::nullopt, {.create_graph = true});
  EXPECT_TRUE(x.grad().requires_grad());
  EXPECT_THAT(floats(etch::autograd::grad({x.grad().sum()}, {x})[0]), ElementsAre(12));
}

// D3: parameters that are not in the graph.

struct Unused : nn::Module {
  nn::Child<nn::Linear> used{this, "used", {.in_features = 2, .out_features = 1}};
  nn::Child<nn::Linear> spare{this, "spare", {.in_features = 2, .out_features = 1}};
  Tensor forward(Tensor x) { return used(x); }
};

TEST(Features, D3_a_parameter_not_in_the_graph_has_no_grad_and_is_reported) {
  auto net = nn::make<Unused>();
  auto names = [&] { return nn::utils::parameters_without_grad(*net); };
  EXPECT_EQ(names().size(), 4u);
  net(etch::ones({1, 2})).sum().backward();
  EXPECT_FALSE(net->spare->weight.grad().defined());
  EXPECT_THAT(names(), ElementsAre("spare.weight", "spare.bias"));
  net->spare->requires_grad_(false);  // what is frozen wants none
  EXPECT_TRUE(names().empty());
}

TEST(Features, D3_compiled_steps_leave_them_without_grad_too) {
  auto net = nn::make<Unused>();
  auto step = etch::compile([&](Tensor x) {
    net->zero_grad();
    net(x).sum().backward();
  });
  step(etch::ones({1, 2}));
  EXPECT_THAT(nn::utils::parameters_without_grad(*net), ElementsAre("spare.weight", "spare.bias"));
}

TEST(Features, D3_grad_names_an_input_that_is_not_used) {
  auto net = nn::make<Unused>();
  Tensor loss = net(etch::ones({1, 2})).sum();
  std::vector<Tensor> inputs = {net->used->weight, net->spare->weight};
  EXPECT_THAT(error_of([&] { etch::autograd::grad({loss}, inputs, {.retain_graph = true}); }),
              HasSubstr("One of the differentiated Tensors (input 1, spare.weight) appears to not "
                        "have been used in the graph. Set allow_unused=True"));
  auto grads = etch::autograd::grad({loss}, inputs, {.retain_graph = true, .allow_unused = true});
  EXPECT_TRUE(grads[0].defined());
  EXPECT_FALSE(grads[1].defined());
  EXPECT_THAT(floats(etch::autograd::grad({loss}, inputs, {.materialize_grads = true})[1]),
              ElementsAre(0, 0));
}

}  // namespace
