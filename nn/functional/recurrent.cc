#include "etch/nn/functional/recurrent.h"

#include <functional>

#include "etch/frontend/ops.h"
#include "etch/frontend/scope.h"
#include "etch/frontend/state.h"
#include "etch/nn/functional/dropout.h"
#include "etch/nn/functional/linear.h"

namespace etch::nn::functional {
namespace {

using Weights = RecurrentWeights;
using States = std::vector<Tensor>;  // h, and c of an LSTM
// The next states, from the input's product with its weight (and bias) and the states before.
using Step = std::function<States(const Tensor& input, const States& states, const Weights&)>;

std::string shape_of(const Tensor& x) { return x.shape().to_string(); }

States rnn_step(const Tensor& input, const States& states, const Weights& w, Nonlinearity f) {
  Tensor sum = input + functional::linear(states[0], w.hh, w.bias_hh);
  return {f == Nonlinearity::kTanh ? etch::tanh(sum) : etch::relu(sum)};
}

States lstm_step(const Tensor& input, const States& states, const Weights& w) {
  std::vector<Tensor> gates = chunk(input + functional::linear(states[0], w.hh, w.bias_hh), 4, -1);
  Tensor kept = etch::sigmoid(gates[1]) * states[1];
  Tensor c = kept + etch::sigmoid(gates[0]) * etch::tanh(gates[2]);
  Tensor h = etch::sigmoid(gates[3]) * etch::tanh(c);
  return {w.projection ? functional::linear(h, *w.projection) : h, c};
}

States gru_step(const Tensor& input, const States& states, const Weights& w) {
  std::vector<Tensor> from_x = chunk(input, 3, -1);
  std::vector<Tensor> from_h = chunk(functional::linear(states[0], w.hh, w.bias_hh), 3, -1);
  Tensor r = etch::sigmoid(from_x[0] + from_h[0]), z = etch::sigmoid(from_x[1] + from_h[1]);
  Tensor n = etch::tanh(from_x[2] + r * from_h[2]);
  return {n + z * (states[0] - n)};
}

// A stack of recurrent layers of one kind.
class Stack {
 public:
  Stack(const char* name, const std::vector<Weights>& weights, const RecurrentOptions& options,
        Step step)
      : name_(name), weights_(weights), options_(options), step_(std::move(step)) {}

  // The outputs and the last states of a call on `x` [T, B, I] (or as the options say), where
  // `widths` are the extents of the states and `initial` is empty or as long.
  std::pair<Tensor, States> run(Tensor x, const std::vector<int64_t>& widths, States initial) {
    if (x.dim() != 2 && x.dim() != 3)
      fail("expected input to be 2-D (without a batch) or 3-D, got " + shape_of(x));
    bool batched = x.dim() == 3;
    if (!batched) x = unsqueeze(x, 1);
    if (batched && options_.batch_first) x = x.transpose(0, 1);
    initial = checked(std::move(initial), widths, x, batched);

    size_t directions = options_.bidirectional ? 2 : 1;
    std::vector<States> last(widths.size());
    for (size_t first = 0; first < weights_.size(); first += directions) {
      if (first > 0 && options_.dropout > 0 && options_.training)
        x = dropout(x, options_.dropout, true, options_.random_state);
      std::vector<Tensor> outputs;
      for (size_t i = first; i < first + directions; ++i)
        outputs.push_back(layer(x, weights_[i], initial, i, i > first, last));
      x = directions == 1 ? outputs[0] : cat(outputs, -1);
    }

    States states;
    for (const States& each : last) states.push_back(stack(each));
    if (!batched) {
      for (Tensor& state : states) state = squeeze(state, 1);
      return {squeeze(x, 1), states};
    }
    return {options_.batch_first ? x.transpose(0, 1) : x, states};
  }

 private:
  [[noreturn]] void fail(const std::string& problem) const { frontend::fail({name_}, problem); }

  // One layer in one direction: its outputs [T, B, P]; its last states go to `last`.
  Tensor layer(const Tensor& x, const Weights& weights, const States& initial, size_t index,
               bool reverse, std::vector<States>& last) const {
    States states;
    for (const Tensor& state : initial)
      states.push_back(select(state, 0, static_cast<int64_t>(index)));
    Tensor inputs = functional::linear(x, weights.ih, weights.bias_ih);
    auto [after, outputs] = scan(
        [&](const States& before, const Tensor& input) {
          States next = step_(input, before, weights);
          Tensor h = next[0];
          return std::pair(next, h);
        },
        states, inputs, {.reverse = reverse});
    for (size_t i = 0; i < after.size(); ++i) last[i].push_back(after[i]);
    return outputs;
  }

