// Every op as compiled for this machine, against the reference evaluator.
#include <gtest/gtest.h>

#include "etch/ir/dialect.h"
#include "etch/tests/ops/compiled.h"
#include "etch/tests/ops/difference.h"
#include "etch/tests/ops/sample.h"

using namespace mlir;

namespace etch::testing {
namespace {

struct Case {
  const Sample* sample;
  OwningOpRef<ModuleOp> module;
  std::vector<ir::ReferenceTensor> inputs, expected;
};

std::vector<Case> casesOf(MLIRContext& context, const std::string& op) {
  std::vector<Case> cases;
  for (const Sample* sample : samplesOf(op)) {
    if (sample->fused) continue;
    Case c{sample, parseModule(context, sample->text), {}, {}};
    if (!c.module) {
      ADD_FAILURE() << "does not parse: " << sample->text;
      continue;
    }
    c.inputs = drawInputs(*sample, mainOf(*c.module));
    auto expected = ir::evaluateFunction(mainOf(*c.module), c.inputs);
    if (failed(expected)) {
      ADD_FAILURE() << "has no reference evaluation: " << sample->name;
      continue;
    }
    c.expected = *std::move(expected);
    cases.push_back(std::move(c));
  }
  return cases;
}

absl::StatusOr<std::vector<ir::ReferenceTensor>> run(ArrayRef<Case> cases) {
  SmallVector<func::FuncOp> mains;
  std::vector<ir::ReferenceTensor> inputs;
  for (const Case& c : cases) {
    mains.push_back(mainOf(*const_cast<OwningOpRef<ModuleOp>&>(c.module)));
    inputs.insert(inputs.end(), c.inputs.begin(), c.inputs.end());
  }
  OwningOpRef<ModuleOp> merged = mergeFunctions(mains);
  return compileAndRun(*merged, inputs);
}

void compare(const Case& c, ArrayRef<ir::ReferenceTensor> actual) {
  for (auto [a, e] : llvm::zip_equal(actual, c.expected)) {
    double tolerance = c.sample->exact ? 0 : toleranceOf(e.type.getElementType());
    std::string wrong = difference(a, e, tolerance);
    EXPECT_TRUE(wrong.empty()) << c.sample->name << ": " << wrong;
  }
}

class CompiledOp : public ::testing::TestWithParam<std::string> {};

// Samples share programs, since each compilation has a fixed cost; when one does not compile, each
// of its samples is tried alone to name the culprits.
TEST_P(CompiledOp, AgreesWithTheReference) {
  constexpr size_t kBatch = 24;
  auto context = makeContext();
  std::vector<Case> cases = casesOf(*context, GetParam());
  for (size_t begin = 0; begin < cases.size(); begin += kBatch) {
    auto batch = ArrayRef(cases).slice(begin, std::min(kBatch, cases.size() - begin));
    auto results = run(batch);
    if (!results.ok()) {
      for (const Case& c : batch) {
        auto alone = run(ArrayRef(c));
        EXPECT_TRUE(alone.ok()) << c.sample->name << ": " << alone.status().message();
        if (alone.ok()) compare(c, *alone);
      }
      ADD_FAILURE() << "a batch does not compile: " << results.status().message();
      continue;
    }
    size_t next = 0;
    for (const Case& c : batch) {
      compare(c, ArrayRef(*results).slice(next, c.expected.size()));
      next += c.expected.size();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Ops, CompiledOp, ::testing::ValuesIn([] {
                           std::vector<std::string> ops = sampledOps();
                           // Made by the fusion pass, in every compiled program.
                           std::erase(ops, "launch");
                           return ops;
                         }()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace etch::testing
