#include "etch/nn/optim/one_cycle.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "absl/strings/str_cat.h"

namespace etch::nn::optim {

OneCycleLR::OneCycleLR(Optimizer& optimizer, Options options)
    : LRScheduler(optimizer), options_(std::move(options)) {
  if (options_.total_steps == 0) options_.total_steps = options_.epochs * options_.steps_per_epoch;
  if (options_.max_lr.size() == 1)
    options_.max_lr.assign(static_cast<size_t>(num_groups()), options_.max_lr.front());
  check();
  if (options_.cycle_momentum) {
    for (const char* name : {"momentum", "beta1"})
      if (optimizer.has_option(name)) momentum_ = name;
    if (momentum_ == nullptr)
      throw Error("OneCycleLR: the optimizer has no momentum; say cycle_momentum = false");
  }
  for (int64_t g = 0; g < num_groups(); ++g)
    set_base_lr(g, options_.max_lr[static_cast<size_t>(g)] / options_.div_factor);
  OneCycleLR::step();
}

void OneCycleLR::check() const {
  auto fail = [](const std::string& problem) { throw Error("OneCycleLR: " + problem); };
  if (options_.total_steps <= 0)
    fail("total_steps, or epochs and steps_per_epoch, must be given and above 0");
  if (options_.max_lr.size() != static_cast<size_t>(num_groups()))
    fail(std::to_string(options_.max_lr.size()) + " values of max_lr for " +
         std::to_string(num_groups()) + " groups");
  if (!(options_.pct_start >= 0 && options_.pct_start <= 1))
    fail("pct_start " + absl::StrCat(options_.pct_start) + " is not in [0, 1]");
}

void OneCycleLR::step() {
  if (last_epoch() + 1 > options_.total_steps)
    throw Error("OneCycleLR: step " + std::to_string(last_epoch() + 1) + " of a schedule of " +
                std::to_string(options_.total_steps) + " steps");
  LRScheduler::step();
  if (momentum_ == nullptr) return;
  for (int64_t g = 0; g < num_groups(); ++g) {
    Position at = position(g);
    optimizer().set_option(g, momentum_,
                           anneal(at.phase.start_momentum, at.phase.end_momentum, at.fraction));
  }
}

double OneCycleLR::next_lr(int64_t group) const {
  Position at = position(group);
  return anneal(at.phase.start_lr, at.phase.end_lr, at.fraction);
}

OneCycleLR::Position OneCycleLR::position(int64_t group) const {
  double first = base_lr(group), highest = options_.max_lr[static_cast<size_t>(group)];
  double lowest = first / options_.final_div_factor;
  double low = options_.base_momentum, high = options_.max_momentum;
  auto steps = static_cast<double>(options_.total_steps);
  double rise = options_.pct_start * steps;
  std::vector<Phase> phases = {{rise - 1, first, highest, high, low}};
  if (options_.three_phase) {
    phases.push_back({2 * rise - 2, highest, first, low, high});
    phases.push_back({steps - 1, first, lowest, high, high});
  } else {
    phases.push_back({steps - 1, highest, lowest, low, high});
  }
  auto now = static_cast<double>(last_epoch());
  size_t i = 0;
  while (i + 1 < phases.size() && now > phases[i].end_step) ++i;
  double begin = i == 0 ? 0 : phases[i - 1].end_step;
  // After the last step, for which nobody asks any more, the rate stays.
  return {phases[i], std::min((now - begin) / (phases[i].end_step - begin), 1.0)};
}

double OneCycleLR::anneal(double start, double end, double fraction) const {
  if (options_.anneal_strategy == Options::Anneal::kLinear) return start + (end - start) * fraction;
  return end + (start - end) / 2 * (std::cos(std::numbers::pi * fraction) + 1);
}

}  // namespace etch::nn::optim
