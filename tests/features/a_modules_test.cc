// What a module is: parts that register themselves, forward() of any signature, printing.
#include <map>
#include <optional>
#include <sstream>
#include <type_traits>

#include "testing.h"

namespace {

namespace nn = etch::nn;
using etch::Tensor;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using etch::testing::error_of;
using etch::testing::floats;
using etch::testing::names;
using etch::testing::vec;

struct Mlp : nn::Module {
  nn::Child<nn::Linear> layer1{this, "layer1", {.in_features = 784, .out_features = 128}};
  nn::Child<nn::ReLU> act{this, "act"};
  nn::Child<nn::Linear> layer2{this, "layer2", {.in_features = 128, .out_features = 10}};
  Tensor forward(Tensor x) { return layer2(act(layer1(x))); }
};

TEST(Features, A1_registries_are_the_modules_own_and_ordered) {
  struct Part : nn::Module {
    nn::Buffer count{this, "count", etch::zeros({})};
    nn::Parameter second{this, "second", etch::ones({2})};
    nn::Parameter first{this, "first", etch::ones({1})};
    nn::Child<nn::ReLU> act{this, "act"};
    nn::Child<nn::GELU> gelu{this, "gelu"};
  };
  auto a = nn::make<Part>(), b = nn::make<Part>();
  EXPECT_TRUE(a->training);
  EXPECT_THAT(names(a->named_parameters()), ElementsAre("second", "first"));
  EXPECT_THAT(names(a->named_buffers()), ElementsAre("count"));
  EXPECT_THAT(names(a->named_children()), ElementsAre("act", "gelu"));
  // Two modules of a type share nothing.
  a->register_parameter("third", etch::ones({3}));
  a->eval();
  EXPECT_EQ(b->parameters().size(), 2u);
  EXPECT_TRUE(b->training);
  EXPECT_FALSE(a->first.is_same(b->first));
}

struct NoForward : nn::Module {
  nn::Child<nn::ReLU> act{this, "act"};
};
struct TwoArguments : nn::Module {
  Tensor forward(Tensor x, double factor) { return x * factor; }
};

// A module without forward() is refused by the compiler, with words that tell what to do: see also
// tests/nn/misuse.
TEST(Features, A2_forward_is_a_typed_member_of_any_signature) {
  auto scale = nn::make<TwoArguments>();
  EXPECT_THAT(floats(scale(vec({1, 2}), 3.0)), ElementsAre(3, 6));
  static_assert(std::is_invocable_v<decltype(scale)&, Tensor, double>);
  static_assert(!std::is_invocable_v<decltype(scale)&, Tensor>);
  static_assert(!nn::detail::DefinesForward<NoForward>);
}

struct Encoded {
  Tensor pooled;
  std::vector<Tensor> tokens;
};
struct ImageText : nn::Module {
  nn::Child<nn::Linear> image{this, "image", {.in_features = 2, .out_features = 1}};
  nn::Child<nn::Linear> text{this, "text", {.in_features = 3, .out_features = 1}};
  Encoded forward(std::optional<Tensor> pixels, std::optional<Tensor> words) {
    Encoded out;
    if (pixels) out.tokens.push_back(image(*pixels));
    if (words) out.tokens.push_back(text(*words));
    out.pooled = out.tokens.at(0);
    for (size_t i = 1; i < out.tokens.size(); ++i) out.pooled = out.pooled + out.tokens[i];
    return out;
  }
};

TEST(Features, A3_forward_takes_optional_inputs_and_returns_structs) {
  auto net = nn::make<ImageText>();
  auto run = etch::compile([&](std::optional<Tensor> pixels, std::optional<Tensor> words) {
    return net(pixels, words);
  });
  std::optional<Tensor> pixels = etch::ones({4, 2}), words = etch::ones({4, 3}), none;
  Encoded both = run(pixels, words);
  EXPECT_EQ(both.tokens.size(), 2u);
  Encoded one = run(none, words);
  ASSERT_EQ(one.tokens.size(), 1u);
  EXPECT_EQ(floats(one.pooled), floats(both.tokens[1]));
  EXPECT_EQ(floats(net(std::nullopt, words).pooled), floats(one.pooled));
  EXPECT_EQ(floats(net(*pixels, std::nullopt).pooled), floats(both.tokens[0]));
  net->register_forward_pre_hook([](nn::Module&, nn::Inputs) {});
  EXPECT_EQ(floats(net(std::nullopt, words).pooled), floats(one.pooled));
  run(pixels, words);
  EXPECT_EQ(run.num_compilations(), 2);  // one for each set of inputs that are present
}

TEST(Features, A3_forward_returns_tuples_and_maps) {
  struct Split : nn::Module {
    std::tuple<Tensor, std::map<std::string, Tensor>> forward(Tensor x) {
      return {x * 2, {{"plus", x + 1}, {"minus", x - 1}}};
    }
  };
  auto net = nn::make<Split>();
  auto run = etch::compile([&](Tensor x) { return net(x); });
  auto [twice, rest] = run(vec({5}));
  EXPECT_THAT(floats(twice), ElementsAre(10));
  EXPECT_THAT(floats(rest.at("minus")), ElementsAre(4));
  EXPECT_THAT(floats(rest.at("plus")), ElementsAre(6));
}

TEST(Features, A4_calls_of_children_run_hooks_and_carry_paths) {
  auto net = nn::make<Mlp>();
  int called = 0;
  net->layer1->register_forward_hook([&](nn::Module&, nn::Inputs, Tensor) { ++called; });
  net(etch::ones({1, 784}));
  EXPECT_EQ(called, 1);
  EXPECT_THAT(error_of([&] { net(etch::ones({1, 3})); }), HasSubstr("layer1: linear: "));
}

TEST(Features, A4_a_call_pushes_its_path_runs_pre_hooks_forward_hooks_and_pops) {
  std::vector<std::string> log;
  struct Part : nn::Module {
    std::vector<std::string>* log;
    explicit Part(std::vector<std::string>* log) : log(log) {}
    Tensor forward(Tensor x) {
      log->push_back("forward of " + path());
      return x + etch::ones({2});
    }
  };
  struct Whole : nn::Module {
    nn::Child<Part> part;
    explicit Whole(std::vector<std::string>* log) : part(this, "part", log) {}
    Tensor forward(Tensor x) { return part(x) + etch::ones({4}); }
  };
  auto net = nn::make<Whole>(&log);
  net->part->register_forward_hook([&](nn::Module&, nn::Inputs, Tensor) { log.push_back("hook"); });
  net->part->register_forward_pre_hook([&](nn::Module&, nn::Inputs) { log.push_back("pre-hook"); });
  // The last addition is the outer module's: the path of the part is gone by then.
  EXPECT_THAT(error_of([&] { net(vec({1, 2})); }), ::testing::StartsWith("add: "));
  EXPECT_THAT(log, ElementsAre("pre-hook", "forward of part", "hook"));
  // And it is gone after an error.
  EXPECT_THAT(error_of([&] { net(vec({1, 2, 3})); }), ::testing::StartsWith("part: add: "));
  EXPECT_THAT(error_of([] {
                vec({1}) + vec({1, 2}) + vec({1, 2, 3});
              }),
              ::testing::StartsWith("add: "));
}

TEST(Features, A7_parts_register_themselves_or_by_name) {
  struct Late : nn::Module {
    Late() {
      register_parameter("weight", etch::ones({2}));
      register_buffer("mean", etch::zeros({2}));
      add_module("act", nn::make<nn::ReLU>());
      add_module("shortcut", nn::ModuleHandle<nn::Module>());
    }
  };
  auto net = nn::make<Late>();
  EXPECT_THAT(names(net->state_dict()), ElementsAre("weight", "mean"));
  EXPECT_TRUE(net->find_parameter("weight").requires_grad());
  EXPECT_NE(net->find_module("act"), nullptr);
  EXPECT_EQ(net->find_module("shortcut"), nullptr);  // the name is reserved
  EXPECT_THAT(error_of([&] { net->add_module("shortcut", nn::make<nn::ReLU>()); }),
              HasSubstr("the name \"shortcut\" is taken in this module"));
  EXPECT_THAT(error_of([&] { net->register_parameter("a.b", etch::ones({1})); }),
              HasSubstr("the name \"a.b\" has a dot in it"));
}

TEST(Features, A8_trees_print_as_in_pytorch) {
  struct Net : nn::Module {
    nn::Child<nn::Sequential> body{this, "body",
                                   nn::make<nn::Linear>({.in_features = 784, .out_features = 128}),
                                   nn::make<nn::ReLU>(), nn::make<nn::Dropout>({.p = 0.5})};
    nn::Child<nn::Linear> head{
        this, "head", {.in_features = 128, .out_features = 10, .bias = false}};
    nn::Child<nn::Linear> absent{this, "absent", nullptr};  // as self.absent = None
    Net() { add_module("none", {}); }                       // as self.register_module("none", None)
    std::string extra_repr() const override { return "classes=10"; }
  };
  std::ostringstream text;
  text << nn::make<Net>();
  EXPECT_EQ(text.str(), R"(Net(
  classes=10
  (body): Sequential(
    (0): Linear(in_features=784, out_features=128, bias=True)
    (1): ReLU()
    (2): Dropout(p=0.5, inplace=False)
  )
  (head): Linear(in_features=128, out_features=10, bias=False)
  (none): None
))");
}

