#include "etch/nn/layers/normalization.h"

#include "etch/frontend/ops.h"
#include "etch/frontend/scope.h"
#include "etch/nn/host_values.h"
#include "etch/nn/init.h"
#include "etch/nn/layers/checks.h"

namespace etch::nn {
namespace {

using detail::filled;
using detail::if_defined;
using detail::python_bool;
using detail::python_repr;
using detail::python_tuple;

Tensor filled_if(bool wanted, const Shape& shape, double value, DType dtype = f32) {
  return wanted ? filled(shape, value, dtype) : Tensor();
}

void set_if_defined(const Tensor& t, double value) {
  if (t.defined()) init::constant_(t, value);
}

const Shape& not_empty(const char* layer, const Shape& normalized_shape) {
  if (normalized_shape.empty())
    frontend::fail({layer}, "normalized_shape is empty, must have one extent or more");
  return normalized_shape;
}

}  // namespace

namespace detail {

ChannelNorm::ChannelNorm(const char* name, const BatchNormOptions& options)
    : options_(options),
      weight(
          this, "weight",
          filled_if(options.affine, {at_least_1(name, "num_features", options.num_features)}, 1)),
      bias(this, "bias", filled_if(options.affine, {options.num_features}, 0)),
      running_mean(this, "running_mean",
                   filled_if(options.track_running_stats, {options.num_features}, 0)),
      running_var(this, "running_var",
                  filled_if(options.track_running_stats, {options.num_features}, 1)),
      num_batches_tracked(this, "num_batches_tracked",
                          filled_if(options.track_running_stats, {}, 0, i64)) {}

void ChannelNorm::reset_running_stats() {
  if (!options_.track_running_stats) return;
  set_value(running_mean, filled(running_mean.shape(), 0, running_mean.dtype()));
  set_value(running_var, filled(running_var.shape(), 1, running_var.dtype()));
  set_value(num_batches_tracked, filled({}, 0, i64));
}

void ChannelNorm::reset_parameters() {
  reset_running_stats();
  set_if_defined(weight, 1);
  set_if_defined(bias, 0);
}

std::string ChannelNorm::extra_repr() const {
  return std::to_string(options_.num_features) + ", eps=" + python_repr(options_.eps) +
         ", momentum=" + (options_.momentum ? python_repr(*options_.momentum) : "None") +
         ", affine=" + python_bool(options_.affine) +
         ", track_running_stats=" + python_bool(options_.track_running_stats);
}

std::optional<functional::RunningStatistics> ChannelNorm::running() const {
  if (!options_.track_running_stats) return std::nullopt;
  return functional::RunningStatistics{running_mean, running_var};
}

TensorOrNumber ChannelNorm::next_momentum() {
  if (training && options_.track_running_stats) {
    num_batches_tracked = num_batches_tracked + 1;
    if (!options_.momentum) return 1.0 / cast(num_batches_tracked, running_mean.dtype());
  }
  return options_.momentum.value_or(0);
}

BatchNormNd::BatchNormNd(const char* name, int64_t least, int64_t most, const Options& options)
    : ChannelNorm(name, options), name_(name), least_(least), most_(most) {}

Tensor BatchNormNd::forward(const Tensor& x) {
  if (x.dim() < least_ || x.dim() > most_)
    frontend::fail({name_}, "expected " + std::to_string(least_) + "D" +
                                (least_ < most_ ? " or " + std::to_string(most_) + "D" : "") +
                                " input, got " + x.shape().to_string());
  return functional::batch_norm(
      x, running(), if_defined(weight), if_defined(bias),
      {.training = uses_input(), .momentum = next_momentum(), .eps = options_.eps});
}

InstanceNormNd::InstanceNormNd(const char* name, int64_t rank, const Options& options)
    : ChannelNorm(name, {options.num_features, options.eps, options.momentum, options.affine,
                         options.track_running_stats}),
      name_(name),
      rank_(rank) {}

Tensor InstanceNormNd::forward(const Tensor& x) {
  if (x.dim() != rank_ && x.dim() != rank_ - 1)
    frontend::fail({name_}, "expected " + std::to_string(rank_ - 1) + "D or " +
                                std::to_string(rank_) + "D input, got " + x.shape().to_string());
  Tensor batch = x.dim() == rank_ ? x : unsqueeze(x, 0);
  // PyTorch counts no batches here, and takes a missing momentum for 0.
  Tensor y = functional::instance_norm(batch, running(), if_defined(weight), if_defined(bias),
                                       {.use_input_stats = uses_input(),
                                        .momentum = options_.momentum.value_or(0),
                                        .eps = options_.eps});
  return reshape(y, x.shape());
}

}  // namespace detail

LayerNorm::LayerNorm(Options options)
    : options_(std::move(options)),
      weight(this, "weight",
             filled_if(options_.elementwise_affine,
                       not_empty("LayerNorm", options_.normalized_shape), 1)),
      bias(this, "bias",
           filled_if(options_.elementwise_affine && options_.bias, options_.normalized_shape, 0)) {}

void LayerNorm::reset_parameters() {
  set_if_defined(weight, 1);
  set_if_defined(bias, 0);
}

Tensor LayerNorm::forward(const Tensor& x) {
  return functional::layer_norm(x, options_.normalized_shape, if_defined(weight), if_defined(bias),
                                options_.eps);
}

std::string LayerNorm::extra_repr() const {
  return python_tuple(options_.normalized_shape) + ", eps=" + python_repr(options_.eps) +
         ", elementwise_affine=" + python_bool(options_.elementwise_affine);
}

RMSNorm::RMSNorm(Options options)
    : options_(std::move(options)),
      weight(this, "weight",
             filled_if(options_.elementwise_affine, not_empty("RMSNorm", options_.normalized_shape),
                       1)) {}

void RMSNorm::reset_parameters() { set_if_defined(weight, 1); }

Tensor RMSNorm::forward(const Tensor& x) {
  return functional::rms_norm(x, options_.normalized_shape, if_defined(weight), options_.eps);
}

std::string RMSNorm::extra_repr() const {
  return python_tuple(options_.normalized_shape) +
         ", eps=" + (options_.eps ? python_repr(*options_.eps) : "None") +
         ", elementwise_affine=" + python_bool(options_.elementwise_affine);
}

GroupNorm::GroupNorm(Options options)
    : options_(options),
      weight(this, "weight",
             filled_if(options.affine,
                       {detail::at_least_1("GroupNorm", "num_channels", options.num_channels)}, 1)),
      bias(this, "bias", filled_if(options.affine, {options.num_channels}, 0)) {
  detail::at_least_1("GroupNorm", "num_groups", options.num_groups);
  if (options.num_channels % options.num_groups != 0)
    frontend::fail({"GroupNorm"}, "num_channels " + std::to_string(options.num_channels) +
                                      " is not divisible by num_groups " +
                                      std::to_string(options.num_groups));
}

void GroupNorm::reset_parameters() {
  set_if_defined(weight, 1);
  set_if_defined(bias, 0);
}

Tensor GroupNorm::forward(const Tensor& x) {
  return functional::group_norm(x, options_.num_groups, if_defined(weight), if_defined(bias),
                                options_.eps);
}

std::string GroupNorm::extra_repr() const {
  return std::to_string(options_.num_groups) + ", " + std::to_string(options_.num_channels) +
         ", eps=" + python_repr(options_.eps) + ", affine=" + python_bool(options_.affine);
}

}  // namespace etch::nn
