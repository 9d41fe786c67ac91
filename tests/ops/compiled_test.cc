// Every op as compiled for this machine, against the reference evaluator.
#include "etch/tests/ops/compiled.h"

#include <gtest/gtest.h>

#include <tuple>

#include "etch/ir/dialect.h"
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

// Every `step`-th case.
std::vector<Case> casesOf(MLIRContext& context, const std::string& op, size_t step) {
  std::vector<Case> cases;
  size_t next = 0;
  for (const Sample* sample : samplesOf(op)) {
    if (sample->fused || next++ % step != 0) continue;
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

absl::StatusOr<std::vector<ir::ReferenceTensor>> run(ArrayRef<Case> cases,
                                                     const std::string& target) {
  SmallVector<func::FuncOp> mains;
  std::vector<ir::ReferenceTensor> inputs;
  for (const Case& c : cases) {
    mains.push_back(mainOf(*const_cast<OwningOpRef<ModuleOp>&>(c.module)));
    inputs.insert(inputs.end(), c.inputs.begin(), c.inputs.end());
  }
  OwningOpRef<ModuleOp> merged = mergeFunctions(mains);
  return compileAndRun(*merged, inputs, target);
}

void compare(const Case& c, ArrayRef<ir::ReferenceTensor> actual) {
  for (auto [a, e] : llvm::zip_equal(actual, c.expected)) {
    double tolerance = c.sample->exact ? 0 : toleranceOf(e.type.getElementType());
    std::string wrong = difference(a, e, tolerance);
    EXPECT_TRUE(wrong.empty()) << c.sample->name << ": " << wrong;
  }
}

// What the machine is limited to: each is a path of its own through the code generator. The lesser
// ones see every fifth sample, which meets every element type and every shape of most ops.
struct TargetLimit {
  const char* name;
  const char* features;
  size_t step;
};
void PrintTo(const TargetLimit& target, std::ostream* os) { *os << target.name; }
constexpr TargetLimit kTargets[] = {
    {"Host", "", 1}, {"Avx2", "-avx512f", 5}, {"Baseline", "-avx512f,-avx2,-fma,-avx", 5}};

class CompiledOp : public ::testing::TestWithParam<std::tuple<TargetLimit, std::string>> {};

// Samples share programs, since each compilation has a fixed cost; when one does not compile, each
// of its samples is tried alone to name the culprits.
TEST_P(CompiledOp, AgreesWithTheReference) {
  constexpr size_t kBatch = 24;
  const auto& [target, op] = GetParam();
  auto context = makeContext();
  std::vector<Case> cases = casesOf(*context, op, target.step);
  for (size_t begin = 0; begin < cases.size(); begin += kBatch) {
    auto batch = ArrayRef(cases).slice(begin, std::min(kBatch, cases.size() - begin));
    auto results = run(batch, target.features);
    if (!results.ok()) {
      for (const Case& c : batch) {
        auto alone = run(ArrayRef(c), target.features);
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

std::vector<std::string> compilableOps() {
  std::vector<std::string> ops = sampledOps();
  std::erase(ops, "launch");  // made by the fusion pass, in every compiled program
  return ops;
}

INSTANTIATE_TEST_SUITE_P(Ops, CompiledOp,
                         ::testing::Combine(::testing::ValuesIn(kTargets),
                                            ::testing::ValuesIn(compilableOps())),
                         [](const auto& info) {
                           return std::get<0>(info.param).name + std::string("_") +
                                  std::get<1>(info.param);
                         });

}  // namespace
}  // namespace etch::testing
