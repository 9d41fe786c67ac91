// Models as users write them, traced with their training steps: compiled against the reference
// evaluator, result by result, cells included.
#include <gtest/gtest.h>

#include <cstring>

#include "etch/etch.h"
#include "etch/ir/dialect.h"
#include "etch/nn/models/gpt.h"
#include "etch/nn/models/mlp.h"
#include "etch/tests/ops/compiled.h"
#include "etch/tests/ops/difference.h"
#include "etch/tests/ops/sample.h"

namespace etch::testing {
namespace {

namespace F = nn::functional;

// What the program gets: arguments drawn at random (`classes` bounds integers), cells as they are,
// gradient slots zero.
std::vector<ir::ReferenceTensor> inputsOf(const Program& program, mlir::func::FuncOp main,
                                          int64_t classes) {
  Random random("models");
  std::vector<ir::ReferenceTensor> inputs;
  for (auto [info, type] : llvm::zip_equal(program.inputs(), main.getArgumentTypes())) {
    auto tensorType = mlir::cast<mlir::RankedTensorType>(type);
    if (info.kind == runtime::ValueKind::kState)
      inputs.push_back(ir::fromBytes(tensorType, program.state(info.path).view().data));
    else if (info.kind == runtime::ValueKind::kArgument)
      inputs.push_back(drawTensor(tensorType,
                                  is_floating(info.dtype)
                                      ? Domain{}
                                      : Domain{0, static_cast<double>(classes - 1)},
                                  random));
    else
      inputs.push_back(ir::ReferenceTensor::zeros(tensorType));
  }
  return inputs;
}

void expectAgreement(const absl::StatusOr<Program>& program, int64_t classes) {
  ASSERT_TRUE(program.ok()) << program.status().message();
  auto context = makeContext();
  auto module = parseModule(*context, program->mlir_text());
  ASSERT_TRUE(module);
  auto inputs = inputsOf(*program, mainOf(*module), classes);
  auto expected = expect(mainOf(*module), inputs, {});
  ASSERT_TRUE(succeeded(expected));
  auto results = compileAndRun(*module, inputs);
  ASSERT_TRUE(results.ok()) << results.status().message();
  ASSERT_EQ(results->size(), expected->values.size());
  for (size_t i = 0; i < results->size(); ++i) {
    const runtime::ValueInfo& info = program->results()[i];
    EXPECT_EQ(difference((*results)[i], expected->values[i], 2e-5, expected->slack[i]), "")
        << info.name << " " << info.path;
  }
}

template <typename Net, typename Optimizer>
absl::StatusOr<Program> traceStep(Net& net, Optimizer& optimizer, TensorSpec x, TensorSpec target) {
  return trace(
      [&](Tensor input, Tensor wanted) {
        optimizer.zero_grad();
        Tensor output = net(input);
        Tensor loss = F::cross_entropy(output.reshape({-1, output.size(-1)}), wanted.reshape({-1}));
        loss.backward();
        nn::utils::clip_grad_norm_(net->parameters(), 1.0);
        optimizer.step();
        return loss;
      },
      {std::move(x), std::move(target)});
}

TEST(Models, MlpTrainsAsTheReferenceSays) {
  manual_seed(1);
  auto net = nn::make<nn::models::Mlp>({.sizes = {13, 24, 7}});
  nn::optim::SGD sgd(net->parameters(), {.lr = 0.1, .momentum = 0.9});
  expectAgreement(traceStep(net, sgd, spec(f32, {9, 13}), spec(i64, {9})), 7);
}

TEST(Models, GptTrainsAsTheReferenceSays) {
  manual_seed(2);
  auto net = nn::make<nn::models::Gpt>(
      {.vocab = 19, .context = 12, .dim = 16, .heads = 2, .layers = 2, .dropout = 0.1});
  nn::optim::AdamW adam(net->parameters(), {.lr = 1e-3});
  expectAgreement(traceStep(net, adam, spec(i64, {3, 12}), spec(i64, {3, 12})), 19);
}

TEST(Models, GptPredictsAsTheReferenceSays) {
  manual_seed(3);
  auto net = nn::make<nn::models::Gpt>(
      {.vocab = 19, .context = 64, .dim = 64, .heads = 4, .layers = 3, .dropout = 0.1});
  net->eval();
  expectAgreement(
      trace([&](Tensor ids) { return softmax(net(ids), -1); }, {spec(i64, {2, 50})}), 19);
}

}  // namespace
}  // namespace etch::testing
