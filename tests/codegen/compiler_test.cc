// The compiler's door: kernels shared, memory planned, state donated and prepared, errors told.
#include "etch/codegen/compiler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "etch/runtime/session.h"
#include "etch/tests/ops/sample.h"
#include "mlir/Parser/Parser.h"

namespace etch::codegen {
namespace {

using namespace mlir;
using ::testing::HasSubstr;

class Compiler : public ::testing::Test {
 protected:
  absl::StatusOr<std::shared_ptr<const runtime::CompiledProgram>> compile(
      const std::string& text, const CompileOptions& options = {}) {
    module_ = parseSourceString<ModuleOp>(text, context_.get());
    EXPECT_TRUE(module_) << text;
    return compileProgram(*module_, options, &report_);
  }

  std::unique_ptr<MLIRContext> context_ = etch::testing::makeContext();
  OwningOpRef<ModuleOp> module_;
  CompileReport report_;
};

TEST_F(Compiler, CompilesIdenticalKernelsOnce) {
  auto program = compile(R"(
func.func @main(%x: tensor<8x16xf32>, %a: tensor<16x16xf32>, %b: tensor<16x16xf32>, %c: tensor<16x16xf32>) -> tensor<8x16xf32> {
  %0 = etch.matmul %x, %a {transpose_rhs} : (tensor<8x16xf32>, tensor<16x16xf32>) -> tensor<8x16xf32>
  %1 = etch.matmul %0, %b {transpose_rhs} : (tensor<8x16xf32>, tensor<16x16xf32>) -> tensor<8x16xf32>
  %2 = etch.matmul %1, %c {transpose_rhs} : (tensor<8x16xf32>, tensor<16x16xf32>) -> tensor<8x16xf32>
  return %2 : tensor<8x16xf32>
})");
  ASSERT_TRUE(program.ok()) << program.status();
  EXPECT_EQ(report_.launches, 6);  // three packs, three products
  EXPECT_EQ(report_.kernels, 2);
}

TEST_F(Compiler, DonatesStateThatIsUpdatedInPlace) {
  auto program = compile(R"(
func.func @main(%w: tensor<100xf32> {etch.kind = "state", etch.path = "w"}, %g: tensor<100xf32>)
    -> (tensor<100xf32> {etch.kind = "state", etch.path = "w"}) {
  %0 = etch.sub %w, %g : (tensor<100xf32>, tensor<100xf32>) -> tensor<100xf32>
  return %0 : tensor<100xf32>
})");
  ASSERT_TRUE(program.ok()) << program.status();
  EXPECT_EQ((*program)->results[0].donated_input, 0);
  auto session = runtime::Session::create(*program);
  ASSERT_TRUE(session.ok());
  auto w = *runtime::Storage::allocate(400), g = *runtime::Storage::allocate(400);
  for (int i = 0; i < 100; ++i) w->data<float>()[i] = i, g->data<float>()[i] = 2;
  const void* inputs[] = {w->data(), g->data()};
  void* results[] = {w->data()};
  ASSERT_TRUE((*session)->run(inputs, results).ok());
  for (int i = 0; i < 100; ++i) EXPECT_EQ(w->data<float>()[i], i - 2);
}

// The sums of a K this long are blocked, but for a product with an epilogue.
TEST_F(Compiler, DonatesAWeightThatIsUpdatedByItsGradientsProduct) {
  constexpr int64_t kRows = 2048, kIn = 33, kOut = 70;
  auto program = compile(R"(
func.func @main(%w: tensor<33x70xf32> {etch.kind = "state", etch.path = "w"}, %x: tensor<2048x33xf32>, %dy: tensor<2048x70xf32>)
    -> (tensor<33x70xf32> {etch.kind = "state", etch.path = "w"}) {
  %0 = etch.matmul %x, %dy {transpose_lhs} : (tensor<2048x33xf32>, tensor<2048x70xf32>) -> tensor<33x70xf32>
  %1 = etch.sub %w, %0 : (tensor<33x70xf32>, tensor<33x70xf32>) -> tensor<33x70xf32>
  return %1 : tensor<33x70xf32>
})");
  ASSERT_TRUE(program.ok()) << program.status();
  EXPECT_EQ((*program)->results[0].donated_input, 0);
  auto session = runtime::Session::create(*program);
  ASSERT_TRUE(session.ok());
  auto make = [](int64_t count, int64_t period) {
    auto storage = *runtime::Storage::allocate(4 * count);
    for (int64_t i = 0; i < count; ++i)
      storage->data<float>()[i] = static_cast<float>(i % period - period / 2);
    return storage;
  };
  auto w = make(kIn * kOut, 11), x = make(kRows * kIn, 7), dy = make(kRows * kOut, 5);
  std::vector<float> expected(w->data<float>(), w->data<float>() + kIn * kOut);
  for (int64_t r = 0; r < kRows; ++r)
    for (int64_t i = 0; i < kIn; ++i)
      for (int64_t j = 0; j < kOut; ++j)
        expected[i * kOut + j] -= x->data<float>()[r * kIn + i] * dy->data<float>()[r * kOut + j];
  const void* inputs[] = {w->data(), x->data(), dy->data()};
  void* results[] = {w->data()};
  ASSERT_TRUE((*session)->run(inputs, results).ok());
  for (int64_t i = 0; i < kIn * kOut; ++i) ASSERT_EQ(w->data<float>()[i], expected[i]) << i;
}

TEST_F(Compiler, DoesNotDonateStateThatIsReadAfterTheWrite) {
  auto program = compile(R"(
func.func @main(%w: tensor<4x4xf32> {etch.kind = "state", etch.path = "w"})
    -> (tensor<4x4xf32> {etch.kind = "state", etch.path = "w"}, tensor<4x4xf32>) {
  %0 = etch.matmul %w, %w : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = etch.transpose %w {permutation = array<i64: 1, 0>} : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %2 = etch.add %0, %1 : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0, %2 : tensor<4x4xf32>, tensor<4x4xf32>
})");
  ASSERT_TRUE(program.ok()) << program.status();
  EXPECT_EQ((*program)->results[0].donated_input, -1);
}

TEST_F(Compiler, PreparesWhatDependsOnReadOnlyStateAlone) {
  auto program = compile(R"(
func.func @main(%x: tensor<3x8xf32>, %w: tensor<16x8xf32> {etch.kind = "state", etch.path = "w"}) -> tensor<3x16xf32> {
  %0 = etch.matmul %x, %w {transpose_rhs} : (tensor<3x8xf32>, tensor<16x8xf32>) -> tensor<3x16xf32>
  return %0 : tensor<3x16xf32>
})");
  ASSERT_TRUE(program.ok()) << program.status();
  ASSERT_EQ((*program)->prepare_launches.size(), 1u);
  EXPECT_THAT((*program)->prepare_launches[0].kernel, HasSubstr("pack"));
  EXPECT_EQ((*program)->prepare_inputs, std::vector<int32_t>{1});
  auto session = runtime::Session::create(*program);
  ASSERT_TRUE(session.ok());
  auto x = *runtime::Storage::allocate(96), w = *runtime::Storage::allocate(512);
  auto y = *runtime::Storage::allocate(192);
  for (int i = 0; i < 24; ++i) x->data<float>()[i] = 1;
  const void* inputs[] = {x->data(), w->data()};
  void* results[] = {y->data()};
  uint64_t versions[] = {1, 1};
  for (float value : {1.0f, 2.0f}) {
    for (int i = 0; i < 128; ++i) w->data<float>()[i] = value;
    versions[1] += 1;
    for (int repeat = 0; repeat < 3; ++repeat) {
      ASSERT_TRUE((*session)->run(inputs, results, versions).ok());
      EXPECT_EQ(y->data<float>()[17], 8 * value);
    }
  }
  EXPECT_EQ((*session)->prepare_calls(), 2);
}

TEST_F(Compiler, PreparesAgainOnlyWhatReadsWhatChanged) {
  auto program = compile(R"(
func.func @main(%x: tensor<3x8xf32>, %v: tensor<16x8xf32> {etch.kind = "state", etch.path = "v"},
                %w: tensor<24x16xf32> {etch.kind = "state", etch.path = "w"}) -> tensor<3x24xf32> {
  %0 = etch.matmul %x, %v {transpose_rhs} : (tensor<3x8xf32>, tensor<16x8xf32>) -> tensor<3x16xf32>
  %1 = etch.matmul %0, %w {transpose_rhs} : (tensor<3x16xf32>, tensor<24x16xf32>) -> tensor<3x24xf32>
  return %1 : tensor<3x24xf32>
})");
  ASSERT_TRUE(program.ok()) << program.status();
  ASSERT_EQ((*program)->prepare_launches.size(), 2u);
  EXPECT_EQ((*program)->prepare_launches[0].reads, std::vector<int32_t>{1});
  EXPECT_EQ((*program)->prepare_launches[1].reads, std::vector<int32_t>{2});
  auto session = runtime::Session::create(*program);
  ASSERT_TRUE(session.ok());
  auto x = *runtime::Storage::allocate(96), v = *runtime::Storage::allocate(512);
  auto w = *runtime::Storage::allocate(1536), y = *runtime::Storage::allocate(288);
  std::fill_n(x->data<float>(), 24, 1.0f);
  std::fill_n(v->data<float>(), 128, 1.0f);
  const void* inputs[] = {x->data(), v->data(), w->data()};
  void* results[] = {y->data()};
  uint64_t versions[] = {1, 1, 1};
  for (int i = 1; i <= 3; ++i) {
    std::fill_n(w->data<float>(), 384, static_cast<float>(i));
    versions[2] += 1;
    ASSERT_TRUE((*session)->run(inputs, results, versions).ok());
    EXPECT_EQ(y->data<float>()[17], 8 * 16 * i);
  }
  EXPECT_EQ((*session)->prepare_profile()[0].calls, 1);
  EXPECT_EQ((*session)->prepare_profile()[1].calls, 3);
}

// A loop without end: its condition never fails.
TEST_F(Compiler, ALoopEndsWhenTheRunIsToldTo) {
  auto program = compile(R"(
func.func @main(%x: tensor<f32>) -> tensor<f32> {
  %0 = etch.while carry(%x) with() {
    ^bb0(%a: tensor<f32>):
      %b = etch.mul %a, %a : (tensor<f32>, tensor<f32>) -> tensor<f32>
      %c = etch.compare le, %b, %a : (tensor<f32>, tensor<f32>) -> tensor<i1>
      etch.yield %c : tensor<i1>
  } do {
    ^bb0(%a: tensor<f32>):
      %b = etch.mul %a, %a : (tensor<f32>, tensor<f32>) -> tensor<f32>
      etch.yield %b : tensor<f32>
  } : (tensor<f32>) -> tensor<f32>
  return %0 : tensor<f32>
})");
  ASSERT_TRUE(program.ok()) << program.status();
  auto session = runtime::Session::create(*program);
  ASSERT_TRUE(session.ok());
  auto x = *runtime::Storage::allocate_zeroed(4), y = *runtime::Storage::allocate(4);
  const void* inputs[] = {x->data()};
  void* results[] = {y->data()};
  auto soon = std::chrono::steady_clock::now() + std::chrono::milliseconds(20);
  absl::Status status = (*session)->run(inputs, results, {}, {.deadline = soon});
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded) << status;
  std::atomic<bool> cancel{false};
  std::thread canceller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    cancel = true;
  });
  status = (*session)->run(inputs, results, {}, {.cancel = &cancel});
  canceller.join();
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled) << status;
}

