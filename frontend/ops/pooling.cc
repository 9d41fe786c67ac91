#include "etch/frontend/ops/pooling.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "etch/frontend/ops/common.h"
#include "etch/frontend/ops/contraction.h"
#include "etch/frontend/ops/convolution.h"
#include "etch/frontend/ops/indexing.h"
#include "etch/frontend/ops/movement.h"

namespace etch {

using namespace frontend;  // NOLINT

namespace {

using Numbers = std::vector<int64_t>;

// Windows over one dimension of `extent` elements.
struct Windows {
  int64_t extent, kernel, stride, padding, dilation;
  int64_t count = 0;

  int64_t reach() const { return (kernel - 1) * dilation + 1; }
  int64_t start(int64_t i) const { return i * stride - padding; }
  // Padding after the elements, up to the end of the last window.
  int64_t padding_after() const {
    return std::max<int64_t>(0, start(count - 1) + reach() - extent);
  }
};

struct WindowOptions {
  const Numbers& stride;
  const Numbers& padding;
  const Numbers& dilation;
  bool ceil_mode;
};

std::vector<Windows> plan_windows(const Site& site, const Tensor& x, const Numbers& kernel,
                                  const WindowOptions& options) {
  require_defined(site, x);
  int64_t n = static_cast<int64_t>(kernel.size());
  if (n == 0 || n > x.dim()) {
    fail(site, absl::StrCat("the kernel has ", n, " dimensions, x ", x.shape().to_string(), " has ",
                            x.dim()));
  }
  Numbers extents = one_for_each(site, "kernel", kernel, n, 1), stride = extents;
  if (!options.stride.empty()) stride = one_for_each(site, "stride", options.stride, n, 1);
  Numbers padding = one_for_each(site, "padding", options.padding, n, 0);
  Numbers dilation = one_for_each(site, "dilation", options.dilation, n, 1);
  std::vector<Windows> windows;
  for (int64_t i = 0; i < n; ++i) {
    Windows w{x.shape()[x.dim() - n + i], extents[i], stride[i], padding[i], dilation[i]};
    if (2 * w.padding > w.kernel) {
      fail(site,
           absl::StrCat("padding ", w.padding, " is more than half of the kernel's ", w.kernel));
    }
    int64_t room = w.extent + 2 * w.padding - w.reach();
    if (room < 0 || w.extent == 0) {
      fail(site, absl::StrCat("a window of ", w.reach(), " elements does not fit into ",
                              w.extent + 2 * w.padding, " of ", x.shape().to_string(),
                              " with its padding, in pooled dimension ", i));
    }
    w.count = (options.ceil_mode ? room + w.stride - 1 : room) / w.stride + 1;
    // A window that begins behind the elements would see nothing.
    if (w.start(w.count - 1) >= w.extent) --w.count;
    windows.push_back(w);
  }
  return windows;
}

// [..., kernel..., positions...], with `filling` outside of x.
Tensor windows_of(const Site& site, const Tensor& x, const std::vector<Windows>& plan,
                  double filling, Loc loc) {
  size_t n = plan.size(), lead = x.dim() - n;
  Numbers low(x.dim(), 0), high(low), none(low), kernel, stride, dilation;
  bool padded = false;
  for (size_t i = 0; i < n; ++i) {
    low[lead + i] = plan[i].padding;
    high[lead + i] = plan[i].padding_after();
    padded |= low[lead + i] + high[lead + i] > 0;
    kernel.push_back(plan[i].kernel);
    stride.push_back(plan[i].stride);
    dilation.push_back(plan[i].dilation);
  }
  Tensor all = x;
  if (padded) {
    all = record<ir::PadOp>(site, {x}, [&](auto& p, mlir::Builder& b) {
      p.low = b.getDenseI64ArrayAttr(low);
      p.high = b.getDenseI64ArrayAttr(high);
      p.interior = b.getDenseI64ArrayAttr(none);
      if (filling != 0) p.value = b.getF64FloatAttr(filling);
    });
  }
  return windows(all, kernel, stride, dilation, loc);
}

double lowest(DType dtype) {
  switch (dtype) {
    case DType::kU8:
      return 0;
    case DType::kI8:
      return std::numeric_limits<int8_t>::min();
    case DType::kI32:
      return std::numeric_limits<int32_t>::min();
    case DType::kI64:
      return static_cast<double>(std::numeric_limits<int64_t>::min());
    default:
      return -std::numeric_limits<double>::infinity();
  }
}

// The dimensions before the pooled ones, then `positions`.
Shape pooled_shape(const Tensor& x, const std::vector<Windows>& plan) {
  Numbers shape(x.shape().begin(), x.shape().end() - plan.size());
  for (const Windows& w : plan) shape.push_back(w.count);
  return Shape(shape);
}

Numbers window_dims(const Tensor& x, size_t n) {
  Numbers dims;
  for (size_t i = 0; i < n; ++i) dims.push_back(x.dim() - n + i);
  return dims;
}

// Maxima of windows and their row-major places in them, in the pooled shape.
Chosen window_maxima(const Site& site, const Tensor& x, const std::vector<Windows>& plan, Loc loc) {
  if (x.dtype() == boolean) fail(site, "not defined for booleans; cast first");
  Tensor views = windows_of(site, x, plan, lowest(x.dtype()), loc);
  auto chosen = record_all<ir::ChooseMaxOp>(site, {views}, [&](auto& p, mlir::Builder& b) {
    p.dims = b.getDenseI64ArrayAttr(window_dims(x, plan.size()));
  });
  Shape shape = pooled_shape(x, plan);
  return {reshape_to(site, chosen[0], shape), reshape_to(site, chosen[1], shape)};
}

Tensor times(const Site& site, const Tensor& x, int64_t factor) {
  return binary<ir::MulOp>(site, x, constant_like(site, static_cast<double>(factor), x));
}

// Positions in x of the places `local` in each window.
Tensor global_positions(const Site& site, const Tensor& x, Tensor local,
                        const std::vector<Windows>& plan) {
  Tensor sum;
  int64_t step = 1, lead = x.dim() - static_cast<int64_t>(plan.size());
  for (int64_t i = static_cast<int64_t>(plan.size()) - 1; i >= 0; --i) {
    const Windows& w = plan[i];
    // The last digit of `local` in base `kernel`.
    Tensor rest =
        binary<ir::DivOp>(site, local, constant_like(site, static_cast<double>(w.kernel), local));
    Tensor place = binary<ir::SubOp>(site, local, times(site, rest, w.kernel));
    Tensor start = times(site, iota(site, local.shape(), lead + i, i64), w.stride);
    start =
        binary<ir::SubOp>(site, start, constant_like(site, static_cast<double>(w.padding), start));
    Tensor at = binary<ir::AddOp>(site, start, times(site, place, w.dilation));
    at = times(site, at, step);
    sum = sum.defined() ? binary<ir::AddOp>(site, sum, at) : at;
    step *= w.extent;
    local = rest;
  }
  return sum;
}

// For each pooled dimension how many elements the windows count, as a factor of their number.
Tensor counts(const Site& site, const Tensor& sums, const std::vector<Windows>& plan,
              bool count_padding) {
  Tensor product;
  for (size_t i = 0; i < plan.size(); ++i) {
    const Windows& w = plan[i];
    std::vector<double> numbers;
    for (int64_t p = 0; p < w.count; ++p) {
      int64_t begin = w.start(p), end = begin + w.kernel;
      begin = std::max<int64_t>(begin, count_padding ? -w.padding : 0);
      end = std::min(end, w.extent + (count_padding ? w.padding : 0));
      numbers.push_back(static_cast<double>(end - begin));
    }
    Numbers shape(plan.size(), 1);
    shape[i] = w.count;
    Tensor along = constant(site, numbers, sums.dtype(), Shape(shape));
    along = broadcast_to(site, along, sums.shape());
    product = product.defined() ? binary<ir::MulOp>(site, product, along) : along;
  }
  return product;
}

// `output` with the extents of x where it has -1.
Numbers adaptive_output(const Site& site, const Tensor& x, Numbers output) {
  int64_t n = static_cast<int64_t>(output.size());
  require_defined(site, x);
  if (n == 0 || n > x.dim()) {
    fail(site, absl::StrCat("the output has ", n, " dimensions, x ", x.shape().to_string(), " has ",
                            x.dim()));
  }
  for (int64_t i = 0; i < n; ++i) {
    int64_t extent = x.shape()[x.dim() - n + i];
    if (output[i] == -1) output[i] = extent;
    if (output[i] < 1 || extent == 0) {
      fail(site, absl::StrCat("an output of ", output[i], " positions from ", extent,
                              " elements of ", x.shape().to_string()));
    }
  }
  return output;
}

bool divides(const Tensor& x, const Numbers& output) {
  for (size_t i = 0; i < output.size(); ++i)
    if (x.shape()[x.dim() - output.size() + i] % output[i] != 0) return false;
  return true;
}

// The kernel of windows side by side, when they all have one size.
Numbers equal_windows(const Tensor& x, const Numbers& output) {
  Numbers kernel;
  for (size_t i = 0; i < output.size(); ++i)
    kernel.push_back(x.shape()[x.dim() - output.size() + i] / output[i]);
  return kernel;
}

// [begin, end) of the windows of unequal sizes.
std::pair<int64_t, int64_t> adaptive_window(int64_t i, int64_t extent, int64_t output) {
  return {i * extent / output, ((i + 1) * extent + output - 1) / output};
}

}  // namespace

Tensor max_pool(const Tensor& x, const Numbers& kernel, const MaxPoolOptions& options, Loc loc) {
  Site site{"max_pool", loc};
  auto plan = plan_windows(site, x, kernel,
                           {options.stride, options.padding, options.dilation, options.ceil_mode});
  return window_maxima(site, x, plan, loc).values;
}

Chosen max_pool_with_indices(const Tensor& x, const Numbers& kernel, const MaxPoolOptions& options,
                             Loc loc) {
  Site site{"max_pool_with_indices", loc};
  auto plan = plan_windows(site, x, kernel,
                           {options.stride, options.padding, options.dilation, options.ceil_mode});
  Chosen local = window_maxima(site, x, plan, loc);
  return {local.values, global_positions(site, x, local.indices, plan)};
}

Tensor avg_pool(const Tensor& x, const Numbers& kernel, const AvgPoolOptions& options, Loc loc) {
  Site site{"avg_pool", loc};
  require_float(site, x);
  auto plan =
      plan_windows(site, x, kernel, {options.stride, options.padding, {1}, options.ceil_mode});
  Tensor views = windows_of(site, x, plan, 0, loc);
  Tensor sums = record<ir::ReduceSumOp>(site, {views}, [&](auto& p, mlir::Builder& b) {
    p.dims = b.getDenseI64ArrayAttr(window_dims(x, plan.size()));
  });
  sums = reshape_to(site, sums, pooled_shape(x, plan));
  int64_t all = 1;
  bool alike = true;
  for (const Windows& w : plan) {
    all *= w.kernel;
    alike &= w.padding_after() <= w.padding && (options.count_include_pad || w.padding == 0);
  }
  if (options.divisor_override) all = *options.divisor_override;
  if (all == 0) fail(site, "divisor_override must not be 0");
  if (alike || options.divisor_override) {
    return binary<ir::MulOp>(site, sums, constant_like(site, 1.0 / static_cast<double>(all), sums));
  }
  return binary<ir::DivOp>(site, sums, counts(site, sums, plan, options.count_include_pad));
}

// Windows of unequal sizes are a product with a matrix of weights along each dimension.
Tensor adaptive_avg_pool(const Tensor& x, const Numbers& output, Loc loc) {
  Site site{"adaptive_avg_pool", loc};
  Numbers positions = adaptive_output(site, require_float(site, x), output);
  if (divides(x, positions)) return avg_pool(x, equal_windows(x, positions), {}, loc);
  Tensor y = x.dim() == 1 ? reshape_to(site, x, {1, x.shape()[0]}) : x;
  int64_t n = static_cast<int64_t>(positions.size());
  for (int64_t i = 0; i < n; ++i) {
    int64_t dim = y.dim() - n + i, extent = y.shape()[dim], count = positions[i];
    std::vector<double> weights(extent * count, 0);
    for (int64_t o = 0; o < count; ++o) {
      auto [begin, end] = adaptive_window(o, extent, count);
      for (int64_t at = begin; at < end; ++at)
        weights[at * count + o] = 1.0 / static_cast<double>(end - begin);
    }
    Tensor matrix = constant(site, weights, y.dtype(), {extent, count});
    y = transpose(matmul(transpose(y, dim, -1, loc), matrix, loc), dim, -1, loc);
  }
  return x.dim() == 1 ? reshape_to(site, y, {positions[0]}) : y;
}

// Windows of unequal sizes are made equal by repeating their last element.
Tensor adaptive_max_pool(const Tensor& x, const Numbers& output, Loc loc) {
  Site site{"adaptive_max_pool", loc};
  Numbers positions = adaptive_output(site, x, output);
  if (divides(x, positions)) return max_pool(x, equal_windows(x, positions), {}, loc);
  Tensor y = x;
  Numbers kernel;
  int64_t n = static_cast<int64_t>(positions.size());
  for (int64_t i = 0; i < n; ++i) {
    int64_t dim = x.dim() - n + i, extent = x.shape()[dim], longest = 0;
    for (int64_t o = 0; o < positions[i]; ++o) {
      auto [begin, end] = adaptive_window(o, extent, positions[i]);
      longest = std::max(longest, end - begin);
    }
    std::vector<double> elements;
    for (int64_t o = 0; o < positions[i]; ++o) {
      auto [begin, end] = adaptive_window(o, extent, positions[i]);
      for (int64_t j = 0; j < longest; ++j)
        elements.push_back(static_cast<double>(std::min(begin + j, end - 1)));
    }
    kernel.push_back(longest);
    y = index_select(y, dim, constant(site, elements, i64, {positions[i] * longest}), loc);
  }
  return max_pool(y, kernel, {}, loc);
}

}  // namespace etch
