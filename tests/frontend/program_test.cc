// etch::trace: signature, text, errors, running.
#include "etch/frontend/program.h"

#include <cstdio>
#include <fstream>
#include <sstream>

#include "etch/frontend/ops.h"
#include "testing.h"

namespace etch {
namespace {

using testing::buffer;
using ::testing::HasSubstr;
using testing::Near;
using testing::parameter;
using testing::vec;

TEST(Program, SignatureNamesArgumentsAndState) {
  Tensor w = parameter(vec({1, 2}), "fc.weight"), mean = buffer(vec({0, 0}), "mean");
  auto program = trace(
      [&](Tensor x) {
        mean.assign(mean + x);
        return std::pair(x * w, sum(x));
      },
      {spec(f32, {2}, "x")});
  ASSERT_TRUE(program.ok()) << program.status();
  const auto& inputs = program->inputs();
  ASSERT_EQ(inputs.size(), 3u);
  EXPECT_EQ(inputs[0].name, "x");
  EXPECT_EQ(inputs[0].kind, runtime::ValueKind::kArgument);
  EXPECT_EQ(inputs[1].path, "fc.weight");
  EXPECT_EQ(inputs[1].kind, runtime::ValueKind::kState);
  EXPECT_EQ(inputs[2].path, "mean");
  const auto& results = program->results();
  ASSERT_EQ(results.size(), 3u);
  EXPECT_EQ(results[0].name, "out0");
  EXPECT_EQ(results[0].shape, Shape({2}));
  EXPECT_EQ(results[1].name, "out1");
  EXPECT_EQ(results[1].shape, Shape());
  EXPECT_EQ(results[2].path, "mean");
  EXPECT_TRUE(program->state("fc.weight").is_same(w));
  EXPECT_FALSE(program->state("nothing").defined());
}

TEST(Program, TracingChangesNothing) {
  Tensor mean = buffer(vec({1}), "mean");
  auto program = trace(
      [&](Tensor x) {
        mean.assign(mean + x);
        return mean * 2;
      },
      {spec(f32, {1})});
  EXPECT_THAT(mean, Near({1}));
}

TEST(Program, RunsOnCurrentState) {
  Tensor mean = buffer(vec({1}), "mean");
  auto program = trace(
      [&](Tensor x) {
        mean.assign(mean + x);
        return mean * 2;
      },
      {spec(f32, {1})});
  absl::StatusOr<Executable> executable = program->compile();
  ASSERT_TRUE(executable.ok()) << executable.status();
  EXPECT_THAT(executable->run({vec({2})}).value()[0], Near({6}));
  EXPECT_THAT(mean, Near({3}));
  mean.assign(vec({10}));
  EXPECT_THAT(executable->run({vec({2})}).value()[0], Near({24}));
}

TEST(Program, RunChecksItsArguments) {
  auto program = trace([](Tensor x) { return x * 2; }, {spec(f32, {2})});
  Executable executable = program->compile().value();
  EXPECT_EQ(executable.run({}).status().message(),
            "the program takes 1 arguments (arg0 f32 [2]), not 0");
  EXPECT_EQ(executable.run({vec({1})}).status().message(),
            "argument arg0 is f32 [1], the program takes f32 [2]");
  EXPECT_EQ(executable.run({Tensor()}).status().message(), "argument arg0 is an empty tensor");
}

TEST(Program, CellsOfOnePathAreToldApart) {
  Tensor a = buffer(vec({1}), "slot"), b = buffer(vec({2}), "slot"), c = vec({3});
  auto program = trace([&](Tensor x) { return x + a + b + c; }, {spec(f32, {1})});
  EXPECT_EQ(program->inputs()[1].path, "slot");
  EXPECT_EQ(program->inputs()[2].path, "slot#2");
  EXPECT_EQ(program->inputs()[3].path, "captured.0");
}

TEST(Program, ErrorsBecomeStatus) {
  auto wrong = trace([](Tensor x) { return matmul(x, x); }, {spec(f32, {2, 3})});
  EXPECT_EQ(wrong.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(wrong.status().message()),
              HasSubstr("matmul: the last dimension of [2, 3] is 3, [2, 3] wants 2"));
  auto arity = trace([](Tensor x) { return x; }, {spec(f32, {1}), spec(f32, {1})});
  EXPECT_EQ(arity.status().message(),
            "trace: the function does not take 2 tensors, the number of specs; give it one spec "
            "for each of its "
            "arguments");
}

TEST(Program, RefusesArgumentsThatNoMemoryHolds) {
  constexpr int64_t kHuge = int64_t{1} << 61;
  auto twice = [](Tensor x) { return x * 2; };
  for (const Shape& shape :
       {Shape({kHuge, 2}), Shape({kHuge / 2, 2}), Shape({INT64_MAX, 2}), Shape({kHuge, 8, 1})}) {
    absl::Status status = trace(twice, {spec(f32, shape, "x")}).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    EXPECT_EQ(status.message(), "argument x: f32 " + shape.to_string() + " is too large");
  }
  EXPECT_EQ(trace(twice, {spec(f32, {2, -3})}).status().message(),
            "argument arg0: f32 [2, -3] has a negative extent");
  EXPECT_TRUE(trace(twice, {spec(f32, {kHuge / 2, 2, 0})}).ok());
  EXPECT_TRUE(trace(twice, {spec(f32, {kHuge / 2})}).ok());
}

TEST(Program, RefusesResultsThatNoMemoryHolds) {
  auto outer = trace([](Tensor x) { return unsqueeze(x, 0) * unsqueeze(x, 1); },
                     {spec(f32, {int64_t{1} << 32}, "x")});
  EXPECT_EQ(outer.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(outer.status().message()),
              HasSubstr("mul: the result, f32 [4294967296, 4294967296], is too large"));
}

TEST(Program, TakesFunctionsOfManyTensors) {
  auto program = trace([](Tensor a, Tensor b, Tensor c) { return a + b + c; },
                       {spec(f32, {1}), spec(f32, {1}), spec(f32, {1})});
  EXPECT_THAT(program->compile()->run({vec({1}), vec({2}), vec({3})}).value()[0], Near({6}));
}

TEST(Program, SavesItsText) {
  auto program = trace([](Tensor x) { return exp(x); }, {spec(f32, {2})});
  std::string path = ::testing::TempDir() + "/etch_program_test.mlir";
  ASSERT_TRUE(program->save(path).ok());
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), program->mlir_text(true));
  std::remove(path.c_str());
  EXPECT_EQ(program->save("/nonexistent/x.mlir").code(), absl::StatusCode::kNotFound);
}

