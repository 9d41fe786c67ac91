#include "etch/nn/functional/pooling.h"

#include <string>

#include "etch/frontend/ops.h"
#include "etch/frontend/scope.h"
#include "etch/frontend/state.h"

namespace etch::nn::functional {
namespace {

using frontend::fail;
using frontend::LocScope;

void check_rank(const char* name, const Tensor& x, int64_t dims, Loc loc) {
  if (x.dim() != dims + 1 && x.dim() != dims + 2)
    fail({name, loc}, "expected " + std::to_string(dims + 1) + "D or " + std::to_string(dims + 2) +
                          "D input, got " + x.shape().to_string());
}

Chosen max_pool_nd(const char* name, int64_t dims, const Tensor& x, const MaxPoolOptions& options,
                   Loc loc) {
  check_rank(name, x, dims, loc);
  LocScope line(loc);
  Sizes stride = options.stride.value_or(options.kernel_size);
  return max_pool_with_indices(x, options.kernel_size.along(dims, name, "kernel_size", 1),
                               {.stride = stride.along(dims, name, "stride", 1),
                                .padding = options.padding.along(dims, name, "padding"),
                                .dilation = options.dilation.along(dims, name, "dilation", 1),
                                .ceil_mode = options.ceil_mode},
                               loc);
}

Tensor avg_pool_nd(const char* name, int64_t dims, const Tensor& x, const AvgPoolOptions& options,
                   Loc loc) {
  check_rank(name, x, dims, loc);
  LocScope line(loc);
  Sizes stride = options.stride.value_or(options.kernel_size);
  return avg_pool(x, options.kernel_size.along(dims, name, "kernel_size", 1),
                  {.stride = stride.along(dims, name, "stride", 1),
                   .padding = options.padding.along(dims, name, "padding"),
                   .ceil_mode = options.ceil_mode,
                   .count_include_pad = options.count_include_pad,
                   .divisor_override = options.divisor_override},
                  loc);
}

using AdaptivePool = Tensor (*)(const Tensor&, const std::vector<int64_t>&, Loc);

Tensor adaptive_nd(AdaptivePool pool, const char* name, int64_t dims, const Tensor& x,
                   const Sizes& output_size, Loc loc) {
  check_rank(name, x, dims, loc);
  LocScope line(loc);
  return pool(x, output_size.along(dims, name, "output_size", -1), loc);
}

}  // namespace

Tensor max_pool1d(const Tensor& x, const MaxPoolOptions& options, Loc loc) {
  return max_pool_nd("max_pool1d", 1, x, options, loc).values;
}

Tensor max_pool2d(const Tensor& x, const MaxPoolOptions& options, Loc loc) {
  return max_pool_nd("max_pool2d", 2, x, options, loc).values;
}

Chosen max_pool1d_with_indices(const Tensor& x, const MaxPoolOptions& options, Loc loc) {
  return max_pool_nd("max_pool1d", 1, x, options, loc);
}

Chosen max_pool2d_with_indices(const Tensor& x, const MaxPoolOptions& options, Loc loc) {
  return max_pool_nd("max_pool2d", 2, x, options, loc);
}

Tensor avg_pool1d(const Tensor& x, const AvgPoolOptions& options, Loc loc) {
  return avg_pool_nd("avg_pool1d", 1, x, options, loc);
}

Tensor avg_pool2d(const Tensor& x, const AvgPoolOptions& options, Loc loc) {
  return avg_pool_nd("avg_pool2d", 2, x, options, loc);
}

Tensor adaptive_avg_pool1d(const Tensor& x, const Sizes& output_size, Loc loc) {
  return adaptive_nd(etch::adaptive_avg_pool, "adaptive_avg_pool1d", 1, x, output_size, loc);
}

Tensor adaptive_avg_pool2d(const Tensor& x, const Sizes& output_size, Loc loc) {
  return adaptive_nd(etch::adaptive_avg_pool, "adaptive_avg_pool2d", 2, x, output_size, loc);
}

Tensor adaptive_max_pool1d(const Tensor& x, const Sizes& output_size, Loc loc) {
  return adaptive_nd(etch::adaptive_max_pool, "adaptive_max_pool1d", 1, x, output_size, loc);
}

Tensor adaptive_max_pool2d(const Tensor& x, const Sizes& output_size, Loc loc) {
  return adaptive_nd(etch::adaptive_max_pool, "adaptive_max_pool2d", 2, x, output_size, loc);
}

Tensor global_avg_pool(const Tensor& x, Loc loc) {
  if (x.dim() < 3) fail({"global_avg_pool", loc}, "x " + x.shape().to_string() + " has no extents");
  std::vector<int64_t> dims;
  for (int64_t i = 2; i < x.dim(); ++i) dims.push_back(i);
  return mean(x, dims, /*keepdim=*/false, loc);
}

}  // namespace etch::nn::functional
