// Pooling as functions, of x [N, C, extents...] or [C, extents...] with as many extents as the name
// says; what they compute stands with etch::max_pool and its neighbours.
#ifndef ETCH_NN_FUNCTIONAL_POOLING_H_
#define ETCH_NN_FUNCTIONAL_POOLING_H_

#include <concepts>
#include <cstdint>
#include <optional>
#include <source_location>
#include <vector>

#include "etch/frontend/ops/pooling.h"
#include "etch/frontend/tensor.h"
#include "etch/nn/functional/sizes.h"

namespace etch::nn::functional {

using Loc = std::source_location;

struct MaxPoolOptions {
  Sizes kernel_size = 0;
  std::optional<Sizes> stride = std::nullopt;  // default: the kernel
  Sizes padding = 0;                           // at most half of the kernel
  Sizes dilation = 1;
  bool ceil_mode = false;  // windows that end beyond x count too
};
// Throws etch::Error when x has another number of dimensions, or no window fits.
Tensor max_pool1d(const Tensor& x, const MaxPoolOptions& options, Loc loc = Loc::current());
Tensor max_pool2d(const Tensor& x, const MaxPoolOptions& options, Loc loc = Loc::current());
// By the kernel alone: max_pool2d(x, 2). Templates, so that {2} means options.
Tensor max_pool1d(const Tensor& x, std::integral auto kernel_size, Loc loc = Loc::current()) {
  return max_pool1d(x, MaxPoolOptions{.kernel_size = kernel_size}, loc);
}
Tensor max_pool2d(const Tensor& x, std::integral auto kernel_size, Loc loc = Loc::current()) {
  return max_pool2d(x, MaxPoolOptions{.kernel_size = kernel_size}, loc);
}
// Values and, of each, the row-major position in the pooled dimensions of x.
Chosen max_pool1d_with_indices(const Tensor& x, const MaxPoolOptions& options,
                               Loc loc = Loc::current());
Chosen max_pool2d_with_indices(const Tensor& x, const MaxPoolOptions& options,
                               Loc loc = Loc::current());

struct AvgPoolOptions {
  Sizes kernel_size = 0;
  std::optional<Sizes> stride = std::nullopt;  // default: the kernel
  Sizes padding = 0;
  bool ceil_mode = false;
  bool count_include_pad = true;  // a mean counts the zeros of the padding
  std::optional<int64_t> divisor_override = std::nullopt;
};
// Means of windows.
Tensor avg_pool1d(const Tensor& x, const AvgPoolOptions& options, Loc loc = Loc::current());
Tensor avg_pool2d(const Tensor& x, const AvgPoolOptions& options, Loc loc = Loc::current());
Tensor avg_pool1d(const Tensor& x, std::integral auto kernel_size, Loc loc = Loc::current()) {
  return avg_pool1d(x, AvgPoolOptions{.kernel_size = kernel_size}, loc);
}
Tensor avg_pool2d(const Tensor& x, std::integral auto kernel_size, Loc loc = Loc::current()) {
  return avg_pool2d(x, AvgPoolOptions{.kernel_size = kernel_size}, loc);
}

// To `output_size` positions, one number for each dimension (a single one for all); -1 keeps an
// extent.
Tensor adaptive_avg_pool1d(const Tensor& x, const Sizes& output_size, Loc loc = Loc::current());
Tensor adaptive_avg_pool2d(const Tensor& x, const Sizes& output_size, Loc loc = Loc::current());
Tensor adaptive_max_pool1d(const Tensor& x, const Sizes& output_size, Loc loc = Loc::current());
Tensor adaptive_max_pool2d(const Tensor& x, const Sizes& output_size, Loc loc = Loc::current());

// The mean over all extents: x [N, C, extents...], result [N, C].
Tensor global_avg_pool(const Tensor& x, Loc loc = Loc::current());

}  // namespace etch::nn::functional

#endif  // ETCH_NN_FUNCTIONAL_POOLING_H_
