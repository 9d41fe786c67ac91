// Exponential moving averages of a model's weights, which often do better than the weights.
//
//   nn::utils::ExponentialMovingAverage ema(*net, {.decay = 0.999});
//   auto step = etch::compile([&](etch::Tensor x, etch::Tensor target) {
//     ...
//     opt.step();
//     ema.update();                       // part of the program
//     return loss;
//   });
//   {
//     auto scope = ema.average_parameters();   // net has the averages in here
//     validate(net);
//   }
#ifndef ETCH_NN_UTILS_MOVING_AVERAGE_H_
#define ETCH_NN_UTILS_MOVING_AVERAGE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "etch/nn/module.h"
#include "etch/nn/state_dict.h"

namespace etch::nn::utils {

struct MovingAverageOptions {
  double decay = 0.999;
  // Averages floating buffers as well, and copies the others; otherwise buffers are left alone.
  bool use_buffers = false;
};

// As torch.optim.swa_utils.AveragedModel with the exponential formula: the first update copies the
// weights, each later one does average = decay * average + (1 - decay) * weight. Averages are state
// cells in the weights' dtypes.
class ExponentialMovingAverage {
 public:
  using Options = MovingAverageOptions;
  // Averages the parameters that `module` has now; it must not outlive them. Throws etch::Error
  // when the decay is not in [0, 1].
  explicit ExponentialMovingAverage(const Module& module, const Options& options = {});
  ExponentialMovingAverage(const ExponentialMovingAverage&) = delete;
  ExponentialMovingAverage& operator=(const ExponentialMovingAverage&) = delete;

  // Takes the present weights in. Traceable.
  void update();
  int64_t num_updates() const;

  // Keeps the present weights; throws etch::Error when some are kept already.
  void store();
  // Replaces the weights by the averages. Not within a trace.
  void apply();
  // Brings back what was kept; throws etch::Error when nothing was.
  void restore();

  // store() and apply() now, restore() at the end of the scope.
  class Scope {
   public:
    explicit Scope(ExponentialMovingAverage& average);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    ExponentialMovingAverage& average_;
  };
  [[nodiscard]] Scope average_parameters() { return Scope(*this); }

  // "num_updates", and the averages as "average.fc1.weight".
  StateDict state_dict() const;
  LoadReport load_state_dict(const StateDict& state, const LoadOptions& options = {});

 private:
  struct Entry {
    std::string path;
    Tensor weight;
    Tensor average;
    Tensor kept;  // undefined unless stored
  };

  double decay_;
  Tensor num_updates_;
  std::vector<Entry> entries_;
  bool is_stored_ = false;
};

}  // namespace etch::nn::utils

#endif  // ETCH_NN_UTILS_MOVING_AVERAGE_H_
