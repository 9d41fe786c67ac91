#include "etch/nn/module.h"

#include "etch/frontend/ops.h"
#include "etch/nn/nn.h"
#include "testing.h"

namespace etch::nn {
namespace {

using ::testing::ElementsAre;
using testing::error_of;
using ::testing::HasSubstr;

struct Block : Module {
  Child<Linear> fc{this, "fc", {.in_features = 2, .out_features = 2}};
  Parameter scale{this, "scale", ones({2})};
  Buffer count{this, "count", zeros({}, i64)};
  Child<LayerNorm> norm{this, "norm", 2};
  Tensor forward(Tensor x) { return norm(fc(x)) * scale; }
};

struct Net : Module {
  Child<Block> a{this, "a"};
  Child<ModuleList<Block>> h{this, "h", 2, [] { return make<Block>(); }};
  Child<Block> again{this, "again", a};
  Child<Linear> none{this, "none", nullptr};
  Tensor forward(Tensor x) { return again(h[1](h[0](a(x)))); }
};

template <typename Pairs>
std::vector<std::string> names(const Pairs& pairs) {
  std::vector<std::string> result;
  for (const auto& [name, value] : pairs) result.push_back(name);
  return result;
}

TEST(Module, ListsOwnParametersBeforeItsChildrensInOrderOfDeclaration) {
  auto block = make<Block>();
  EXPECT_THAT(names(block->named_parameters()),
              ElementsAre("scale", "fc.weight", "fc.bias", "norm.weight", "norm.bias"));
  EXPECT_THAT(names(block->named_parameters(/*recurse=*/false)), ElementsAre("scale"));
  EXPECT_THAT(names(block->named_buffers()), ElementsAre("count"));
}

TEST(Module, ListsSharedPartsOnceUnderTheirFirstName) {
  auto net = make<Net>();
  EXPECT_THAT(names(net->named_modules()),
              ElementsAre("", "a", "a.fc", "a.norm", "h", "h.0", "h.0.fc", "h.0.norm", "h.1",
                          "h.1.fc", "h.1.norm"));
  EXPECT_THAT(names(net->named_children()), ElementsAre("a", "h"));
  EXPECT_EQ(net->named_parameters().size(), 15u);
  EXPECT_EQ(net->num_parameters(), 3 * (2 + 6 + 4));
}

TEST(Module, CellsGetTheirPathsWhenTheTreeIsMade) {
  auto net = make<Net>();
  EXPECT_EQ(net->h[1]->fc->weight.path(), "h.1.fc.weight");
  EXPECT_EQ(net->again->scale.path(), "a.scale");
  EXPECT_EQ(net->h[0]->path(), "h.0");
  auto dropout = make<Sequential>(make<Dropout>(), make<Dropout>());
  EXPECT_THAT(names(dropout->named_random_states()), ElementsAre("rng.0", "rng.1"));
}

TEST(Module, APartThatIsAddedLaterGetsItsPath) {
  auto net = make<Net>();
  net->add_module("extra", make<Block>());
  EXPECT_EQ(net->find_parameter("extra.fc.bias").path(), "extra.fc.bias");
  Tensor p = net->a->register_parameter("late", ones({3}));
  EXPECT_EQ(p.path(), "a.late");
  EXPECT_TRUE(p.requires_grad());
  EXPECT_TRUE(net->find_parameter("a.late").is_same(p));
  net->none = make<Linear>({.in_features = 1, .out_features = 1});
  EXPECT_EQ(net->none->weight.path(), "none.weight");
}

TEST(Module, BorrowedLayersKeepTheirPaths) {
  auto net = make<Net>();
  auto part = make<Sequential>(net->h->begin()[0], net->h->begin()[1]);
  EXPECT_EQ(net->h[1]->fc->weight.path(), "h.1.fc.weight");
  EXPECT_THAT(names(part->named_parameters(false)), ElementsAre());
  EXPECT_EQ(part->named_parameters()[0].first, "0.scale");
}

TEST(Module, RefusesNamesThatAreTakenEmptyOrDotted) {
  auto block = make<Block>();
  Tensor x = ones({1});
  EXPECT_THAT(error_of([&] { block->register_parameter("scale", x); }),
              HasSubstr("the name \"scale\" is taken in this module"));
  EXPECT_THAT(error_of([&] { block->register_buffer("fc", x); }), HasSubstr("is taken"));
  EXPECT_THAT(error_of([&] { block->add_module("count", make<ReLU>()); }), HasSubstr("is taken"));
  EXPECT_THAT(error_of([&] { block->register_buffer("", x); }), HasSubstr("is empty"));
  EXPECT_THAT(error_of([&] { block->add_module("a.b", make<ReLU>()); }), HasSubstr("has a dot"));
  EXPECT_THAT(error_of([&] { block->register_parameter("i", zeros({1}, i64)); }),
              HasSubstr("cannot require grad"));
}

TEST(Module, ANullChildIsKnownByNameOnly) {
  auto net = make<Net>();
  EXPECT_FALSE(net->none);
  EXPECT_THAT(net->to_string(), Not(HasSubstr("none")));
  EXPECT_THAT(error_of([&] { net->none->options(); }), HasSubstr("\"none\" is null"));
  EXPECT_THAT(error_of([&] { net->add_module("none", make<ReLU>()); }), HasSubstr("is taken"));
}

TEST(Module, TiedParametersAreOneCellWithTwoNames) {
  struct Tied : Module {
    Child<Embedding> wte{this, "wte", {.num_embeddings = 5, .embedding_dim = 3}};
    Child<Linear> head{this, "head", {.in_features = 3, .out_features = 5, .bias = false}};
    Tied() { head->weight.tie(wte->weight); }
  };
  auto net = make<Tied>();
  EXPECT_TRUE(net->head->weight.is_same(net->wte->weight));
  EXPECT_THAT(names(net->named_parameters()), ElementsAre("wte.weight"));
  EXPECT_EQ(net->head->weight.path(), "wte.weight");
  EXPECT_THAT(names(net->state_dict()), ElementsAre("wte.weight", "head.weight"));
  auto other = make<Linear>({.in_features = 4, .out_features = 4});
  EXPECT_THAT(error_of([&] { other->weight.tie(net->wte->weight); }), HasSubstr("[5, 3]"));
}

TEST(Module, TrainEvalAndRequiresGradReachAllPartsAndChain) {
  auto net = make<Net>();
  EXPECT_TRUE(net->h[1]->norm->training);
  EXPECT_FALSE(net->eval().as<Net>()->h[1]->norm->training);
  EXPECT_TRUE(net->train().as<Net>()->h[1]->norm->training);
  net->a->requires_grad_(false);
  EXPECT_EQ(net->num_parameters(/*trainable_only=*/true), 2 * 12);
  net->requires_grad_();
  EXPECT_EQ(net->num_parameters(true), 3 * 12);
}

TEST(Module, AppliesChildrenFirst) {
  auto net = make<Block>();
  std::vector<std::string> seen;
  net->apply([&](Module& m) { seen.push_back(m.type_name()); });
  EXPECT_THAT(seen, ElementsAre("Linear", "LayerNorm", "Block"));
}

TEST(Module, AsGivesTheTypeOrNull) {
  auto net = make<Net>();
  Module* module = net->find_module("h.0.fc");
  ASSERT_NE(module, nullptr);
  EXPECT_EQ(module->as<Linear>()->options().in_features, 2);
  EXPECT_EQ(module->as<Block>(), nullptr);
  EXPECT_EQ(net->find_module("h.7"), nullptr);
  EXPECT_EQ(net->h->type_name(), "ModuleList");
}

TEST(Module, ConvertsFloatingStateOnly) {
  auto block = make<Block>();
  init::constant_(block->scale, 1.5);
  block->to(f64);
  EXPECT_EQ(block->scale.dtype(), f64);
  EXPECT_EQ(block->scale.to_vector<double>(), std::vector<double>(2, 1.5));
  EXPECT_EQ(block->count.dtype(), i64);
  EXPECT_TRUE(block->scale.requires_grad());
  EXPECT_THAT(error_of([&] { block->to(i64); }), HasSubstr("floating dtypes only"));
}

TEST(Module, ACloneHasValuesModesAndTiesOfItsOwn) {
  auto net = make<Net>();
  {
    no_grad guard;
    net->h[0]->scale.assign(Tensor::from_data(std::vector<float>{3, 4}, {2}));
  }
  net->h[0]->scale.requires_grad_(false);
  net->h[0]->eval();
  auto copy = net.clone();
  EXPECT_EQ(copy->h[0]->scale.to_vector<float>(), (std::vector<float>{3, 4}));
  EXPECT_FALSE(copy->h[0]->scale.is_same(net->h[0]->scale));
  EXPECT_FALSE(copy->h[0]->scale.requires_grad());
  EXPECT_FALSE(copy->h[0]->training);
  EXPECT_TRUE(copy->training);
  EXPECT_TRUE(copy->again->scale.is_same(copy->a->scale));
  EXPECT_EQ(copy->to_string(), net->to_string());
  EXPECT_EQ(copy->a->fc->weight.to_vector<float>(), net->a->fc->weight.to_vector<float>());

  net->add_module("extra", make<Block>());
  EXPECT_THAT(error_of([&] { net.clone(); }), HasSubstr("changed after construction"));
}

TEST(Module, ACloneOfModulesMadeOfHandlesSharesNothing) {
  auto net = make<Sequential>(make<Linear>({.in_features = 2, .out_features = 2}), make<ReLU>());
  auto copy = net.clone();
  EXPECT_EQ(copy->to_string(), net->to_string());
  EXPECT_FALSE(copy->parameters()[0].is_same(net->parameters()[0]));
}

TEST(Sequential, HasNamesIndicesAndSlices) {
  auto linear = [] { return make<Linear>({.in_features = 2, .out_features = 2}); };
  auto net = make<Sequential>(
      std::vector<NamedModule>{{"first", linear()}, {"act", make<ReLU>()}, {"last", linear()}});
  EXPECT_THAT(names(net->named_children()), ElementsAre("first", "act", "last"));
  EXPECT_EQ(net["act"]->type_name(), "ReLU");
  EXPECT_EQ(net[-1].get(), net["last"].get());
  EXPECT_THAT(names(net->slice(1, 3)->named_children()), ElementsAre("act", "last"));
  net->append(make<GELU>());
  EXPECT_EQ(net->size(), 4);
  EXPECT_EQ(net["3"]->type_name(), "GELU");
  EXPECT_THAT(error_of([&] { net["none"]; }), HasSubstr("there is no \"none\""));
  EXPECT_THAT(error_of([&] { net[4]; }), HasSubstr("index 4 in a list of 4"));
}

TEST(Module, ATiedParameterGetsTheSumOfItsGradients) {
  struct Tied : Module {
    Parameter a{this, "a", ones({2})}, b{this, "b", ones({2})};
    Tensor forward(Tensor x) { return a * x + b * 10; }
  };
  auto net = make<Tied>();
  net->b.tie(net->a);
  net(Tensor::from_data(std::vector<float>{1, 2}, {2})).sum().backward();
  EXPECT_THAT(net->a.grad().to_vector<float>(), ElementsAre(11, 12));
  EXPECT_EQ(net->num_parameters(), 2);
}

TEST(ModuleList, InsertRenamesWhatFollows) {
  ModuleHandle<ModuleList<Linear>> list = make<ModuleList<Linear>>();
  auto layer = [](int64_t n) { return make<Linear>({.in_features = n, .out_features = n}); };
  list->append(layer(1)).append(layer(3)).insert(1, layer(2));
  EXPECT_THAT(names(list->named_children()), ElementsAre("0", "1", "2"));
  EXPECT_EQ(list[2]->options().in_features, 3);
  EXPECT_EQ(list[-1]->weight.path(), "2.weight");
  EXPECT_EQ(list->slice(1, 3)->size(), 2);
  EXPECT_EQ(list[2]->weight.path(), "2.weight");
  EXPECT_THAT(error_of([&] { list[3]; }), HasSubstr("index 3 in a list of 3"));
}

}  // namespace
}  // namespace etch::nn
