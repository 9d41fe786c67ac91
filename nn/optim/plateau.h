#ifndef ETCH_NN_OPTIM_PLATEAU_H_
#define ETCH_NN_OPTIM_PLATEAU_H_

#include <cstdint>

#include "etch/nn/optim/optimizer.h"
#include "etch/nn/state_dict.h"

namespace etch::nn {
class HostFields;
}

namespace etch::nn::optim {

struct ReduceLROnPlateauOptions {
  enum class Mode : uint8_t { kMin, kMax } mode = Mode::kMin;  // which way the metric gets better
  double factor = 0.1;                                         // below 1
  int64_t patience = 10;  // epochs without improvement that are let pass
  double threshold = 1e-4;
  enum class ThresholdMode : uint8_t {
    kRelative,
    kAbsolute
  } threshold_mode = ThresholdMode::kRelative;
  int64_t cooldown = 0;  // epochs after a reduction in which nothing counts
  double min_lr = 0;
  double eps = 1e-8;  // smaller changes of the rate are not made
};

// Multiplies the rates by `factor` when the metric has not got better, by more than the threshold,
// for more than `patience` epochs.
//
//   ReduceLROnPlateau schedule(opt, {.patience = 3});
//   schedule.step(validation_loss);
class ReduceLROnPlateau {
 public:
  using Options = ReduceLROnPlateauOptions;
  explicit ReduceLROnPlateau(Optimizer& optimizer, const Options& options = {});
  ReduceLROnPlateau(const ReduceLROnPlateau&) = delete;
  ReduceLROnPlateau& operator=(const ReduceLROnPlateau&) = delete;

  // After an epoch. A NaN is no improvement.
  void step(double metric);

  int64_t last_epoch() const { return epoch_; }
  double best() const { return best_; }
  StateDict state_dict() const;
  LoadReport load_state_dict(const StateDict& state, const LoadOptions& options = {});

 private:
  bool is_better(double metric) const;
  void fields(HostFields& fields);

  Optimizer& optimizer_;
  Options options_;
  double best_;
  int64_t bad_epochs_ = 0;
  int64_t cooldown_left_ = 0;
  int64_t epoch_ = 0;
};

}  // namespace etch::nn::optim

#endif  // ETCH_NN_OPTIM_PLATEAU_H_
