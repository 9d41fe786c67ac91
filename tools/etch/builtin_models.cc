#include "etch/tools/etch/builtin_models.h"

#include <algorithm>

#include "etch/nn/models/bert.h"
#include "etch/nn/models/gpt.h"
#include "etch/nn/models/gpt2.h"
#include "etch/nn/models/mlp.h"
#include "etch/nn/models/mobilenet.h"
#include "etch/nn/models/resnet.h"
#include "etch/nn/models/vit.h"
#include "etch/tools/etch/closest_match.h"

namespace etch::tools {
namespace {

namespace F = nn::functional;

using Names = std::vector<std::string>;
using Programs = absl::StatusOr<std::vector<Program>>;
using Loss = Tensor (*)(const Tensor& output, const Tensor& target);

Tensor classification_loss(const Tensor& output, const Tensor& target) {
  int64_t classes = output.size(-1);
  return F::cross_entropy(output.reshape({-1, classes}), target.reshape({-1}));
}

Tensor regression_loss(const Tensor& output, const Tensor& target) {
  return F::mse_loss(output, target);
}

// A model's predict program, or its training step with `optimizer`.
template <typename Net, typename Optimizer>
absl::StatusOr<Program> trace_program(const std::string& program, Net& net, Optimizer& optimizer,
                                      const TensorSpec& x, const TensorSpec& target, Loss loss_of) {
  net->train(program != "predict");
  if (program == "predict") return trace([&](Tensor input) { return net(input); }, {x});
  return trace(
      [&](Tensor input, Tensor wanted) {
        optimizer.zero_grad();
        Tensor loss = loss_of(net(input), wanted);
        loss.backward();
        optimizer.step();
        return loss;
      },
      {x, target});
}

// Several over one state.
template <typename Net, typename Optimizer>
Programs trace_model(const Names& names, Net net, Optimizer& optimizer, const TensorSpec& x,
                     const TensorSpec& target, Loss loss_of) {
  std::vector<Program> programs;
  for (const std::string& name : names) {
    auto program = trace_program(name, net, optimizer, x, target, loss_of);
    if (!program.ok()) return program.status();
    programs.push_back(*std::move(program));
  }
  return programs;
}

Programs trace_xor(const Names& programs) {
  auto net = nn::make<nn::models::Mlp>({.sizes = {2, 8, 1}});
  nn::optim::SGD sgd(net->parameters(), {.lr = 0.1});
  return trace_model(programs, net, sgd, spec(f32, {4, 2}, "x"), spec(f32, {4, 1}, "target"),
                     regression_loss);
}

Programs trace_mlp(const Names& programs) {
  auto net = nn::make<nn::models::Mlp>({.sizes = {784, 512, 512, 10}});
  nn::optim::SGD sgd(net->parameters(), {.lr = 0.1, .momentum = 0.9});
  return trace_model(programs, net, sgd, spec(f32, {64, 784}, "x"), spec(i64, {64}, "target"),
                     classification_loss);
}

Programs trace_tinygpt(const Names& programs) {
  auto net = nn::make<nn::models::Gpt>({.vocab = 256});
  nn::optim::AdamW adam(net->parameters(), {.lr = 1e-3});
  return trace_model(programs, net, adam, spec(i64, {8, 128}, "tokens"),
                     spec(i64, {8, 128}, "target"), classification_loss);
}

// Of a language model: 128 ids to logits.
template <typename Net>
Programs trace_language_model(const Names& programs, Net net) {
  nn::optim::AdamW adam(net->parameters(), {.lr = 1e-4});
  return trace_model(programs, net, adam, spec(i64, {1, 128}, "tokens"),
                     spec(i64, {1, 128}, "target"), classification_loss);
}

Programs trace_gpt2(const Names& programs) {
  return trace_language_model(programs, nn::make<nn::models::Gpt2>({}));
}

Programs trace_bert(const Names& programs) {
  return trace_language_model(programs, nn::make<nn::models::BertForMaskedLM>({}));
}

// Of images of 224 x 224.
template <typename Net>
Programs trace_image_model(const Names& programs, Net net) {
  nn::optim::SGD sgd(net->parameters(), {.lr = 0.1, .momentum = 0.9, .weight_decay = 1e-4});
  return trace_model(programs, net, sgd, spec(f32, {1, 3, 224, 224}, "images"),
                     spec(i64, {1}, "target"), classification_loss);
}

Programs trace_resnet18(const Names& programs) {
  return trace_image_model(programs, nn::make<nn::models::ResNet>(nn::models::resnet18()));
}

Programs trace_resnet50(const Names& programs) {
  return trace_image_model(programs, nn::make<nn::models::ResNet>(nn::models::resnet50()));
}

Programs trace_mobilenet_v2(const Names& programs) {
  return trace_image_model(programs, nn::make<nn::models::MobileNetV2>({}));
}

Programs trace_vit_b_16(const Names& programs) {
  return trace_image_model(programs, nn::make<nn::models::Vit>({}));
}

}  // namespace

const std::vector<BuiltinModel>& builtin_models() {
  static const std::vector<BuiltinModel> models = {
      {"xor",
       "2-8-1 perceptron with ReLU, squared error, SGD; batch 4. Small enough to read whole.",
       trace_xor},
      {"mlp", "784-512-512-10 perceptron with ReLU, cross entropy, SGD with momentum; batch 64",
       trace_mlp},
      {"tinygpt",
       "GPT of 4 blocks, width 128, 4 heads, context 128, vocabulary 256; AdamW; batch 8",
       trace_tinygpt},
      {"gpt2", "GPT-2 of 124 million parameters, Hugging Face's names; AdamW; batch 1, 128 tokens",
       trace_gpt2},
      {"bert", "BERT base for masked words, Hugging Face's names; AdamW; batch 1, 128 tokens",
       trace_bert},
      {"resnet18", "ResNet-18, torchvision's names; SGD with momentum; one image of 224 x 224",
       trace_resnet18},
      {"resnet50", "ResNet-50, as resnet18", trace_resnet50},
      {"mobilenet_v2", "MobileNetV2, as resnet18", trace_mobilenet_v2},
      {"vit_b_16", "Vision transformer of 16 x 16 patches, as resnet18", trace_vit_b_16},
  };
  return models;
}

const std::vector<std::string>& builtin_programs() {
  static const std::vector<std::string> programs = {"predict", "train_step"};
  return programs;
}

absl::StatusOr<std::vector<Program>> trace_builtin(const std::string& model,
                                                   const std::vector<std::string>& programs) {
  const auto& known = builtin_programs();
  for (const std::string& program : programs)
    if (std::find(known.begin(), known.end(), program) == known.end())
      return absl::NotFoundError(unknown_name_message("program", "programs", program, known));
  std::vector<std::string> names;
  for (const BuiltinModel& candidate : builtin_models()) {
    if (candidate.name == model) return candidate.trace(programs);
    names.push_back(candidate.name);
  }
  return absl::NotFoundError(unknown_name_message("model", "models", model, names));
}

absl::StatusOr<Program> trace_builtin(const std::string& model, const std::string& program) {
  auto programs = trace_builtin(model, std::vector<std::string>{program});
  if (!programs.ok()) return programs.status();
  return std::move(programs->front());
}

}  // namespace etch::tools
