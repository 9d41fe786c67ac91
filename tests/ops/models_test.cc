// Models as users write them, traced with their training steps: compiled against the reference
// evaluator, result by result, cells included.
#include <gtest/gtest.h>

#include <cmath>
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
      inputs.push_back(drawTensor(
          tensorType,
          is_floating(info.dtype) ? Domain{} : Domain{0, static_cast<double>(classes - 1)},
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

// Running statistics, masks and maxima beside products: what convolutional networks are made of.
struct ConvNet : nn::Module {
  nn::Child<nn::Conv2d> conv{this, "conv", {.in_channels = 2, .out_channels = 6, .kernel_size = 3}};
  nn::Child<nn::BatchNorm2d> norm{this, "norm", {.num_features = 6, .momentum = std::nullopt}};
  nn::Child<nn::MaxPool2d> pool{this, "pool", 2};
  nn::Child<nn::Dropout2d> channels{this, "channels", 0.25};
  nn::Child<nn::BatchNorm1d> norm1{this, "norm1", 6};
  nn::Child<nn::Dropout> drop{this, "drop", 0.5};
  nn::Child<nn::Linear> head{this, "head", {.in_features = 6, .out_features = 5}};
  Tensor forward(Tensor x) {
    x = channels(pool(F::relu(norm(conv(x)))));
    return head(drop(norm1(F::global_avg_pool(x))));
  }
};

TEST(Models, ConvNetTrainsAsTheReferenceSays) {
  manual_seed(4);
  auto net = nn::make<ConvNet>();
  nn::optim::SGD sgd(net->parameters(), {.lr = 0.1, .momentum = 0.9});
  expectAgreement(traceStep(net, sgd, spec(f32, {7, 2, 8, 9}), spec(i64, {7})), 5);
}

// Gradients, statistics and masks do not depend on who computes what.
TEST(Models, ConvNetTrainsAlikeOnOneThreadAndTwo) {
  auto train = [](int threads) {
    manual_seed(4);
    auto net = nn::make<ConvNet>();
    nn::optim::SGD sgd(net->parameters(), {.lr = 0.1, .momentum = 0.9});
    auto step = compile(
        [&](Tensor x, Tensor target) {
          sgd.zero_grad();
          Tensor loss = F::cross_entropy(net(x), target);
          loss.backward();
          sgd.step();
          return loss;
        },
        {.num_threads = threads});
    Tensor x = randn({7, 2, 8, 9}), target = randint(0, 5, {7});
    std::vector<float> all;
    for (int i = 0; i < 3; ++i) all.push_back(step(x, target).item<float>());
    for (auto& [name, value] : net->state_dict())
      for (int64_t i = 0; i < value.numel(); ++i)
        all.push_back(static_cast<float>(value.view().at(i)));
    return all;
  };
  std::vector<float> one = train(1), two = train(2);
  ASSERT_EQ(one.size(), two.size());
  for (size_t i = 0; i < one.size(); ++i)
    EXPECT_NEAR(one[i], two[i], 2e-5 * (1 + std::abs(one[i])));
}

TEST(Models, GptTrainsAsTheReferenceSays) {
  manual_seed(2);
  auto net = nn::make<nn::models::Gpt>(
      {.vocab = 19, .context = 12, .dim = 16, .heads = 2, .layers = 2, .dropout = 0.1});
  nn::optim::AdamW adam(net->parameters(), {.lr = 1e-3});
  expectAgreement(traceStep(net, adam, spec(i64, {3, 12}), spec(i64, {3, 12})), 19);
}

TEST(Models, StackedLstmsTrainAsTheReferenceSays) {
  struct Reader : nn::Module {
    nn::Child<nn::LSTM> lstm{this,
                             "lstm",
                             {.input_size = 5,
                              .hidden_size = 9,
                              .num_layers = 2,
                              .dropout = 0.2,
                              .bidirectional = true}};
    nn::Child<nn::Linear> head{this, "head", {.in_features = 18, .out_features = 4}};
    Tensor forward(Tensor x) { return head(lstm(x).first); }
  };
  manual_seed(4);
  auto net = nn::make<Reader>();
  nn::optim::SGD sgd(net->parameters(), {.lr = 0.1});
  expectAgreement(traceStep(net, sgd, spec(f32, {7, 3, 5}), spec(i64, {7, 3})), 4);
}

// All that a step carries to the next one beside parameters: running statistics, random states, and
// what a recurrent layer remembers.
struct Tagger : nn::Module {
  nn::Child<nn::BatchNorm1d> norm{this, "norm", 6};
  nn::Child<nn::LSTM> lstm{this, "lstm", {.input_size = 6, .hidden_size = 8}};
  nn::Buffer h{this, "h", zeros({1, 4, 8})}, c{this, "c", zeros({1, 4, 8})};
  nn::Child<nn::Dropout> drop{this, "drop", 0.3};
  nn::Child<nn::Linear> head{this, "head", {.in_features = 8, .out_features = 5}};
  Tensor forward(Tensor x) {  // [t, 4, 6]
    x = norm(x.reshape({-1, 6})).reshape(x.shape());
    auto [y, last] = lstm(x, nn::LstmState{h, c});
    h = last.h.detach();
    c = last.c.detach();
    return head(drop(y));
  }
};

TEST(Models, StatisticsMasksAndMemoryTrainAsTheReferenceSays) {
  manual_seed(6);
  auto net = nn::make<Tagger>();
  nn::optim::Adam adam(net->parameters(), {.lr = 1e-2});
  expectAgreement(traceStep(net, adam, spec(f32, {7, 4, 6}), spec(i64, {7, 4})), 5);
}

TEST(Models, StatisticsMasksAndMemoryAreAlikeOnOneThreadAndTwo) {
  auto train = [](int threads) {
    manual_seed(6);
    auto net = nn::make<Tagger>();
    nn::optim::Adam adam(net->parameters(), {.lr = 1e-2});
    auto step = compile(
        [&](Tensor x, Tensor target) {
          adam.zero_grad();
          Tensor loss = F::cross_entropy(net(x).reshape({-1, 5}), target);
          loss.backward();
          adam.step();
          return loss;
        },
        {.num_threads = threads});
    Tensor x = randn({7, 4, 6}), target = randint(0, 5, {28});
    std::vector<float> all;
    for (int i = 0; i < 4; ++i) all.push_back(step(x, target).item<float>());
    for (auto& [name, value] : net->state_dict())
      for (int64_t i = 0; i < value.numel(); ++i)
        all.push_back(static_cast<float>(value.view().at(i)));
    EXPECT_NE(net->h.view().at(0), 0);
    return all;
  };
  std::vector<float> one = train(1), two = train(2);
  ASSERT_EQ(one.size(), two.size());
  for (size_t i = 0; i < one.size(); ++i)
    EXPECT_NEAR(one[i], two[i], 2e-5 * (1 + std::abs(one[i])));
}

TEST(Models, GptPredictsAsTheReferenceSays) {
  manual_seed(3);
  auto net = nn::make<nn::models::Gpt>(
      {.vocab = 19, .context = 64, .dim = 64, .heads = 4, .layers = 3, .dropout = 0.1});
  net->eval();
  expectAgreement(trace([&](Tensor ids) { return softmax(net(ids), -1); }, {spec(i64, {2, 50})}),
                  19);
}

}  // namespace
}  // namespace etch::testing
