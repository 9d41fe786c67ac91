// Whole models as users write them: trees, residual blocks, lists, several results.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "etch/etch.h"
#include "etch/nn/models/mlp.h"
#include "etch/nn/models/resnet.h"

namespace {

namespace nn = etch::nn;
namespace F = etch::nn::functional;
using etch::Shape;
using etch::Tensor;
using ::testing::ElementsAre;
using ::testing::IsSupersetOf;

std::vector<std::string> names_of(const nn::Module& module) {
  std::vector<std::string> names;
  for (const auto& [name, value] : module.state_dict()) names.push_back(name);
  return names;
}

// Two steps of SGD on `loss()` in one compiled program; whether the second loss is lower.
template <typename Loss>
bool trains(nn::Module& net, Loss loss) {
  nn::optim::SGD sgd(net.parameters(), {.lr = 0.05});
  auto step = etch::compile([&] {
    sgd.zero_grad();
    Tensor value = loss();
    value.backward();
    sgd.step();
    return value;
  });
  float first = step().template item<float>();
  return step().template item<float>() < first;
}

// --- A tree like a GPT's: embeddings, a list of blocks with parts of their own, a tied head. ---

struct Attention : nn::Module {
  int64_t dim, heads;
  nn::Child<nn::Linear> c_attn{this, "c_attn", {.in_features = dim, .out_features = 3 * dim}};
  nn::Child<nn::Linear> c_proj{this, "c_proj", {.in_features = dim, .out_features = dim}};
  Attention(int64_t dim, int64_t heads) : dim(dim), heads(heads) {}
  Tensor forward(Tensor x) {
    int64_t batch = x.size(0), t = x.size(1);
    auto parts = etch::chunk(c_attn(x), 3, -1);
    for (Tensor& part : parts) part = part.reshape({batch, t, heads, dim / heads}).transpose(1, 2);
    Tensor y = F::scaled_dot_product_attention(parts[0], parts[1], parts[2], {.causal = true});
    return c_proj(y.transpose(1, 2).reshape({batch, t, dim}));
  }
};

struct Block : nn::Module {
  int64_t dim, heads;
  nn::Child<nn::LayerNorm> ln_1{this, "ln_1", {.normalized_shape = {dim}}};
  nn::Child<Attention> attn{this, "attn", dim, heads};
  nn::Child<nn::LayerNorm> ln_2{this, "ln_2", {.normalized_shape = {dim}}};
  nn::Child<nn::models::Mlp> mlp{this, "mlp", {.sizes = {dim, 4 * dim, dim}}};
  Block(int64_t dim, int64_t heads) : dim(dim), heads(heads) {}
  Tensor forward(Tensor x) {
    x = x + attn(ln_1(x));
    return x + mlp(ln_2(x));
  }
};

struct Gpt : nn::Module {
  nn::Child<nn::Embedding> wte{this, "wte", {.num_embeddings = 13, .embedding_dim = 8}};
  nn::Child<nn::Embedding> wpe{this, "wpe", {.num_embeddings = 6, .embedding_dim = 8}};
  nn::Child<nn::ModuleList<Block>> h{this, "h", 2, [] { return nn::make<Block>(8, 2); }};
  nn::Child<nn::LayerNorm> ln_f{this, "ln_f", {.normalized_shape = {8}}};
  nn::Child<nn::Linear> lm_head{
      this, "lm_head", {.in_features = 8, .out_features = 13, .bias = false}};
  Gpt() { lm_head->weight.tie(wte->weight); }
  Tensor forward(Tensor ids) {
    Tensor x = wte(ids) + wpe(etch::arange(ids.size(1)));
    for (auto& block : h) x = block(x);
    return lm_head(ln_f(x));
  }
};

TEST(Features, A11_gpt_like_tree) {
  auto net = nn::make<Gpt>();
  EXPECT_THAT(names_of(*net),
              IsSupersetOf({"wte.weight", "h.0.attn.c_attn.weight", "h.1.mlp.layers.1.bias",
                            "ln_f.weight", "lm_head.weight"}));
  Tensor ids = Tensor::from_data<int64_t>({1, 2, 3, 4, 5, 6, 7, 8}, {2, 4});
  EXPECT_EQ(net(ids).shape(), Shape({2, 4, 13}));
  EXPECT_TRUE(trains(*net, [&] {
    return F::cross_entropy(net(ids).reshape({8, 13}), ids.reshape({8}));
  }));
  // Still one weight, with two names.
  EXPECT_TRUE(net->lm_head->weight.is_same(net->wte->weight));
}

// --- A residual block whose shortcut is there only where shapes change. ---

struct ResidualBlock : nn::Module {
  int64_t in, out;
  nn::Child<nn::Linear> fc1{this, "fc1", {.in_features = in, .out_features = out}};
  nn::Child<nn::LayerNorm> norm{this, "norm", {.normalized_shape = {out}}};
  nn::Child<nn::Linear> fc2{this, "fc2", {.in_features = out, .out_features = out}};
  nn::Child<nn::Linear> shortcut{this, "shortcut", nullptr};
  ResidualBlock(int64_t in, int64_t out) : in(in), out(out) {
    if (in != out)
      shortcut = nn::make<nn::Linear>({.in_features = in, .out_features = out, .bias = false});
  }
  Tensor forward(Tensor x) {
    Tensor same = shortcut.get() ? shortcut(x) : x;
    return etch::relu(fc2(etch::relu(norm(fc1(x)))) + same);
  }
};

TEST(Features, A11_residual_block) {
  auto net = nn::make<nn::Sequential>(nn::make<ResidualBlock>(4, 4), nn::make<ResidualBlock>(4, 6));
  EXPECT_THAT(names_of(*net), IsSupersetOf({"0.fc1.weight", "1.shortcut.weight"}));
  EXPECT_FALSE(net->find_parameter("0.shortcut.weight").defined());
  Tensor x = etch::randn({3, 4});
  EXPECT_EQ(net(x).shape(), Shape({3, 6}));
  EXPECT_TRUE(trains(*net, [&] { return etch::square(net(x) - 1.0).mean(); }));
}

// --- A perceptron with a list of layers that grows. ---

struct ListMlp : nn::Module {
  nn::Child<nn::ModuleList<nn::Linear>> layers{this, "layers"};
  explicit ListMlp(const std::vector<int64_t>& sizes) {
    for (size_t i = 0; i + 1 < sizes.size(); ++i)
      layers->append(nn::make<nn::Linear>({.in_features = sizes[i], .out_features = sizes[i + 1]}));
  }
  Tensor forward(Tensor x) {
    for (int64_t i = 0; i < layers->size(); ++i) {
      if (i > 0) x = etch::relu(x);
      x = layers[i](x);
    }
    return x;
  }
};

TEST(Features, A11_mlp_with_a_list_of_layers) {
  auto net = nn::make<ListMlp>(std::vector<int64_t>{5, 7, 3});
  EXPECT_THAT(names_of(*net),
              ElementsAre("layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"));
  EXPECT_EQ(net(etch::ones({2, 5})).shape(), Shape({2, 3}));
  net->layers->append(nn::make<nn::Linear>({.in_features = 3, .out_features = 2}));
  EXPECT_EQ(net(etch::ones({2, 5})).shape(), Shape({2, 2}));
  Tensor x = etch::randn({4, 5});
  EXPECT_TRUE(trains(*net, [&] { return etch::square(net(x) - 1.0).mean(); }));
}

// --- An autoencoder that returns what it decoded and what it encoded. ---

struct Coded {
  Tensor reconstruction, code;
};

struct Autoencoder : nn::Module {
  nn::Child<nn::models::Mlp> encoder{this, "encoder", {.sizes = {6, 4, 2}}};
  nn::Child<nn::models::Mlp> decoder{this, "decoder", {.sizes = {2, 4, 6}}};
  Coded forward(Tensor x) {
    Tensor code = encoder(x);
    return {decoder(code), code};
  }
};

TEST(Features, A11_multi_output_encoder_and_decoder) {
  auto net = nn::make<Autoencoder>();
  Tensor x = etch::randn({3, 6});
  auto compiled = etch::compile([&](Tensor input) { return net(input); });
  Coded coded = compiled(x);
  EXPECT_EQ(coded.code.shape(), Shape({3, 2}));
  EXPECT_EQ(coded.reconstruction.shape(), x.shape());
  EXPECT_TRUE(trains(*net, [&] {
    Coded result = net(x);
    return F::mse_loss(result.reconstruction, x) + 0.1 * etch::square(result.code).mean();
  }));
}

// --- An encoder for each kind of input, by name; kinds may be missing. ---

std::vector<nn::ModuleDict<>::Entry> make_encoders() {
  return {
      {"image", nn::make<nn::Linear>({.in_features = 6, .out_features = 4})},
      {"text", nn::make<nn::Sequential>(nn::make<nn::Linear>({.in_features = 3, .out_features = 4}),
                                        nn::make<nn::ReLU>())}};
}

struct Fusion : nn::Module {
  nn::Child<nn::ModuleDict<>> encoders{this, "encoders", make_encoders()};
  nn::Child<nn::Linear> head{this, "head", {.in_features = 4, .out_features = 2}};
  Tensor forward(const std::map<std::string, Tensor>& inputs) {
    Tensor sum;
    for (const auto& [kind, x] : inputs) {
      Tensor code = encoders[kind](x);
      sum = sum.defined() ? sum + code : code;
    }
    return head(sum);
  }
};

TEST(Features, A11_dict_of_encoders) {
  auto net = nn::make<Fusion>();
  EXPECT_THAT(names_of(*net),
              ElementsAre("encoders.image.weight", "encoders.image.bias", "encoders.text.0.weight",
                          "encoders.text.0.bias", "head.weight", "head.bias"));
  std::map<std::string, Tensor> both = {{"image", etch::ones({2, 6})},
                                        {"text", etch::ones({2, 3})}};
  EXPECT_EQ(net(both).shape(), Shape({2, 2}));
  EXPECT_EQ(net(std::map<std::string, Tensor>{{"text", etch::ones({2, 3})}}).shape(),
            Shape({2, 2}));
  EXPECT_TRUE(trains(*net, [&] { return etch::square(net(both) - 1.0).mean(); }));
}

// --- ResNet, from the library. ---

TEST(Features, A11_resnet) {
  etch::manual_seed(1);  // two images are few for the norms: not each draw learns in one step
  auto net = nn::make<nn::models::ResNet>({.layers = {1, 1, 1, 1}, .num_classes = 3, .width = 4});
  EXPECT_THAT(names_of(*net), IsSupersetOf({"conv1.weight", "layer1.0.bn1.running_mean",
                                            "layer2.0.downsample.0.weight", "fc.bias"}));
  Tensor x = etch::randn({2, 3, 32, 32}), target = Tensor::from_data<int64_t>({0, 2}, {2});
  EXPECT_EQ(net(x).shape(), Shape({2, 3}));
  EXPECT_TRUE(trains(*net, [&] { return F::cross_entropy(net(x), target); }));
}

}  // namespace
