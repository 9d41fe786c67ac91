#include "etch/nn/utils/moving_average.h"

#include "absl/strings/str_cat.h"
#include "etch/frontend/ops.h"
#include "etch/frontend/state.h"
#include "etch/nn/host_values.h"

namespace etch::nn::utils {
namespace {

void require_outside(const char* what) {
  if (frontend::is_tracing())
    throw Error(std::string("ExponentialMovingAverage: ") + what +
                " inside etch::compile or etch::trace would happen once, while tracing; call it "
                "outside");
}

}  // namespace

ExponentialMovingAverage::ExponentialMovingAverage(const Module& module, const Options& options)
    : decay_(options.decay),
      num_updates_(frontend::make_cell(detail::filled({}, 0, i64), CellKind::kOptimizer,
                                       "ema.num_updates")) {
  if (!(decay_ >= 0 && decay_ <= 1))
    throw Error("ExponentialMovingAverage: decay " + absl::StrCat(decay_) + " is not in [0, 1]");
  auto add = [&](const std::string& path, const Tensor& weight) {
    Tensor average = frontend::make_cell(detail::converted(weight, weight.dtype()),
                                         CellKind::kOptimizer, "ema." + path);
    entries_.push_back({path, weight, std::move(average), Tensor()});
  };
  for (const auto& [path, parameter] : module.named_parameters()) add(path, parameter);
  if (options.use_buffers)
    for (const auto& [path, buffer] : module.named_buffers()) add(path, buffer);
}

void ExponentialMovingAverage::update() {
  NoGradGuard no_grad;
  // The first update takes the weights as they are.
  Tensor take = where(num_updates_ == 0, ones({}, f64), full({}, 1 - decay_, f64));
  num_updates_.assign(add(num_updates_, ones({}, i64)));
  for (Entry& entry : entries_) {
    const Tensor &weight = entry.weight, &average = entry.average;
    entry.average.assign(is_floating(weight.dtype())
                             ? average + (weight - average) * cast(take, weight.dtype())
                             : weight);
  }
}

int64_t ExponentialMovingAverage::num_updates() const { return num_updates_.item<int64_t>(); }

void ExponentialMovingAverage::store() {
  require_outside("store()");
  if (is_stored_) throw Error("ExponentialMovingAverage: store() again before restore()");
  for (Entry& entry : entries_) entry.kept = detail::converted(entry.weight, entry.weight.dtype());
  is_stored_ = true;
}

void ExponentialMovingAverage::apply() {
  require_outside("apply()");
  for (Entry& entry : entries_)
    detail::set_value(entry.weight, detail::converted(entry.average, entry.weight.dtype()));
}

void ExponentialMovingAverage::restore() {
  require_outside("restore()");
  if (!is_stored_) throw Error("ExponentialMovingAverage: restore() without store()");
  for (Entry& entry : entries_) detail::set_value(entry.weight, std::exchange(entry.kept, {}));
  is_stored_ = false;
}

ExponentialMovingAverage::Scope::Scope(ExponentialMovingAverage& average) : average_(average) {
  average.store();
  average.apply();
}
ExponentialMovingAverage::Scope::~Scope() { average_.restore(); }

StateDict ExponentialMovingAverage::state_dict() const {
  StateDict state{{"num_updates", num_updates_}};
  for (const Entry& entry : entries_) state.insert("average." + entry.path, entry.average);
  return state;
}

LoadReport ExponentialMovingAverage::load_state_dict(const StateDict& state,
                                                     const LoadOptions& options) {
  std::vector<detail::LoadTarget> targets = {{"num_updates", num_updates_}};
  for (const Entry& entry : entries_) targets.push_back({"average." + entry.path, entry.average});
  return detail::load_into(targets, state, options, "ExponentialMovingAverage: load_state_dict");
}

}  // namespace etch::nn::utils
