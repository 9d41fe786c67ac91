// Loops and conditions: on host values they are part of the trace, on tensors' values they run in
// the program.
#include <chrono>
#include <cmath>
#include <map>
#include <set>

#include "testing.h"

namespace {

namespace nn = etch::nn;
using etch::Tensor;
using etch::testing::error_of;
using etch::testing::floats;
using etch::testing::vec;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::Pointwise;

Tensor matrix(const std::vector<float>& values, int64_t columns) {
  return Tensor::from_data(values, {static_cast<int64_t>(values.size()) / columns, columns});
}

// ---- Host values

TEST(Features, A5_host_values_decide_while_tracing) {
  struct Repeat : nn::Module {
    nn::Setting<int64_t> num_repeats{this, "num_repeats", 3};
    Tensor forward(Tensor x) {
      for (int64_t i = 0; i < num_repeats; ++i) x = x * 2;
      return x;
    }
  };
  auto net = nn::make<Repeat>();
  auto f = etch::compile([&](Tensor x) { return net(x); });
  EXPECT_THAT(floats(f(vec({1}))), ElementsAre(8));
  net->num_repeats = 5;
  EXPECT_THAT(floats(f(vec({1}))), ElementsAre(32));
  net->num_repeats = 3;
  EXPECT_THAT(floats(f(vec({1}))), ElementsAre(8));
  EXPECT_EQ(f.num_compilations(), 2);  // 3 and 5 are two programs
}

TEST(Features, A5_a_condition_on_a_tensor_is_an_error_that_names_the_way_out) {
  auto f = etch::compile([](Tensor x) {
    if (x.sum().item<float>() > 0) return x;
    return -x;
  });
  EXPECT_THAT(error_of([&] { f(vec({1})); }), AllOf(HasSubstr("etch::cond"), HasSubstr("(a_")));

  auto branches = [](Tensor x) {
    if (x.sum() > 0) return x;
    return -x;
  };
  EXPECT_THAT(floats(branches(vec({-1}))), ElementsAre(1));  // of values it is a condition as any
  EXPECT_THAT(error_of([&] { etch::compile(branches)(vec({1})); }),
              AllOf(HasSubstr("etch::where"), HasSubstr("etch::cond")));
  EXPECT_THAT(error_of([] {
                if (vec({1, 2})) return;
              }),
              HasSubstr("[2]"));
}

TEST(Features, A5_cond_runs_the_chosen_side) {
  Tensor w = etch::eye(3);
  auto f = etch::compile([&](Tensor x) {
    return etch::cond(
        x.sum() > 0, [&] { return etch::matmul(x, w) + 1; }, [&] { return -x; });
  });
  EXPECT_THAT(floats(f(matrix({1, 2, 3}, 3))), ElementsAre(2, 3, 4));
  EXPECT_THAT(floats(f(matrix({-1, -2, -3}, 3))), ElementsAre(1, 2, 3));
  EXPECT_EQ(f.num_compilations(), 1);
}

// ---- scan

TEST(Features, A5_scan_hands_a_carry_from_row_to_row) {
  auto f = etch::compile([](Tensor x) {
    return etch::scan([](Tensor sum, Tensor row) { return std::pair(sum + row, sum * 10); },
                      etch::zeros({2}), x);
  });
  auto [last, ys] = f(matrix({1, 2, 3, 4, 5, 6}, 2));
  EXPECT_THAT(floats(last), ElementsAre(9, 12));
  EXPECT_EQ(ys.shape(), etch::Shape({3, 2}));
  EXPECT_THAT(floats(ys), ElementsAre(0, 0, 10, 20, 40, 60));
}

TEST(Features, A5_scan_works_in_eager_looking_code) {
  Tensor x = vec({1, 2, 3, 4});
  auto [last, ys] = etch::scan(
      [](Tensor product, Tensor row) {
        Tensor next = product * row;
        return std::pair(next, next);
      },
      etch::ones({}), x);
  EXPECT_EQ(last.item<float>(), 24);
  EXPECT_THAT(floats(ys), ElementsAre(1, 2, 6, 24));
}

TEST(Features, A5_scan_runs_backwards_with_rows_in_their_places) {
  auto step = [](Tensor sum, Tensor row) { return std::pair(sum + row, sum); };
  auto [last, ys] = etch::scan(step, etch::zeros({}), vec({1, 2, 3}), {.reverse = true});
  EXPECT_EQ(last.item<float>(), 6);
  EXPECT_THAT(floats(ys), ElementsAre(5, 3, 0));
}

TEST(Features, A5_scan_takes_a_length_in_the_place_of_rows) {
  auto doubled = etch::scan([](Tensor x) { return x * 2; }, vec({1, 3}), 10);
  EXPECT_THAT(floats(doubled), ElementsAre(1024, 3072));
  auto [last, powers] = etch::scan([](Tensor x) { return std::pair(x * 2, x); }, etch::ones({}), 4);
  EXPECT_THAT(floats(powers), ElementsAre(1, 2, 4, 8));
}

TEST(Features, A5_scan_of_no_step_and_of_one) {
  auto sums = etch::compile([](Tensor x) {
    return etch::scan([](Tensor sum, Tensor row) { return std::pair(sum + row, sum - row); },
                      etch::ones({2}), x);
  });
  auto [last, ys] = sums(etch::zeros({0, 2}));
  EXPECT_THAT(floats(last), ElementsAre(1, 1));
  EXPECT_EQ(ys.shape(), etch::Shape({0, 2}));
  auto [one, row] = sums(matrix({3, 4}, 2));
  EXPECT_THAT(floats(one), ElementsAre(4, 5));
  EXPECT_THAT(floats(row), ElementsAre(-2, -3));
}

TEST(Features, A5_scan_carries_and_reads_nests) {
  struct Moments {
    Tensor sum, squares;
    Tensor count;  // of another type
  };
  Moments zero{etch::zeros({}), etch::zeros({}), etch::zeros({}, etch::i64)};
  std::map<std::string, Tensor> xs = {{"a", vec({1, 2, 3})}, {"b", vec({10, 20, 30})}};
  auto [moments, ys] = etch::scan(
      [](Moments m, std::map<std::string, Tensor> row) {
        Tensor value = row["a"] + row["b"];
        return std::pair(Moments{m.sum + value, m.squares + value * value, m.count + 1},
                         std::tuple(value, m.count));
      },
      zero, xs);
  EXPECT_EQ(moments.sum.item<float>(), 66);
  EXPECT_EQ(moments.squares.item<float>(), 121 + 484 + 1089);
  EXPECT_EQ(moments.count.item<int64_t>(), 3);
  EXPECT_THAT(floats(std::get<0>(ys)), ElementsAre(11, 22, 33));
  EXPECT_THAT(std::get<1>(ys).to_vector<int64_t>(), ElementsAre(0, 1, 2));
}

// sum_t tanh(h_t w + x_t), once as a scan and once unrolled.
Tensor recurrence(Tensor h, Tensor x, Tensor w, bool unrolled) {
  if (!unrolled) {
    auto [last, hs] = etch::scan(
        [&](Tensor state, Tensor row) {
          Tensor next = tanh(matmul(state, w) + row);
          return std::pair(next, next);
        },
        h, x);
    return (hs * hs).sum() + last.sum();
  }
  Tensor total = etch::zeros({}, x.dtype());
  for (int64_t t = 0; t < x.size(0); ++t) {
    h = tanh(matmul(h, w) + select(x, 0, t));
    total = total + (h * h).sum();
  }
  return total + h.sum();
}

TEST(Features, A5_gradients_of_scan_equal_those_of_the_unrolled_loop) {
  for (int64_t steps : {1, 2, 7}) {
    Tensor h = etch::randn({2, 3}).to(etch::f64), x = etch::randn({steps, 2, 3}).to(etch::f64),
           w = etch::randn({3, 3}).to(etch::f64);
    auto gradients = etch::compile([&](Tensor h0, Tensor xs, Tensor weight) {
      std::vector<Tensor> inputs = {h0, xs, weight}, all;
      for (Tensor& input : inputs) input = input.detach().requires_grad_();
      for (bool unrolled : {false, true}) {
        Tensor loss = recurrence(inputs[0], inputs[1], inputs[2], unrolled);
        auto first = etch::autograd::grad({loss}, inputs, {.create_graph = true});
        Tensor norm =
            (first[0] * first[0]).sum() + (first[1] * first[1]).sum() + (first[2] * first[2]).sum();
        auto second = etch::autograd::grad({norm}, inputs, {.retain_graph = true});
        all.push_back(loss);
        all.insert(all.end(), first.begin(), first.end());
        all.insert(all.end(), second.begin(), second.end());
      }
      return all;
    });
    std::vector<Tensor> all = gradients(h, x, w);
    for (size_t i = 0; i < 7; ++i) {
      auto scanned = all[i].to_vector<double>(), unrolled = all[i + 7].to_vector<double>();
      EXPECT_THAT(scanned, Pointwise(::testing::DoubleNear(1e-9), unrolled)) << steps << " " << i;
    }
  }
}

TEST(Features, A5_a_scan_is_compiled_once_whatever_its_length) {
  struct Compiled {
    size_t launches;
    std::set<std::string> kernels;
    double seconds;
  };
  auto compiled_for = [](int64_t steps) {
    Tensor w = etch::ones({16, 16}).requires_grad_();
    auto program = etch::trace(
        [&](Tensor h, Tensor x) {
          return etch::autograd::grad({recurrence(h, x, w, /*unrolled=*/false)}, {w})[0];
        },
        {etch::spec(etch::f32, {4, 16}), etch::spec(etch::f32, {steps, 4, 16})});
    auto start = std::chrono::steady_clock::now();
    auto code = program.value().compile().value().compiled();
    Compiled compiled{code->launches.size(), {}, 0};
    for (const auto& launch : code->launches) compiled.kernels.insert(launch.kernel);
    compiled.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return compiled;
  };
  Compiled few = compiled_for(5), many = compiled_for(500);
  EXPECT_EQ(few.launches, many.launches);
  EXPECT_EQ(few.kernels.size(), many.kernels.size());
  EXPECT_LT(many.seconds, few.seconds * 3 + 1);  // unrolled it would be a hundred times
}

TEST(Features, A5_scans_nest_and_hold_conditions) {
  auto f = etch::compile([](Tensor x) {  // [3, 4]
    return etch::scan(
        [](Tensor total, Tensor row) {
          Tensor sum = etch::scan(
              [](Tensor s, Tensor e) {
                return etch::cond(
                    e > 0, [&] { return s + e; }, [&] { return s - 10 * e; });
              },
              etch::zeros({}), row);
          return std::pair(total + sum, sum);
        },
        etch::zeros({}), x);
  });
  auto [total, sums] = f(matrix({1, 2, 3, 4, -1, 1, -1, 1, 0, 0, 0, 0.5}, 4));
  EXPECT_THAT(floats(sums), ElementsAre(10, 22, 0.5));
  EXPECT_EQ(total.item<float>(), 32.5);
}

TEST(Features, A5_a_module_is_called_in_a_scan) {
  auto cell = nn::make<nn::Linear>({.in_features = 2, .out_features = 2});
  auto f = etch::compile([&](Tensor x) {
    cell->zero_grad();
    Tensor last = etch::scan([&](Tensor h) { return tanh(cell(h)); }, x, 3);
    last.sum().backward();
    return last;
  });
  Tensor x = matrix({0.5, -0.25}, 2);
  Tensor expected = tanh(cell(tanh(cell(tanh(cell(x))))));
  EXPECT_THAT(floats(f(x)), Pointwise(FloatNear(1e-6), floats(expected)));
  std::vector<float> scanned = floats(cell->weight.grad());
  cell->zero_grad();
  expected.sum().backward();
  EXPECT_THAT(scanned, Pointwise(FloatNear(1e-6), floats(cell->weight.grad())));
}

TEST(Features, A5_gradients_are_taken_within_a_step) {
  // Gradient descent on (w - target)^2, and how its end depends on the learning rate.
  Tensor target = etch::full({}, 3).requires_grad_();
  auto descend = [&](Tensor rate) {
    return etch::scan(
        [&](Tensor w) {
          Tensor loss = (w - target) * (w - target);
          return w - rate * etch::autograd::grad({loss}, {w}, {.create_graph = true})[0];
        },
        etch::zeros({}), 20);
  };
  Tensor rate = etch::full({}, 0.1).requires_grad_();
  Tensor end = descend(rate);  // 3 - 3 (1 - 2 rate)^20
  EXPECT_NEAR(end.item<float>(), 3 - 3 * std::pow(0.8, 20), 1e-5);
  auto grads = etch::autograd::grad({end}, {rate, target});
  EXPECT_NEAR(grads[0].item<float>(), 120 * std::pow(0.8, 19), 1e-3);
  EXPECT_NEAR(grads[1].item<float>(), 1 - std::pow(0.8, 20), 1e-5);
}

TEST(Features, A5_misuse_of_scan_is_told_with_numbers) {
  Tensor x = etch::ones({3, 2}), h = etch::zeros({2});
  EXPECT_THAT(error_of([&] {
                etch::scan([](Tensor c, Tensor r) { return etch::cat({c, r}); }, h, x);
              }),
              HasSubstr("scan: carry 0 after a step is f32 [4], not f32 [2] as before it (a_"));
  EXPECT_THAT(error_of([&] {
                etch::scan([](Tensor c, std::pair<Tensor, Tensor>) { return c; }, h,
                           std::pair(x, etch::ones({4, 2})));
              }),
              HasSubstr("scan: xs 1 has 4 rows, xs 0 has 3"));
  EXPECT_THAT(error_of([&] { etch::scan([](Tensor c, Tensor) { return c; }, h, etch::ones({})); }),
              HasSubstr("scan: xs 0 is a scalar"));
  EXPECT_THAT(error_of([&] { etch::scan([](Tensor c) { return c; }, h, -1); }),
              HasSubstr("scan: asked for -1 steps"));
  EXPECT_THAT(
      error_of([&] { etch::scan([](Tensor c, Tensor r) { return c + etch::rand({2}); }, h, x); }),
      HasSubstr("the body of etch::scan cannot write state"));
  EXPECT_THAT(error_of([&] {
                etch::scan(
                    [](Tensor c, Tensor r) {
                      (c + r).sum().item<float>();
                      return c;
                    },
                    h, x);
              }),
              HasSubstr("is not known while"));
}

// ---- while_loop

TEST(Features, A5_while_loop_runs_until_its_condition_fails) {
  auto root = etch::compile([](Tensor x) {
    return etch::while_loop([&](Tensor y) { return abs(y * y - x) > 1e-3; },
                            [&](Tensor y) { return (y + x / y) / 2; }, x);
  });
  EXPECT_NEAR(root(etch::full({}, 2)).item<float>(), std::sqrt(2.f), 1e-3);
  EXPECT_NEAR(root(etch::full({}, 1e4)).item<float>(), 100, 1e-3);
  EXPECT_EQ(root(etch::ones({})).item<float>(), 1);  // no step at all
  EXPECT_EQ(root.num_compilations(), 1);
}

TEST(Features, A5_while_loop_carries_nests_and_works_eagerly) {
  auto [n, steps] = etch::while_loop(
      [](std::pair<Tensor, Tensor> c) { return c.first != 1; },
      [](std::pair<Tensor, Tensor> c) {  // Collatz
        Tensor odd = c.first % 2 == 1;
        return std::pair(etch::where(odd, c.first * 3 + 1, c.first / 2).to(etch::i64),
                         c.second + 1);
      },
      std::pair(etch::full({}, 27, etch::i64), etch::zeros({}, etch::i64)));
  EXPECT_EQ(n.item<int64_t>(), 1);
  EXPECT_EQ(steps.item<int64_t>(), 111);
}

TEST(Features, A5_a_scan_in_a_while_loop) {
  Tensor x = matrix({1, 2, 3, 4}, 2);
  auto doubled_until = etch::compile([&](Tensor limit) {
    return etch::while_loop([&](Tensor total) { return total.sum() < limit; },
                            [&](Tensor total) {
                              return etch::scan([](Tensor t, Tensor r) { return t + r; }, total, x);
                            },
                            etch::zeros({2}));
  });
  EXPECT_THAT(floats(doubled_until(etch::full({}, 25))), ElementsAre(12, 18));
}

TEST(Features, A5_backward_through_while_loop_is_an_error_that_names_scan) {
  Tensor x = vec({2}).requires_grad_();
  auto halve = [](Tensor c) { return c / 2; };
  auto large = [](Tensor c) { return c > 1e-3; };
  std::string error = error_of([&] { etch::while_loop(large, halve, x * 3).sum().backward(); });
  EXPECT_THAT(error, AllOf(HasSubstr("etch::while_loop at a_control_test.cc:"),
                           HasSubstr("use etch::scan"), HasSubstr("detach")));
  // Where nothing has to flow through it, it may stand in what is differentiated.
  Tensor scale = etch::while_loop(large, halve, x.detach());
  (x * scale).sum().backward();
  EXPECT_THAT(floats(x.grad()), ElementsAre(scale.item<float>()));
  etch::NoGradGuard no_grad;
  EXPECT_FALSE(etch::while_loop(large, halve, x).requires_grad());
}

// ---- custom_vjp

TEST(Features, A6_a_users_function_brings_its_own_derivative) {
  auto round_through = etch::custom_vjp([](Tensor x) { return round(x); },
                                        [](Tensor, Tensor, Tensor dy) { return dy * 2; });
  Tensor x = vec({0.4, 1.7}).requires_grad_();
  Tensor y = round_through(x);
  EXPECT_THAT(floats(y), ElementsAre(0, 2));
  (y * vec({3, 5})).sum().backward();
  EXPECT_THAT(floats(x.grad()), ElementsAre(6, 10));  // used as given, right or wrong
}

TEST(Features, A6_several_inputs_and_outputs_in_a_compiled_step) {
  auto polar = etch::custom_vjp(
      [](Tensor r, Tensor phi) { return std::pair(r * cos(phi), r * sin(phi)); },
      [](Tensor r, Tensor phi, std::pair<Tensor, Tensor> y, std::pair<Tensor, Tensor> dy) {
        auto [dx0, dx1] = dy;
        return std::pair(dx0 * cos(phi) + dx1 * sin(phi), dx1 * y.first - dx0 * y.second);
      });
  auto f = etch::compile([&](Tensor r, Tensor phi) {
    r = r.detach().requires_grad_(), phi = phi.detach().requires_grad_();
    auto [a, b] = polar(r, phi);
    return etch::autograd::grad({(a * 2 + b * b).sum()}, {r, phi});
  });
  auto grads = f(vec({2}), vec({0.5}));
  float c = std::cos(0.5f), s = std::sin(0.5f);
  EXPECT_NEAR(floats(grads[0])[0], 2 * c + 2 * 2 * s * s, 1e-5);
  EXPECT_NEAR(floats(grads[1])[0], -4 * s + 2 * 4 * s * c, 1e-5);
}

TEST(Features, A6_second_derivatives_go_through_the_users_backward) {
  auto cube = etch::custom_vjp([](Tensor x) { return x * x * x; },
                               [](Tensor x, Tensor, Tensor dy) { return dy * 5 * x * x; });
  Tensor x = vec({2}).requires_grad_();
  Tensor first = etch::autograd::grad({cube(x).sum()}, {x}, {.create_graph = true})[0];
  EXPECT_THAT(floats(first), ElementsAre(20));
  Tensor second = etch::autograd::grad({first.sum()}, {x})[0];
  EXPECT_THAT(floats(second), ElementsAre(20));  // (5 x^2)' = 10 x
}

TEST(Features, A6_wrong_gradients_are_told_with_their_shapes) {
  Tensor x = etch::ones({2, 3}).requires_grad_(), w = etch::ones({3}).requires_grad_();
  auto identity = [](Tensor a) { return a * 1; };
  auto wrong = etch::custom_vjp(identity, [](Tensor, Tensor, Tensor dy) { return dy.sum({0}); });
  EXPECT_THAT(
      error_of([&] { wrong(x); }),
      HasSubstr("custom_vjp: the backward returns f32 [3] for input 0, which is f32 [2, 3]"));
  auto too_many =
      etch::custom_vjp(identity, [](Tensor, Tensor, Tensor dy) { return std::pair(dy, dy); });
  EXPECT_THAT(error_of([&] { too_many(x); }),
              HasSubstr("custom_vjp: the backward returns 2 gradients for 1 inputs"));
  auto captures = etch::custom_vjp([&](Tensor a) { return a * w; },
                                   [](Tensor, Tensor, Tensor dy) { return dy; });
  EXPECT_THAT(error_of([&] { captures(x); }),
              HasSubstr("the forward reads tensor f32 [3], which requires grad but is no input"));
  // An empty tensor is no gradient.
  auto none = etch::custom_vjp(
      [](Tensor a, Tensor b) { return a * b; },
      [](Tensor, Tensor b, Tensor, Tensor dy) { return std::pair(dy * b, Tensor()); });
  none(x, w * etch::ones({2, 3})).sum().backward();
  EXPECT_THAT(floats(w.grad()), ElementsAre(0, 0, 0));
}

}  // namespace
