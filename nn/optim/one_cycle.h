#ifndef ETCH_NN_OPTIM_ONE_CYCLE_H_
#define ETCH_NN_OPTIM_ONE_CYCLE_H_

#include <cstdint>
#include <vector>

#include "etch/nn/optim/scheduler.h"

namespace etch::nn::optim {

struct OneCycleLROptions {
  std::vector<double> max_lr;  // one for all groups, or one for each
  int64_t total_steps = 0;     // or epochs * steps_per_epoch
  int64_t epochs = 0;
  int64_t steps_per_epoch = 0;
  double pct_start = 0.3;  // the part of the steps in which the rate rises
  enum class Anneal : uint8_t { kCos, kLinear } anneal_strategy = Anneal::kCos;
  bool cycle_momentum = true;
  double base_momentum = 0.85;
  double max_momentum = 0.95;
  double div_factor = 25;
  double final_div_factor = 1e4;
  bool three_phase = false;
};

// From max_lr / div_factor up to max_lr, then down to a final_div_factor-th of where it began; in
// three phases the way down is as long as the way up, and the rest of the steps go to the lowest
// rate. Momentum (beta1 of Adam) goes the other way, from max_momentum down to base_momentum and
// up. Called after every batch; more than total_steps times is an error.
// Source: Smith, Topin, "Super-Convergence", 2017, arXiv:1708.07120.
class OneCycleLR : public LRScheduler {
 public:
  using Options = OneCycleLROptions;
  OneCycleLR(Optimizer& optimizer, Options options);
  void step() override;

 protected:
  double next_lr(int64_t group) const override;

 private:
  // What anneals between two steps.
  struct Phase {
    double end_step;
    double start_lr, end_lr;
    double start_momentum, end_momentum;
  };
  struct Position {
    Phase phase;
    double fraction;  // of the phase that is over
  };
  void check() const;
  Position position(int64_t group) const;
  double anneal(double start, double end, double fraction) const;

  Options options_;
  const char* momentum_ = nullptr;  // the option that cycles, if one does
};

}  // namespace etch::nn::optim

#endif  // ETCH_NN_OPTIM_ONE_CYCLE_H_