TEST_F(Compiler, ReusesTheArenaUpToItsLowerBound) {
  std::string text = "func.func @main(%x: tensor<64x64xf32>) -> tensor<64x64xf32> {\n";
  for (int i = 0; i < 8; ++i) {
    std::string in = i == 0 ? "%x" : "%" + std::to_string(i - 1);
    text += "  %" + std::to_string(i) + " = etch.matmul " + in + ", " + in +
            " : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>\n";
  }
  auto program = compile(text + "  return %7 : tensor<64x64xf32>\n}");
  ASSERT_TRUE(program.ok()) << program.status();
  EXPECT_EQ(report_.arena_bytes, report_.arena_lower_bound_bytes);
  EXPECT_LE(report_.arena_bytes, 3 * 64 * 64 * 4);
}

TEST_F(Compiler, RefusesMoreWorkspaceThanAllowed) {
  CompileOptions options;
  options.max_workspace_bytes = 100;
  auto program = compile(R"(
func.func @main(%x: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %0 = etch.matmul %x, %x : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %1 = etch.matmul %0, %0 : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  return %1 : tensor<64x64xf32>
})",
                         options);
  EXPECT_EQ(program.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(program.status().message()), HasSubstr("100 are allowed"));
}

TEST_F(Compiler, NamesTheStagesWhenOneIsUnknown) {
  module_ = parseSourceString<ModuleOp>(
      "func.func @main(%x: tensor<f32>) -> tensor<f32> { return %x : tensor<f32> }",
      context_.get());
  auto text = dumpStage(*module_, "fused", {});
  EXPECT_EQ(text.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(std::string(text.status().message()),
            "no stage 'fused'; the stages are trace, autodiff, simplify, fuse, linalg, schedule, "
            "bufferize, llvm, asm");
}

TEST_F(Compiler, PrintsEveryStage) {
  for (const std::string& stage : stageNames()) {
    module_ = parseSourceString<ModuleOp>(R"(
func.func @main(%x: tensor<8x16xf32>, %w: tensor<16x16xf32> {etch.kind = "state", etch.path = "w"}) -> tensor<8x16xf32> {
  %0 = etch.matmul %x, %w {transpose_rhs} : (tensor<8x16xf32>, tensor<16x16xf32>) -> tensor<8x16xf32>
  %1 = etch.softmax %0 {dim = 1 : i64} : (tensor<8x16xf32>) -> tensor<8x16xf32>
  return %1 : tensor<8x16xf32>
})",
                                          context_.get());
    auto text = dumpStage(*module_, stage, {});
    ASSERT_TRUE(text.ok()) << stage << ": " << text.status();
    const char* sign = stage == "asm"         ? "etch_entry:"
                       : stage == "llvm"      ? "llvm.func @etch_entry"
                       : stage == "bufferize" ? "func.func @etch_prepare"
                                              : "@main";
    EXPECT_THAT(*text, HasSubstr(sign)) << stage;
  }
}

}  // namespace
}  // namespace etch::codegen
