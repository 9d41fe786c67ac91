// The models of nn/models against PyTorch (tests/golden/zoo.py), and the sizes and names of the
// published ones.
#include "etch/tests/golden/zoo.h"

#include "etch/etch.h"
#include "etch/nn/models/bert.h"
#include "etch/nn/models/gpt.h"
#include "etch/nn/models/gpt2.h"
#include "etch/nn/models/mobilenet.h"
#include "etch/nn/models/resnet.h"
#include "etch/nn/models/vit.h"
#include "etch/tests/golden/golden.h"
#include "testing.h"

namespace etch::nn {
namespace {

using etch::testing::expect_close;
using etch::testing::fill_by_name;
using etch::testing::Golden;
using ::testing::HasSubstr;

const Golden& golden() {
  static const Golden values("zoo");
  return values;
}

// A module with the weights of zoo.py, in eval mode.
template <typename M>
ModuleHandle<M> filled(ModuleHandle<M> net, DType dtype) {
  net->to(dtype);
  fill_by_name(*net);
  net->eval();
  return net;
}

constexpr models::Gpt2Options kTinyGpt2 = {
    .vocab = 50, .context = 12, .dim = 16, .heads = 2, .layers = 2};
constexpr models::BertOptions kTinyBert = {.vocab = 40,
                                           .context = 9,
                                           .segments = 2,
                                           .dim = 16,
                                           .heads = 2,
                                           .layers = 2,
                                           .intermediate = 24};

class Zoo : public ::testing::TestWithParam<DType> {
 protected:
  double tolerance() const { return GetParam() == f64 ? 1e-9 : 1e-4; }
};
INSTANTIATE_TEST_SUITE_P(Dtypes, Zoo, ::testing::Values(f64, f32),
                         [](const auto& info) { return std::string(dtype_name(info.param)); });

TEST_P(Zoo, Gpt2EqualsPyTorch) {
  auto net = filled(make<models::Gpt2>(kTinyGpt2), GetParam());
  expect_close(net(golden().tensor("gpt2", "ids")), golden().tensor("gpt2", "y"), tolerance());
}

TEST_P(Zoo, BertEqualsPyTorch) {
  auto net = filled(make<models::Bert>(kTinyBert), GetParam());
  Tensor ids = golden().tensor("bert", "ids");
  auto seen = net(ids, golden().tensor("bert", "mask"), golden().tensor("bert", "types"));
  expect_close(seen.last_hidden_state, golden().tensor("bert", "hidden"), tolerance());
  expect_close(*seen.pooler_output, golden().tensor("bert", "pooled"), tolerance());
  expect_close(net(ids).last_hidden_state, golden().tensor("bert", "plain"), tolerance());

  auto lm = filled(make<models::BertForMaskedLM>(kTinyBert), GetParam());
  expect_close(lm(ids, golden().tensor("bert", "mask"), golden().tensor("bert", "types")),
               golden().tensor("bert_lm", "y"), tolerance());
}

// The small configurations of zoo.py.
constexpr int64_t kClasses = 10;

ModuleHandle<models::ResNet> small_resnet(bool bottleneck) {
  return make<models::ResNet>(
      {.layers = bottleneck ? std::vector<int64_t>{1, 1, 1, 1} : std::vector<int64_t>{2, 2, 2, 2},
       .bottleneck = bottleneck,
       .num_classes = kClasses,
       .width = bottleneck ? 4 : 8});
}

ModuleHandle<models::MobileNetV2> small_mobilenet() {
  return make<models::MobileNetV2>(
      {.num_classes = kClasses, .width = 0.25, .stages = {{1, 16, 1, 1}, {6, 24, 2, 2}}});
}

ModuleHandle<models::Vit> small_vit() {
  return make<models::Vit>({.image_size = 16,
                            .patch_size = 4,
                            .layers = 2,
                            .heads = 2,
                            .dim = 16,
                            .mlp_dim = 32,
                            .num_classes = kClasses});
}

template <typename M>
void expect_image_model(ModuleHandle<M> net, const std::string& name, DType dtype,
                        double tolerance) {
  net = filled(net, dtype);
  expect_close(net(golden().tensor(name, "x", dtype)), golden().tensor(name, "y"), tolerance, name);
}

TEST_P(Zoo, ImageModelsEqualTorchvisions) {
  expect_image_model(small_resnet(false), "resnet18", GetParam(), tolerance());
  expect_image_model(small_resnet(true), "resnet_bottleneck", GetParam(), tolerance());
  expect_image_model(small_mobilenet(), "mobilenet_v2", GetParam(), tolerance());
  expect_image_model(small_vit(), "vit", GetParam(), tolerance());
}

// One compiled step in train mode: the loss, every gradient's norm and some gradients whole, and
// the running statistics that it leaves.
TEST(ZooTraining, ResNet18EqualsTorchvisions) {
  auto net = filled(small_resnet(false), f64);
  net->train();
  optim::SGD sgd(net->parameters(), {.lr = 0});
  std::vector<std::string> names = golden().keys("resnet18", "grad.");
  auto step = compile([&](Tensor x, Tensor target) {
    sgd.zero_grad();
    Tensor loss = functional::cross_entropy(net(x), target);
    loss.backward();
    std::vector<Tensor> norms, results = {loss};
    for (const Tensor& p : net->parameters()) norms.push_back(sqrt(sum(square(p.grad()))));
    results.push_back(stack(norms));
    for (const std::string& name : names)
      results.push_back(net->find_parameter(name.substr(5)).grad() * 1.0);
    return results;
  });
  std::vector<Tensor> results =
      step(golden().tensor("resnet18", "x"), Tensor::from_data<int64_t>({0, 3, 6}, {3}));
  expect_close(results[0], golden().tensor("resnet18", "loss"), 1e-9);
  expect_close(results[1], golden().tensor("resnet18", "grad_norms"), 1e-8);
  for (size_t i = 0; i < names.size(); ++i)
    expect_close(results[i + 2], golden().tensor("resnet18", names[i]), 1e-8, names[i]);
  StateDict state = net->state_dict();
  for (const std::string& key : golden().keys("resnet18", "buffer."))
    expect_close(state.at(key.substr(7)), golden().tensor("resnet18", key), 1e-9, key);
  EXPECT_EQ(state.at("bn1.num_batches_tracked").item<int64_t>(), 1);
}

// Names that the published files have.
void expect_names(const Module& net, std::initializer_list<const char*> names) {
  StateDict state = net.state_dict();
  for (const char* name : names) EXPECT_TRUE(state.contains(name)) << name;
}

TEST(ZooNames, OfGpt2AreHuggingFaces) {
  auto net = make<models::Gpt2>(kTinyGpt2);
  expect_names(*net,
               {"transformer.wte.weight", "transformer.wpe.weight", "transformer.h.0.ln_1.weight",
                "transformer.h.1.attn.c_attn.weight", "transformer.h.0.attn.c_proj.bias",
                "transformer.h.0.mlp.c_fc.weight", "transformer.h.1.mlp.c_proj.weight",
                "transformer.ln_f.bias", "lm_head.weight"});
  EXPECT_EQ(net->state_dict().size(), 2u + 2 * 12 + 2 + 1);
  EXPECT_EQ(net->transformer->h[0]->attn->c_attn->weight.shape(), Shape({16, 48}));

  // A file as published: mask buffers, no "transformer.", no head.
  StateDict file;
  for (const auto& [name, value] : net->state_dict().snapshot())
    if (name != "lm_head.weight") file.insert(name, value);
  file = file.without_prefix("transformer.");
  file.insert("h.0.attn.bias", ones({1, 1, 12, 12}, u8));
  file.insert("h.1.attn.masked_bias", ones({}));
  EXPECT_TRUE(make<models::Gpt2>(kTinyGpt2)->load_state_dict(models::gpt2_state(file)).ok());
}

TEST(ZooNames, OfBertAreHuggingFaces) {
  auto net = make<models::BertForMaskedLM>(kTinyBert);
  expect_names(*net, {"bert.embeddings.word_embeddings.weight", "bert.embeddings.LayerNorm.weight",
                      "bert.encoder.layer.0.attention.self.query.weight",
                      "bert.encoder.layer.1.attention.output.LayerNorm.bias",
                      "bert.encoder.layer.0.intermediate.dense.weight",
                      "bert.encoder.layer.0.output.dense.bias", "cls.predictions.bias",
                      "cls.predictions.transform.LayerNorm.weight",
                      "cls.predictions.decoder.weight", "cls.predictions.decoder.bias"});
  StateDict file;
  for (const auto& [name, value] : net->state_dict().snapshot()) {
    std::string old = name;
    if (name.ends_with("LayerNorm.weight")) old = name.substr(0, name.size() - 6) + "gamma";
    if (name.ends_with("LayerNorm.bias")) old = name.substr(0, name.size() - 4) + "beta";
    file.insert(old, value);
  }
  file.insert("bert.embeddings.position_ids", arange(9).reshape({1, 9}));
  EXPECT_TRUE(
      make<models::BertForMaskedLM>(kTinyBert)->load_state_dict(models::bert_state(file)).ok());
}

// The published models have 12 layers, of 7,087,872 parameters each, and larger vocabularies; what
// they have more is added up.
TEST(ZooSizes, AreThePublishedOnes) {
  constexpr int64_t kLayer = 7'087'872;
  auto gpt2 = make<models::Gpt2>({.vocab = 57, .layers = 1});
  EXPECT_EQ(gpt2->num_parameters() + 50'200 * 768 + 11 * kLayer, 124'439'808);
  EXPECT_EQ(gpt2->state_dict().size() + 11 * 12, 149u);
  auto bert = make<models::Bert>({.vocab = 22, .layers = 1});
  EXPECT_EQ(bert->num_parameters() + 30'500 * 768 + 11 * kLayer, 109'482'240);
  EXPECT_EQ(bert->state_dict().size() + 11 * 16, 199u);
}

TEST(ZooNames, OfImageModelsAreTorchvisions) {
  expect_names(*small_resnet(false),
               {"conv1.weight", "bn1.running_mean", "layer1.0.conv1.weight",
                "layer2.0.downsample.0.weight", "layer4.1.bn2.num_batches_tracked", "fc.bias"});
  expect_names(*small_resnet(true), {"layer1.0.downsample.1.running_var", "layer3.0.conv3.weight"});
  expect_names(*small_mobilenet(), {"features.0.0.weight", "features.1.conv.0.0.weight",
                                    "features.2.conv.1.1.running_mean", "classifier.1.bias"});
  expect_names(*small_vit(), {"class_token", "conv_proj.bias", "encoder.pos_embedding",
                              "encoder.layers.encoder_layer_0.self_attention.in_proj_weight",
                              "encoder.layers.encoder_layer_1.self_attention.out_proj.bias",
                              "encoder.layers.encoder_layer_0.mlp.3.weight", "encoder.ln.weight",
                              "heads.head.weight"});
}

TEST(ZooSizes, OfImageModelsAreThePublishedOnes) {
  auto expect_size = [](const Module& net, size_t entries, int64_t parameters) {
    EXPECT_EQ(net.state_dict().size(), entries);
    EXPECT_EQ(net.num_parameters(), parameters);
  };
  expect_size(*make<models::ResNet>(models::resnet18()), 122, 11'689'512);
  expect_size(*make<models::MobileNetV2>({}), 314, 3'504'872);
  // Larger ones, less what stands behind the features.
  expect_size(*make<models::ResNet>(models::resnet50(1)), 320, 25'557'032 - 999 * 2049);
  auto vit = make<models::Vit>({.layers = 1});
  expect_size(*vit, 152 - 11 * 12, 86'567'656 - 11 * 7'087'872);
}

TEST(ZooTransformer, WithoutHeadGivesHiddenStates) {
  auto net = make<models::Transformer>({.vocab = 11,
                                        .context = 8,
                                        .dim = 16,
                                        .heads = 2,
                                        .layers = 1,
                                        .causal = false,
                                        .pre_norm = false,
                                        .head = false});
  EXPECT_EQ(net(zeros({2, 5}, i64)).shape(), Shape({2, 5, 16}));
  EXPECT_FALSE(net->find_parameter("head.weight").defined());
  EXPECT_THAT(testing::error_of([] { make<models::Gpt2>({.dim = 10, .heads = 4}); }),
              HasSubstr("heads = 4 does not divide dim = 10"));
  EXPECT_THAT(testing::error_of([&] { net(zeros({1, 9}, i64)); }), HasSubstr("up to 8"));
}

}  // namespace
}  // namespace etch::nn
