// RNN, LSTM and GRU over sequences, and their cells, against PyTorch (tests/golden/recurrent.py).
#include <algorithm>
#include <cmath>

#include "etch/tests/golden/cases.h"
#include "testing.h"

namespace {

namespace nn = etch::nn;
namespace F = nn::functional;
using etch::Tensor;
using etch::testing::error_of;
using etch::testing::floats;
using etch::testing::of_module;
using etch::testing::Subject;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Calls a layer or a cell on x and the states that a case has.
template <typename M>
Subject one_state(typename M::Options options) {
  auto module = nn::make<M>(options);
  module->eval();
  return of_module(
      module, [](const auto& m, const auto& x) { return m(x[0], std::optional<Tensor>(x[1])); });
}
template <typename M>
Subject two_states(typename M::Options options) {
  auto module = nn::make<M>(options);
  module->eval();
  return of_module(module, [](const auto& m, const auto& x) {
    return m(x[0], std::optional<nn::LstmState>({x[1], x[2]}));
  });
}

std::vector<etch::testing::Case> layer_cases() {
  constexpr auto kRelu = nn::Nonlinearity::kRelu;
  auto rnn = [](nn::RnnOptions options) {
    options.input_size = 3, options.hidden_size = 4;
    return [=] { return one_state<nn::RNN>(options); };
  };
  auto lstm = [](nn::LstmOptions options) {
    options.input_size = 3, options.hidden_size = 4;
    return [=] { return two_states<nn::LSTM>(options); };
  };
  auto gru = [](nn::GruOptions options) {
    options.input_size = 3, options.hidden_size = 4;
    return [=] { return one_state<nn::GRU>(options); };
  };
  return {
      {"rnn", rnn({})},
      {"rnn_relu", rnn({.num_layers = 2, .nonlinearity = kRelu})},
      {"rnn_stack", rnn({.num_layers = 2, .batch_first = true, .bidirectional = true})},
      {"lstm", lstm({})},
      {"lstm_plain", lstm({.bias = false})},
      {"lstm_batch_first", lstm({.batch_first = true})},
      {"lstm_stack", lstm({.num_layers = 2, .dropout = 0.25, .bidirectional = true})},
      {"lstm_projected", lstm({.num_layers = 2, .bidirectional = true, .proj_size = 2})},
      {"gru", gru({})},
      {"gru_stack", gru({.num_layers = 2, .batch_first = true, .bidirectional = true})},
      {"gru_plain", gru({.num_layers = 2, .bias = false})},
  };
}

TEST(Features, F7_layers_equal_pytorch_with_all_their_gradients) {
  etch::testing::check_cases("recurrent", "layer/", layer_cases());
}

TEST(Features, F7_layers_start_from_given_states) {
  etch::testing::check_cases("recurrent", "from_state/", layer_cases());
}

TEST(Features, F7_layers_take_sequences_without_a_batch) {
  etch::testing::check_cases(
      "recurrent", "unbatched/",
      {{"rnn",
        [] { return one_state<nn::RNN>({.input_size = 3, .hidden_size = 4, .num_layers = 2}); }},
       {"lstm", [] { return two_states<nn::LSTM>({.input_size = 3, .hidden_size = 4}); }},
       {"gru", [] {
          return one_state<nn::GRU>({.input_size = 3, .hidden_size = 4, .bidirectional = true});
        }}});
  etch::testing::check_cases(
      "recurrent", "one_step/",
      {{"lstm", [] { return two_states<nn::LSTM>({.input_size = 3, .hidden_size = 4}); }}});
}

TEST(Features, F7_widths_of_one_and_empty_batches) {
  for (auto [prefix, in, hidden] : {std::tuple{"width_of_one/", 1, 1}, {"empty_batch/", 3, 4}}) {
    etch::testing::check_cases(
        "recurrent", prefix,
        {{"rnn", [=] { return one_state<nn::RNN>({.input_size = in, .hidden_size = hidden}); }},
         {"lstm", [=] { return two_states<nn::LSTM>({.input_size = in, .hidden_size = hidden}); }},
         {"gru", [=] { return one_state<nn::GRU>({.input_size = in, .hidden_size = hidden}); }}});
  }
}

TEST(Features, F7_cells_equal_pytorch_with_all_their_gradients) {
  for (const char* prefix : {"cell/", "cell_from_zeros/"}) {
    etch::testing::check_cases(
        "recurrent", prefix,
        {{"rnn", [] { return one_state<nn::RNNCell>({.input_size = 3, .hidden_size = 4}); }},
         {"rnn_relu",
          [] {
            return one_state<nn::RNNCell>(
                {.input_size = 3, .hidden_size = 4, .nonlinearity = nn::Nonlinearity::kRelu});
          }},
         {"lstm", [] { return two_states<nn::LSTMCell>({.input_size = 3, .hidden_size = 4}); }},
         {"lstm_plain",
          [] {
            return two_states<nn::LSTMCell>({.input_size = 3, .hidden_size = 4, .bias = false});
          }},
         {"gru", [] { return one_state<nn::GRUCell>({.input_size = 3, .hidden_size = 4}); }}});
  }
}

float largest(const Tensor& x) {
  float most = 0;
  for (float value : floats(x)) most = std::max(most, std::abs(value));
  return most;
}

TEST(Features, F7_parameters_have_pytorchs_names_and_first_values) {
  auto net = nn::make<nn::LSTM>(
      {.input_size = 3, .hidden_size = 16, .num_layers = 2, .bidirectional = true, .proj_size = 5});
  EXPECT_THAT(etch::testing::names(net->named_parameters()),
              ElementsAre("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0",
                          "weight_hr_l0", "weight_ih_l0_reverse", "weight_hh_l0_reverse",
                          "bias_ih_l0_reverse", "bias_hh_l0_reverse", "weight_hr_l0_reverse",
                          "weight_ih_l1", "weight_hh_l1", "bias_ih_l1", "bias_hh_l1",
                          "weight_hr_l1", "weight_ih_l1_reverse", "weight_hh_l1_reverse",
                          "bias_ih_l1_reverse", "bias_hh_l1_reverse", "weight_hr_l1_reverse"));
  for (const Tensor& parameter : net->parameters()) {
    EXPECT_LE(largest(parameter), 0.25f);  // 1 / sqrt(16)
    EXPECT_GT(largest(parameter), 0.15f);
  }
}

TEST(Features, F7_dropout_acts_between_layers_in_training) {
  auto net =
      nn::make<nn::LSTM>({.input_size = 3, .hidden_size = 8, .num_layers = 2, .dropout = 0.5});
  auto run = etch::compile([&](Tensor x) { return net(x).first; });
  Tensor x = etch::ones({4, 2, 3});
  EXPECT_NE(floats(run(x)), floats(run(x)));
  net->eval();
  EXPECT_EQ(floats(run(x)), floats(run(x)));
}

TEST(Features, F7_a_stack_of_lstms_trains_in_one_compiled_step) {
  struct Classifier : nn::Module {
    nn::Child<nn::LSTM> lstm{
        this, "lstm", {.input_size = 2, .hidden_size = 16, .num_layers = 2, .batch_first = true}};
    nn::Child<nn::Linear> head{this, "head", {.in_features = 16, .out_features = 2}};
    Tensor forward(Tensor x) { return head(select(lstm(x).first, 1, -1)); }
  };
  etch::manual_seed(1);
  auto net = nn::make<Classifier>();
  nn::optim::Adam adam(net->parameters(), {.lr = 0.02});
  auto step = etch::compile([&](Tensor x, Tensor label) {
    adam.zero_grad();
    Tensor loss = F::cross_entropy(net(x), label);
    loss.backward();
    adam.step();
    return loss;
  });
  // Whether the first element of a sequence was larger than the last one.
  Tensor x = etch::rand({64, 9, 2});
  Tensor label = (select(select(x, 1, 0), 1, 0) > select(select(x, 1, 8), 1, 0)).to(etch::i64);
  float first = step(x, label).item<float>(), last = 0;
  for (int i = 0; i < 150; ++i) last = step(x, label).item<float>();
  EXPECT_GT(first, 0.6f);
  EXPECT_LT(last, 0.2f);
  EXPECT_EQ(step.num_compilations(), 1);
}

TEST(Features, F7_state_is_carried_from_call_to_call_in_buffers) {
  struct Reader : nn::Module {
    nn::Child<nn::LSTM> lstm{this, "lstm", {.input_size = 3, .hidden_size = 4}};
    nn::Buffer h{this, "h", etch::zeros({1, 2, 4})};
    nn::Buffer c{this, "c", etch::zeros({1, 2, 4})};
    Tensor forward(Tensor x) {
      auto [output, state] = lstm(x, nn::LstmState{h, c});
      h = state.h.detach();
      c = state.c.detach();
      return output;
    }
  };
  auto net = nn::make<Reader>();
  auto read = etch::compile([&](Tensor x) { return net(x); });
  Tensor x = etch::randn({6, 2, 3});
  Tensor whole = net->lstm(x).first;
  Tensor first = read(etch::slice(x, 0, 0, 3)), second = read(etch::slice(x, 0, 3, 6));
  etch::testing::expect_close(etch::cat({first, second}, 0), whole, 1e-6);
  EXPECT_EQ(read.num_compilations(), 1);
}

TEST(Features, F7_misuse_is_told_with_numbers) {
  auto lstm = nn::make<nn::LSTM>({.input_size = 3, .hidden_size = 4});
  EXPECT_THAT(error_of([&] {
                lstm(etch::ones({5, 2, 7}));
              }),
              HasSubstr("lstm: input has 7 features, the first layer wants 3"));
  EXPECT_THAT(error_of([&] { lstm(etch::ones({3})); }), HasSubstr("2-D (without a batch) or 3-D"));
  EXPECT_THAT(
      error_of([&] {
        lstm(etch::ones({5, 2, 3}), nn::LstmState{etch::zeros({1, 3, 4}), etch::zeros({1, 2, 4})});
      }),
      HasSubstr("expected hidden state 0 of shape [1, 2, 4], got [1, 3, 4]"));
  EXPECT_THAT(
      error_of([&] { nn::make<nn::LSTM>({.input_size = 3, .hidden_size = 4, .proj_size = 4}); }),
      HasSubstr("proj_size = 4 must be at least 0 and below hidden_size = 4"));
}

}  // namespace