// A step that reads and writes state, and a gradient that stays.
absl::StatusOr<Program> train_program(Tensor w, Tensor mean) {
  return trace(
      [w, mean](Tensor x) mutable {
        mean.assign(0.5 * mean + x);
        Tensor loss = sum(x * w * mean);
        loss.backward();
        return loss;
      },
      {spec(f32, {2}, "x")});
}

TEST(Program, LoadsWhatItHasSaved) {
  Tensor w = parameter(vec({3, 4}), "fc.weight"), mean = buffer(vec({1, 2}), "mean");
  auto program = train_program(w, mean);
  ASSERT_TRUE(program.ok()) << program.status();
  for (const char* name : {"/etch_load_test.mlir", "/etch_load_test.mlirbc"}) {
    std::string path = ::testing::TempDir() + name;
    ASSERT_TRUE(program->save(path).ok());
    auto loaded = Program::load(path);
    std::remove(path.c_str());
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    EXPECT_EQ(loaded->mlir_text(true), program->mlir_text(true));
    ASSERT_EQ(loaded->inputs().size(), program->inputs().size());
    for (size_t i = 0; i < program->inputs().size(); ++i) {
      EXPECT_EQ(loaded->inputs()[i].name, program->inputs()[i].name);
      EXPECT_EQ(loaded->inputs()[i].kind, program->inputs()[i].kind);
    }
    // Its state is its own, and zero until it is set.
    Tensor own = loaded->state("fc.weight");
    EXPECT_THAT(own, Near({0, 0}));
    frontend::reset_cell(own, vec({3, 4}));
    frontend::reset_cell(loaded->state("mean"), vec({1, 2}));
    auto results = loaded->compile().value().run({vec({1, 1})}).value();
    EXPECT_THAT(results[0], Near({3 * 1.5 + 4 * 2}));
    EXPECT_THAT(loaded->state("mean"), Near({1.5, 2}));
    EXPECT_THAT(own.grad(), Near({1.5, 2}));
    EXPECT_THAT(mean, Near({1, 2}));
  }
}

TEST(Program, RefusesFilesThatAreNoPrograms) {
  std::string path = ::testing::TempDir() + "/etch_no_program_test.mlir";
  auto load = [&](const std::string& text) {
    std::ofstream(path) << text;
    return std::string(Program::load(path).status().message());
  };
  EXPECT_THAT(load("hello"), HasSubstr("not a program: "));
  EXPECT_THAT(load("module {}"), HasSubstr("has no function @main"));
  EXPECT_THAT(load("func.func @main(%x: i32) -> i32 { return %x : i32 }"),
              HasSubstr("@main takes and returns tensors of static shape only"));
  const char* twice =
      "func.func @main(%x: tensor<2xf32> {etch.kind = \"state\", etch.path = \"w\"}) -> "
      "(tensor<2xf32>, tensor<3xf32> {etch.kind = \"state\", etch.path = \"w\"}) {\n"
      "  %y = etch.constant dense<0.0> : tensor<3xf32>\n"
      "  return %x, %y : tensor<2xf32>, tensor<3xf32> }";
  EXPECT_THAT(load(twice), HasSubstr("has w as f32 [3] and as f32 [2]"));
  std::remove(path.c_str());
  EXPECT_EQ(Program::load(path).status().code(), absl::StatusCode::kNotFound);
}

TEST(Program, ArgumentsAndStateCanBeReturned) {
  Tensor w = parameter(vec({5}), "w");
  auto program = trace([&](Tensor x) { return std::vector{x, w, x}; }, {spec(f32, {1})});
  auto results = program->compile()->run({vec({2})}).value();
  EXPECT_THAT(results[0], Near({2}));
  EXPECT_THAT(results[1], Near({5}));
  EXPECT_THAT(results[2], Near({2}));
}

}  // namespace
}  // namespace etch
