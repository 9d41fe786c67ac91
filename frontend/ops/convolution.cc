#include "etch/frontend/ops/convolution.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "etch/frontend/ops/common.h"
#include "etch/frontend/ops/movement.h"

namespace etch {

using namespace frontend;  // NOLINT

namespace {

using Numbers = std::vector<int64_t>;

// The same, where nothing given stands for ones.
Numbers spatial_or_ones(const Site& site, const char* name, const Numbers& given, int64_t count) {
  return given.empty() ? Numbers(count, 1) : one_for_each(site, name, given, count, 1);
}

constexpr int64_t kAnything = std::numeric_limits<int64_t>::min();

Tensor record_conv(const Site& site, const Tensor& x, const Tensor& weight, const Numbers& stride,
                   const Numbers& low, const Numbers& high, const Numbers& input_dilation,
                   const Numbers& dilation, int64_t groups) {
  for (size_t i = 0; i < stride.size(); ++i) {
    int64_t extent = x.shape()[i + 2], kernel = weight.shape()[i + 2];
    int64_t padded = low[i] + (extent - 1) * input_dilation[i] + 1 + high[i];
    int64_t reach = (kernel - 1) * dilation[i] + 1;
    if (extent == 0 || kernel == 0 || padded < reach) {
      fail(site,
           absl::StrCat("a filter of ", reach, " elements", dilation[i] > 1 ? " (dilated)" : "",
                        " does not fit into ", padded, " of ", x.shape().to_string(),
                        " with its padding, in spatial ", "dimension ", i));
    }
  }
  return record<ir::ConvOp>(site, {x, weight}, [&](auto& p, mlir::Builder& b) {
    p.stride = b.getDenseI64ArrayAttr(stride);
    p.low = b.getDenseI64ArrayAttr(low);
    p.high = b.getDenseI64ArrayAttr(high);
    p.input_dilation = b.getDenseI64ArrayAttr(input_dilation);
    p.dilation = b.getDenseI64ArrayAttr(dilation);
    p.groups = b.getI64IntegerAttr(groups);
  });
}

// What both directions ask of their operands; `channel_dim` of the weight goes with the channels of
// x, with all of them or those of a group. Returns the number of spatial dimensions.
int64_t check_operands(const Site& site, const Tensor& x, const Tensor& weight, int64_t groups,
                       bool transposed) {
  require_defined(site, x);
  require_defined(site, weight);
  int64_t count = weight.dim() - 2;
  if (count < 1 || (x.dim() != weight.dim() && x.dim() != weight.dim() - 1)) {
    fail(site, absl::StrCat("x ", x.shape().to_string(), " and weight ", weight.shape().to_string(),
                            " must have batch or none, channels, and equally many spatial "
                            "dimensions"));
  }
  for (const Tensor* operand : {&x, &weight}) {
    if (!is_floating(operand->dtype())) {
      fail(site, absl::StrCat("wants floating operands, not ", type_of(*operand)));
    }
  }
  int64_t channels = x.shape()[x.dim() - count - 1];
  if (groups < 1 || channels % groups != 0 || weight.shape()[0] % groups != 0) {
    fail(site, absl::StrCat("groups = ", groups, " does not divide ", channels, " channels and ",
                            weight.shape()[0], " of weight ", weight.shape().to_string()));
  }
  int64_t wanted = transposed ? channels : channels / groups;
  int64_t has = weight.shape()[transposed ? 0 : 1];
  if (has != wanted) {
    fail(site, absl::StrCat("x ", x.shape().to_string(), " has ", channels, " channels, weight ",
                            weight.shape().to_string(), " in ", groups, " groups wants ",
                            transposed ? has : has * groups));
  }
  return count;
}

}  // namespace

Tensor conv(const Tensor& x, const Tensor& weight, const ConvOptions& options, Loc loc) {
  Site site{"conv", loc};
  int64_t n = check_operands(site, x, weight, options.groups, /*transposed=*/false);
  if (x.dim() == n + 1) {
    return squeeze(conv(unsqueeze(x, 0, loc), weight, options, loc), 0, loc);
  }
  Numbers low = one_for_each(site, "padding", options.padding, n, kAnything), high = low;
  if (!options.padding_after.empty()) {
    high = one_for_each(site, "padding_after", options.padding_after, n, kAnything);
  }
  DType dtype = promote(x.dtype(), weight.dtype());
  return record_conv(site, cast_to(site, x, dtype), cast_to(site, weight, dtype),
                     one_for_each(site, "stride", options.stride, n, 1), low, high,
                     one_for_each(site, "input_dilation", options.input_dilation, n, 1),
                     one_for_each(site, "dilation", options.dilation, n, 1), options.groups);
}

// Convolves x, with stride - 1 zeros between its elements, with the mirrored filters of the
// opposite direction.
Tensor conv_transpose(const Tensor& x, const Tensor& weight, const ConvTransposeOptions& options,
                      Loc loc) {
  Site site{"conv_transpose", loc};
  int64_t groups = options.groups;
  int64_t n = check_operands(site, x, weight, groups, /*transposed=*/true);
  if (x.dim() == n + 1) {
    return squeeze(conv_transpose(unsqueeze(x, 0, loc), weight, options, loc), 0, loc);
  }
  Numbers stride = one_for_each(site, "stride", options.stride, n, 1);
  Numbers dilation = one_for_each(site, "dilation", options.dilation, n, 1);
  Numbers padding = one_for_each(site, "padding", options.padding, n, 0);
  Numbers extra = one_for_each(site, "output_padding", options.output_padding, n, 0);
  Numbers low, high, mirrored, order = {0, 2, 1};
  const Shape& w = weight.shape();
  std::vector<int64_t> grouped = {groups, w[0] / groups, w[1]},
                       swapped = {groups * w[1], w[0] / groups};
  for (int64_t i = 0; i < n; ++i) {
    if (extra[i] >= stride[i] && extra[i] >= dilation[i]) {
      fail(site, absl::StrCat("output_padding ", extra[i], " must be below the stride ", stride[i],
                              " or the dilation ", dilation[i]));
    }
    low.push_back((w[i + 2] - 1) * dilation[i] - padding[i]);
    high.push_back(low.back() + extra[i]);
    mirrored.push_back(i + 2);
    order.push_back(i + 3);
    grouped.push_back(w[i + 2]);
    swapped.push_back(w[i + 2]);
  }
  DType dtype = promote(x.dtype(), weight.dtype());
  Tensor filters = cast_to(site, weight, dtype);
  filters = permute(reshape(filters, Shape(grouped), loc), order, loc);
  filters = flip(reshape(filters, Shape(swapped), loc), mirrored, loc);
  return record_conv(site, cast_to(site, x, dtype), filters, Numbers(n, 1), low, high, stride,
                     dilation, groups);
}

Tensor windows(const Tensor& x, const Numbers& kernel, const Numbers& stride,
               const Numbers& dilation, Loc loc) {
  Site site{"windows", loc};
  require_defined(site, x);
  int64_t n = static_cast<int64_t>(kernel.size());
  if (n == 0 || n > x.dim()) {
    fail(site, absl::StrCat("the kernel has ", n, " dimensions, x ", x.shape().to_string(), " has ",
                            x.dim()));
  }
  Numbers strides = spatial_or_ones(site, "stride", stride, n);
  Numbers dilations = spatial_or_ones(site, "dilation", dilation, n);
  return record<ir::WindowsOp>(site, {x}, [&](auto& p, mlir::Builder& b) {
    p.kernel = b.getDenseI64ArrayAttr(kernel);
    p.stride = b.getDenseI64ArrayAttr(strides);
    p.dilation = b.getDenseI64ArrayAttr(dilations);
  });
}

Tensor fold(const Tensor& x, const Numbers& extents, const Numbers& stride, const Numbers& dilation,
            Loc loc) {
  Site site{"fold", loc};
  require_defined(site, x);
  int64_t n = static_cast<int64_t>(extents.size());
  Numbers strides = spatial_or_ones(site, "stride", stride, n);
  Numbers dilations = spatial_or_ones(site, "dilation", dilation, n);
  return record<ir::FoldOp>(site, {x}, [&](auto& p, mlir::Builder& b) {
    p.extents = b.getDenseI64ArrayAttr(extents);
    p.stride = b.getDenseI64ArrayAttr(strides);
    p.dilation = b.getDenseI64ArrayAttr(dilations);
  });
}

}  // namespace etch
