// Parameters and buffers: walks, freezing, modes, conversion.
#include <set>

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
using ::testing::Not;

struct Encoder : nn::Module {
  nn::Parameter scale{this, "scale", etch::ones({2})};
  nn::Buffer steps{this, "steps", etch::zeros({}, etch::i64)};
  nn::Child<nn::Linear> fc{this, "fc", {.in_features = 2, .out_features = 2}};
  Tensor forward(Tensor x) { return fc(x) * scale; }
};
struct Net : nn::Module {
  nn::Child<Encoder> encoder{this, "encoder"};
  nn::Child<nn::Linear> head{this, "head", {.in_features = 2, .out_features = 1}};
  nn::Child<Encoder> again{this, "again", encoder};
  nn::Parameter bias{this, "bias", etch::zeros({1})};
  Tensor forward(Tensor x) { return head(encoder(x)) + bias; }
};

TEST(Features, B1_walks_are_recursive_own_first_and_shared_once) {
  auto net = nn::make<Net>();
  EXPECT_THAT(names(net->named_parameters()),
              ElementsAre("bias", "encoder.scale", "encoder.fc.weight", "encoder.fc.bias",
                          "head.weight", "head.bias"));
  EXPECT_THAT(names(net->named_parameters(/*recurse=*/false)), ElementsAre("bias"));
  EXPECT_EQ(net->parameters().size(), 6u);
  EXPECT_THAT(names(net->named_buffers()), ElementsAre("encoder.steps"));
  EXPECT_EQ(net->buffers().size(), 1u);
  EXPECT_THAT(names(net->named_modules()), ElementsAre("", "encoder", "encoder.fc", "head"));
  EXPECT_EQ(net->modules().size(), 4u);
  EXPECT_THAT(names(net->named_children()), ElementsAre("encoder", "head"));
  EXPECT_EQ(net->children().size(), 2u);
}

TEST(Features, B1_a_parameter_may_be_born_frozen) {
  struct Fixed : nn::Module {
    nn::Parameter table{this, "table", etch::ones({3}), /*requires_grad=*/false};
    Tensor forward(Tensor x) { return x * table; }
  };
  auto net = nn::make<Fixed>();
  EXPECT_FALSE(net->table.requires_grad());
  EXPECT_EQ(net->parameters().size(), 1u);
  EXPECT_FALSE(net(etch::ones({3})).requires_grad());
}

