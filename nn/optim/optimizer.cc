#include "etch/nn/optim/optimizer.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <unordered_set>

#include "absl/strings/str_cat.h"
#include "etch/frontend/ops.h"
#include "etch/frontend/state.h"
#include "etch/nn/host_values.h"

namespace etch::nn::optim {
namespace {

Tensor optimizer_cell(const Shape& shape, double value, DType dtype, std::string path) {
  return frontend::make_cell(detail::filled(shape, value, dtype), CellKind::kOptimizer,
                             std::move(path));
}

std::string read_changes(const void* owner) {
  return "arrangement " + std::to_string(*static_cast<const uint64_t*>(owner));
}

}  // namespace

void Optimizer::fail(const std::string& problem) const { throw Error(name_ + ": " + problem); }

void Optimizer::check_range(std::string_view name, double value, Range range) const {
  std::string what = std::string(name) + " " + absl::StrCat(value);
  if (std::isnan(value)) fail(std::string(name) + " is not a number");
  if (range == Range::kNotNegative && !(value >= 0)) fail(what + " is negative");
  if (range == Range::kBelowOne && !(value >= 0 && value < 1)) fail(what + " is not in [0, 1)");
}

void Optimizer::structure_changed() {
  ++*changes_;
  frontend::structure_changed();
}

void Optimizer::add_group(const std::vector<Tensor>& parameters,
                          const std::vector<Option>& options) {
  if (frontend::is_tracing())
    fail("parameters cannot be added inside etch::compile or etch::trace; do so outside");
  for (const Option& option : options) check_range(option.name, option.value, option.range);
  std::unordered_set<const void*> seen;
  for (const Tensor& p : parameters) {
    if (!p.defined()) fail("a parameter is an empty tensor");
    if (!p.is_leaf())
      fail(
          "a tensor that was computed cannot be trained; pass the parameters it was computed from");
    if (!seen.insert(p.impl().get()).second || numbers_.contains(p.impl().get()))
      fail("the parameter " + (p.path().empty() ? p.shape().to_string() : p.path()) +
           " is there twice");
  }
  std::string suffix = groups_.empty() ? "" : "." + std::to_string(num_groups());
  Group group{parameters, {}, std::nullopt};
  for (const Option& option : options)
    group.options.push_back(
        {option.name, option.value, option.range,
         optimizer_cell({}, option.value, f64, "optim." + std::string(option.name) + suffix)});
  for (const Tensor& p : parameters)
    numbers_.emplace(p.impl().get(), static_cast<int64_t>(numbers_.size()));
  groups_.push_back(std::move(group));
  structure_changed();
}

void Optimizer::require_parameters() const {
  if (numbers_.empty()) fail("there are no parameters to optimize");
}

const std::vector<Tensor>& Optimizer::parameters(int64_t group) const {
  if (group < 0 || group >= num_groups())
    fail("there is no group " + std::to_string(group) + ", only " + std::to_string(num_groups()));
  return groups_[static_cast<size_t>(group)].parameters;
}

bool Optimizer::has_option(std::string_view name) const {
  return std::ranges::any_of(groups_.front().options,
                             [&](const OptionCell& option) { return option.name == name; });
}

const Optimizer::OptionCell& Optimizer::find_option(int64_t group, std::string_view name) const {
  parameters(group);
  std::string known;
  for (const OptionCell& option : groups_[static_cast<size_t>(group)].options) {
    if (option.name == name) return option;
    known += (known.empty() ? "" : ", ") + option.name;
  }
  fail("there is no option \"" + std::string(name) + "\", only " + known);
}

double Optimizer::option(std::string_view name, int64_t group) const {
  return find_option(group, name).value;
}

void Optimizer::set_option(std::string_view name, double value) {
  for (int64_t g = 0; g < num_groups(); ++g) set_option(g, name, value);
}

void Optimizer::set_option(int64_t group, std::string_view name, double value) {
  auto& option = const_cast<OptionCell&>(find_option(group, name));
  if (frontend::is_tracing())
    fail("setting " + option.name +
         " inside etch::compile or etch::trace would happen once, while tracing; do so outside, "
         "compiled programs see the new value");
  check_range(name, value, option.range);
  if (option.value == value) return;
  detail::set_value(option.cell, detail::filled({}, value, f64));
  if ((option.value == 0) != (value == 0)) structure_changed();
  option.value = value;
}

// Calls f(group number, parameter).
template <typename F>
void Optimizer::for_each_parameter(F&& f) const {
  for (int64_t g = 0; g < num_groups(); ++g)
    for (const Tensor& p : groups_[static_cast<size_t>(g)].parameters) f(g, p);
}

// Two models trained together may have parameters of one path.
std::string Optimizer::name_of(const Tensor& parameter) const {
  std::string path = parameter.path();
  int64_t number = numbers_.at(parameter.impl().get());
  bool taken = path.empty();
  for_each_parameter([&](int64_t, const Tensor& other) {
    taken |= numbers_.at(other.impl().get()) < number && other.path() == path;
  });
  return taken ? path + "#" + std::to_string(number) : path;
}

// Those that are missing: an option that was 0 may have come to need one.
void Optimizer::make_slots(int64_t group, const Tensor& parameter, State& state) const {
  for (const Slot& slot : slots(group))
    if (!state.slots.contains(slot.name))
      state.slots.emplace(
          slot.name, optimizer_cell(parameter.shape(), slot.initial, parameter.dtype(),
                                    "optim." + std::string(slot.name) + "." + name_of(parameter)));
}

Optimizer::Named Optimizer::scalars_of(int64_t group, const Tensor& step, DType dtype) const {
  Named options;
  for (const OptionCell& option : groups_[static_cast<size_t>(group)].options)
    options.emplace(option.name, option.cell);
  Named scalars = shared_scalars(group, options, cast(step, f64));
  for (auto& [name, scalar] : scalars)
    if (is_floating(scalar.dtype())) scalar = cast(scalar, dtype);
  return scalars;
}

void Optimizer::step() {
  NoGradGuard no_grad;
  frontend::observe("optim", changes_, read_changes);
  std::shared_ptr<Cohort> joining;
  std::map<const Cohort*, Tensor> steps;
  std::map<std::tuple<const Cohort*, int64_t, DType>, Named> scalars;
  for_each_parameter([&](int64_t g, const Tensor& p) {
    if (!p.requires_grad()) return;
    Tensor grad = p.grad();
    if (!grad.defined()) return;
    bool first = states_.empty();
    State& state = states_[p.impl().get()];
    if (!state.cohort) {
      if (!joining)
        joining = std::make_shared<Cohort>(
            Cohort{optimizer_cell({}, 0, i64, first ? "optim.step" : "optim.step." + name_of(p))});
      state.cohort = joining;
    }
    make_slots(g, p, state);
    auto [step, first_use] = steps.try_emplace(state.cohort.get());
    if (first_use) {
      step->second = add(state.cohort->step, ones({}, i64));
      state.cohort->step.assign(step->second);
    }
    auto [shared, first_of_group] = scalars.try_emplace({state.cohort.get(), g, p.dtype()});
    if (first_of_group) shared->second = scalars_of(g, step->second, p.dtype());
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
  for (const Group& group : groups_)
    for (const OptionCell& option : group.options)
      cells.push_back({option.cell.path(), option.cell});
  std::shared_ptr<Cohort> first = first_cohort();
  if (first) cells.push_back({"optim.step", first->step});
  for_each_parameter([&](int64_t, const Tensor& p) {
    auto state = states_.find(p.impl().get());
    if (state == states_.end()) return;
    std::string name = name_of(p);
    if (state->second.cohort != first)
      cells.push_back({"optim.step." + name, state->second.cohort->step});
    for (const auto& [slot, cell] : state->second.slots)
      cells.push_back({"optim." + slot + "." + name, cell});
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
    std::string name = name_of(p);
    Tensor step = state.find("optim.step." + name);
    if (!step.defined()) step = state.find("optim.step");
    bool known = step.defined() && step.dtype() == i64 && step.numel() == 1;
    for (const Slot& slot : slots(g))
      known = known && state.contains("optim." + std::string(slot.name) + "." + name);
    if (!known) return;

    std::shared_ptr<Cohort>& cohort = by_step[step.item<int64_t>()];
    auto present = states_.find(p.impl().get());
    if (!cohort && present != states_.end() && used.insert(present->second.cohort.get()).second)
      cohort = present->second.cohort;
    if (!cohort)
      cohort = std::make_shared<Cohort>(Cohort{
          optimizer_cell({}, 0, i64, by_step.size() == 1 ? "optim.step" : "optim.step." + name)});
    State& own = states_[p.impl().get()];
    own.cohort = cohort;
    make_slots(g, p, own);
  });
}

LoadReport Optimizer::load_state_dict(const StateDict& state, const LoadOptions& options) {
  std::unordered_map<const void*, State> previous = states_;
  try {
    match_cohorts(state);
    std::vector<detail::LoadTarget> targets;
    for (NamedCell& cell : named_cells()) targets.push_back({cell.name, cell.cell});
    LoadReport report = detail::load_into(targets, state, options, "optim: load_state_dict");
    if (options.dry_run) states_ = previous;
    for (Group& group : groups_)
      for (OptionCell& option : group.options) option.value = option.cell.item<double>();
    structure_changed();
    return report;
  } catch (...) {
    states_ = std::move(previous);
    throw;
  }
}

}  // namespace etch::nn::optim
