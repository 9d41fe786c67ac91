#include "etch/tools/etch/builtin_models.h"

#include "etch/etch.h"
#include "etch/nn/models/bert.h"
#include "etch/nn/models/gpt.h"
#include "etch/nn/models/gpt2.h"
#include "etch/nn/models/lenet.h"
#include "etch/nn/models/mlp.h"
#include "etch/nn/models/mobilenet.h"
#include "etch/nn/models/resnet.h"
#include "etch/nn/models/vit.h"

namespace etch::tools {
namespace {

namespace F = nn::functional;
namespace models = nn::models;

using nn::ModelOptions;
using nn::ModelPrograms;

Tensor classification_loss(const Tensor& output, const Tensor& target) {
  int64_t classes = output.size(-1);
  return F::cross_entropy(output.reshape({-1, classes}), target.reshape({-1}));
}

template <typename Optimizer>
auto trained_by(typename Optimizer::Options options) {
  return [options](const std::vector<Tensor>& parameters) {
    return std::make_unique<Optimizer>(parameters, options);
  };
}

ModelPrograms xor_programs() {
  return nn::model_programs(
      nn::make<models::Mlp>({.sizes = {2, 8, 1}}),
      {.inputs = {spec(f32, {4, 2}, "x")},
       .target = spec(f32, {4, 1}, "target"),
       .loss = [](const Tensor& y, const Tensor& target) { return F::mse_loss(y, target); },
       .optimizer = trained_by<nn::optim::SGD>({.lr = 0.1})});
}

ModelPrograms mlp_programs() {
  return nn::model_programs(
      nn::make<models::Mlp>({.sizes = {784, 512, 512, 10}}),
      {.inputs = {spec(f32, {64, 784}, "x")},
       .target = spec(i64, {64}, "target"),
       .loss = classification_loss,
       .optimizer = trained_by<nn::optim::SGD>({.lr = 0.1, .momentum = 0.9})});
}

ModelPrograms lenet_programs() {
  return nn::model_programs(nn::make<models::LeNet>({}),
                            {.inputs = {spec(f32, {64, 1, 28, 28}, "images")},
                             .target = spec(i64, {64}, "target"),
                             .loss = classification_loss,
                             .optimizer = trained_by<nn::optim::Adam>({.lr = 1e-3})});
}

ModelPrograms tinygpt_programs() {
  return nn::model_programs(nn::make<models::Gpt>({.vocab = 256}),
                            {.inputs = {spec(i64, {8, 128}, "tokens")},
                             .target = spec(i64, {8, 128}, "target"),
                             .loss = classification_loss,
                             .optimizer = trained_by<nn::optim::AdamW>({.lr = 1e-3})});
}

// Of a language model: 128 ids to logits.
template <typename Net>
ModelPrograms language_programs() {
  return nn::model_programs(nn::make<Net>({}),
                            {.inputs = {spec(i64, {1, 128}, "tokens")},
                             .target = spec(i64, {1, 128}, "target"),
                             .loss = classification_loss,
                             .optimizer = trained_by<nn::optim::AdamW>({.lr = 1e-4})});
}

// Of images of 224 x 224.
template <typename Net>
ModelPrograms image_programs(nn::ModuleHandle<Net> net) {
  return nn::model_programs(net, {.inputs = {spec(f32, {1, 3, 224, 224}, "images")},
                                  .target = spec(i64, {1}, "target"),
                                  .loss = classification_loss,
                                  .optimizer = trained_by<nn::optim::SGD>(
                                      {.lr = 0.1, .momentum = 0.9, .weight_decay = 1e-4})});
}

}  // namespace

const std::vector<nn::RegisteredModel>& builtin_models() {
  static const std::vector<nn::RegisteredModel> all = {
      {"xor",
       "2-8-1 perceptron with ReLU, squared error, SGD; batch 4. Small enough to read whole.", "",
       xor_programs},
      {"mlp", "784-512-512-10 perceptron with ReLU, cross entropy, SGD with momentum; batch 64", "",
       mlp_programs},
      {"lenet", "two convolutions with BatchNorm and two linear layers, Adam; 64 images of 28 x 28",
       "", lenet_programs},
      {"tinygpt",
       "GPT of 4 blocks, width 128, 4 heads, context 128, vocabulary 256; AdamW; batch 8", "",
       tinygpt_programs},
      {"gpt2", "GPT-2 of 124 million parameters, Hugging Face's names; AdamW; batch 1, 128 tokens",
       "", language_programs<models::Gpt2>},
      {"bert_base", "BERT base for masked words, Hugging Face's names; AdamW; batch 1, 128 tokens",
       "", language_programs<models::BertForMaskedLM>},
      {"resnet18", "ResNet-18, torchvision's names; SGD with momentum; one image of 224 x 224", "",
       [] { return image_programs(nn::make<models::ResNet>(models::resnet18())); }},
      {"resnet50", "ResNet-50, as resnet18", "",
       [] { return image_programs(nn::make<models::ResNet>(models::resnet50())); }},
      {"mobilenet_v2", "MobileNetV2, as resnet18", "",
       [] { return image_programs(nn::make<models::MobileNetV2>({})); }},
      {"vit_b_16", "Vision transformer of 16 x 16 patches, as resnet18", "",
       [] { return image_programs(nn::make<models::Vit>({})); }},
  };
  return all;
}

}  // namespace etch::tools
