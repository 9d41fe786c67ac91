#include "etch/nn/functional/normalization.h"

#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "etch/frontend/ops.h"
#include "etch/frontend/scope.h"
#include "etch/frontend/state.h"
#include "etch/nn/functional/common.h"

namespace etch::nn::functional {
namespace {

using detail::constant;
using frontend::fail;
using frontend::LocScope;
using frontend::Site;

using Dims = std::vector<int64_t>;

void check_channels(const Site& site, const Tensor& x, const char* what,
                    const std::optional<Tensor>& values) {
  if (values && values->shape() != Shape{x.size(1)})
    fail(site, std::string(what) + " " + values->shape().to_string() + " is not one for each of " +
                   std::to_string(x.size(1)) + " channels of " + x.shape().to_string());
}

void check(const Site& site, const Tensor& x, const std::optional<RunningStatistics>& running,
           const std::optional<Tensor>& weight, const std::optional<Tensor>& bias,
           int64_t least_rank) {
  if (x.dim() < least_rank)
    fail(site, "x " + x.shape().to_string() + " has less than " + std::to_string(least_rank) +
                   " dimensions");
  if (running) {
    check_channels(site, x, "running mean", running->mean);
    check_channels(site, x, "running variance", running->var);
  }
  check_channels(site, x, "weight", weight);
  check_channels(site, x, "bias", bias);
}

// One value a channel, to be broadcast to x [N, C, ...].
Tensor by_channel(const Tensor& values, const Tensor& x) {
  Shape shape(std::vector<int64_t>(static_cast<size_t>(x.dim()), 1));
  shape[1] = values.numel();
  return reshape(values, shape);
}

Tensor affine(Tensor y, const std::optional<Tensor>& weight, const std::optional<Tensor>& bias) {
  if (weight) y = y * by_channel(*weight, y);
  if (bias) y = y + by_channel(*bias, y);
  return y;
}

// By statistics that do not depend on x: one product and one sum.
Tensor by_running(const Tensor& x, const RunningStatistics& running,
                  const std::optional<Tensor>& weight, const std::optional<Tensor>& bias,
                  double eps) {
  Tensor scale = rsqrt(running.var + eps);
  if (weight) scale = scale * *weight;
  Tensor shift = -running.mean * scale;
  if (bias) shift = shift + *bias;
  return x * by_channel(scale, x) + by_channel(shift, x);
}

void move_average(Tensor average, const Tensor& value, const TensorOrNumber& momentum) {
  Tensor v = cast(value.detach(), average.dtype());
  average.assign(average + (v - average) * momentum);
}

Dims dims_from(int64_t first, const Tensor& x) {
  Dims dims(static_cast<size_t>(x.dim() - first));
  std::iota(dims.begin(), dims.end(), first);
  return dims;
}

int64_t count_along(const Tensor& x, const Dims& dims) {
  int64_t count = 1;
  for (int64_t dim : dims) count *= x.size(dim);
  return count;
}

void check_normalized(const Site& site, const Tensor& x, const Shape& normalized_shape) {
  int64_t dims = normalized_shape.rank();
  bool fits = dims > 0 && dims <= x.dim();
  for (int64_t i = 1; fits && i <= dims; ++i) fits = x.size(-i) == normalized_shape[-i];
  if (!fits)
    fail(site, "input " + x.shape().to_string() + " does not end in the normalized shape " +
                   normalized_shape.to_string());
}

// The distance of 1 to the next number.
double epsilon_of(DType dtype) {
  if (dtype == f64) return std::numeric_limits<double>::epsilon();
  if (dtype == f32) return std::numeric_limits<float>::epsilon();
  return dtype == f16 ? 0x1p-10 : 0x1p-7;
}

}  // namespace

Tensor batch_norm(const Tensor& x, const std::optional<RunningStatistics>& running,
                  const std::optional<Tensor>& weight, const std::optional<Tensor>& bias,
                  const BatchNormOptions& options, Loc loc) {
  Site site{"batch_norm", loc};
  check(site, x, running, weight, bias, 2);
  if (!options.training && !running) fail(site, "no running statistics to normalize by");
  LocScope line(loc);
  if (!options.training) return by_running(x, *running, weight, bias, options.eps);

  Dims dims = dims_from(2, x);
  dims.insert(dims.begin(), 0);
  if (count_along(x, dims) < 2)
    fail(site, "wants more than 1 value per channel in training, got " + x.shape().to_string());
  if (running) {
    no_grad guard;
    move_average(running->mean, mean(x, dims), options.momentum);
    move_average(running->var, var(x, dims), options.momentum);
  }
  return affine(standardize(x, dims, options.eps), weight, bias);
}

Tensor instance_norm(const Tensor& x, const std::optional<RunningStatistics>& running,
                     const std::optional<Tensor>& weight, const std::optional<Tensor>& bias,
                     const InstanceNormOptions& options, Loc loc) {
  Site site{"instance_norm", loc};
  check(site, x, running, weight, bias, 3);
  if (!options.use_input_stats && !running) fail(site, "no running statistics to normalize by");
  LocScope line(loc);
  if (!options.use_input_stats) return by_running(x, *running, weight, bias, options.eps);

  Dims dims = dims_from(2, x);
  if (count_along(x, dims) < 2)
    fail(site, "wants more than 1 value per channel and instance, got " + x.shape().to_string());
  if (running) {
    no_grad guard;
    move_average(running->mean, mean(mean(x, dims), {0}), options.momentum);
    move_average(running->var, mean(var(x, dims), {0}), options.momentum);
  }
  return affine(standardize(x, dims, options.eps), weight, bias);
}

Tensor layer_norm(const Tensor& x, const Shape& normalized_shape,
                  const std::optional<Tensor>& weight, const std::optional<Tensor>& bias,
                  double epsilon, Loc loc) {
  check_normalized({"layer_norm", loc}, x, normalized_shape);
  return etch::layer_norm(x, normalized_shape.rank(), weight, bias, epsilon, loc);
}

Tensor rms_norm(const Tensor& x, const Shape& normalized_shape, const std::optional<Tensor>& weight,
                std::optional<double> epsilon, Loc loc) {
  Site site{"rms_norm", loc};
  check_normalized(site, x, normalized_shape);
  if (weight && weight->shape() != normalized_shape)
    fail(site, "weight " + weight->shape().to_string() + " has not the normalized shape " +
                   normalized_shape.to_string());
  LocScope line(loc);
  Dims dims = dims_from(x.dim() - normalized_shape.rank(), x);
  Tensor y =
      x * rsqrt(mean(square(x), dims, /*keepdim=*/true) + epsilon.value_or(epsilon_of(x.dtype())));
  return weight ? y * *weight : y;
}

Tensor group_norm(const Tensor& x, int64_t num_groups, const std::optional<Tensor>& weight,
                  const std::optional<Tensor>& bias, double epsilon, Loc loc) {
  Site site{"group_norm", loc};
  check(site, x, std::nullopt, weight, bias, 2);
  if (num_groups < 1 || x.size(1) % num_groups != 0)
    fail(site, std::to_string(num_groups) + " groups do not divide " + std::to_string(x.size(1)) +
                   " channels of " + x.shape().to_string());
  LocScope line(loc);
  int64_t each = count_along(x, dims_from(1, x)) / num_groups;
  Tensor groups = reshape(x, {x.size(0), num_groups, each});
  return affine(reshape(standardize(groups, {2}, epsilon), x.shape()), weight, bias);
}

Tensor normalize(const Tensor& x, const NormalizeOptions& options, Loc loc) {
  if (!(options.p > 0))
    fail({"normalize", loc}, "p is " + absl::StrCat(options.p) + ", must be above 0");
  LocScope line(loc);
  auto total = [&](const Tensor& terms) { return sum(terms, {options.dim}, /*keepdim=*/true); };
  // Where all of a row is 0, so is its derivative.
  auto root = [&](const Tensor& power, auto&& function) {
    Tensor is_zero = power == 0.0;
    return where(is_zero, constant(x, 0), function(where(is_zero, constant(x, 1), power)));
  };
  Tensor length;
  if (options.p == 2)
    length = root(total(square(x)), [](const Tensor& t) { return sqrt(t); });
  else if (options.p == 1)
    length = total(abs(x));
  else if (std::isinf(options.p))
    length = amax(abs(x), {options.dim}, /*keepdim=*/true);
  else
    length =
        root(total(pow(abs(x), options.p)), [&](const Tensor& t) { return pow(t, 1 / options.p); });
  return x / where(length < options.eps, constant(x, options.eps), length);
}

}  // namespace etch::nn::functional