TEST(Features, A9_apply_as_and_type_name) {
  auto net = nn::make<Mlp>();
  std::vector<std::string> visited;
  net->apply([&](nn::Module& module) {
    visited.push_back(module.type_name());
    if (auto* linear = module.as<nn::Linear>()) nn::init::constant_(linear->weight, 0.5);
  });
  EXPECT_THAT(visited, ElementsAre("Linear", "ReLU", "Linear", "Mlp"));
  EXPECT_EQ(floats(net->layer2->weight)[7], 0.5f);
  EXPECT_EQ(net->act->as<nn::Linear>(), nullptr);
}

TEST(Features, A10_a_module_called_twice_gets_both_gradients) {
  struct Twice : nn::Module {
    nn::Child<nn::Linear> fc{this, "fc", {.in_features = 1, .out_features = 1, .bias = false}};
    Tensor forward(Tensor x) { return fc(fc(x)); }
  };
  auto net = nn::make<Twice>();
  nn::init::constant_(net->fc->weight, 3);
  Tensor y = net(etch::full({1, 1}, 2));
  y.sum().backward();
  EXPECT_THAT(floats(y), ElementsAre(18));                       // w^2 x
  EXPECT_THAT(floats(net->fc->weight.grad()), ElementsAre(12));  // 2 w x
}

