// Sequential, ModuleList and ModuleDict.
#include "testing.h"

namespace {

namespace nn = etch::nn;
using etch::Tensor;
using etch::testing::error_of;
using etch::testing::floats;
using etch::testing::names;
using etch::testing::vec;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

nn::ModuleHandle<nn::Linear> linear(int64_t in, int64_t out) {
  return nn::make<nn::Linear>({.in_features = in, .out_features = out});
}

TEST(Features, B4_sequential_is_positional_or_named) {
  auto net = nn::make<nn::Sequential>(linear(3, 4), nn::make<nn::ReLU>(), linear(4, 2));
  EXPECT_THAT(names(net->state_dict()), ElementsAre("0.weight", "0.bias", "2.weight", "2.bias"));
  EXPECT_EQ(net[1]->type_name(), "ReLU");
  EXPECT_EQ(net[-1].get(), net[2].get());
  EXPECT_THAT(error_of([&] { net[3]; }), HasSubstr("index 3 in a list of 3"));
  net->append(nn::make<nn::ReLU>());
  EXPECT_EQ(net(etch::ones({5, 3})).shape(), etch::Shape({5, 2}));
  EXPECT_EQ(net->size(), 4);

  auto named = nn::make<nn::Sequential>(
      std::vector<nn::NamedModule>{{"body", linear(3, 4)}, {"head", linear(4, 2)}});
  EXPECT_EQ(named["head"].get(), named[1].get());
  EXPECT_EQ(named["head"]->path(), "head");
  EXPECT_THAT(error_of([&] { named["tail"]; }), HasSubstr("\"tail\""));
}

TEST(Features, B4_sequential_slice_shares_state) {
  auto net = nn::make<nn::Sequential>(linear(3, 4), nn::make<nn::ReLU>(), linear(4, 2));
  auto body = net->slice(0, 2);
  {
    etch::no_grad guard;
    net->find_parameter("0.bias").assign(etch::full({4}, 100.0));
  }
  for (float value : floats(body(etch::ones({1, 3})))) EXPECT_GT(value, 90);
  EXPECT_TRUE(body->find_parameter("0.weight").is_same(net->find_parameter("0.weight")));
  EXPECT_EQ(net->find_parameter("0.weight").path(), "0.weight");
}

TEST(Features, B4_module_list_indexes_extends_inserts_and_slices) {
  struct Mlp : nn::Module {
    nn::Child<nn::ModuleList<nn::Linear>> layers{this, "layers", 2, [] { return linear(4, 4); }};
    Tensor forward(Tensor x) {
      for (auto& layer : layers) x = etch::relu(layer(x));
      return x;
    }
  };
  auto net = nn::make<Mlp>();
  auto first = net->layers[0], last = net->layers[-1];
  net->layers->append(linear(4, 4));
  net->layers->insert(0, linear(4, 4));
  net->layers->extend({linear(4, 4), linear(4, 2)});
  EXPECT_EQ(net->layers->size(), 6);
  EXPECT_EQ(net->layers[1].get(), first.get());
  EXPECT_EQ(first->weight.path(), "layers.1.weight");
  EXPECT_EQ(net->layers->slice(1, 3)[1].get(), last.get());
  EXPECT_EQ(net(etch::ones({1, 4})).shape(), etch::Shape({1, 2}));
}

TEST(Features, B4_module_dict_is_ordered) {
  struct Encoders : nn::Module {
    nn::Child<nn::ModuleDict<>> by_kind{
        this, "by_kind",
        std::vector<nn::ModuleDict<>::Entry>{{"text", linear(3, 2)}, {"image", linear(5, 2)}}};
    Tensor forward(std::map<std::string, Tensor> inputs) {
      Tensor sum;
      for (auto& [kind, encoder] : by_kind)
        if (inputs.count(kind)) {
          Tensor y = encoder(inputs.at(kind));
          sum = sum.defined() ? sum + y : y;
        }
      return sum;
    }
  };
  auto net = nn::make<Encoders>();
  EXPECT_THAT(net->by_kind->keys(), ElementsAre("text", "image"));
  EXPECT_THAT(names(net->state_dict()), ElementsAre("by_kind.text.weight", "by_kind.text.bias",
                                                    "by_kind.image.weight", "by_kind.image.bias"));
  std::map<std::string, Tensor> inputs{{"image", etch::ones({5})}};
  EXPECT_EQ(floats(net(inputs)), floats(net->by_kind["image"](etch::ones({5}))));
  net->by_kind->insert("audio", linear(1, 2)).insert("text", linear(7, 2));
  EXPECT_THAT(net->by_kind->keys(), ElementsAre("text", "image", "audio"));
  EXPECT_EQ(net->find_parameter("by_kind.text.weight").shape(), etch::Shape({2, 7}));
  EXPECT_TRUE(net->by_kind->erase("image"));
  EXPECT_FALSE(net->by_kind->erase("image"));
  EXPECT_FALSE(net->by_kind->contains("image"));
  EXPECT_THAT(error_of([&] { net->by_kind["image"]; }),
              HasSubstr("there is no \"image\" among: text, audio"));
}

TEST(Features, B4_children_less_the_last_make_a_feature_extractor) {
  auto net = nn::make<nn::Sequential>(linear(3, 4), nn::make<nn::ReLU>(), linear(4, 2));
  auto children = net->children();
  children.pop_back();
  auto features = nn::make<nn::Sequential>(children);
  Tensor x = etch::ones({2, 3});
  EXPECT_EQ(features(x).shape(), etch::Shape({2, 4}));
  EXPECT_EQ(floats(net[2](features(x))), floats(net(x)));
  EXPECT_EQ(net[0]->path(), "0");  // still the model's, by the model's names
}

TEST(Features, B4_containers_can_be_changed_after_programs_were_compiled) {
  auto net = nn::make<nn::Sequential>(linear(2, 2));
  auto run = etch::compile([&](Tensor x) { return net(x); });
  Tensor x = etch::ones({1, 2});
  auto before = floats(run(x));
  net->append(nn::make<nn::ReLU>()).append(linear(2, 1));
  EXPECT_EQ(run(x).shape(), etch::Shape({1, 1}));
  EXPECT_EQ(floats(net->slice(0, 1)(x)), before);
}

}  // namespace
