// The base of learning rate schedules, and those that are made of others.
#ifndef ETCH_NN_OPTIM_SCHEDULER_H_
#define ETCH_NN_OPTIM_SCHEDULER_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "etch/nn/optim/optimizer.h"
#include "etch/nn/state_dict.h"

namespace etch::nn {
class HostFields;
}

namespace etch::nn::optim {

// An epoch here is what lies between two calls of step(): an epoch of data, or one batch.
class LRScheduler {
 public:
  virtual ~LRScheduler() = default;
  LRScheduler(const LRScheduler&) = delete;
  LRScheduler& operator=(const LRScheduler&) = delete;

  // Sets the rates for the next epoch; call it after Optimizer::step(). Throws etch::Error within a
  // trace, where it would happen once.
  virtual void step();

  int64_t last_epoch() const { return epoch_; }  // 0 before the first step()
  // What the last step (or the constructor) set, for each group.
  const std::vector<double>& last_lr() const { return last_lr_; }

  // How far the schedule is. Options are the constructor's; rates are the optimizer's state.
  StateDict state_dict() const;
  LoadReport load_state_dict(const StateDict& state, const LoadOptions& options = {});

 protected:
  explicit LRScheduler(Optimizer& optimizer);
  // For the end of constructors: sets the rates of epoch 0.
  void start();

  // The rate of `group` in last_epoch(), from the present one where that is enough.
  virtual double next_lr(int64_t group) const = 0;
  // Goes back to before epoch 0, and begins again in epoch 0 from the base rates.
  virtual void rewind() { epoch_ = -1; }
  virtual void restart();
  virtual void fields(HostFields& fields);

  Optimizer& optimizer() const { return optimizer_; }
  // The optimizer's rates before its first scheduler.
  double base_lr(int64_t group) const { return base_lrs_[static_cast<size_t>(group)]; }
  void set_base_lr(int64_t group, double lr);
  int64_t num_groups() const { return static_cast<int64_t>(base_lrs_.size()); }
  void note_last_lr();

 private:
  friend class SequentialLR;
  friend class ChainedScheduler;
  friend class nn::HostFields;

  Optimizer& optimizer_;
  std::vector<double> base_lrs_;
  std::vector<double> last_lr_;
  int64_t epoch_ = -1;
};

// Lets one schedule after the other act: schedulers[i] from epoch milestones[i - 1] on, each from
// its own epoch 0.
//
//   auto warmup = std::make_shared<LinearLR>(opt, LinearLR::Options{.total_iters = 5});
//   auto cosine = std::make_shared<CosineAnnealingLR>(opt, CosineAnnealingLR::Options{.t_max =
//   95}); SequentialLR schedule(opt, {warmup, cosine}, {5});
class SequentialLR : public LRScheduler {
 public:
  SequentialLR(Optimizer& optimizer, std::vector<std::shared_ptr<LRScheduler>> schedulers,
               std::vector<int64_t> milestones);
  void step() override;

 protected:
  double next_lr(int64_t group) const override { return optimizer().lr(group); }
  void rewind() override;
  void fields(HostFields& fields) override;

 private:
  std::vector<std::shared_ptr<LRScheduler>> schedulers_;
  std::vector<int64_t> milestones_;
};

// Lets all schedules, of one optimizer, act in every epoch.
class ChainedScheduler : public LRScheduler {
 public:
  explicit ChainedScheduler(std::vector<std::shared_ptr<LRScheduler>> schedulers);
  void step() override;

 protected:
  double next_lr(int64_t group) const override { return optimizer().lr(group); }
  void rewind() override;
  void fields(HostFields& fields) override;

 private:
  std::vector<std::shared_ptr<LRScheduler>> schedulers_;
};

}  // namespace etch::nn::optim

#endif  // ETCH_NN_OPTIM_SCHEDULER_H_
