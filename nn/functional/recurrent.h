// Recurrent layers as functions: stacks of layers over time, and single steps.
//
// Gates stand one after the other in the rows of a weight, in PyTorch's order: i, f, g, o of an
// LSTM, r, z, n of a GRU. Sizes in what follows: T steps, batch B, I inputs, H hidden units, P = H,
// or the projection's size where an LSTM has one; G gates (1, 4 or 3).
#ifndef ETCH_NN_FUNCTIONAL_RECURRENT_H_
#define ETCH_NN_FUNCTIONAL_RECURRENT_H_

#include <optional>
#include <source_location>
#include <utility>
#include <vector>

#include "etch/frontend/tensor.h"

namespace etch::nn::functional {

using Loc = std::source_location;

enum class Nonlinearity { kTanh, kRelu };

// Of one layer in one direction.
struct RecurrentWeights {
  Tensor ih;                              // [G H, I]
  Tensor hh;                              // [G H, P]
  std::optional<Tensor> bias_ih = {};     // [G H]
  std::optional<Tensor> bias_hh = {};     // [G H]
  std::optional<Tensor> projection = {};  // [P, H], of an LSTM
};

struct RecurrentOptions {
  bool bidirectional = false;
  bool batch_first = false;
  double dropout = 0;  // of what a layer hands to the next one, in training
  bool training = false;
  // What dropout draws from; the thread's default generator when empty.
  std::optional<Tensor> random_state = {};
};

struct LstmState {
  Tensor h;  // [..., P]
  Tensor c;  // [..., H]
};

// The weights are those of the first layer, in both directions where there are two (forward first),
// then of the second one, and so on. x is [T, B, I], [B, T, I] with batch_first, or [T, I] without
// a batch; the states are [layers * directions, B, P] (and H for c), without B where x has no
// batch, zeros where none are given. Returns the last layer's outputs [T, B, directions * P],
// arranged as x is, and the last states.
//
// The input product of a layer is one for all steps; the rest of a step runs in an etch::scan.
// Throws etch::Error where shapes disagree.
std::pair<Tensor, Tensor> rnn(const Tensor& x, const std::optional<Tensor>& h,
                              const std::vector<RecurrentWeights>& weights,
                              Nonlinearity nonlinearity = Nonlinearity::kTanh,
                              const RecurrentOptions& options = {}, Loc loc = Loc::current());
std::pair<Tensor, LstmState> lstm(const Tensor& x, const std::optional<LstmState>& state,
                                  const std::vector<RecurrentWeights>& weights,
                                  const RecurrentOptions& options = {}, Loc loc = Loc::current());
std::pair<Tensor, Tensor> gru(const Tensor& x, const std::optional<Tensor>& h,
                              const std::vector<RecurrentWeights>& weights,
                              const RecurrentOptions& options = {}, Loc loc = Loc::current());

// One step: x [B, I] or [I], h [B, H] or [H].
//   h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or relu of it
Tensor rnn_cell(const Tensor& x, const Tensor& h, const RecurrentWeights& weights,
                Nonlinearity nonlinearity = Nonlinearity::kTanh, Loc loc = Loc::current());
//   c' = sigmoid(f) c + sigmoid(i) tanh(g),   h' = sigmoid(o) tanh(c')
// Source: Hochreiter and Schmidhuber, "Long Short-Term Memory", 1997.
LstmState lstm_cell(const Tensor& x, const LstmState& state, const RecurrentWeights& weights,
                    Loc loc = Loc::current());
//   n = tanh(W_in x + b_in + sigmoid(r) (W_hn h + b_hn)),   h' = (1 - sigmoid(z)) n + sigmoid(z) h
// Source: Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder for Statistical
// Machine Translation", 2014, arXiv:1406.1078.
Tensor gru_cell(const Tensor& x, const Tensor& h, const RecurrentWeights& weights,
                Loc loc = Loc::current());

}  // namespace etch::nn::functional

#endif  // ETCH_NN_FUNCTIONAL_RECURRENT_H_
