// Convolution layers against PyTorch (tests/golden/convolutions.py).
#include "etch/etch.h"
#include "etch/nn/layers/convolution.h"
#include "etch/tests/features/testing.h"
#include "etch/tests/golden/cases.h"

namespace etch::nn {
namespace {

using etch::testing::Case;
using etch::testing::check_cases;
using etch::testing::error_of;
using etch::testing::of_module;
using ::testing::HasSubstr;

template <typename M>
Case layer(std::string name, typename M::Options options) {
  return {std::move(name), [options] { return of_module(make<M>(options)); }};
}

TEST(Features, F2_values_gradients_and_prints_equal_pytorch) {
  check_cases(
      "convolutions", "conv/",
      {layer<Conv1d>("conv1d", {4, 3, 3}),
       layer<Conv1d>("conv1d_all", {4, 6, 3, 2, 2, 2, 2, false}),
       layer<Conv1d>("conv1d_same",
                     {.in_channels = 4, .out_channels = 2, .kernel_size = 4, .padding = "same"}),
       layer<Conv1d>("conv1d_one", {4, 3, 1}),
       layer<Conv2d>("conv2d", {4, 3, 3}),
       layer<Conv2d>("conv2d_1x1",
                     {.in_channels = 4, .out_channels = 5, .kernel_size = 1, .bias = false}),
       layer<Conv2d>("conv2d_stride", {4, 3, {3, 2}, {2, 1}, {1, 0}}),
       layer<Conv2d>("conv2d_dilation", {.in_channels = 4,
                                         .out_channels = 2,
                                         .kernel_size = 2,
                                         .padding = 1,
                                         .dilation = {2, 3}}),
       layer<Conv2d>(
           "conv2d_groups",
           {.in_channels = 4, .out_channels = 6, .kernel_size = 3, .padding = 1, .groups = 2}),
       layer<Conv2d>("conv2d_depthwise", {.in_channels = 4,
                                          .out_channels = 8,
                                          .kernel_size = 3,
                                          .padding = 1,
                                          .groups = 4,
                                          .bias = false}),
       layer<Conv2d>("conv2d_same", {.in_channels = 4,
                                     .out_channels = 2,
                                     .kernel_size = {3, 2},
                                     .padding = "same",
                                     .dilation = {1, 2}}),
       layer<Conv2d>("conv2d_valid",
                     {.in_channels = 4, .out_channels = 2, .kernel_size = 2, .padding = "valid"}),
       layer<Conv2d>("conv2d_whole", {4, 2, {6, 5}}),
       layer<Conv2d>("conv2d_reflect", {.in_channels = 4,
                                        .out_channels = 2,
                                        .kernel_size = 3,
                                        .padding = {2, 1},
                                        .padding_mode = "reflect"}),
       layer<Conv2d>("conv2d_replicate", {.in_channels = 4,
                                          .out_channels = 2,
                                          .kernel_size = 3,
                                          .stride = 2,
                                          .padding = 2,
                                          .padding_mode = "replicate"}),
       layer<Conv2d>("conv2d_circular", {.in_channels = 4,
                                         .out_channels = 2,
                                         .kernel_size = 3,
                                         .padding = "same",
                                         .padding_mode = "circular"}),
       layer<Conv2d>("conv2d_one",
                     {.in_channels = 4, .out_channels = 3, .kernel_size = 3, .padding = 1}),
       layer<Conv3d>("conv3d",
                     {.in_channels = 2, .out_channels = 2, .kernel_size = 2, .padding = {1, 0, 0}}),
       layer<ConvTranspose1d>("transpose1d", {4, 3, 3}),
       layer<ConvTranspose1d>("transpose1d_all", {4, 2, 3, 2, 1, 1, 2, false, 2}),
       layer<ConvTranspose2d>("transpose2d", {4, 3, 2}),
       layer<ConvTranspose2d>("transpose2d_stride", {4, 3, {3, 2}, {2, 3}, {1, 0}}),
       layer<ConvTranspose2d>("transpose2d_output", {.in_channels = 4,
                                                     .out_channels = 2,
                                                     .kernel_size = 3,
                                                     .stride = 2,
                                                     .padding = 1,
                                                     .output_padding = 1}),
       layer<ConvTranspose2d>(
           "transpose2d_groups",
           {.in_channels = 4, .out_channels = 6, .kernel_size = 2, .groups = 2, .dilation = 2}),
       layer<ConvTranspose2d>(
           "transpose2d_one",
           {.in_channels = 4, .out_channels = 2, .kernel_size = 2, .bias = false}),
       layer<ConvTranspose3d>("transpose3d",
                              {.in_channels = 2, .out_channels = 2, .kernel_size = 2, .stride = 2}),
       layer<Conv1d>("conv1d_reflect", {.in_channels = 4,
                                        .out_channels = 2,
                                        .kernel_size = 3,
                                        .padding = 2,
                                        .padding_mode = "reflect"}),
       layer<Conv1d>("conv1d_circular", {.in_channels = 4,
                                         .out_channels = 2,
                                         .kernel_size = 4,
                                         .padding = 1,
                                         .padding_mode = "circular"}),
       layer<Conv1d>("conv1d_point", {1, 1, 1}),
       layer<Conv1d>("conv1d_empty", {4, 3, 3}),
       layer<Conv2d>("conv2d_point",
                     {.in_channels = 4, .out_channels = 3, .kernel_size = 3, .padding = 1}),
       layer<Conv2d>("conv2d_empty", {4, 3, 3}),
       layer<ConvTranspose1d>("transpose1d_one", {4, 2, 1}),
       layer<ConvTranspose2d>(
           "transpose2d_point",
           {.in_channels = 4, .out_channels = 2, .kernel_size = {2, 3}, .dilation = {1, 2}}),
       layer<ConvTranspose2d>("transpose2d_depthwise", {.in_channels = 4,
                                                        .out_channels = 4,
                                                        .kernel_size = 3,
                                                        .stride = 2,
                                                        .padding = 1,
                                                        .groups = 4}),
       layer<ConvTranspose2d>("transpose2d_empty", {4, 2, 2})});
}

TEST(Features, F2_transpose_reaches_an_output_size) {
  auto up = make<ConvTranspose2d>(
      {.in_channels = 1, .out_channels = 1, .kernel_size = 3, .stride = 2, .padding = 1});
  EXPECT_EQ(up(ones({1, 1, 4, 4})).shape(), Shape({1, 1, 7, 7}));
  EXPECT_EQ(up(ones({1, 1, 4, 4}), std::vector<int64_t>{8, 7}).shape(), Shape({1, 1, 8, 7}));
  EXPECT_THAT(error_of([&] {
                up(ones({1, 1, 4, 4}), std::vector<int64_t>{9, 7});
              }),
              HasSubstr("output_size 9 in spatial dimension 0, must be in [7, 8]"));
}

TEST(Features, F2_refuses_what_does_not_fit) {
  EXPECT_THAT(error_of([] {
                make<Conv2d>({.in_channels = 3, .out_channels = 4, .kernel_size = 3, .groups = 2});
              }),
              HasSubstr("in_channels 3 is not divisible by groups 2"));
  EXPECT_THAT(error_of([] { make<Conv2d>({4, 4}); }), HasSubstr("kernel_size = 0"));
  EXPECT_THAT(error_of([] {
                make<Conv2d>({4, 4, {1, 2, 3}});
              }),
              HasSubstr("3 numbers for 2 spatial dimensions"));
  EXPECT_THAT(error_of([] {
                make<Conv2d>({.in_channels = 4,
                              .out_channels = 4,
                              .kernel_size = 3,
                              .stride = 2,
                              .padding = "same"});
              }),
              HasSubstr("wants stride 1"));
  EXPECT_THAT(
      error_of([] {
        make<Conv2d>({.in_channels = 4, .out_channels = 4, .kernel_size = 3, .padding = "full"});
      }),
      HasSubstr("padding \"full\""));
  EXPECT_THAT(
      error_of([] {
        make<Conv2d>(
            {.in_channels = 4, .out_channels = 4, .kernel_size = 3, .padding_mode = "mirror"});
      }),
      HasSubstr("padding_mode = \"mirror\""));
  EXPECT_THAT(error_of([] { make<Conv2d>({4, 4, 3})(ones({2, 4, 9})); }), HasSubstr("[2, 4, 9]"));
  EXPECT_THAT(error_of([] { make<Conv2d>({4, 4, 3})(ones({2, 3, 9, 9})); }), HasSubstr("3"));
}

}  // namespace
}  // namespace etch::nn
