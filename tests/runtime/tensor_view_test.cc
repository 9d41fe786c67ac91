#include "etch/runtime/tensor_view.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "etch/runtime/half.h"

namespace etch {
namespace {

const std::array<int64_t, 2> kTwoByTwo = {2, 2};

TEST(TensorView, SummarizesFloats) {
  std::array<float, 4> values = {3, -4, 0, 12};
  TensorView view = {values.data(), f32, kTwoByTwo};
  EXPECT_EQ(view.num_elements(), 4);
  EXPECT_EQ(view.size_bytes(), 16);
  EXPECT_EQ(view.norm(), 13);
  EXPECT_EQ(view.sum(), 11);
  EXPECT_EQ(view.mean(), 2.75);
  EXPECT_EQ(view.min(), -4);
  EXPECT_EQ(view.max(), 12);
  EXPECT_EQ(view.at(1), -4);
  EXPECT_TRUE(view.all_finite());
}

TEST(TensorView, ReadsEveryDType) {
  auto first = [](const void* data, DType dtype) { return TensorView{data, dtype, {}}.at(0); };
  int8_t small = -3;
  uint8_t byte = 200, truth = 1;
  int32_t word = -70000;
  int64_t large = int64_t{1} << 40;
  uint16_t half = float_to_f16(0.5f), brain = float_to_bf16(-2.0f);
  double wide = 0.1;
  EXPECT_EQ(first(&small, i8), -3);
  EXPECT_EQ(first(&byte, u8), 200);
  EXPECT_EQ(first(&truth, boolean), 1);
  EXPECT_EQ(first(&word, i32), -70000);
  EXPECT_EQ(first(&large, i64), std::ldexp(1, 40));
  EXPECT_EQ(first(&half, f16), 0.5);
  EXPECT_EQ(first(&brain, bf16), -2);
  EXPECT_EQ(first(&wide, f64), 0.1);
}

TEST(TensorView, TypedAccessChecksTheDType) {
  std::array<float, 4> values = {1, 2, 3, 4};
  MutableTensorView view = {values.data(), f32, kTwoByTwo};
  view.values<float>().value()[3] = 5;
  EXPECT_EQ(TensorView(view).values<float>().value()[3], 5);
  absl::Status status = view.values<double>().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(status.message().find("f32"), status.message().npos);
}

TEST(TensorView, NanShowsInEverySummary) {
  std::array<float, 4> values = {1, NAN, 3, 4};
  TensorView view = {values.data(), f32, kTwoByTwo};
  EXPECT_TRUE(std::isnan(view.min()));
  EXPECT_TRUE(std::isnan(view.max()));
  EXPECT_TRUE(std::isnan(view.norm()));
  EXPECT_FALSE(view.all_finite());
}

TEST(TensorView, WithoutElements) {
  std::array<int64_t, 2> shape = {0, 3};
  TensorView view = {nullptr, f32, shape};
  EXPECT_EQ(view.norm(), 0);
  EXPECT_TRUE(std::isnan(view.mean()));
  EXPECT_TRUE(std::isnan(view.max()));
  EXPECT_TRUE(view.values<float>().value().empty());
}

}  // namespace
}  // namespace etch
