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
absl::StatusOr<Program> trace_model(const std::string& program, Net net, Optimizer& optimizer,
                                    TensorSpec x, TensorSpec target, Loss loss_of) {
  if (program == "predict") {
    net->eval();
    return trace([&](Tensor input) { return net(input); }, {std::move(x)});
  }
  return trace(
      [&](Tensor input, Tensor wanted) {
        optimizer.zero_grad();
        Tensor loss = loss_of(net(input), wanted);
        loss.backward();
        optimizer.step();
        return loss;
      },
      {std::move(x), std::move(target)});
}

absl::StatusOr<Program> trace_xor(const std::string& program) {
  auto net = nn::make<nn::models::Mlp>({.sizes = {2, 8, 1}});
  nn::optim::SGD sgd(net->parameters(), {.lr = 0.1});
  return trace_model(program, net, sgd, spec(f32, {4, 2}, "x"), spec(f32, {4, 1}, "target"),
                     regression_loss);
}

absl::StatusOr<Program> trace_mlp(const std::string& program) {
  auto net = nn::make<nn::models::Mlp>({.sizes = {784, 512, 512, 10}});
  nn::optim::SGD sgd(net->parameters(), {.lr = 0.1, .momentum = 0.9});
  return trace_model(program, net, sgd, spec(f32, {64, 784}, "x"), spec(i64, {64}, "target"),
                     classification_loss);
}

absl::StatusOr<Program> trace_tinygpt(const std::string& program) {
  auto net = nn::make<nn::models::Gpt>({.vocab = 256});
  nn::optim::AdamW adam(net->parameters(), {.lr = 1e-3});
  return trace_model(program, net, adam, spec(i64, {8, 128}, "tokens"),
                     spec(i64, {8, 128}, "target"), classification_loss);
}

// Of a language model: 128 ids to logits.
template <typename Net>
absl::StatusOr<Program> trace_language_model(const std::string& program, Net net) {
  nn::optim::AdamW adam(net->parameters(), {.lr = 1e-4});
  return trace_model(program, net, adam, spec(i64, {1, 128}, "tokens"),
                     spec(i64, {1, 128}, "target"), classification_loss);
}

absl::StatusOr<Program> trace_gpt2(const std::string& program) {
  return trace_language_model(program, nn::make<nn::models::Gpt2>({}));
}

absl::StatusOr<Program> trace_bert(const std::string& program) {
  return trace_language_model(program, nn::make<nn::models::BertForMaskedLM>({}));
}

// Of images of 224 x 224.
template <typename Net>
absl::StatusOr<Program> trace_image_model(const std::string& program, Net net) {
  nn::optim::SGD sgd(net->parameters(), {.lr = 0.1, .momentum = 0.9, .weight_decay = 1e-4});
  return trace_model(program, net, sgd, spec(f32, {1, 3, 224, 224}, "images"),
                     spec(i64, {1}, "target"), classification_loss);
}

absl::StatusOr<Program> trace_resnet18(const std::string& program) {
  return trace_image_model(program, nn::make<nn::models::ResNet>(nn::models::resnet18()));
}

absl::StatusOr<Program> trace_resnet50(const std::string& program) {
  return trace_image_model(program, nn::make<nn::models::ResNet>(nn::models::resnet50()));
}

absl::StatusOr<Program> trace_mobilenet_v2(const std::string& program) {
  return trace_image_model(program, nn::make<nn::models::MobileNetV2>({}));
}

absl::StatusOr<Program> trace_vit_b_16(const std::string& program) {
  return trace_image_model(program, nn::make<nn::models::Vit>({}));
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

absl::StatusOr<Program> trace_builtin(const std::string& model, const std::string& program) {
  const auto& programs = builtin_programs();
  if (std::find(programs.begin(), programs.end(), program) == programs.end())
    return absl::NotFoundError(unknown_name_message("program", "programs", program, programs));
  std::vector<std::string> names;
  for (const BuiltinModel& candidate : builtin_models()) {
    if (candidate.name == model) return candidate.trace(program);
    names.push_back(candidate.name);
  }
  return absl::NotFoundError(unknown_name_message("model", "models", model, names));
}

}  // namespace etch::tools
