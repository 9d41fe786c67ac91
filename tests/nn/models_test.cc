#include <cmath>

#include "etch/etch.h"
#include "etch/nn/models/gpt.h"
#include "etch/nn/models/mlp.h"
#include "testing.h"

namespace etch::nn {
namespace {

using testing::error_of;
using ::testing::HasSubstr;

constexpr const char* kGradients[] = {"wte.weight",   "wpe.weight",    "h.0.ln_1.weight",
                                      "h.0.qkv.bias", "h.1.proj.bias", "h.1.ln_2.bias",
                                      "head.weight"};

TEST(Models, TinyGptHasTheNamesAndSizeOfThePeer) {
  auto net = make<models::Gpt>({});
  EXPECT_EQ(net->num_parameters(),
            256 * 128 + 128 * 128 + 4 * (4 * 128 + 12 * 128 * 128 + 9 * 128) + 2 * 128 + 256 * 128);
  for (const char* name :
       {"wte.weight", "wpe.weight", "h.0.ln_1.weight", "h.3.ln_2.bias", "h.0.qkv.weight",
        "h.1.proj.bias", "h.2.fc.weight", "h.3.out.bias", "ln_f.weight", "head.weight"})
    EXPECT_TRUE(net->find_parameter(name).defined()) << name;
  EXPECT_FALSE(net->find_parameter("head.bias").defined());
  EXPECT_TRUE(net->named_buffers().empty());
}

// Piece by piece, then token by token with one compiled program, as in one forward.
TEST(Models, GptContinuesWhatItRemembers) {
  auto net = make<models::Gpt>({.vocab = 13, .context = 12, .dim = 16, .heads = 2, .layers = 2});
  net->eval();
  no_grad guard;
  for (Tensor& p : net->parameters()) p.assign(testing::ramp(p.shape()) * 0.5);
  Tensor ids = (arange(24) * 5 % 13).reshape({2, 12});
  Tensor whole = net(ids);
  auto memory =
      make<models::TransformerMemory>({.model = net->options(), .batch = 2, .capacity = 12});
  auto extend = compile([&](Tensor part) { return net->extend(part, *memory.get()); });
  for (int64_t round = 0; round < 2; ++round) {
    std::vector<Tensor> pieces = {extend(slice(ids, 1, 0, 5)), extend(slice(ids, 1, 5, 8))};
    for (int64_t i = 8; i < 12; ++i) pieces.push_back(extend(slice(ids, 1, i, i + 1)));
    EXPECT_EQ(memory->length.item<int64_t>(), 12);
    EXPECT_LT(amax(abs(cat(pieces, 1) - whole)).item<float>(), 1e-5);
    memory->clear();
  }
  EXPECT_THAT(error_of([&] {
                net->extend(zeros({2, 13}, i64), *memory.get());
              }),
              HasSubstr("t up to 12"));
  (void)net->extend(slice(ids, 1, 0, 11), *memory.get());
  EXPECT_THAT(error_of([&] { net->extend(slice(ids, 1, 0, 2), *memory.get()); }),
              HasSubstr("extend() by 2 after 11 positions, the memory holds 12"));
  EXPECT_THAT(error_of([&] {
                KeyValueCache cache({.capacity = 4, .width = 3});
                cache.append(zeros({1, 1, 2, 3}), zeros({1, 1, 2, 3}), zeros({}, u8));
              }),
              HasSubstr("position is u8 [], must be a scalar of i32 or i64"));
  EXPECT_THAT(error_of([&] {
                KeyValueCache cache({.capacity = 4, .width = 3});
                cache.append(zeros({1, 1, 2, 3}), zeros({1, 1, 2, 4}), zeros({}, i64));
              }),
              HasSubstr("value [1, 1, 2, 4], must be [1, 1, 2, 3]"));
}

TEST(Models, GptTrainsAsInPyTorch) {
  auto net = make<models::Gpt>({.vocab = 11, .context = 8, .dim = 16, .heads = 2, .layers = 2});
  {
    no_grad guard;
    for (Tensor& p : net->parameters())
      p.assign(testing::ramp(p.shape()) * 0.3 + (p.dim() == 1 ? 1.0 : 0.0));
  }
  std::vector<int64_t> ids, classes;
  for (int64_t i = 0; i < 16; ++i) {
    ids.push_back((i * i + 3) % 11);
    classes.push_back((i * i + 2 * i + 4) % 11);
  }
  optim::AdamW optimizer(net->parameters(), {.lr = 1e-2});
  auto step = compile([&](Tensor x, Tensor y) {
    optimizer.zero_grad();
    Tensor loss = functional::cross_entropy(net(x).reshape({16, 11}), y);
    loss.backward();
    std::vector<Tensor> results = {loss};
    for (const char* name : kGradients) results.push_back(net->find_parameter(name).grad() * 1.0);
    results.push_back(utils::clip_grad_norm_(net->parameters(), 1.0));
    optimizer.step();
    return results;
  });
  for (int i = 0; i < 4; ++i) {
    std::vector<Tensor> results =
        step(Tensor::from_data(ids, {2, 8}), Tensor::from_data(classes, {16}));
    testing::expect_golden(results.front(), "gpt.loss." + std::to_string(i), 1e-4);
    testing::expect_golden(results.back(), "gpt.norm." + std::to_string(i), 1e-3);
    for (size_t g = 0; i == 0 && g < std::size(kGradients); ++g)
      testing::expect_golden(results[g + 1], std::string("gpt.grad.") + kGradients[g], 1e-5);
  }
}

TEST(Models, GptIsCausal) {
  auto net = make<models::Gpt>({.vocab = 11, .context = 8, .dim = 16, .heads = 2, .layers = 2});
  net->eval();
  std::vector<int64_t> ids = {1, 2, 3, 4, 5, 6};
  auto logits = [&] { return net(Tensor::from_data(ids, {1, 6})).to_vector<float>(); };
  std::vector<float> before = logits();
  ids[4] = 9;
  std::vector<float> after = logits();
  auto upto = [](const std::vector<float>& v, long n) {
    return std::vector(v.begin(), v.begin() + n);
  };
  EXPECT_EQ(upto(before, 4 * 11), upto(after, 4 * 11));
  EXPECT_NE(before, after);
}

TEST(Models, GptRefusesWhatDoesNotFit) {
  EXPECT_THAT(error_of([] { make<models::Gpt>({.dim = 10, .heads = 4}); }),
              HasSubstr("heads = 4 does not divide dim = 10"));
  auto net = make<models::Gpt>({.vocab = 11, .context = 8, .dim = 16, .heads = 2, .layers = 1});
  EXPECT_THAT(error_of([&] { net(zeros({1, 9}, i64)); }), HasSubstr("up to 8"));
}

TEST(Models, UntrainedGptIsNearTheUniformDistribution) {
  manual_seed(0);
  auto net = make<models::Gpt>({.vocab = 11, .context = 8, .dim = 16, .heads = 2, .layers = 2});
  net->init_weights();
  Tensor loss =
      functional::cross_entropy(net(zeros({2, 8}, i64)).reshape({16, 11}), zeros({16}, i64));
  EXPECT_NEAR(loss.item<float>(), std::log(11.0), 0.15);
}

TEST(Models, MlpMapsAnyLeadingExtents) {
  auto net = make<models::Mlp>({.sizes = {6, 5, 3}});
  EXPECT_EQ(net(zeros({2, 4, 6})).shape(), Shape({2, 4, 3}));
  EXPECT_EQ(net->find_parameter("layers.1.weight").shape(), Shape({3, 5}));
  EXPECT_THAT(error_of([] { make<models::Mlp>({.sizes = {3}}); }), HasSubstr("sizes"));
}

TEST(Attention, LayerEqualsTheFunctionAndIsTrainedByItsName) {
  auto layer = make<CausalSelfAttention>({.embed_dim = 8, .num_heads = 2});
  Tensor x = testing::ramp({2, 5, 8});
  EXPECT_EQ(layer(x).shape(), x.shape());
  layer(x).sum().backward();
  EXPECT_TRUE(layer->find_parameter("qkv.weight").grad().defined());
  EXPECT_THAT(error_of([] { make<CausalSelfAttention>({.embed_dim = 8, .num_heads = 3}); }),
              HasSubstr("embed_dim 8 is not divisible by num_heads 3"));
}

}  // namespace
}  // namespace etch::nn