// The ops of the program of a training step, by where they belong.
std::string training_program(Net& net) {
  auto program = etch::trace(
      [&](Tensor x) {
        net.zero_grad();
        Tensor loss = net.head(net.encoder(x)).sum();
        loss.backward();
        return loss;
      },
      {etch::spec(etch::f32, {4, 2})});
  EXPECT_TRUE(program.ok()) << program.status();
  return program->mlir_text();
}
int count(const std::string& text, const std::string& what) {
  int n = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

TEST(Features, B2_frozen_parts_have_no_backward_code) {
  auto net = nn::make<Net>();
  // Two products forwards; backwards dW and dx of the head, dW of the encoder.
  EXPECT_EQ(count(training_program(*net), "etch.matmul"), 2 + 3);
  net->encoder->requires_grad_(false);
  EXPECT_EQ(count(training_program(*net), "etch.matmul"), 2 + 1);
  net->requires_grad_(false);
  net->head->requires_grad_();
  net->encoder->fc->weight.requires_grad_();  // one by one, too
  EXPECT_EQ(count(training_program(*net), "etch.matmul"), 2 + 3);
  EXPECT_FALSE(net->encoder->fc->bias.requires_grad());
}

struct RunningMean : nn::Module {
  nn::Buffer mean{this, "mean", etch::zeros({2})};
  nn::Buffer scratch{this, "scratch", etch::zeros({2}), {.persistent = false}};
  nn::Parameter scale{this, "scale", etch::ones({2})};
  Tensor forward(Tensor x) {
    mean = 0.5 * mean + 0.5 * x.mean({0});
    scratch = x.sum({0});
    return (x - mean) * scale;
  }
};

TEST(Features, B3_buffers_are_assigned_inside_forward) {
  auto net = nn::make<RunningMean>();
  auto run = etch::compile([&](Tensor x) { return net(x); });
  Tensor x = etch::full({4, 2}, 8);
  EXPECT_EQ(floats(run(x))[0], 4);
  EXPECT_THAT(floats(net->mean), ElementsAre(4, 4));
  EXPECT_EQ(floats(run(x))[0], 2);
  EXPECT_THAT(floats(net->mean), ElementsAre(6, 6));
  EXPECT_THAT(floats(net->scratch), ElementsAre(32, 32));
  EXPECT_EQ(run.num_compilations(), 1);
}

TEST(Features, B3_buffers_are_saved_and_converted_but_not_trained) {
  auto net = nn::make<RunningMean>();
  EXPECT_THAT(names(net->state_dict()), ElementsAre("scale", "mean"));
  EXPECT_THAT(names(net->named_buffers()), ElementsAre("mean", "scratch"));
  nn::optim::SGD opt(net->parameters(), {.lr = 0.1});
  EXPECT_FALSE(net->mean.requires_grad());
  net(etch::ones({4, 2})).sum().backward();
  opt.step();
  EXPECT_THAT(floats(net->mean), ElementsAre(0.5, 0.5));
  net->to(etch::f64);
  EXPECT_EQ(net->mean.dtype(), etch::f64);
  EXPECT_EQ(net->scratch.dtype(), etch::f64);
  EXPECT_THAT(error_of([&] { net->mean = etch::zeros({3}, etch::f64); }),
              HasSubstr("assign: mean is f64 [2], the value is f64 [3]"));
}

TEST(Features, B5_modes_are_recursive_and_both_programs_are_kept) {
  auto net = nn::make<nn::Sequential>(nn::make<nn::Linear>({.in_features = 4, .out_features = 4}),
                                      nn::make<nn::Dropout>({.p = 0.5}));
  auto run = etch::compile([&](Tensor x) { return net(x); });
  Tensor x = etch::ones({64, 4});
  auto zeros = [](const std::vector<float>& values) {
    return std::count(values.begin(), values.end(), 0.0f);
  };
  EXPECT_GT(zeros(floats(run(x))), 50);
  EXPECT_EQ(&net->eval(), net.get());
  EXPECT_FALSE(net[1]->training);
  EXPECT_EQ(zeros(floats(run(x))), 0);
  EXPECT_GT(zeros((net->train(), floats(run(x)))), 50);
  EXPECT_FALSE(net->train(false).training);
  run(x);
  EXPECT_EQ(run.num_compilations(), 2);
}

TEST(Features, B6_to_converts_and_knows_one_device) {
  auto net = nn::make<Net>();
  net->to(etch::f64).to("cpu");
  EXPECT_EQ(net->head->weight.dtype(), etch::f64);
  EXPECT_EQ(net->encoder->steps.dtype(), etch::i64);
  EXPECT_EQ(net(etch::ones({1, 2}, etch::f64)).dtype(), etch::f64);
  EXPECT_EQ(error_of([&] { net->to("cuda:0"); }),
            "Net: to: there is no device \"cuda:0\"; Etch compiles for the CPU: the device is "
            "\"cpu\"");
  EXPECT_THAT(error_of([&] { net->to(etch::i32); }), HasSubstr("floating dtypes only, not i32"));
}

TEST(Features, B6_zero_grad_empties_or_fills) {
  auto net = nn::make<Net>();
  net(etch::ones({1, 2})).sum().backward();
  EXPECT_TRUE(net->bias.grad().defined());
  net->zero_grad(/*set_to_none=*/false);
  EXPECT_THAT(floats(net->bias.grad()), ElementsAre(0));
  net->zero_grad();
  EXPECT_FALSE(net->bias.grad().defined());
}

TEST(Features, B6_update_parameters_checks_the_count) {
  auto net = nn::make<nn::Linear>({.in_features = 2, .out_features = 1});
  net->update_parameters_({etch::full({1, 2}, 3.0), vec({4})});
  EXPECT_THAT(floats(net(vec({1, 1}))), ElementsAre(10));
  EXPECT_EQ(error_of([&] { net->update_parameters_({vec({4})}); }),
            "Linear: update_parameters_: 1 values for 2 parameters");
  EXPECT_EQ(error_of([&] {
              net->update_parameters_({etch::ones({1, 2}), vec({4, 5})});
            }),
            "Linear: update_parameters_: bias is f32 [1], its value f32 [2]");
  EXPECT_THAT(floats(net(vec({1, 1}))), ElementsAre(10));  // nothing was copied
}

TEST(Features, B6_clones_share_nothing) {
  auto net = nn::make<Net>();
  auto copy = net.clone();
  EXPECT_EQ(floats(copy->head->weight), floats(net->head->weight));
  nn::init::constant_(net->head->weight, 9);
  EXPECT_NE(floats(copy->head->weight), floats(net->head->weight));
  EXPECT_TRUE(copy->again->scale.is_same(copy->encoder->scale));
  auto dict =
      nn::make<nn::ModuleDict<>>(std::vector<nn::ModuleDict<>::Entry>{{"a", nn::make<nn::ReLU>()}});
  EXPECT_NE(dict.clone()["a"].get(), dict["a"].get());
}

TEST(Features, B6_parameters_are_counted_once) {
  auto net = nn::make<Net>();
  EXPECT_EQ(net->num_parameters(), 1 + 2 + 6 + 3);
  net->encoder->requires_grad_(false);
  EXPECT_EQ(net->num_parameters(/*trainable_only=*/true), 1 + 3);
}

}  // namespace
