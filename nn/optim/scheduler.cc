#include "etch/nn/optim/scheduler.h"

#include <algorithm>
#include <string>

#include "etch/frontend/state.h"
#include "etch/nn/host_fields.h"

namespace etch::nn::optim {

LRScheduler::LRScheduler(Optimizer& optimizer) : optimizer_(optimizer) {
  for (Optimizer::Group& group : optimizer.groups_) {
    if (!group.initial_lr) group.initial_lr = optimizer.lr(num_groups());
    base_lrs_.push_back(*group.initial_lr);
  }
  last_lr_ = base_lrs_;
}

void LRScheduler::start() { LRScheduler::step(); }

void LRScheduler::step() {
  if (frontend::is_tracing())
    throw Error(
        "a scheduler's step() inside etch::compile or etch::trace would happen once, while "
        "tracing; call it outside, compiled programs see the new rate");
  ++epoch_;
  try {
    std::vector<double> rates;
    for (int64_t g = 0; g < num_groups(); ++g) rates.push_back(next_lr(g));
    for (int64_t g = 0; g < num_groups(); ++g) optimizer_.set_lr(g, rates[static_cast<size_t>(g)]);
  } catch (...) {
    --epoch_;
    throw;
  }
  note_last_lr();
}

void LRScheduler::restart() {
  for (int64_t g = 0; g < num_groups(); ++g) optimizer_.set_lr(g, base_lr(g));
  rewind();
  step();
}

void LRScheduler::set_base_lr(int64_t group, double lr) {
  base_lrs_[static_cast<size_t>(group)] = lr;
  optimizer_.groups_[static_cast<size_t>(group)].initial_lr = lr;
}

void LRScheduler::note_last_lr() {
  for (int64_t g = 0; g < num_groups(); ++g) last_lr_[static_cast<size_t>(g)] = optimizer_.lr(g);
}

void LRScheduler::fields(HostFields& fields) {
  fields.add("last_epoch", epoch_);
  fields.add("base_lrs", base_lrs_);
  fields.add("last_lr", last_lr_);
}

StateDict LRScheduler::state_dict() const {
  HostFields all;
  const_cast<LRScheduler*>(this)->fields(all);
  return all.save();
}

LoadReport LRScheduler::load_state_dict(const StateDict& state, const LoadOptions& options) {
  HostFields all;
  fields(all);
  return all.load(state, options, "scheduler: load_state_dict");
}

SequentialLR::SequentialLR(Optimizer& optimizer,
                           std::vector<std::shared_ptr<LRScheduler>> schedulers,
                           std::vector<int64_t> milestones)
    : LRScheduler(optimizer),
      schedulers_(std::move(schedulers)),
      milestones_(std::move(milestones)) {
  if (schedulers_.empty() || milestones_.size() + 1 != schedulers_.size())
    throw Error("SequentialLR: " + std::to_string(schedulers_.size()) +
                " schedulers take one milestone less, not " + std::to_string(milestones_.size()));
  if (!std::ranges::is_sorted(milestones_))
    throw Error("SequentialLR: the milestones are not in ascending order");
  for (const auto& scheduler : schedulers_)
    if (&scheduler->optimizer() != &optimizer)
      throw Error("SequentialLR: a scheduler belongs to another optimizer");
  rewind();
  SequentialLR::step();
}

void SequentialLR::rewind() {
  LRScheduler::rewind();
  for (const auto& scheduler : schedulers_) scheduler->rewind();
}

void SequentialLR::step() {
  int64_t epoch = last_epoch() + 1;
  auto index =
      static_cast<size_t>(std::ranges::upper_bound(milestones_, epoch) - milestones_.begin());
  int64_t begin = index > 0 ? milestones_[index - 1] : 0;
  if (epoch == begin)
    schedulers_[index]->restart();
  else
    schedulers_[index]->step();
  LRScheduler::step();
}

void SequentialLR::fields(HostFields& fields) {
  LRScheduler::fields(fields);
  for (size_t i = 0; i < schedulers_.size(); ++i) fields.nest(std::to_string(i), *schedulers_[i]);
}

namespace {

Optimizer& common_optimizer(const std::vector<std::shared_ptr<LRScheduler>>& schedulers,
                            Optimizer& (*of)(const LRScheduler&)) {
  if (schedulers.empty()) throw Error("ChainedScheduler: there are no schedulers");
  Optimizer& first = of(*schedulers.front());
  for (const auto& scheduler : schedulers)
    if (&of(*scheduler) != &first)
      throw Error("ChainedScheduler: the schedulers belong to different optimizers");
  return first;
}

}  // namespace

ChainedScheduler::ChainedScheduler(std::vector<std::shared_ptr<LRScheduler>> schedulers)
    : LRScheduler(common_optimizer(
          schedulers, [](const LRScheduler& s) -> Optimizer& { return s.optimizer(); })),
      schedulers_(std::move(schedulers)) {
  start();
}

void ChainedScheduler::rewind() {
  LRScheduler::rewind();
  for (const auto& scheduler : schedulers_) scheduler->rewind();
}

void ChainedScheduler::step() {
  for (const auto& scheduler : schedulers_) scheduler->step();
  LRScheduler::step();
}

void ChainedScheduler::fields(HostFields& fields) {
  LRScheduler::fields(fields);
  for (size_t i = 0; i < schedulers_.size(); ++i) fields.nest(std::to_string(i), *schedulers_[i]);
}

}  // namespace etch::nn::optim