struct Tied : nn::Module {
  nn::Child<nn::Embedding> wte{this, "wte", {.num_embeddings = 4, .embedding_dim = 2}};
  nn::Child<nn::Linear> head{this, "head", {.in_features = 2, .out_features = 4, .bias = false}};
  Tied() { head->weight.tie(wte->weight); }
  Tensor forward(Tensor ids) { return head(wte(ids)); }
};

TEST(Features, A10_tied_weights_are_one_cell_with_several_names) {
  auto net = nn::make<Tied>();
  EXPECT_EQ(net->num_parameters(), 8);
  EXPECT_THAT(names(net->named_parameters()), ElementsAre("wte.weight"));
  EXPECT_THAT(names(net->state_dict()), ElementsAre("wte.weight", "head.weight"));
  // A file may hold either name, or both when they are equal.
  Tensor w = etch::full({4, 2}, 7.0);
  for (const char* name : {"wte.weight", "head.weight"}) {
    EXPECT_TRUE(net->load_state_dict({{name, w}}).ok()) << name;
    EXPECT_EQ(floats(net->head->weight)[0], 7);
    w = w + 1;
    EXPECT_TRUE(net->load_state_dict({{"wte.weight", w}, {"head.weight", w}}).ok());
    w = etch::full({4, 2}, 7.0);
  }
  EXPECT_THAT(error_of([&] {
                net->load_state_dict({{"wte.weight", w}, {"head.weight", w + 1}});
              }),
              HasSubstr("head.weight"));
}

TEST(Features, A10_a_module_shared_between_parents_has_several_paths) {
  struct Half : nn::Module {
    nn::Child<nn::Linear> fc;
    explicit Half(nn::ModuleHandle<nn::Linear> shared) : fc(this, "fc", shared) {}
    Tensor forward(Tensor x) { return fc(x); }
  };
  struct Net : nn::Module {
    nn::ModuleHandle<nn::Linear> shared =
        nn::make<nn::Linear>({.in_features = 2, .out_features = 2});
    nn::Child<Half> a{this, "a", shared}, b{this, "b", shared};
    Tensor forward(Tensor x) { return b(a(x)); }
  };
  auto net = nn::make<Net>();
  EXPECT_EQ(net->num_parameters(), 6);
  EXPECT_THAT(names(net->named_parameters()), ElementsAre("a.fc.weight", "a.fc.bias"));
  EXPECT_THAT(names(net->state_dict()),
              ElementsAre("a.fc.weight", "a.fc.bias", "b.fc.weight", "b.fc.bias"));
}

}  // namespace
