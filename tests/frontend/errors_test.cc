// What users are told, whole: module path, op, numbers, line.
#include "etch/frontend/compile.h"
#include "etch/frontend/ops.h"
#include "testing.h"

namespace etch {
namespace {

using testing::at;
using testing::error_of;
using ::testing::StartsWith;
using testing::vec;

// A model three modules deep, as nn's modules call each other.
Tensor qkv(const Tensor& x, const Tensor& weight, int& line) {
  frontend::ModuleScope scope("qkv");
  line = __LINE__ + 1;
  return linear(x, weight);
}
Tensor attn(const Tensor& x, const Tensor& weight, int& line) {
  frontend::ModuleScope scope("attn");
  return qkv(x, weight, line);
}
Tensor block(const Tensor& x, const Tensor& weight, int& line) {
  frontend::ModuleScope scope("h.0");
  return attn(x, weight, line);
}

TEST(Errors, ShapeMisuseThreeModulesDeep) {
  int line = 0;
  Tensor x = zeros({8, 64}), weight = zeros({384, 128});
  std::string expected =
      "h.0.attn.qkv: linear: input [8, 64] has 64 features, weight [384, 128] wants 128";
  EXPECT_EQ(error_of([&] { block(x, weight, line); }), expected + at(__FILE__, line));

  absl::StatusOr<Program> program =
      trace([&](Tensor x) { return block(x, weight, line); }, {spec(f32, {8, 64})});
  EXPECT_EQ(program.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(program.status().message(), expected + at(__FILE__, line));
}

TEST(Errors, PathEndsWithTheScope) {
  { frontend::ModuleScope scope("gone"); }
  int line = __LINE__ + 1;
  std::string text = error_of([] { matmul(zeros({2, 3}), zeros({4, 5})); });
  EXPECT_EQ(text, "matmul: the last dimension of [2, 3] is 3, [4, 5] wants 4" + at(__FILE__, line));
}

TEST(Errors, OperatorsKnowTheirLine) {
  Tensor a = zeros({2, 3}), b = zeros({4});
  int line = __LINE__ + 1;
  std::string text = error_of([&] { a + b; });
  EXPECT_EQ(text, "add: shapes [2, 3] and [4] do not broadcast: 3 against 4 in dimension 1" +
                      at(__FILE__, line));
  line = __LINE__ + 1;
  text = error_of([&] { 1.0 - Tensor(); });
  EXPECT_EQ(text, "sub: the right operand is an empty tensor" + at(__FILE__, line));
}

TEST(Errors, ReadingAValueInsideCompile) {
  int line = 0;
  auto step = compile([&](Tensor x) {
    Tensor y = exp(x);
    line = __LINE__ + 1;
    return y * y.item<float>();
  });
  EXPECT_EQ(
      error_of([&] { step(vec({1})); }),
      "item: the value of tensor f32 [1] is not known while etch::compile or etch::trace "
      "records, computed at errors_test.cc:" +
          std::to_string(line - 2) +
          "; choose by value with etch::where or etch::cond, look at it with a tap, or return "
          "it" +
          at(__FILE__, line));
}

TEST(Errors, BranchingOnATensorInsideCompile) {
  int line = 0;
  auto step = compile([&](Tensor x) {
    frontend::ModuleScope scope("gate");
    line = __LINE__ + 1;
    Tensor open = sum(x) > 0;
    if (open) return x;
    return -x;
  });
  EXPECT_EQ(
      error_of([&] { step(vec({1})); }),
      "gate: bool: the value of tensor bool [] is not known while etch::compile or etch::trace "
      "records, computed at errors_test.cc:" +
          std::to_string(line) +
          "; choose by value with etch::where or etch::cond, look at it with a tap, or return "
          "it");
}

TEST(Errors, ReadingACellInsideCompile) {
  Tensor scale = testing::buffer(vec({2}), "norm.scale");
  auto step = compile([&](Tensor x) { return x * scale.item<float>(); });
  EXPECT_THAT(error_of([&] { step(vec({1})); }),
              StartsWith("item: the value of norm.scale is not known while etch::compile"));
}

TEST(Errors, StaleTracedTensor) {
  Tensor leaked;
  int line = 0;
  auto step = compile([&](Tensor x) {
    line = __LINE__ + 1;
    leaked = exp(x);
    return x;
  });
  step(vec({1}));
  std::string expected =
      "this tensor (f32 [1], computed at errors_test.cc:" + std::to_string(line) +
      ") was traced by a call of etch::compile or etch::trace that is over, and has no value; "
      "return "
      "it from the traced function instead";
  line = __LINE__ + 1;
  std::string text = error_of([&] { leaked.item<float>(); });
  EXPECT_EQ(text, "item: " + expected + at(__FILE__, line));
  line = __LINE__ + 1;
  text = error_of([&] { exp(leaked); });
  EXPECT_EQ(text, "exp: " + expected + at(__FILE__, line));
  line = __LINE__ + 1;
  auto other = compile([&](Tensor x) { return x + leaked; });
  EXPECT_EQ(error_of([&] { other(vec({1})); }), "add: " + expected + at(__FILE__, line));
}

TEST(Errors, StalePlaceholder) {
  Tensor leaked;
  auto step = compile([&](Tensor x) {
    leaked = x;
    return exp(x);
  });
  step(vec({1}));
  int line = __LINE__ + 1;
  std::string text = error_of([&] { leaked.to_vector<float>(); });
  EXPECT_EQ(text,
            "to_vector: this tensor (f32 [1]) was traced by a call of etch::compile or etch::trace "
            "that is over, and has no value; return it from the traced function instead" +
                at(__FILE__, line));
}

TEST(Errors, RefusalsOfTheDialectReachTheUser) {
  EXPECT_THAT(error_of([] { cat({zeros({2, 3}), zeros({3, 4})}, 0); }), StartsWith("cat: "));
  EXPECT_THAT(error_of([] {
                embedding(zeros({4, 2}), vec({1}));
              }),
              StartsWith("embedding: indices must be i32 or i64, not f32 [1]"));
}

TEST(Errors, OpsNameWhatIsWrong) {
  Tensor x = zeros({2, 3});
  EXPECT_THAT(error_of([&] { reshape(x, {4}); }),
              StartsWith("reshape: shape [4] does not fit [2, 3], which has 6 elements"));
  EXPECT_THAT(error_of([&] { sum(x, {2}); }),
              StartsWith("sum: dimension 2 is out of range for a tensor of 2 dimensions"));
  EXPECT_THAT(error_of([&] { sum(x, {0, -2}); }), StartsWith("sum: dimension 0 is named twice"));
  EXPECT_THAT(error_of([&] {
                expand(x, {2, 4});
              }),
              StartsWith("expand: a tensor of shape [2, 3] does not broadcast to [2, 4]"));
  EXPECT_THAT(error_of([&] { select(x, 1, 3); }),
              StartsWith("select: index 3 is out of range for dimension 1 of extent 3"));
  EXPECT_THAT(
      error_of([&] { mean(cast(x, i64)); }),
      StartsWith(
          "mean: wants a floating tensor (f16, bf16, f32 or f64), not i64 [2, 3]; cast first"));
  EXPECT_THAT(error_of([&] { layer_norm(x, 1, zeros({2}), std::nullopt); }),
              StartsWith("layer_norm: weight has shape [2], input [2, 3] wants [3]"));
}

TEST(Errors, AssignChecksTheType) {
  Tensor cell = testing::buffer(zeros({2}), "running_mean");
  int line = __LINE__ + 1;
  std::string text = error_of([&] { cell.assign(zeros({3})); });
  EXPECT_EQ(text, "assign: running_mean is f32 [2], the value is f32 [3]" + at(__FILE__, line));
}

}  // namespace
}  // namespace etch
