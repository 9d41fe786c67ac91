// Convolutions, pooling, sliding windows.
#include <gtest/gtest.h>

#include "etch/etch.h"
#include "etch/tests/golden/golden.h"

namespace {

using etch::Tensor;
using etch::testing::expect_close;
using etch::testing::Golden;

// Checks y = function(inputs) and the gradients of the inputs for the cotangent `dy`.
void check(const Golden& golden, const std::string& name, etch::DType dtype,
           const std::vector<std::string>& inputs,
           const std::function<Tensor(const std::vector<Tensor>&)>& function) {
  std::vector<Tensor> leaves;
  for (const std::string& key : inputs)
    leaves.push_back(golden.tensor(name, key, dtype).detach().requires_grad_());
  Tensor y = function(leaves);
  double rtol = etch::testing::tolerance_of(dtype);
  y.backward(golden.tensor(name, "dy", dtype));
  expect_close(y, golden.tensor(name, "y"), rtol, name);
  for (size_t i = 0; i < leaves.size(); ++i)
    expect_close(leaves[i].grad(), golden.tensor(name, "d" + inputs[i]), rtol,
                 name + " d" + inputs[i]);
}

const std::map<std::string, etch::ConvOptions> kConvs = {
    {"1d", {}},
    {"1d_all", {.stride = {2}, .padding = {2}, .dilation = {2}, .groups = 2}},
    {"2d", {.padding = {1}}},
    {"2d_stride", {.stride = {2, 3}, .padding = {1, 0}}},
    {"2d_leftover", {.stride = {3}}},
    {"2d_dilation", {.padding = {2}, .dilation = {2, 3}}},
    {"2d_groups", {.padding = {1}, .groups = 2}},
    {"2d_depthwise", {.stride = {2}, .padding = {1}, .groups = 3}},
    {"2d_pointwise", {}},
    {"2d_whole", {}},
    {"2d_unbatched", {}},
};

const std::map<std::string, etch::ConvTransposeOptions> kTransposes = {
    {"1d", {.stride = {2}}},
    {"2d", {.stride = {2}, .padding = {1}, .output_padding = {1}}},
    {"2d_all",
     {.stride = {2, 3},
      .padding = {0, 1},
      .output_padding = {1, 0},
      .dilation = {2, 1},
      .groups = 2}},
    {"2d_crop", {.padding = {2}}},
};

TEST(Features, F2_conv_equals_pytorch) {
  Golden golden("windows");
  for (const auto& [name, options] : kConvs)
    for (etch::DType dtype : {etch::f64, etch::f32})
      check(golden, "conv/" + name, dtype, {"x", "w"},
            [&](const std::vector<Tensor>& in) { return etch::conv(in[0], in[1], options); });
  EXPECT_EQ(golden.cases("conv/").size(), kConvs.size());
}

TEST(Features, F2_conv_transpose_equals_pytorch) {
  Golden golden("windows");
  for (const auto& [name, options] : kTransposes)
    for (etch::DType dtype : {etch::f64, etch::f32})
      check(golden, "transpose/" + name, dtype, {"x", "w"}, [&](const std::vector<Tensor>& in) {
        return etch::conv_transpose(in[0], in[1], options);
      });
  EXPECT_EQ(golden.cases("transpose/").size(), kTransposes.size());
}

using Pool = std::function<Tensor(const Tensor&)>;

void check_pools(const std::string& kind, const std::map<std::string, Pool>& pools) {
  Golden golden("windows");
  for (const auto& [name, pool] : pools)
    for (etch::DType dtype : {etch::f64, etch::f32})
      check(golden, kind + name, dtype, {"x"},
            [&](const std::vector<Tensor>& in) { return pool(in[0]); });
  EXPECT_EQ(golden.cases(kind).size(), pools.size());
}

TEST(Features, F4_max_pool_equals_pytorch) {
  using Options = etch::MaxPoolOptions;
  auto pool = [](std::vector<int64_t> kernel, Options options = {}) {
    return [=](const Tensor& x) { return etch::max_pool(x, kernel, options); };
  };
  check_pools("max_pool/", {{"1d", pool({3})},
                            {"1d_all", pool({3}, {.stride = {2}, .padding = {1}, .dilation = {2}})},
                            {"2d", pool({2, 2})},
                            {"2d_overlap", pool({3, 3}, {.stride = {2}, .padding = {1}})},
                            {"2d_ceil", pool({3, 3}, {.stride = {2}, .ceil_mode = true})},
                            {"2d_ceil_padded",
                             pool({2, 3}, {.stride = {2, 3}, .padding = {1}, .ceil_mode = true})},
                            {"2d_dilation", pool({3, 2}, {.stride = {1}, .dilation = {2, 3}})},
                            {"2d_unbatched", pool({2, 2}, {.stride = {1}})}});
}

TEST(Features, F4_max_pool_sends_the_gradient_to_the_first_maximum) {
  Golden golden("windows");
  check(golden, "max_pool_ties", etch::f64, {"x"}, [](const std::vector<Tensor>& in) {
    return etch::max_pool(in[0], {3}, {.stride = {2}, .padding = {1}});
  });
}

TEST(Features, F4_max_pool_says_where_the_maxima_are) {
  Golden golden("windows");
  etch::Chosen y = etch::max_pool_with_indices(golden.tensor("max_pool_indices", "x"), {3, 2},
                                               {.stride = {2, 1}, .padding = {1}});
  expect_close(y.values, golden.tensor("max_pool_indices", "y"), 0);
  expect_close(y.indices, golden.tensor("max_pool_indices", "i"), 0);
}

TEST(Features, F4_max_pool_of_integers_and_of_nothing_but_infinities) {
  Tensor x = Tensor::from_data(std::vector<int32_t>{-5, -3, -9, -4}, {1, 4});
  EXPECT_EQ(etch::max_pool(x, {3}, {.stride = {1}, .padding = {1}}).to_vector<int32_t>(),
            (std::vector<int32_t>{-3, -3, -3, -4}));
  Tensor low = etch::full({1, 4}, -std::numeric_limits<double>::infinity()).requires_grad_();
  Tensor y = etch::max_pool(low, {2});
  etch::sum(y).backward();
  EXPECT_EQ(low.grad().to_vector<float>(), (std::vector<float>{1, 0, 1, 0}));
}

TEST(Features, F4_avg_pool_equals_pytorch) {
  using Options = etch::AvgPoolOptions;
  auto pool = [](std::vector<int64_t> kernel, Options options = {}) {
    return [=](const Tensor& x) { return etch::avg_pool(x, kernel, options); };
  };
  check_pools(
      "avg_pool/",
      {{"1d", pool({3}, {.stride = {2}})},
       {"2d", pool({2, 2})},
       {"2d_overlap", pool({3, 3}, {.stride = {2}, .padding = {1}})},
       {"2d_without_padding",
        pool({3, 3}, {.stride = {2}, .padding = {1}, .count_include_pad = false})},
       {"2d_ceil", pool({3, 3}, {.stride = {2}, .ceil_mode = true})},
       {"2d_ceil_padded", pool({2, 3}, {.stride = {2, 3}, .padding = {1}, .ceil_mode = true})},
       {"2d_ceil_without_padding",
        pool({2, 3},
             {.stride = {2, 3}, .padding = {1}, .ceil_mode = true, .count_include_pad = false})},
       {"2d_divisor", pool({2, 2}, {.divisor_override = 3})}});
}

TEST(Features, F4_adaptive_pools_equal_pytorch) {
  const std::map<std::string, std::vector<int64_t>> outputs = {
      {"1d", {4}},           {"2d", {4, 3}},        {"2d_uneven", {3, 4}},
      {"2d_global", {1, 1}}, {"2d_larger", {5, 6}}, {"2d_keep", {3, -1}}};
  std::map<std::string, Pool> means, maxima;
  for (const auto& entry : outputs) {
    std::vector<int64_t> output = entry.second;
    means[entry.first] = [=](const Tensor& x) { return etch::adaptive_avg_pool(x, output); };
    maxima[entry.first] = [=](const Tensor& x) { return etch::adaptive_max_pool(x, output); };
  }
  check_pools("adaptive_avg/", means);
  check_pools("adaptive_max/", maxima);
}

TEST(Features, F4_pooling_says_what_does_not_fit) {
  Tensor x = etch::ones({1, 2, 4, 4});
  auto message = [](const std::function<void()>& call) -> std::string {
    try {
      call();
    } catch (const etch::Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_NE(message([&] {
              etch::max_pool(x, {5, 5});
            }).find("a window of 5 elements"),
            std::string::npos);
  EXPECT_NE(message([&] {
              etch::avg_pool(x, {2, 2}, {.padding = {2}});
            }).find("padding 2"),
            std::string::npos);
  EXPECT_NE(message([&] {
              etch::conv(x, etch::ones({3, 3, 2, 2}));
            }).find("2 channels"),
            std::string::npos);
  EXPECT_NE(message([&] {
              etch::conv(x, etch::ones({3, 2, 7, 2}));
            }).find("does not fit"),
            std::string::npos);
}

// A gradient penalty: derivatives of convolutions have derivatives.
TEST(Features, D2_gradient_of_a_convolutions_gradient) {
  Golden golden("windows");
  Tensor x = golden.tensor("second", "x").requires_grad_();
  Tensor w = golden.tensor("second", "w").requires_grad_();
  Tensor y = etch::sum(etch::tanh(etch::conv(x, w, {.stride = {2}, .padding = {1}})));
  Tensor dx = etch::autograd::grad({y}, {x}, {.create_graph = true})[0];
  Tensor penalty = etch::sum(dx * dx);
  auto gradients = etch::autograd::grad({penalty}, {x, w});
  expect_close(penalty, golden.tensor("second", "penalty"), 1e-10);
  expect_close(gradients[0], golden.tensor("second", "gx"), 1e-10);
  expect_close(gradients[1], golden.tensor("second", "gw"), 1e-10);
}

// A view of windows reads each element several times; what reads the element itself still sees it.
TEST(Features, F10_windows_overlap_and_fold_adds_them_up) {
  Tensor x = Tensor::from_data(std::vector<float>{1, 2, 3, 4, 5}, {5}).requires_grad_();
  Tensor y = etch::windows(x, {3});
  EXPECT_EQ(y.to_vector<float>(), (std::vector<float>{1, 2, 3, 2, 3, 4, 3, 4, 5}));
  EXPECT_EQ(etch::fold(y, {5}).to_vector<float>(), (std::vector<float>{1, 4, 9, 8, 5}));
  etch::sum(y * y).backward();
  EXPECT_EQ(x.grad().to_vector<float>(), (std::vector<float>{2, 8, 18, 16, 10}));
}

}  // namespace