  // The initial states as [layers * directions, B, width].
  States checked(States initial, const std::vector<int64_t>& widths, const Tensor& x,
                 bool batched) const {
    if (weights_.empty()) fail("has no weights");
    if (x.size(2) != weights_[0].ih.size(1))
      fail("input has " + std::to_string(x.size(2)) + " features, the first layer wants " +
           std::to_string(weights_[0].ih.size(1)));
    auto count = static_cast<int64_t>(weights_.size());
    for (size_t i = 0; i < widths.size(); ++i) {
      std::vector<int64_t> wanted = {count, x.size(1), widths[i]};
      if (initial.size() <= i) {
        initial.push_back(zeros(wanted, x.dtype()));
        continue;
      }
      if (!batched && initial[i].dim() == 2) initial[i] = unsqueeze(initial[i], 1);
      if (initial[i].shape() != Shape(wanted))
        fail("expected hidden state " + std::to_string(i) + " of shape " +
             Shape(wanted).to_string() + ", got " + shape_of(initial[i]));
    }
    return initial;
  }

  const char* name_;
  const std::vector<Weights>& weights_;
  const RecurrentOptions& options_;
  Step step_;
};

int64_t width_of(const std::vector<Weights>& weights) {
  return weights.empty() ? 0 : weights[0].hh.size(1);
}

// One step as users call it, with or without a batch.
States run_cell(const char* name, const Tensor& x, const States& states, const Weights& w,
                const Step& step) {
  auto fail = [&](const std::string& problem) { frontend::fail({name}, problem); };
  if (x.dim() != 1 && x.dim() != 2)
    fail("expected input to be 1-D (without a batch) or 2-D, got " + shape_of(x));
  if (x.size(-1) != w.ih.size(1))
    fail("input has " + std::to_string(x.size(-1)) + " features, expected " +
         std::to_string(w.ih.size(1)));
  bool batched = x.dim() == 2;
  States before;
  for (const Tensor& state : states) {
    if (state.dim() != x.dim() || state.size(-1) != w.hh.size(1) ||
        (batched && state.size(0) != x.size(0)))
      fail("the state is " + shape_of(state) + " beside an input " + shape_of(x) + " and " +
           std::to_string(w.hh.size(1)) + " hidden units");
    before.push_back(batched ? state : unsqueeze(state, 0));
  }
  States after =
      step(functional::linear(batched ? x : unsqueeze(x, 0), w.ih, w.bias_ih), before, w);
  if (!batched)
    for (Tensor& state : after) state = squeeze(state, 0);
  return after;
}

Step rnn_step_with(Nonlinearity nonlinearity) {
  return [nonlinearity](const Tensor& input, const States& states, const Weights& w) {
    return rnn_step(input, states, w, nonlinearity);
  };
}

States states_of(const std::optional<Tensor>& h) {
  return h && h->defined() ? States{*h} : States{};
}

}  // namespace

std::pair<Tensor, Tensor> rnn(const Tensor& x, const std::optional<Tensor>& h,
                              const std::vector<Weights>& weights, Nonlinearity nonlinearity,
                              const RecurrentOptions& options, Loc loc) {
  frontend::LocScope line(loc);
  auto [output, last] = Stack("rnn", weights, options, rnn_step_with(nonlinearity))
                            .run(x, {width_of(weights)}, states_of(h));
  return {output, last[0]};
}

std::pair<Tensor, LstmState> lstm(const Tensor& x, const std::optional<LstmState>& state,
                                  const std::vector<Weights>& weights,
                                  const RecurrentOptions& options, Loc loc) {
  frontend::LocScope line(loc);
  States initial;
  if (state && state->h.defined()) initial = {state->h, state->c};
  int64_t hidden = weights.empty() ? 0 : weights[0].ih.size(0) / 4;
  auto [output, last] =
      Stack("lstm", weights, options, lstm_step).run(x, {width_of(weights), hidden}, initial);
  return {output, {last[0], last[1]}};
}

std::pair<Tensor, Tensor> gru(const Tensor& x, const std::optional<Tensor>& h,
                              const std::vector<Weights>& weights, const RecurrentOptions& options,
                              Loc loc) {
  frontend::LocScope line(loc);
  auto [output, last] =
      Stack("gru", weights, options, gru_step).run(x, {width_of(weights)}, states_of(h));
  return {output, last[0]};
}

Tensor rnn_cell(const Tensor& x, const Tensor& h, const Weights& weights, Nonlinearity nonlinearity,
                Loc loc) {
  frontend::LocScope line(loc);
  return run_cell("rnn_cell", x, {h}, weights, rnn_step_with(nonlinearity))[0];
}

LstmState lstm_cell(const Tensor& x, const LstmState& state, const Weights& weights, Loc loc) {
  frontend::LocScope line(loc);
  States after = run_cell("lstm_cell", x, {state.h, state.c}, weights, lstm_step);
  return {after[0], after[1]};
}

Tensor gru_cell(const Tensor& x, const Tensor& h, const Weights& weights, Loc loc) {
  frontend::LocScope line(loc);
  return run_cell("gru_cell", x, {h}, weights, gru_step)[0];
}

}  // namespace etch::nn::functional
