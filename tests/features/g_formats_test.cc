// Weights of other programs: PyTorch's files, numpy's, and those that come in several parts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "etch/etch.h"
#include "etch/nn/models/bert.h"
#include "etch/nn/models/gpt2.h"
#include "etch/nn/models/resnet.h"
#include "etch/tests/golden/golden.h"
#include "etch/tests/runtime/files.h"

namespace {

namespace nn = etch::nn;
using etch::testing::golden_path;
using etch::testing::TemporaryFolder;
using ::testing::AllOf;
using ::testing::HasSubstr;

// The network whose weights tests/golden/formats/make_formats.py saves.
struct Net : nn::Module {
  nn::Child<nn::Linear> fc1{this, "fc1", {.in_features = 3, .out_features = 4}};
  nn::Child<nn::Linear> fc2{this, "fc2", {.in_features = 4, .out_features = 2}};
  etch::Tensor forward(etch::Tensor x) { return fc2(etch::relu(fc1(x))); }
};

TEST(Features, G5_pytorch_state_dict_is_loaded_by_its_names) {
  auto net = nn::make<Net>();
  nn::StateDict state = etch::load_state(golden_path("formats/net.pth")).value();
  // The file also has a BatchNorm, which this network lacks.
  nn::LoadReport report = net->load_state_dict(state, {.strict = false});
  EXPECT_TRUE(report.missing.empty());
  EXPECT_EQ(report.unexpected.size(), 5u);
  EXPECT_EQ(net->fc1->weight.to_vector<float>()[11], 11 / 8.0f);
  EXPECT_EQ(net->fc2->bias.to_vector<float>()[1], 5 + 1 / 8.0f);
}

TEST(Features, G5_pytorch_checkpoint_is_a_tree_of_values) {
  nn::StateTree file = nn::load_tree(golden_path("formats/checkpoint.pt")).value();
  EXPECT_EQ(file["epoch"].as_int(), 3);
  EXPECT_EQ(file["classes"][0].as_string(), "cat");
  EXPECT_NEAR(file["optimizer"]["param_groups"][0]["lr"].as_float(), 0.001, 1e-12);
  nn::StateDict weights = file["model"].state_dict();
  EXPECT_EQ(weights.at("fc1.weight").shape(), etch::Shape({4, 3}));
}

TEST(Features, G5_old_and_new_files_of_pytorch_hold_the_same) {
  nn::StateDict zip = etch::load_state(golden_path("formats/views.pt")).value();
  nn::StateDict legacy = etch::load_state(golden_path("formats/views_legacy.pt")).value();
  EXPECT_EQ(zip.size(), 10u);
  for (const auto& [name, value] : zip) {
    EXPECT_EQ(value.shape(), legacy.at(name).shape()) << name;
    EXPECT_EQ(value.to_vector<float>(), legacy.at(name).to_vector<float>()) << name;
  }
  nn::StateDict modern = etch::load_state(golden_path("formats/modern.pt")).value();
  EXPECT_EQ(modern.at("i64").to_vector<int64_t>(), (std::vector<int64_t>{0, 1, 2, 3}));
}

TEST(Features, G5_nothing_in_a_file_is_executed) {
  auto state = etch::load_state(golden_path("formats/evil.pt"));
  EXPECT_THAT(std::string(state.status().message()),
              AllOf(HasSubstr("evil.pt"), HasSubstr("refuses global posix.system at byte")));
}

TEST(Features, G5_numpy_arrays_and_archives) {
  TemporaryFolder folder;
  etch::Tensor x = etch::arange(6).to(etch::f64).reshape({2, 3});
  ASSERT_TRUE(etch::save_npy(x, folder / "x.npy").ok());
  EXPECT_EQ(etch::load_npy(folder / "x.npy")->to_vector<double>(), x.to_vector<double>());
  ASSERT_TRUE(etch::save_npz({{"x", x}, {"y", etch::ones({})}}, folder / "all.npz").ok());
  EXPECT_EQ(etch::load_state(folder / "all.npz")->at("y").item<float>(), 1);
  nn::StateDict of_numpy = etch::load_state(golden_path("formats/arrays.npz")).value();
  EXPECT_EQ(of_numpy.at("big_f4").to_vector<float>(), (std::vector<float>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(of_numpy.at("fortran").to_vector<double>()[23], 23);
}

TEST(Features, G5_weights_in_several_files) {
  TemporaryFolder folder;
  ASSERT_TRUE(etch::save_state({{"a", etch::ones({2})}}, folder / "1.safetensors").ok());
  ASSERT_TRUE(etch::save_state({{"b", etch::ones({3})}}, folder / "2.safetensors").ok());
  etch::testing::write_text(folder / "model.safetensors.index.json",
                            R"({"weight_map": {"a": "1.safetensors", "b": "2.safetensors"}})");
  EXPECT_EQ(etch::load_state(folder / "model.safetensors.index.json")->size(), 2u);
}

TEST(Features, G5_names_and_layouts_are_mapped) {
  auto net = nn::make<nn::Linear>({.in_features = 3, .out_features = 2});
  // As DataParallel and GPT-2's Conv1D would have it.
  nn::StateDict foreign = {{"module.weight", etch::arange(6).to(etch::f32).reshape({3, 2})},
                           {"module.bias", etch::zeros({2})}};
  net->load_state_dict(foreign.without_prefix("module.").transposed({"weight"}));
  EXPECT_EQ(net->weight.to_vector<float>(), (std::vector<float>{0, 2, 4, 1, 3, 5}));
}

TEST(Features, G5_resnet_has_torchvisions_names) {
  auto resnet18 = nn::make<nn::models::ResNet>({.layers = {2, 2, 2, 2}, .width = 8});
  EXPECT_EQ(resnet18->state_dict().size(), 122u);
  for (const char* name :
       {"conv1.weight", "bn1.running_var", "layer1.0.conv1.weight", "layer2.0.downsample.0.weight",
        "layer4.1.bn2.num_batches_tracked", "fc.weight"})
    EXPECT_TRUE(resnet18->state_dict().contains(name)) << name;
  auto resnet50 =
      nn::make<nn::models::ResNet>({.layers = {3, 4, 6, 3}, .bottleneck = true, .width = 8});
  EXPECT_EQ(resnet50->state_dict().size(), 320u);
  EXPECT_TRUE(resnet50->state_dict().contains("layer3.5.conv3.weight"));
}

TEST(Features, G5_gpt2_and_bert_have_the_names_of_published_files) {
  auto gpt2 = nn::make<nn::models::Gpt2>({.vocab = 20, .dim = 8, .heads = 2, .layers = 1});
  for (const char* name : {"transformer.wte.weight", "transformer.h.0.attn.c_attn.weight",
                           "transformer.h.0.mlp.c_proj.bias", "transformer.ln_f.weight"})
    EXPECT_TRUE(gpt2->find_parameter(name).defined()) << name;
  // Files have it without the prefix and the tied head, but with buffers that are no weights.
  nn::StateDict file = gpt2->state_dict().snapshot().without_prefix("transformer.");
  file.erase("lm_head.weight");
  file.insert("h.0.attn.bias", etch::ones({1, 1, 4, 4}));
  EXPECT_TRUE(gpt2->load_state_dict(nn::models::gpt2_state(file)).ok());

  auto bert = nn::make<nn::models::BertForMaskedLM>(
      {.vocab = 20, .context = 8, .dim = 8, .heads = 2, .layers = 1, .intermediate = 16});
  for (const char* name : {"bert.embeddings.word_embeddings.weight",
                           "bert.encoder.layer.0.attention.self.query.weight",
                           "bert.encoder.layer.0.output.LayerNorm.bias", "cls.predictions.bias"})
    EXPECT_TRUE(bert->find_parameter(name).defined()) << name;
}

}  // namespace
