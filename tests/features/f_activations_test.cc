// Every activation as a module and as a function against PyTorch (tests/golden/activations.py), at
// kinks and far out too.
#include <set>

#include "etch/etch.h"
#include "etch/tests/features/testing.h"
#include "etch/tests/golden/cases.h"

namespace etch::nn {
namespace {

namespace F = functional;
using etch::testing::Case;
using etch::testing::check_cases;
using etch::testing::error_of;
using etch::testing::of_module;
using etch::testing::values_of;
using ::testing::HasSubstr;

std::vector<Case> all() {
  return {
      {"relu", [] { return of_module(make<ReLU>()); }},
      {"relu6", [] { return of_module(make<ReLU6>({.inplace = true})); }},
      {"leaky_relu", [] { return of_module(make<LeakyReLU>()); }},
      {"leaky_relu_slope", [] { return of_module(make<LeakyReLU>(0.3)); }},
      {"prelu", [] { return of_module(make<PReLU>()); }},
      {"prelu_channels", [] { return of_module(make<PReLU>({.num_parameters = 4})); }},
      {"elu", [] { return of_module(make<ELU>()); }},
      {"elu_alpha", [] { return of_module(make<ELU>({.alpha = 0.7})); }},
      {"selu", [] { return of_module(make<SELU>()); }},
      {"celu", [] { return of_module(make<CELU>(0.625)); }},
      {"gelu", [] { return of_module(make<GELU>()); }},
      {"gelu_tanh", [] { return of_module(make<GELU>({.approximate = "tanh"})); }},
      {"silu", [] { return of_module(make<SiLU>()); }},
      {"mish", [] { return of_module(make<Mish>()); }},
      {"sigmoid", [] { return of_module(make<Sigmoid>()); }},
      {"tanh", [] { return of_module(make<Tanh>()); }},
      {"logsigmoid", [] { return of_module(make<LogSigmoid>()); }},
      {"softplus", [] { return of_module(make<Softplus>()); }},
      {"softplus_beta", [] { return of_module(make<Softplus>({.beta = 2.5, .threshold = 3})); }},
      {"softsign", [] { return of_module(make<Softsign>()); }},
      {"tanhshrink", [] { return of_module(make<Tanhshrink>()); }},
      {"softshrink", [] { return of_module(make<Softshrink>(0.75)); }},
      {"hardshrink", [] { return of_module(make<Hardshrink>()); }},
      {"hardtanh", [] { return of_module(make<Hardtanh>({.min_val = -2, .max_val = 0.5})); }},
      {"hardsigmoid", [] { return of_module(make<Hardsigmoid>()); }},
      {"hardswish", [] { return of_module(make<Hardswish>()); }},
      {"threshold", [] { return of_module(make<Threshold>({.threshold = 0.1, .value = 20})); }},
      {"glu", [] { return of_module(make<GLU>()); }},
      {"glu_dim", [] { return of_module(make<GLU>(1)); }},
      {"softmax", [] { return of_module(make<Softmax>(-1)); }},
      {"softmax_dim", [] { return of_module(make<Softmax>(0)); }},
      {"softmin", [] { return of_module(make<Softmin>(1)); }},
      {"log_softmax", [] { return of_module(make<LogSoftmax>(-1)); }}};
}

// Those of all() that are, or are not, called one of `names`.
std::vector<Case> pick(const std::set<std::string>& names, bool wanted = true) {
  std::vector<Case> cases = all();
  std::erase_if(cases, [&](const Case& each) { return names.contains(each.name) != wanted; });
  return cases;
}

TEST(Features, F8_values_gradients_and_prints_equal_pytorch) {
  check_cases("activations", "module/", all());
}

TEST(Features, F8_tensors_of_one_number_and_of_none) {
  check_cases(
      "activations", "scalar/",
      pick({"prelu_channels", "glu", "glu_dim", "softmax", "softmax_dim", "softmin", "log_softmax"},
           false));
  check_cases("activations", "row/", pick({"softmax", "softmin", "log_softmax"}));
  check_cases("activations", "empty/",
              pick({"relu", "gelu", "softplus", "softmax", "log_softmax", "glu"}));
}

// exp(x) - 1 and log(1 + exp(x)) as written lose small numbers. Values of PyTorch in f64.
TEST(Features, F8_small_numbers_are_kept) {
  struct Case {
    const char* name;
    Tensor (*function)(const Tensor&);
    std::vector<double> values;  // at kInputs
  };
  const std::vector<double> kInputs = {1e-6, 1e-3, -1e-6, -1e-3, 20, -20, 88};
  const Case kCases[] = {
      {"elu",
       [](const Tensor& x) { return F::elu(x); },
       {1e-06, 0.001, std::expm1(-1e-6), -0.000999500166624978, 20, -0.9999999979388464, 88}},
      {"softplus",
       [](const Tensor& x) { return F::softplus(x, 1, 100); },
       {0.6931476805600703, 0.6936473055599401, 0.6931466805600703, 0.6926473055599401,
        20.000000002061153, 2.061153620314381e-09, 88}},
      {"logsigmoid",
       [](const Tensor& x) { return F::logsigmoid(x); },
       {-0.6931466805600703, -0.6926473055599401, -0.6931476805600704, -0.6936473055599401,
        -2.061153620314381e-09, -20.000000002061153, -6.054601895401186e-39}},
      {"mish",
       [](const Tensor& x) { return F::mish(x); },
       {6.000003199999839e-07, 0.000600319983954133, -5.99999679999984e-07, -0.0005996799840458664,
        20, -4.122307240628762e-08, 88}},
  };
  Tensor x = Tensor::from_data(kInputs, {static_cast<int64_t>(kInputs.size())});
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    for (auto [dtype, tolerance] : {std::pair{f64, 1e-12}, {f32, 1e-6}}) {
      std::vector<double> got = values_of(c.function(cast(x, dtype)));
      for (size_t i = 0; i < got.size(); ++i)
        EXPECT_NEAR(got[i], c.values[i], tolerance * std::abs(c.values[i]) + 1e-38) << kInputs[i];
    }
  }
}

TEST(Features, F8_nan_stays_nan) {
  Tensor nan = full({3}, std::nan(""));
  std::vector<Tensor> results = {
      F::relu(nan),      F::leaky_relu(nan),      F::elu(nan),        F::selu(nan),
      F::celu(nan),      F::softplus(nan),        F::logsigmoid(nan), F::hardtanh(nan),
      F::hardswish(nan), F::threshold(nan, 0, 1), F::hardshrink(nan), F::mish(nan)};
  for (size_t i = 0; i < results.size(); ++i)
    EXPECT_TRUE(std::isnan(results[i].to_vector<float>()[0])) << "function " << i;
}

template <typename M>
void expect_functional(typename M::Options options) {
  Tensor x = Tensor::from_data(std::vector<float>{-4, -0.5, 2}, {3}), same = x;
  options.inplace = false;
  std::vector<float> expected = make<M>(options)(x).template to_vector<float>();
  options.inplace = true;
  auto module = make<M>(options);
  SCOPED_TRACE(module->to_string());
  EXPECT_EQ(module(x).template to_vector<float>(), expected);
  EXPECT_EQ(same.to_vector<float>(), (std::vector<float>{-4, -0.5, 2}));
}

// Tensors are values: what went in keeps its own.
TEST(Features, F8_inplace_is_accepted_and_functionalized) {
  expect_functional<ReLU>({});
  expect_functional<ReLU6>({});
  expect_functional<LeakyReLU>({});
  expect_functional<ELU>({});
  expect_functional<SELU>({});
  expect_functional<CELU>({});
  expect_functional<SiLU>({});
  expect_functional<Mish>({});
  expect_functional<Hardtanh>({});
  expect_functional<Hardswish>({});
  expect_functional<Hardsigmoid>({});
  expect_functional<Threshold>({.threshold = 0, .value = -1});
}

TEST(Features, F8_refuses_what_has_no_meaning) {
  Tensor x = ones({2, 3});
  EXPECT_THAT(error_of([&] { F::glu(x); }), HasSubstr("is odd"));
  EXPECT_THAT(error_of([&] { F::prelu(x, ones({2})); }), HasSubstr("its channels (3)"));
  EXPECT_THAT(error_of([&] { F::hardtanh(x, 1, 1); }), HasSubstr("not below"));
  EXPECT_THAT(error_of([&] { F::celu(x, 0); }), HasSubstr("alpha is 0"));
  EXPECT_THAT(error_of([&] { make<Softshrink>(-1.0); }), HasSubstr("lambda = -1.0"));
  EXPECT_THAT(error_of([&] { make<GELU>({.approximate = "erf"}); }), HasSubstr("\"erf\""));
}

}  // namespace
}  // namespace etch::nn
