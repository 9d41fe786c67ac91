#include "etch/nn/layers/recurrent.h"

#include <cmath>

#include "etch/frontend/ops/creation.h"
#include "etch/frontend/scope.h"
#include "etch/nn/host_values.h"
#include "etch/nn/init.h"
#include "etch/nn/layers/checks.h"

namespace etch::nn {

namespace F = functional;

namespace {

Tensor empty(const Shape& shape, bool wanted = true) {
  return wanted ? detail::filled(shape, 0, f32) : Tensor();
}

// All parameters of `module` uniform in [-s, s), s = 1 / sqrt(hidden).
void reset(Module& module, int64_t hidden) {
  double bound = 1.0 / std::sqrt(static_cast<double>(hidden));
  for (const Tensor& parameter : module.parameters()) init::uniform_(parameter, -bound, bound);
}

template <typename Options>
LstmOptions shared_options(const Options& o) {
  return {.input_size = o.input_size,
          .hidden_size = o.hidden_size,
          .num_layers = o.num_layers,
          .bias = o.bias,
          .batch_first = o.batch_first,
          .dropout = o.dropout,
          .bidirectional = o.bidirectional};
}

}  // namespace

// ---- Layers

RecurrentLayer::Direction::Direction(Module* owner, const std::string& suffix, int64_t rows,
                                     int64_t inputs, int64_t outputs, int64_t hidden, bool bias,
                                     bool projects)
    : ih(owner, "weight_ih" + suffix, empty({rows, inputs})),
      hh(owner, "weight_hh" + suffix, empty({rows, outputs})),
      bias_ih(owner, "bias_ih" + suffix, empty({rows}, bias)),
      bias_hh(owner, "bias_hh" + suffix, empty({rows}, bias)) {
  if (projects) projection.emplace(owner, "weight_hr" + suffix, empty({outputs, hidden}));
}

RecurrentLayer::RecurrentLayer(const char* kind, const LstmOptions& options, int64_t gates)
    : options_(options) {
  int64_t proj_size = options.proj_size;
  int64_t inputs = detail::at_least_1(kind, "input_size", options.input_size);
  int64_t hidden = detail::at_least_1(kind, "hidden_size", options.hidden_size);
  detail::at_least_1(kind, "num_layers", options.num_layers);
  detail::probability(kind, "dropout", options.dropout);
  if (proj_size < 0 || proj_size >= hidden) {
    frontend::fail({kind},
                   "proj_size = " + std::to_string(proj_size) +
                       " must be at least 0 and below hidden_size = " + std::to_string(hidden));
  }
  int64_t outputs = proj_size > 0 ? proj_size : hidden;
  for (int64_t layer = 0; layer < options.num_layers; ++layer) {
    for (const char* direction : {"", "_reverse"}) {
      if (*direction && !options.bidirectional) continue;
      directions_.emplace_back(this, "_l" + std::to_string(layer) + direction, gates * hidden,
                               inputs, outputs, hidden, options.bias, proj_size > 0);
    }
    inputs = outputs * (options.bidirectional ? 2 : 1);
  }
  if (options.dropout > 0) random_.emplace(this);
  reset_parameters();
}

void RecurrentLayer::reset_parameters() { reset(*this, options_.hidden_size); }

std::vector<F::RecurrentWeights> RecurrentLayer::weights() const {
  std::vector<F::RecurrentWeights> all;
  for (const Direction& d : directions_) {
    all.push_back({d.ih, d.hh, detail::if_defined(d.bias_ih), detail::if_defined(d.bias_hh)});
    if (d.projection) all.back().projection = *d.projection;
  }
  return all;
}

F::RecurrentOptions RecurrentLayer::call_options() {
  F::RecurrentOptions call = {.bidirectional = options_.bidirectional,
                              .batch_first = options_.batch_first,
                              .dropout = options_.dropout,
                              .training = training};
  if (random_) call.random_state = random_->state();
  return call;
}

std::string RecurrentLayer::extra_repr() const {
  std::string text =
      std::to_string(options_.input_size) + ", " + std::to_string(options_.hidden_size);
  if (options_.proj_size != 0) text += ", proj_size=" + std::to_string(options_.proj_size);
  if (options_.num_layers != 1) text += ", num_layers=" + std::to_string(options_.num_layers);
  if (!options_.bias) text += ", bias=False";
  if (options_.batch_first) text += ", batch_first=True";
  if (options_.dropout != 0) text += ", dropout=" + detail::python_repr(options_.dropout);
  if (options_.bidirectional) text += ", bidirectional=True";
  return text;
}

RNN::RNN(Options options)
    : RecurrentLayer("RNN", shared_options(options), 1), nonlinearity_(options.nonlinearity) {}

std::pair<Tensor, Tensor> RNN::forward(const Tensor& x, const std::optional<Tensor>& h) {
  return F::rnn(x, h, weights(), nonlinearity_, call_options());
}

LSTM::LSTM(Options options) : RecurrentLayer("LSTM", options, 4) {}

std::pair<Tensor, LstmState> LSTM::forward(const Tensor& x, const std::optional<LstmState>& state) {
  return F::lstm(x, state, weights(), call_options());
}

GRU::GRU(Options options) : RecurrentLayer("GRU", shared_options(options), 3) {}

std::pair<Tensor, Tensor> GRU::forward(const Tensor& x, const std::optional<Tensor>& h) {
  return F::gru(x, h, weights(), call_options());
}

// ---- Cells

RecurrentCell::RecurrentCell(const char* kind, const RecurrentCellOptions& options, int64_t gates)
    : options_(options),
      weight_ih(this, "weight_ih",
                empty({gates * detail::at_least_1(kind, "hidden_size", options.hidden_size),
                       detail::at_least_1(kind, "input_size", options.input_size)})),
      weight_hh(this, "weight_hh", empty({gates * options.hidden_size, options.hidden_size})),
      bias_ih(this, "bias_ih", empty({gates * options.hidden_size}, options.bias)),
      bias_hh(this, "bias_hh", empty({gates * options.hidden_size}, options.bias)) {
  reset_parameters();
}

void RecurrentCell::reset_parameters() { reset(*this, options_.hidden_size); }

F::RecurrentWeights RecurrentCell::weights() const {
  return {weight_ih, weight_hh, detail::if_defined(bias_ih), detail::if_defined(bias_hh)};
}

Tensor RecurrentCell::state_or_zeros(const Tensor& x, const std::optional<Tensor>& h) const {
  if (h && h->defined()) return *h;
  std::vector<int64_t> shape = x.shape().extents();
  if (!shape.empty()) shape.back() = options_.hidden_size;
  return zeros(shape, x.dtype());
}

std::string RecurrentCell::extra_repr() const {
  return std::to_string(options_.input_size) + ", " + std::to_string(options_.hidden_size) +
         (options_.bias ? "" : ", bias=False");
}

RNNCell::RNNCell(Options options)
    : RecurrentCell("RNNCell", {options.input_size, options.hidden_size, options.bias}, 1),
      nonlinearity_(options.nonlinearity) {}

Tensor RNNCell::forward(const Tensor& x, const std::optional<Tensor>& h) {
  return F::rnn_cell(x, state_or_zeros(x, h), weights(), nonlinearity_);
}

std::string RNNCell::extra_repr() const {
  return RecurrentCell::extra_repr() +
         (nonlinearity_ == Nonlinearity::kTanh ? "" : ", nonlinearity=relu");
}

LSTMCell::LSTMCell(Options options) : RecurrentCell("LSTMCell", options, 4) {}

LstmState LSTMCell::forward(const Tensor& x, const std::optional<LstmState>& state) {
  std::optional<Tensor> h, c;
  if (state) h = state->h, c = state->c;
  return F::lstm_cell(x, {state_or_zeros(x, h), state_or_zeros(x, c)}, weights());
}

GRUCell::GRUCell(Options options) : RecurrentCell("GRUCell", options, 3) {}

Tensor GRUCell::forward(const Tensor& x, const std::optional<Tensor>& h) {
  return F::gru_cell(x, state_or_zeros(x, h), weights());
}

}  // namespace etch::nn
