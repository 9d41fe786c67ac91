// Pooling over windows of the last dimensions of a tensor, as many as `kernel` has: for [N, C,
// height, width] a kernel of two. Leading dimensions are batch.
#ifndef ETCH_FRONTEND_OPS_POOLING_H_
#define ETCH_FRONTEND_OPS_POOLING_H_

#include <optional>
#include <source_location>
#include <vector>

#include "etch/frontend/ops/choice.h"
#include "etch/frontend/tensor.h"

namespace etch {

using Loc = std::source_location;

// One number for each pooled dimension; a single one counts for all of them.
struct MaxPoolOptions {
  std::vector<int64_t> stride = {};    // empty: the kernel
  std::vector<int64_t> padding = {0};  // at most half of the kernel; never the maximum
  std::vector<int64_t> dilation = {1};
  // Windows that begin within x or its padding before, though they end beyond it.
  bool ceil_mode = false;
};

// Maxima of windows, as torch.nn.functional.max_pool2d. NaN counts as the maximum. The gradient
// goes to the first maximum of each window. Shapes: x [..., extents...]; result [..., positions...]
// with positions = (extent + 2 padding - dilation * (kernel - 1) - 1) / stride + 1, rounded up in
// ceil_mode. Dtypes: all but bool. Throws etch::Error when no window fits, or the padding is more
// than half of the kernel.
Tensor max_pool(const Tensor& x, const std::vector<int64_t>& kernel,
                const MaxPoolOptions& options = {}, Loc loc = Loc::current());
// Also where the maxima are: row-major positions in the pooled dimensions of x.
Chosen max_pool_with_indices(const Tensor& x, const std::vector<int64_t>& kernel,
                             const MaxPoolOptions& options = {}, Loc loc = Loc::current());

struct AvgPoolOptions {
  std::vector<int64_t> stride = {};    // empty: the kernel
  std::vector<int64_t> padding = {0};  // zeros; at most half of the kernel
  bool ceil_mode = false;
  // Whether a mean counts the zeros of the padding.
  bool count_include_pad = true;
  // What sums are divided by in place of the number of elements.
  std::optional<int64_t> divisor_override = std::nullopt;
};

// Means of windows, as torch.nn.functional.avg_pool2d. Floating dtypes.
Tensor avg_pool(const Tensor& x, const std::vector<int64_t>& kernel,
                const AvgPoolOptions& options = {}, Loc loc = Loc::current());

// Means and maxima of windows that divide the last dimensions of x into `output` positions each;
// window i goes from floor(i * extent / output) to ceil((i + 1) * extent / output). -1 keeps an
// extent. As torch.nn.functional.adaptive_avg_pool2d and adaptive_max_pool2d.
Tensor adaptive_avg_pool(const Tensor& x, const std::vector<int64_t>& output,
                         Loc loc = Loc::current());
Tensor adaptive_max_pool(const Tensor& x, const std::vector<int64_t>& output,
                         Loc loc = Loc::current());

}  // namespace etch

#endif  // ETCH_FRONTEND_OPS_POOLING_H_
