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
    leaves.push_back(golden.tensor(name, key, dtype).requires_grad_());
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

}  // namespace
