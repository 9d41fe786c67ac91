// Normalizations against PyTorch (tests/golden/normalization.py), running averages included.
#include "etch/etch.h"
#include "etch/nn/layers/normalization.h"
#include "etch/tests/features/testing.h"
#include "etch/tests/golden/cases.h"

namespace etch::nn {
namespace {

namespace F = functional;
using etch::testing::Case;
using etch::testing::check_cases;
using etch::testing::error_of;
using etch::testing::of_function;
using etch::testing::of_module;
using etch::testing::Tensors;
using ::testing::HasSubstr;

template <typename M>
Case layer(std::string name, typename M::Options options, bool training = true) {
  return {std::move(name), [options, training] {
            auto module = make<M>(options);
            module->train(training);
            return of_module(module);
          }};
}

TEST(Features, F3_values_gradients_averages_and_prints_equal_pytorch) {
  constexpr bool kEval = false;
  check_cases(
      "normalization", "norm/",
      {layer<BatchNorm1d>("batch_norm1d_row", {3}),
       layer<BatchNorm1d>("batch_norm1d_line", {3}),
       layer<BatchNorm2d>("batch_norm2d", {4}),
       layer<BatchNorm2d>("batch_norm2d_options", {4, 0.125, 0.25}),
       layer<BatchNorm2d>("batch_norm2d_cumulative", {.num_features = 4, .momentum = {}}),
       layer<BatchNorm2d>("batch_norm2d_plain", {.num_features = 4, .affine = false}),
       layer<BatchNorm2d>("batch_norm2d_untracked",
                          {.num_features = 4, .track_running_stats = false}),
       layer<BatchNorm2d>("batch_norm2d_untracked_eval",
                          {.num_features = 4, .track_running_stats = false}, kEval),
       layer<BatchNorm2d>("batch_norm2d_eval", {4}, kEval),
       layer<BatchNorm2d>("batch_norm2d_plain_eval", {.num_features = 4, .affine = false}, kEval),
       layer<BatchNorm3d>("batch_norm3d", {2}),
       layer<LayerNorm>("layer_norm", {{5}}),
       layer<LayerNorm>("layer_norm_two", {{3, 5}, 0.125}),
       layer<LayerNorm>("layer_norm_plain", {.normalized_shape = {2}, .elementwise_affine = false}),
       layer<RMSNorm>("rms_norm", {{5}}, true),
       layer<RMSNorm>("rms_norm_two", {{3, 2}, 0.125}),
       layer<RMSNorm>("rms_norm_plain", {.normalized_shape = {5}, .elementwise_affine = false}),
       layer<GroupNorm>("group_norm", {2, 4}),
       layer<GroupNorm>("group_norm_one", {1, 3, 0.125}),
       layer<GroupNorm>("group_norm_row", {.num_groups = 1, .num_channels = 3, .affine = false}),
       layer<InstanceNorm1d>("instance_norm1d", {3}),
       layer<InstanceNorm2d>("instance_norm2d", {.num_features = 4, .affine = true}),
       layer<InstanceNorm2d>("instance_norm2d_one", {4}),
       layer<InstanceNorm2d>("instance_norm2d_tracked",
                             {.num_features = 4, .affine = true, .track_running_stats = true}),
       layer<InstanceNorm2d>("instance_norm2d_eval",
                             {.num_features = 4, .track_running_stats = true}, kEval),
       layer<BatchNorm1d>("batch_norm1d_two", {3}),
       layer<BatchNorm1d>("batch_norm1d_one_eval", {3}, kEval),
       layer<BatchNorm2d>("batch_norm2d_point", {.num_features = 4, .momentum = 1.0}),
       layer<BatchNorm2d>("batch_norm2d_empty_eval", {4}, kEval),
       layer<LayerNorm>("layer_norm_point", {{1}}),
       layer<LayerNorm>("layer_norm_row", {{3}}),
       layer<LayerNorm>("layer_norm_empty", {{5}}),
       layer<GroupNorm>("group_norm_each", {4, 4}),
       layer<GroupNorm>("group_norm_empty", {2, 4}),
       layer<InstanceNorm2d>("instance_norm2d_line",
                             {.num_features = 4, .eps = 0.125, .affine = true})});
  check_cases("normalization", "function/",
              {{"normalize",
                [] { return of_function([](const Tensors& x) { return F::normalize(x[0]); }); }},
               {"normalize_p1", [] {
                  return of_function([](const Tensors& x) {
                    return F::normalize(x[0], {.p = 1, .dim = -1, .eps = 2});
                  });
                }}});
}

TEST(Features, F3_batchnorm_learns_in_training_alone_and_counts_batches) {
  auto norm = make<BatchNorm1d>(2);
  Tensor x = Tensor::from_data(std::vector<float>{1, 10, 3, 30}, {2, 2});
  norm(x);
  norm(x);
  EXPECT_EQ(norm->num_batches_tracked.item<int64_t>(), 2);
  EXPECT_NEAR(norm->running_mean.to_vector<float>()[0], 2 * 0.19, 1e-6);
  EXPECT_NEAR(norm->running_var.to_vector<float>()[0], 0.81 + 0.19 * 2, 1e-6);
  norm->eval();
  auto before = norm->running_mean.to_vector<float>();
  norm(x);
  EXPECT_EQ(norm->running_mean.to_vector<float>(), before);
  EXPECT_EQ(norm->num_batches_tracked.item<int64_t>(), 2);
  norm->reset_running_stats();
  EXPECT_EQ(norm->running_mean.to_vector<float>()[1], 0);
  EXPECT_EQ(norm->num_batches_tracked.item<int64_t>(), 0);
}

TEST(Features, F3_layernorm_may_lack_its_bias) {
  auto norm = make<LayerNorm>({.normalized_shape = {3}, .bias = false});
  EXPECT_EQ(norm->named_parameters().size(), 1u);
  EXPECT_NEAR(norm(ones({2, 3})).to_vector<float>()[0], 0, 1e-6);
}

TEST(Features, F3_refuses_what_does_not_fit) {
  EXPECT_THAT(error_of([] {
                make<BatchNorm2d>(3)(ones({2, 3}));
              }),
              HasSubstr("BatchNorm2d: expected 4D input, got [2, 3]"));
  EXPECT_THAT(error_of([] {
                make<BatchNorm1d>(3)(ones({1, 3}));
              }),
              HasSubstr("more than 1 value per channel"));
  EXPECT_THAT(error_of([] { make<BatchNorm1d>(4)(ones({2, 3})); }), HasSubstr("3 channels"));
  EXPECT_THAT(error_of([] {
                make<InstanceNorm2d>(3)(ones({2, 3, 1, 1}));
              }),
              HasSubstr("more than 1 value per channel and instance"));
  EXPECT_THAT(error_of([] { make<GroupNorm>({.num_groups = 2, .num_channels = 3}); }),
              HasSubstr("num_channels 3 is not divisible by num_groups 2"));
  EXPECT_THAT(error_of([] { make<LayerNorm>(4)(ones({2, 3})); }), HasSubstr("normalized shape"));
  EXPECT_THAT(error_of([] { make<BatchNorm1d>(0); }), HasSubstr("num_features = 0"));
}

}  // namespace
}  // namespace etch::nn
