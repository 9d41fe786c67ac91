// Pooling layers against PyTorch (tests/golden/poolings.py).
#include "etch/etch.h"
#include "etch/nn/layers/pooling.h"
#include "etch/tests/features/testing.h"
#include "etch/tests/golden/cases.h"

namespace etch::nn {
namespace {

namespace F = functional;
using etch::testing::Case;
using etch::testing::check_cases;
using etch::testing::error_of;
using etch::testing::of_module;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <typename M>
Case layer(std::string name, typename M::Options options) {
  return {std::move(name), [options] { return of_module(make<M>(options)); }};
}
template <typename M>
Case adaptive(std::string name, Sizes output_size) {
  return {std::move(name),
          [output_size] { return of_module(make<M>({.output_size = output_size})); }};
}

TEST(Features, F4_values_gradients_and_prints_equal_pytorch) {
  check_cases(
      "poolings", "pool/",
      {layer<MaxPool1d>("max1d", {3}),
       layer<MaxPool1d>("max1d_all", {3, 2, 1, 2, true}),
       layer<MaxPool1d>("max1d_one", {2}),
       layer<MaxPool2d>("max2d", {2}),
       layer<MaxPool2d>("max2d_resnet", {.kernel_size = 3, .stride = 2, .padding = 1}),
       layer<MaxPool2d>("max2d_all", {{2, 3}, Sizes{1, 2}, {1, 0}, {2, 1}}),
       layer<MaxPool2d>("max2d_ceil", {.kernel_size = 2, .ceil_mode = true}),
       layer<MaxPool2d>("max2d_one", {2}),
       layer<AvgPool1d>("avg1d", {2}),
       layer<AvgPool1d>("avg1d_all", {3, 2, 1, true}),
       layer<AvgPool2d>("avg2d", {2}),
       layer<AvgPool2d>("avg2d_all", {{3, 2}, Sizes{2, 1}, {1, 0}}),
       layer<AvgPool2d>("avg2d_inside",
                        {.kernel_size = 3, .stride = 2, .padding = 1, .count_include_pad = false}),
       layer<AvgPool2d>("avg2d_ceil", {.kernel_size = 2, .ceil_mode = true}),
       layer<AvgPool2d>("avg2d_divisor", {.kernel_size = 2, .divisor_override = 3}),
       adaptive<AdaptiveAvgPool1d>("adaptive_avg1d", 3),
       adaptive<AdaptiveAvgPool2d>("adaptive_avg2d", {1, 1}),
       adaptive<AdaptiveAvgPool2d>("adaptive_avg2d_odd", {3, -1}),
       adaptive<AdaptiveAvgPool2d>("adaptive_avg2d_more", 7),
       adaptive<AdaptiveMaxPool1d>("adaptive_max1d", 2),
       adaptive<AdaptiveMaxPool2d>("adaptive_max2d", {2, 4}),
       layer<MaxPool1d>("max1d_point", {1}),
       layer<MaxPool2d>("max2d_empty", {2}),
       layer<MaxPool2d>("max2d_whole", {{5, 6}}),
       layer<AvgPool1d>("avg1d_inside",
                        {.kernel_size = 3, .stride = 3, .padding = 1, .count_include_pad = false}),
       layer<AvgPool1d>("avg1d_one", {2}),
       layer<AvgPool2d>("avg2d_empty", {2}),
       layer<AvgPool2d>("avg2d_one", {2}),
       layer<AvgPool2d>("avg2d_point", {1}),
       adaptive<AdaptiveAvgPool2d>("adaptive_avg2d_one", {2, 3}),
       adaptive<AdaptiveAvgPool2d>("adaptive_avg2d_empty", 2)});
}

TEST(Features, F4_maxima_come_with_their_places) {
  Tensor x = Tensor::from_data(std::vector<float>{1, 5, 2, 7, 3, 4}, {1, 1, 2, 3});
  auto [values, indices] = F::max_pool2d_with_indices(x, {.kernel_size = 2, .stride = 1});
  EXPECT_THAT(values.to_vector<float>(), ElementsAre(7, 5));
  EXPECT_THAT(indices.to_vector<int64_t>(), ElementsAre(3, 1));
}

TEST(Features, F4_functions_take_the_kernel_alone_or_all_options) {
  Tensor x = etch::testing::ramp({1, 2, 4, 6}), line = x[0];
  auto values = [](const Tensor& y) { return y.to_vector<float>(); };
  EXPECT_EQ(values(F::max_pool2d(x, 2)), values(F::max_pool2d(x, {.kernel_size = 2})));
  EXPECT_EQ(values(F::max_pool2d(x, {2})), values(F::max_pool2d(x, {.kernel_size = {2, 2}})));
  EXPECT_EQ(F::max_pool2d(x, {2, 1}).shape(), Shape({1, 2, 3, 5}));  // kernel 2, stride 1
  EXPECT_EQ(F::max_pool2d(x, {{2, 3}}).shape(), Shape({1, 2, 2, 2}));
  EXPECT_EQ(values(F::avg_pool2d(x, 2)), values(F::avg_pool2d(x, {.kernel_size = 2})));
  EXPECT_EQ(values(F::max_pool1d(line, 3)), values(F::max_pool1d(line, {.kernel_size = 3})));
  EXPECT_EQ(values(F::avg_pool1d(line, 3)), values(F::avg_pool1d(line, {.kernel_size = 3})));
}

TEST(Features, F4_global_average_is_the_mean_of_a_channel) {
  Tensor x = Tensor::from_data(std::vector<float>{1, 2, 3, 4, 10, 20, 30, 40}, {1, 2, 2, 2});
  EXPECT_THAT(make<GlobalAvgPool>()(x).to_vector<float>(), ElementsAre(2.5, 25));
}

TEST(Features, F4_refuses_what_does_not_fit) {
  EXPECT_THAT(error_of([] { make<MaxPool2d>({.kernel_size = 2, .padding = 2}); }),
              HasSubstr("more than half of the kernel 2"));
  EXPECT_THAT(error_of([] { make<MaxPool2d>(0); }), HasSubstr("kernel_size = 0"));
  EXPECT_THAT(error_of([] {
                make<AvgPool2d>(2)(ones({2, 3}));
              }),
              HasSubstr("expected 3D or 4D input, got [2, 3]"));
}

}  // namespace
}  // namespace etch::nn
