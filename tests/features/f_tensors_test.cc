// Functions of tensors against PyTorch (tests/golden/tensors.py): values and gradients, in f64 and
// f32, at nasty points too.
#include <cmath>

#include "etch/tests/golden/cases.h"
#include "testing.h"

namespace etch {
namespace {

using testing::Case;
using testing::check_cases;
using testing::of_function;
using testing::Tensors;

// A case that computes `...` from its inputs `x`.
#define CASE(name, ...)                                                                         \
  Case {                                                                                        \
    name, [] { return of_function([](const Tensors& x) -> Tensors { return {__VA_ARGS__}; }); } \
  }

Tensors joined(std::initializer_list<Tensors> lists) {
  Tensors all;
  for (const Tensors& list : lists) all.insert(all.end(), list.begin(), list.end());
  return all;
}

TEST(Features, F10_functions_of_one_tensor) {
  check_cases("tensors", "unary/",
              {CASE("abs", x[0].abs()),         CASE("neg", -x[0]),
               CASE("sign", x[0].sign()),       CASE("square", x[0].square()),
               CASE("exp", x[0].exp()),         CASE("exp2", x[0].exp2()),
               CASE("expm1", x[0].expm1()),     CASE("log", x[0].log()),
               CASE("log2", x[0].log2()),       CASE("log10", x[0].log10()),
               CASE("log1p", x[0].log1p()),     CASE("sqrt", x[0].sqrt()),
               CASE("rsqrt", x[0].rsqrt()),     CASE("reciprocal", x[0].reciprocal()),
               CASE("sin", x[0].sin()),         CASE("cos", x[0].cos()),
               CASE("tan", x[0].tan()),         CASE("asin", x[0].asin()),
               CASE("acos", x[0].acos()),       CASE("atan", x[0].atan()),
               CASE("sinh", x[0].sinh()),       CASE("cosh", x[0].cosh()),
               CASE("tanh", x[0].tanh()),       CASE("erf", x[0].erf()),
               CASE("sigmoid", x[0].sigmoid()), CASE("relu", x[0].relu()),
               CASE("floor", x[0].floor()),     CASE("ceil", x[0].ceil()),
               CASE("round", x[0].round()),     CASE("trunc", x[0].trunc()),
               CASE("frac", x[0].frac())});
}

TEST(Features, F10_arithmetic_with_broadcasting) {
  check_cases("tensors", "binary/",
              {CASE("add", x[0] + x[1]),
               CASE("sub", x[0] - x[1]),
               CASE("mul", x[0] * x[1]),
               CASE("div", x[0] / x[1]),
               CASE("remainder", x[0] % x[1]),
               CASE("fmod", x[0].fmod(x[1])),
               CASE("floor_divide", x[0].floor_divide(x[1])),
               CASE("div_trunc", x[0].div(x[1], "trunc")),
               CASE("div_floor", x[0].div(x[1], "floor")),
               CASE("maximum", x[0].maximum(x[1])),
               CASE("minimum", x[0].minimum(x[1])),
               CASE("atan2", x[0].atan2(x[1])),
               CASE("ties", maximum(x[0], x[1]), minimum(x[0], x[1])),
               CASE("pow", pow(x[0], x[1])),
               CASE("pow_number", x[0].pow(2), x[0].pow(3), x[0].pow(1), x[0].pow(0), x[0].pow(-1),
                    x[0].pow(2.5)),
               CASE("pow_at_zero", x[0].pow(2), x[0].pow(3), x[0].pow(0), x[0].pow(1.5)),
               CASE("pow_of_number", pow(2.0, x[0])),
               CASE("lerp", lerp(x[0], x[1], x[2])),
               CASE("lerp_number", x[0].lerp(x[1], 0.25)),
               CASE("broadcast", x[0] + x[1], x[0] * x[1], x[1] - x[0], x[0] / x[1]),
               CASE("numbers", x[0] + 2, 3 - x[0], x[0] * 4, 6 / x[0], x[0] % 2)});
}

TEST(Features, F10_comparisons_and_choices) {
  check_cases(
      "tensors", "choice/",
      {CASE("clamp", x[0].clamp(-1, 1)), CASE("clamp_nan", x[0].clamp(-1, 1)),
       CASE("clamp_min", clamp(x[0], -1)), CASE("clamp_max", clamp(x[0], std::nullopt, 1)),
       CASE("clamp_tensors", clamp(x[0], x[1], x[2])), CASE("where", where(x[0], x[1], x[2])),
       CASE("where_nan", where(x[0] > 0, sqrt(where(x[0] > 0, x[0], 1.0)), x[0])),
       CASE("where_unchosen_nan", where(x[0] > 0, sqrt(x[0]), x[0])),
       CASE("masked_fill", x[0].masked_fill(x[1], -2)),
       CASE("tests", x[0].isnan(), x[0].isinf(), x[0].isfinite()),
       CASE("isclose", isclose(x[0], x[1]), isclose(x[0], x[1], 1e-5, 1e-8, true)),
       CASE("compare", x[0] == x[1], x[0] != x[1], x[0]<x[1], x[0] <= x[1], x[0]> x[1],
            x[0] >= x[1]),
       CASE("logical", logical_and(x[0], x[1]), logical_or(x[0], x[1]), logical_xor(x[0], x[1]),
            !x[0])});
}

TEST(Features, F10_reductions) {
  check_cases(
      "tensors", "reduce/",
      {CASE("sum", x[0].sum(), x[0].sum(1), x[0].sum({0, -1}), x[0].sum({0, 2}, true)),
       CASE("mean", x[0].mean(), x[0].mean(1), x[0].mean({0, -1}), x[0].mean({0, 2}, true)),
       CASE("amax", x[0].amax(), x[0].amax(1), x[0].amax({0, -1}), x[0].amax({0, 2}, true)),
       CASE("amin", x[0].amin(), x[0].amin(1), x[0].amin({0, -1}), x[0].amin({0, 2}, true)),
       CASE("var", x[0].var(), x[0].var(1), x[0].var({0, -1}, false), x[0].var({0, 2}, true, true)),
       CASE("std", x[0].std(), x[0].std(1), x[0].std({0, -1}, false), x[0].std({0, 2}, true, true)),
       CASE("prod", x[0].prod(), x[0].prod(1), x[0].prod(-1, true)),
       CASE("prod_zeros", x[0].prod(1)), CASE("max_min", x[0].max(), x[0].min()),
       CASE("ties", x[0].amax(1), x[0].amin(1)),
       CASE("nan", x[0].amax(1), x[0].amin(1), x[0].max(), x[0].sum()),
       CASE("std_at_zero", x[0].std(1)),
       CASE("logsumexp", x[0].logsumexp(1), x[0].logsumexp({0, 2}), (x[0] * 1000).logsumexp(2)),
       CASE("logsumexp_inf", x[0].logsumexp(1)),
       CASE("truth", x[0].any(), x[0].any(1), x[0].all(), x[0].all(0, true), x[0].count_nonzero(),
            x[0].count_nonzero(1)),
       CASE("nothing", x[0].sum(1), x[0].prod(1), x[0].any(1), x[0].all(1), x[0].mean(1)),
       CASE("softmax", x[0].softmax(-1), x[0].softmax(0), x[0].log_softmax(1))});
}

TEST(Features, F10_norms) {
  check_cases(
      "tensors", "norm/",
      {CASE("1", x[0].norm(1), x[0].norm(1, 1), x[0].norm(1, {0, 2}, true)),
       CASE("2", x[0].norm(), x[0].norm(2, 1), x[0].norm(2, {0, 2}, true)),
       CASE("3", x[0].norm(3), x[0].norm(3, 1), x[0].norm(3, {0, 2}, true)),
       CASE("half", x[0].norm(0.5), x[0].norm(0.5, 1), x[0].norm(0.5, {0, 2}, true)),
       CASE("inf", x[0].norm(INFINITY), x[0].norm(INFINITY, 1), x[0].norm(INFINITY, {0, 2}, true)),
       CASE("minus_inf", x[0].norm(-INFINITY), x[0].norm(-INFINITY, 1),
            x[0].norm(-INFINITY, {0, 2}, true)),
       CASE("0", x[0].norm(0, 1)), CASE("fro", norm(x[0], "fro", {1, 2})),
       CASE("at_zero_1", x[0].norm(1, 1)), CASE("at_zero_2", x[0].norm(2, 1)),
       CASE("at_zero_3", x[0].norm(3, 1)), CASE("at_zero_inf", x[0].norm(INFINITY, 1))});
}

TEST(Features, F10_products_of_matrices) {
  check_cases("tensors", "product/",
              {CASE("matmul", x[0].matmul(x[1])),
               CASE("matmul_batched", matmul(x[0], x[1]), matmul(x[0], x[2]),
                    matmul(unsqueeze(x[0], 1), x[1])),
               CASE("matmul_vectors", matmul(x[0], x[1]), matmul(x[2], x[0]), matmul(x[1], x[1]),
                    matmul(x[3], x[1])),
               CASE("named", x[0].mm(x[1]), x[2].bmm(x[3]), x[0].mv(x[4]), x[4].dot(x[4])),
               CASE("outer", outer(x[0], x[1])),
               CASE("addmm", addmm(x[0], x[1], x[2]), addmm(x[0][0], x[1], x[2], 0.5, 2)),
               CASE("integers", matmul(x[0], x[1]), matmul(x[0], x[1][{Slice(), 0}]),
                    dot(x[0][0], x[1][{Slice(), 1}]))});
}

TEST(Features, F10_einsum_of_any_subscripts) {
  testing::Golden golden("tensors");
  std::vector<Case> cases;
  for (const std::string& name : golden.cases("einsum/")) {
    std::string equation = golden.text(name, "equation");
    size_t operands = golden.keys(name, "in.").size();
    cases.push_back({name.substr(7), [=] {
                       return of_function([=](const Tensors& x) -> Tensor {
                         return einsum(equation, Tensors(x.begin(), x.begin() + operands));
                       });
                     }});
  }
  EXPECT_GE(cases.size(), 25u);
  check_cases("tensors", "einsum/", cases);
}

TEST(Features, F10_shapes) {
  check_cases("tensors", "shape/",
              {CASE("reshape", x[0].reshape({6, 4}), x[0].view({-1, 2}), x[0].flatten(),
                    x[0].flatten(1), x[0].unflatten(2, {2, -1})),
               CASE("squeeze", x[0].squeeze(), x[0].squeeze(0), x[0].squeeze(1),
                    x[0].squeeze({0, 2}), x[0].unsqueeze(-1), x[0].unsqueeze(0)),
               CASE("order", x[0].permute({2, 0, 1}), x[0].transpose(0, -1), x[0].movedim(0, 2),
                    x[0].movedim({0, 1}, {2, 0}), x[0].swapaxes(1, 2), x[0][0].t()),
               CASE("expand", x[0].expand({5, 3, 4, 2}), x[0].expand({-1, -1, 2, -1}),
                    x[1][{Slice(0, 1)}].expand_as(x[1])),
               CASE("repeat", x[0].repeat({2, 1, 3}), x[0].repeat({2, 1, 1, 1}), x[0].tile({2}),
                    x[0].tile({2, 1, 1, 2}), x[0].repeat_interleave(2, 1))});
}

TEST(Features, F10_places) {
  check_cases("tensors", "place/",
              {CASE("slice", x[0][{Slice(), Slice(1, 3)}], x[0][{Ellipsis, Slice(None, None, 2)}],
                    x[0][{1, Slice(), -1}], x[0][-1], x[0].narrow(2, 1, 2), x[0].select(1, -2),
                    x[0][{Slice(), Slice(5, None)}], x[0][{Slice(), None, Ellipsis, 0}]),
               CASE("indices", x[0][{x[1]}], x[0][{Slice(), x[1]}], x[0][{x[1], x[2]}],
                    x[0][{Slice(), x[1], x[2]}], x[0][{x[1], Slice(), x[2]}],
                    x[0][{Ellipsis, x[1][{Slice(), None}]}], x[0].index({-x[1], 0, x[2]})),
               CASE("flip", x[0].flip(0), x[0].flip({0, 2}), x[0].flip(-1)),
               CASE("roll", x[0].roll(1, 0), x[0].roll(-1, 2), roll(x[0], {1, 2}, {0, 1}),
                    roll(x[0], {5}), x[0].roll(7, 1)),
               CASE("join", cat({x[0], x[1]}, 1), cat({x[1], x[0], x[1]}, -2), stack({x[0], x[0]}),
                    stack({x[0], x[0]}, -1)),
               {"split",
                [] {
                  return of_function([](const Tensors& x) {
                    return joined({x[0].split(2, 2), x[0].split(2, 1),
                                   x[0].split(std::vector<int64_t>{1, 0, 2}, 1), x[0].chunk(3, 2),
                                   x[0].unbind(1)});
                  });
                }},
               CASE("triangles", x[0].tril(), x[0].triu(), x[0].tril(1), x[0].triu(-1),
                    x[0].tril(-2), x[0].triu(9)),
               CASE("diagonals", x[0].diagonal(), x[0].diagonal(1, 1, 2), x[0].diagonal(-1, -1, 0),
                    x[0].diagonal(9), x[0][0].diag(), x[0][0].diag(-1), x[1].diag(), x[1].diag(2),
                    x[1].diag(-1)),
               CASE("pad", pad(x[0], {1, 2}), pad(x[0], {1, 0, 2, 1}),
                    pad(x[0], {1, 1}, PadMode::kConstant, 2.5), pad(x[0], {-1, 2}),
                    pad(x[0], {-1, -1, 1, -1})),
               CASE("pad_reflect", pad(x[0], {1, 2, 2, 0}, PadMode::kReflect),
                    pad(x[0][0], {2, 1}, PadMode::kReflect)),
               CASE("pad_replicate", pad(x[0], {1, 2, 2, 0}, PadMode::kReplicate),
                    pad(x[0][0], {2, 1}, PadMode::kReplicate)),
               CASE("pad_circular", pad(x[0], {1, 2, 2, 0}, PadMode::kCircular),
                    pad(x[0][0], {2, 1}, PadMode::kCircular)),
               {"meshgrid", [] {
                  return of_function([](const Tensors& x) {
                    return joined({meshgrid({x[0], x[1]}), meshgrid({x[0], x[1]}, "xy")});
                  });
                }}});
}

TEST(Features, F10_creation) {
  check_cases(
      "tensors", "creation/",
      {CASE("values", zeros({2, 3}), ones({2}), full({2, 2}, 2.5), eye(3), eye(2, 4), arange(5),
            arange(2, 11, 3), arange(5, 0, -2), arange(0, 1, 0.25), arange(2.5), linspace(-1, 2, 7),
            linspace(3, 3, 1), zeros_like(x[0]), ones_like(x[0]), full_like(x[0], 7))});
  EXPECT_EQ(Tensor::from_data(std::vector<int32_t>{1, 2, 3}, {3}).dtype(), i32);
  EXPECT_EQ(arange(3).dtype(), i64);
  EXPECT_EQ(arange(3.0).dtype(), f32);
  EXPECT_EQ(arange(3, u8).dtype(), u8);
}

TEST(Features, F10_random_numbers) {
  manual_seed(7);
  Tensor u = rand({1000}), n = randn({1000}), k = randint(-2, 5, {1000});
  eval(std::vector<Tensor>{u, n, k});
  EXPECT_GE(u.min().item<float>(), 0);
  EXPECT_LT(u.max().item<float>(), 1);
  EXPECT_NEAR(u.mean().item<float>(), 0.5, 0.05);
  EXPECT_NEAR(n.mean().item<float>(), 0, 0.15);
  EXPECT_NEAR(n.std().item<float>(), 1, 0.1);
  EXPECT_EQ(k.min().item<int64_t>(), -2);
  EXPECT_EQ(k.max().item<int64_t>(), 4);
  manual_seed(7);
  EXPECT_EQ(rand({1000}).to_vector<float>(), u.to_vector<float>());
}

TEST(Features, F10_in_place_changes_every_handle) {
  Tensor x = testing::vec({1, 2, 3}), same = x;
  x += 1;
  x *= testing::vec({2, 2, 2});
  x -= 1;
  x /= 2;
  EXPECT_THAT(testing::floats(same), ::testing::ElementsAre(1.5, 2.5, 3.5));
  same.zero_();
  EXPECT_THAT(testing::floats(x), ::testing::ElementsAre(0, 0, 0));
  x.fill_(4).copy_(ones({}));
  EXPECT_THAT(testing::floats(x), ::testing::ElementsAre(1, 1, 1));
}

TEST(Features, F10_in_place_carries_gradients) {
  Tensor w = testing::vec({2, 3}).requires_grad_();
  Tensor total = zeros({2});
  eval(total);
  for (int i = 0; i < 3; ++i) total += w * w;
  total *= 2;
  total.sum().backward();
  EXPECT_THAT(testing::floats(w.grad()), ::testing::ElementsAre(24, 36));
}

TEST(Features, F10_in_place_inside_compile) {
  auto running = compile([](Tensor x) {
    Tensor y = x * 2;
    Tensor z = y;
    y += x;
    return z;
  });
  EXPECT_THAT(testing::floats(running(testing::vec({1, 2}))), ::testing::ElementsAre(3, 6));
}

TEST(Features, F10_in_place_refuses_what_does_not_fit) {
  using ::testing::HasSubstr;
  Tensor i = ones({2}, i32), w = ones({2}).requires_grad_();
  EXPECT_THAT(testing::error_of([&] { i += 0.5; }),
              HasSubstr("add_: the result is f32 [2], which does not fit into i32 [2] in place"));
  EXPECT_THAT(testing::error_of([&] {
                i += ones({3, 2}, i32);
              }),
              HasSubstr("the result has shape [3, 2]"));
  EXPECT_THAT(testing::error_of([&] { w += 1; }), HasSubstr("under etch::no_grad"));
  no_grad guard;
  w += 1;
  EXPECT_THAT(testing::floats(w), ::testing::ElementsAre(2, 2));
}

}  // namespace
}  // namespace etch
