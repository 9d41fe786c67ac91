// Every activation as a module and as a function against PyTorch (tests/golden/activations.py), at
// kinks and far out too.
#include "etch/etch.h"
#include "etch/tests/features/testing.h"
#include "etch/tests/golden/cases.h"

namespace etch::nn {
namespace {

namespace F = functional;
using etch::testing::check_cases;
using etch::testing::error_of;
using etch::testing::of_module;
using ::testing::HasSubstr;

TEST(Features, F8_values_gradients_and_prints_equal_pytorch) {
  check_cases(
      "activations", "module/",
      {{"relu", [] { return of_module(make<ReLU>()); }},
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
       {"log_softmax", [] { return of_module(make<LogSoftmax>(-1)); }}});
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

// Tensors are values: what went in keeps its own.
TEST(Features, F8_inplace_is_accepted_and_functionalized) {
  Tensor x = Tensor::from_data(std::vector<float>{-1, 2}, {2});
  Tensor y = make<ReLU>({.inplace = true})(x);
  EXPECT_EQ(y.to_vector<float>(), (std::vector<float>{0, 2}));
  EXPECT_EQ(x.to_vector<float>(), (std::vector<float>{-1, 2}));
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
