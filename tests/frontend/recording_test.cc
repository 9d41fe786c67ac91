// What the functions of frontend/ops record.
#include "etch/frontend/ops.h"
#include "testing.h"

namespace etch {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::text_of;

TEST(Recording, BroadcastsExplicitly) {
  std::string text = text_of([](Tensor x, Tensor b) { return x + b; },
                             {spec(f32, {8, 4}, "x"), spec(f32, {4}, "b")});
  EXPECT_THAT(text, HasSubstr("etch.reshape %arg1 {shape = array<i64: 1, 4>}"));
  EXPECT_THAT(text, HasSubstr("shape = array<i64: 8, 4>} : (tensor<1x4xf32>) -> tensor<8x4xf32>"));
  EXPECT_THAT(text, HasSubstr("etch.add"));
  EXPECT_THAT(text, HasSubstr("%arg0: tensor<8x4xf32> {etch.name = \"x\"}"));
}

TEST(Recording, PromotesAsPyTorch) {
  auto dtype = [](DType a, DType b, Shape shape_b) {
    DType result = f32;
    text_of(
        [&](Tensor x, Tensor y) {
          result = (x * y).dtype();
          return x;
        },
        {spec(a, {2}), spec(b, std::move(shape_b))});
    return result;
  };
  EXPECT_EQ(dtype(f32, f64, {2}), f64);
  EXPECT_EQ(dtype(f32, f64, {}), f32);  // a scalar does not widen
  EXPECT_EQ(dtype(i64, f32, {}), f32);  // unless its category is higher
  EXPECT_EQ(dtype(i32, i64, {2}), i64);
  EXPECT_EQ(dtype(f16, bf16, {2}), f32);
}

TEST(Recording, HostNumbersTakeTheTensorsType) {
  text_of(
      [](Tensor i, Tensor h, Tensor b) {
        EXPECT_EQ((i + 1).dtype(), i32);
        EXPECT_EQ((i + 1.5).dtype(), f32);
        EXPECT_EQ((1.5 * h).dtype(), bf16);
        EXPECT_EQ((b + 1).dtype(), i64);
        EXPECT_EQ((i / 2).dtype(), f32);
        EXPECT_EQ((i < 2).dtype(), boolean);
        return i;
      },
      {spec(i32, {2}), spec(bf16, {2}), spec(boolean, {2})});
}

TEST(Recording, HostNumbersAreConstantsInATrace) {
  EXPECT_THAT(text_of([](Tensor x) { return 0.5 * x; }, {spec(f32, {2})}),
              HasSubstr("etch.constant dense<5.000000e-01> : tensor<2xf32>"));
}

// C++ leaves open whether f or g runs first.
TEST(Recording, TextDoesNotDependOnTheOrderOfRecording) {
  auto forward = [](Tensor x) {
    Tensor a = exp(x), b = tanh(x);
    return a + b;
  };
  auto backward = [](Tensor x) {
    Tensor b = tanh(x), a = exp(x);
    return a + b;
  };
  EXPECT_EQ(text_of(forward, {spec(f32, {2})}), text_of(backward, {spec(f32, {2})}));
}

TEST(Recording, LeavesOutWhatNoResultNeeds) {
  std::string text = text_of(
      [](Tensor x) {
        exp(x);
        return tanh(x);
      },
      {spec(f32, {2})});
  EXPECT_THAT(text, Not(HasSubstr("etch.exp")));
}

TEST(Recording, LocationsNameModuleAndLine) {
  int line = 0;
  auto program = trace(
      [&](Tensor x) {
        frontend::ModuleScope outer("h.0"), inner("attn");
        line = __LINE__ + 1;
        return exp(x);
      },
      {spec(f32, {2})});
  std::string text = program.value().mlir_text(/*with_locations=*/true);
  EXPECT_THAT(text, HasSubstr("\"h.0.attn\""));
  EXPECT_THAT(text, HasSubstr("recording_test.cc\":" + std::to_string(line)));
}

TEST(Recording, LocScopeStandsForTheUsersLine) {
  std::source_location user = std::source_location::current();
  auto program = trace(
      [&](Tensor x) {
        frontend::LocScope library(user);
        frontend::LocScope nested(std::source_location::current());  // ignored
        return exp(x);
      },
      {spec(f32, {2})});
  EXPECT_THAT(program.value().mlir_text(true),
              HasSubstr("recording_test.cc\":" + std::to_string(user.line())));
}

TEST(Recording, LinearIsOneMatmulAndABias) {
  std::string text = text_of([](Tensor x, Tensor w, Tensor b) { return linear(x, w, b); },
                             {spec(f32, {2, 5, 3}), spec(f32, {4, 3}), spec(f32, {4})});
  EXPECT_THAT(text, HasSubstr("etch.matmul %arg0, %arg1 {transpose_rhs} : (tensor<2x5x3xf32>, "
                              "tensor<4x3xf32>) -> tensor<2x5x4xf32>"));
}

TEST(Recording, NoGradCutsWhatItRecords) {
  std::string text = text_of(
      [](Tensor x) {
        x.requires_grad_();
        Tensor held;
        {
          no_grad guard;
          held = x * x;
        }
        EXPECT_FALSE(held.requires_grad());
        Tensor y = held * x;
        EXPECT_TRUE(y.requires_grad());
        EXPECT_FALSE(y.is_leaf());
        return y;
      },
      {spec(f32, {2})});
  EXPECT_THAT(text, HasSubstr("etch.detach"));
}

}  // namespace
}  // namespace etch
