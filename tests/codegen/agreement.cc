#include "etch/tests/codegen/agreement.h"

#include <gtest/gtest.h>

#include "etch/codegen/compiler.h"
#include "etch/codegen/schedule/kernel.h"
#include "etch/tests/ops/compiled.h"
#include "etch/tests/ops/difference.h"
#include "etch/tests/ops/sample.h"
#include "mlir/Parser/Parser.h"

namespace etch::testing {

using namespace mlir;

FailureOr<ReferenceRun> runReference(ModuleOp module) {
  func::FuncOp main = *module.getOps<func::FuncOp>().begin();
  Random random(7);
  auto inputs = drawTensors(main.getArgumentTypes(), {-1, 1}, random);
  FailureOr<Expected> expected = expect(main, inputs, {}, 0);
  if (failed(expected)) return failure();
  return ReferenceRun{std::move(inputs), *std::move(expected)};
}

void expectAgreement(const std::string& text, const std::string& target, double tolerance) {
  auto context = makeContext();
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, context.get());
  ASSERT_TRUE(module) << text;
  auto reference = runReference(*module);
  ASSERT_TRUE(succeeded(reference)) << text;
  const auto& [inputs, expected] = *reference;
  auto actual = compileAndRun(*module, inputs, target);
  ASSERT_TRUE(actual.ok()) << actual.status().ToString() << "\n" << text;
  ASSERT_EQ(actual->size(), expected.values.size());
  for (size_t i = 0; i < actual->size(); ++i)
    EXPECT_EQ(difference((*actual)[i], expected.values[i], tolerance, expected.slack[i]), "")
        << "target '" << target << "'\n"
        << text;
}

int64_t mostPieces(const std::string& text, const std::string& target) {
  auto context = makeContext();
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, context.get());
  auto schedule = codegen::dumpStage(*module, "schedule", {.target_features = target});
  EXPECT_TRUE(schedule.ok()) << schedule.status();
  int64_t most = 0;
  for (auto kernel : module->getOps<func::FuncOp>())
    if (auto pieces = kernel->getAttrOfType<IntegerAttr>(codegen::kPiecesAttr))
      most = std::max(most, pieces.getInt());
  return most;
}

}  // namespace etch::testing
