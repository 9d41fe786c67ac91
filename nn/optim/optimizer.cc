#include "etch/nn/optim/optimizer.h"

#include <map>
#include <unordered_set>

#include "etch/frontend/ops.h"
#include "etch/frontend/state.h"
#include "etch/nn/host_values.h"

namespace etch::nn::optim {
namespace {

std::string slot_name(const std::string& slot, const Tensor& parameter) {
  return "optim." + slot + "." + parameter.path();
}

std::string step_name(const Tensor& parameter) { return "optim.step." + parameter.path(); }

std::string read_changes(const void* owner) {
  return "arrangement " + std::to_string(*static_cast<const uint64_t*>(owner));
}

void check_lr(double lr) {
  if (!(lr >= 0)) throw Error("optim: the learning rate " + std::to_string(lr) + " is negative");
}

}  // namespace

Optimizer::Optimizer(std::vector<Group> groups) {
  std::unordered_set<const void*> seen;
  for (Group& group : groups) {
    check_lr(group.lr);
    for (const Tensor& p : group.parameters)
      if (!seen.insert(p.impl().get()).second)
        throw Error("optim: the parameter " + p.path() + " is there twice");
    std::string path = groups_.empty() ? "optim.lr" : "optim.lr." + std::to_string(num_groups());
    groups_.push_back(
        {std::move(group.parameters), frontend::make_cell(detail::filled({}, group.lr, f64),
                                                          CellKind::kOptimizer, std::move(path))});
  }
  if (seen.empty()) throw Error("optim: there are no parameters to optimize");
}

// Calls f(group number, parameter).
template <typename F>
void Optimizer::for_each_parameter(F&& f) const {
  for (int64_t g = 0; g < num_groups(); ++g)
    for (const Tensor& p : groups_[static_cast<size_t>(g)].parameters) f(g, p);
}

void Optimizer::make_state(int64_t group, const Tensor& parameter, std::shared_ptr<Cohort> cohort) {
  State& state = states_[parameter.impl().get()];
  state.cohort = std::move(cohort);
  for (const std::string& slot : slot_names(group))
    state.slots.push_back(
        frontend::make_cell(detail::filled(parameter.shape(), 0, parameter.dtype()),
                            CellKind::kOptimizer, slot_name(slot, parameter)));
}

void Optimizer::step() {
  NoGradGuard no_grad;
  frontend::observe("optim", changes_, read_changes);
  std::shared_ptr<Cohort> joining;
  std::map<const Cohort*, Tensor> steps;
  std::map<std::pair<const Cohort*, int64_t>, std::vector<Tensor>> scalars;
  for_each_parameter([&](int64_t g, const Tensor& p) {
    if (!p.requires_grad()) return;
    Tensor grad = p.grad();
    if (!grad.defined()) return;
    if (!states_.contains(p.impl().get())) {
      if (!joining)
        joining = std::make_shared<Cohort>(
            Cohort{frontend::make_cell(detail::filled({}, 0, i64), CellKind::kOptimizer,
                                       states_.empty() ? "optim.step" : step_name(p))});
      make_state(g, p, joining);
    }
    State& state = states_[p.impl().get()];
    auto [step, first_use] = steps.try_emplace(state.cohort.get());
    if (first_use) {
      step->second = add(state.cohort->step, ones({}, i64));
      state.cohort->step.assign(step->second);
    }
    const Tensor& lr = groups_[static_cast<size_t>(g)].lr;
    auto [shared, first_of_group] = scalars.try_emplace({state.cohort.get(), g});
    if (first_of_group) shared->second = shared_scalars(g, lr, step->second);
    update(g, p, grad, state.slots, shared->second);
  });
}

void Optimizer::zero_grad(bool set_to_none) {
  for_each_parameter([&](int64_t, Tensor p) {
    // Whether there is a gradient is not asked: a compiled program would depend on the answer.
    if (set_to_none)
      p.set_grad(Tensor());
    else if (p.grad().defined())
      p.set_grad(zeros_like(p));
  });
}

double Optimizer::lr(int64_t group) const {
  return groups_.at(static_cast<size_t>(group)).lr.item<double>();
}

void Optimizer::set_lr(double lr) {
  for (int64_t g = 0; g < num_groups(); ++g) set_lr(g, lr);
}

void Optimizer::set_lr(int64_t group, double lr) {
  if (frontend::is_tracing())
    throw Error(
        "optim: set_lr inside etch::compile or etch::trace would happen once, while "
        "tracing; call it outside, compiled programs see the new value");
  check_lr(lr);
  detail::set_value(groups_.at(static_cast<size_t>(group)).lr, detail::filled({}, lr, f64));
}

std::shared_ptr<Optimizer::Cohort> Optimizer::first_cohort() const {
  std::shared_ptr<Cohort> first;
  for_each_parameter([&](int64_t, const Tensor& p) {
    auto state = states_.find(p.impl().get());
    if (!first && state != states_.end()) first = state->second.cohort;
  });
  return first;
}

int64_t Optimizer::num_steps() const {
  std::shared_ptr<Cohort> first = first_cohort();
  return first ? first->step.item<int64_t>() : 0;
}

std::vector<Optimizer::NamedCell> Optimizer::named_cells() const {
  std::vector<NamedCell> cells;
  for (const CellGroup& group : groups_) cells.push_back({group.lr.path(), group.lr});
  std::shared_ptr<Cohort> first = first_cohort();
  if (first) cells.push_back({"optim.step", first->step});
  for_each_parameter([&](int64_t g, const Tensor& p) {
    auto state = states_.find(p.impl().get());
    if (state == states_.end()) return;
    if (state->second.cohort != first) cells.push_back({step_name(p), state->second.cohort->step});
    std::vector<std::string> names = slot_names(g);
    for (size_t i = 0; i < names.size(); ++i)
      cells.push_back({slot_name(names[i], p), state->second.slots[i]});
  });
  return cells;
}

StateDict Optimizer::state_dict() const {
  StateDict state;
  for (NamedCell& cell : named_cells()) state.insert(std::move(cell.name), std::move(cell.cell));
  return state;
}

// Gives every parameter that `state` knows slots and a counter, one for all with equal steps.
void Optimizer::match_cohorts(const StateDict& state) {
  std::map<int64_t, std::shared_ptr<Cohort>> by_step;
  std::unordered_set<const Cohort*> used;
  for_each_parameter([&](int64_t g, const Tensor& p) {
    Tensor step = state.find(step_name(p));
    if (!step.defined()) step = state.find("optim.step");
    bool known = step.defined() && step.dtype() == i64 && step.numel() == 1;
    for (const std::string& slot : slot_names(g))
      known = known && state.contains(slot_name(slot, p));
    if (!known) return;

    std::shared_ptr<Cohort>& cohort = by_step[step.item<int64_t>()];
    auto present = states_.find(p.impl().get());
    if (!cohort && present != states_.end() && used.insert(present->second.cohort.get()).second)
      cohort = present->second.cohort;
    if (!cohort)
      cohort = std::make_shared<Cohort>(
          Cohort{frontend::make_cell(detail::filled({}, 0, i64), CellKind::kOptimizer,
                                     by_step.size() == 1 ? "optim.step" : step_name(p))});
    if (present == states_.end())
      make_state(g, p, cohort);
    else
      present->second.cohort = cohort;
  });
}

LoadReport Optimizer::load_state_dict(const StateDict& state, const LoadOptions& options) {
  std::unordered_map<const void*, State> previous = states_;
  try {
    match_cohorts(state);
    std::vector<detail::LoadTarget> targets;
    for (NamedCell& cell : named_cells()) targets.push_back({cell.name, cell.cell});
    LoadReport report = detail::load_into(targets, state, options, "optim: load_state_dict");
    ++*changes_;
    frontend::structure_changed();
    return report;
  } catch (...) {
    states_ = std::move(previous);
    throw;
  }
}

}  // namespace etch::nn::optim
