// Random programs as compiled for this machine, against the reference evaluator: what fusion,
// views, epilogues and in-place results make of ops in combination.
#include <gtest/gtest.h>

#include <cstdlib>

#include "etch/tests/ops/compiled.h"
#include "etch/tests/ops/difference.h"
#include "etch/tests/ops/gradient_check.h"
#include "etch/tests/ops/random_program.h"
#include "etch/tests/ops/sample.h"
#include "etch/tests/ops/shrink.h"

using namespace mlir;

namespace etch::testing {
namespace {

constexpr int kBatches = 20;
constexpr int kProgramsPerBatch = 10;

// ETCH_TEST_SEED=n looks at other programs than those of every day.
int firstSeed() {
  const char* text = std::getenv("ETCH_TEST_SEED");
  return text ? std::atoi(text) : 0;
}

struct Case {
  std::string name;
  RandomProgram program;
  func::FuncOp function;
  std::vector<ir::ReferenceTensor> inputs;
  Expected expected;
};

// What is wrong with `results`; empty when nothing is.
std::string compare(const Expected& expected, ArrayRef<ir::ReferenceTensor> results) {
  for (size_t i = 0; i < results.size(); ++i) {
    std::string wrong = difference(results[i], expected.values[i], 2e-5, expected.slack[i]);
    if (!wrong.empty()) return "result " + std::to_string(i) + ": " + wrong;
  }
  return "";
}

// What is wrong with one program, compiled by itself.
std::string checkAlone(func::FuncOp function, const std::vector<ir::ReferenceTensor>& inputs,
                       double noise, bool donate) {
  auto expected = expect(function, inputs, {}, noise);
  if (failed(expected)) return "";
  OwningOpRef<ModuleOp> module = mergeFunctions(function);
  auto results = compileAndRun(*module, inputs, "", donate);
  if (!results.ok()) return std::string(results.status().message());
  return compare(*expected, *results);
}

void report(const Case& c, const std::string& wrong, bool donate) {
  auto isFaulty = [&](func::FuncOp function, const std::vector<ir::ReferenceTensor>& inputs) {
    return !checkAlone(function, inputs, c.program.noise, donate).empty();
  };
  bool alone = isFaulty(c.function, c.inputs);
  ADD_FAILURE() << c.name << (donate ? " with donated state" : "") << ": " << wrong << "\n"
                << (alone ? shrinkProgram(c.function, c.inputs, isFaulty)
                          : "only together with the other programs of its batch");
}

absl::StatusOr<std::vector<ir::ReferenceTensor>> run(ArrayRef<Case> cases, bool donate) {
  SmallVector<func::FuncOp> functions;
  std::vector<ir::ReferenceTensor> inputs;
  for (const Case& c : cases) {
    functions.push_back(c.function);
    inputs.insert(inputs.end(), c.inputs.begin(), c.inputs.end());
  }
  OwningOpRef<ModuleOp> merged = mergeFunctions(functions);
  return compileAndRun(*merged, inputs, "", donate);
}

// Several programs are compiled as one, since each compilation has a fixed cost.
void check(ArrayRef<Case> cases, bool donate) {
  auto results = run(cases, donate);
  if (!results.ok()) {
    ADD_FAILURE() << "the batch does not compile: " << results.status().message();
    for (const Case& c : cases) {
      std::string wrong = checkAlone(c.function, c.inputs, c.program.noise, donate);
      if (!wrong.empty()) report(c, wrong, donate);
    }
    return;
  }
  size_t next = 0;
  for (const Case& c : cases) {
    size_t count = c.expected.values.size();
    std::string wrong = compare(c.expected, ArrayRef(*results).slice(next, count));
    if (!wrong.empty()) report(c, wrong, donate);
    next += count;
  }
}

// The seeds of a batch, as they are or with their derivatives.
void checkBatch(int batch, bool derivatives) {
  auto context = makeContext();
  std::vector<Case> cases;
  for (int i = 0; i < kProgramsPerBatch; ++i) {
    int seed = firstSeed() + batch * kProgramsPerBatch + i + (derivatives ? 1000 : 0);
    Case c;
    c.name = "program " + std::to_string(seed);
    c.program = makeRandomProgram(*context, seed);
    c.function = mainOf(*c.program.module);
    c.inputs = c.program.inputs;
    if (derivatives) {
      auto vjp = buildVjp(c.function, "vjp");
      ASSERT_TRUE(succeeded(vjp)) << c.name;
      c.function = *vjp;
      Random random(static_cast<uint64_t>(seed));
      TypeRange cotangents = vjp->getArgumentTypes().drop_front(c.inputs.size());
      llvm::append_range(c.inputs, drawTensors(cotangents, {-1, 1}, random));
    }
    auto expected = expect(c.function, c.inputs, {}, c.program.noise);
    ASSERT_TRUE(succeeded(expected)) << c.name;
    c.expected = *std::move(expected);
    cases.push_back(std::move(c));
  }
  // Every other batch overwrites its arguments where it may.
  check(cases, batch % 2 == 1);
}

class CompiledPrograms : public ::testing::TestWithParam<int> {};

TEST_P(CompiledPrograms, AgreeWithTheReference) { checkBatch(GetParam(), false); }

TEST_P(CompiledPrograms, HaveDerivativesThatAgreeWithTheReference) {
  // Derivatives are several times as long as their programs.
  if (GetParam() % 4 < 2) checkBatch(GetParam(), true);
}

INSTANTIATE_TEST_SUITE_P(Batch, CompiledPrograms, ::testing::Range(0, kBatches));

}  // namespace
}  // namespace etch::testing
