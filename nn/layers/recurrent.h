// RNN, LSTM and GRU over sequences, and their single steps, with PyTorch's names and defaults.
#ifndef ETCH_NN_LAYERS_RECURRENT_H_
#define ETCH_NN_LAYERS_RECURRENT_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "etch/nn/functional/recurrent.h"
#include "etch/nn/module.h"
#include "etch/nn/parameter.h"

namespace etch::nn {

using functional::LstmState;
using functional::Nonlinearity;

struct GruOptions {
  int64_t input_size = 0;
  int64_t hidden_size = 0;
  int64_t num_layers = 1;
  bool bias = true;
  bool batch_first = false;
  double dropout = 0;  // of what a layer hands to the next one
  bool bidirectional = false;
};

struct RnnOptions {
  int64_t input_size = 0;
  int64_t hidden_size = 0;
  int64_t num_layers = 1;
  Nonlinearity nonlinearity = Nonlinearity::kTanh;
  bool bias = true;
  bool batch_first = false;
  double dropout = 0;
  bool bidirectional = false;
};

struct LstmOptions {
  int64_t input_size = 0;
  int64_t hidden_size = 0;
  int64_t num_layers = 1;
  bool bias = true;
  bool batch_first = false;
  double dropout = 0;
  bool bidirectional = false;
  int64_t proj_size = 0;  // above 0, the size that h is projected to; below hidden_size
};

// What the three kinds share. The parameters of layer k are weight_ih_lk, weight_hh_lk, bias_ih_lk
// and bias_hh_lk, "_reverse" behind that in the other direction, and weight_hr_lk of an LSTM with
// a projection; shapes: functional/recurrent.h. Initially all are uniform in [-s, s),
// s = 1 / sqrt(hidden_size).
class RecurrentLayer : public LibraryModule {
 public:
  void reset_parameters();
  std::string extra_repr() const override;

 protected:
  RecurrentLayer(const char* kind, const LstmOptions& options, int64_t gates);
  std::vector<functional::RecurrentWeights> weights() const;
  functional::RecurrentOptions call_options();

 private:
  // The parameters of one layer in one direction; undefined where there is none.
  struct Direction {
    Direction(Module* owner, const std::string& suffix, int64_t rows, int64_t inputs,
              int64_t outputs, int64_t hidden, bool bias, bool projects);
    Parameter ih, hh, bias_ih, bias_hh;
    std::optional<Parameter> projection;
  };

  LstmOptions options_;  // those of an LSTM are all but the nonlinearity
  std::deque<Direction> directions_;
  std::optional<RandomState> random_;
};

// h' = tanh(W_ih x + b_ih + W_hh h + b_hh). forward(x, h): the outputs of the last layer and the
// last h of all layers.
class RNN : public RecurrentLayer {
 public:
  using Options = RnnOptions;
  explicit RNN(Options options);
  RNN(int64_t input_size, int64_t hidden_size) : RNN(Options{input_size, hidden_size}) {}
  std::pair<Tensor, Tensor> forward(const Tensor& x, const std::optional<Tensor>& h = {});

 private:
  Nonlinearity nonlinearity_;
};

// forward(x, {h, c}): the outputs of the last layer and the last states of all layers.
//
//   auto [output, state] = lstm(x);
//   auto [more, last] = lstm(y, state);
class LSTM : public RecurrentLayer {
 public:
  using Options = LstmOptions;
  explicit LSTM(Options options);
  LSTM(int64_t input_size, int64_t hidden_size) : LSTM(Options{input_size, hidden_size}) {}
  std::pair<Tensor, LstmState> forward(const Tensor& x, const std::optional<LstmState>& state = {});
};

class GRU : public RecurrentLayer {
 public:
  using Options = GruOptions;
  explicit GRU(Options options);
  GRU(int64_t input_size, int64_t hidden_size) : GRU(Options{input_size, hidden_size}) {}
  std::pair<Tensor, Tensor> forward(const Tensor& x, const std::optional<Tensor>& h = {});
};

struct RecurrentCellOptions {
  int64_t input_size = 0;
  int64_t hidden_size = 0;
  bool bias = true;
};

struct RnnCellOptions {
  int64_t input_size = 0;
  int64_t hidden_size = 0;
  bool bias = true;
  Nonlinearity nonlinearity = Nonlinearity::kTanh;
};

// One step of a layer. Parameters: weight_ih, weight_hh, bias_ih, bias_hh, as those of a layer.
class RecurrentCell : public LibraryModule {
 public:
  void reset_parameters();
  std::string extra_repr() const override;

 protected:
  RecurrentCell(const char* kind, const RecurrentCellOptions& options, int64_t gates);
  functional::RecurrentWeights weights() const;
  // `h`, or zeros beside `x`.
  Tensor state_or_zeros(const Tensor& x, const std::optional<Tensor>& h) const;

 private:
  RecurrentCellOptions options_;

 public:
  Parameter weight_ih, weight_hh;
  Parameter bias_ih, bias_hh;  // undefined without
};

// forward(x, h): the next h. x [B, input_size] or [input_size].
class RNNCell : public RecurrentCell {
 public:
  using Options = RnnCellOptions;
  explicit RNNCell(Options options);
  RNNCell(int64_t input_size, int64_t hidden_size) : RNNCell(Options{input_size, hidden_size}) {}
  Tensor forward(const Tensor& x, const std::optional<Tensor>& h = {});
  std::string extra_repr() const override;

 private:
  Nonlinearity nonlinearity_;
};

// forward(x, {h, c}): the next states.
class LSTMCell : public RecurrentCell {
 public:
  using Options = RecurrentCellOptions;
  explicit LSTMCell(Options options);
  LSTMCell(int64_t input_size, int64_t hidden_size) : LSTMCell(Options{input_size, hidden_size}) {}
  LstmState forward(const Tensor& x, const std::optional<LstmState>& state = {});
};

class GRUCell : public RecurrentCell {
 public:
  using Options = RecurrentCellOptions;
  explicit GRUCell(Options options);
  GRUCell(int64_t input_size, int64_t hidden_size) : GRUCell(Options{input_size, hidden_size}) {}
  Tensor forward(const Tensor& x, const std::optional<Tensor>& h = {});
};

}  // namespace etch::nn

#endif  // ETCH_NN_LAYERS_RECURRENT_H_
