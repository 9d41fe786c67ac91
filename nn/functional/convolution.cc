#include "etch/nn/functional/convolution.h"

#include "etch/frontend/ops.h"
#include "etch/frontend/scope.h"
#include "etch/frontend/state.h"
#include "etch/nn/functional/padding.h"

namespace etch::nn::functional {
namespace {

using frontend::fail;
using frontend::LocScope;

using Numbers = std::vector<int64_t>;

// How many elements pad each spatial dimension before and after.
struct Widths {
  Numbers before, after;
};

Widths widths_of(const ConvOptions& options, const Tensor& weight, int64_t dims,
                 const frontend::Site& site) {
  const Padding& padding = options.padding;
  if (padding.name().empty()) {
    Numbers both = padding.sizes().along(dims, site.op, "padding");
    return {both, both};
  }
  Numbers before(static_cast<size_t>(dims), 0), after = before;
  if (padding.name() == "valid") return {before, after};
  Numbers stride = options.stride.along(dims, site.op, "stride", 1);
  Numbers dilation = options.dilation.along(dims, site.op, "dilation", 1);
  for (size_t i = 0; i < before.size(); ++i) {
    if (stride[i] != 1)
      fail(site, "padding \"same\" wants stride 1, not " + std::to_string(stride[i]));
    int64_t total = dilation[i] * (weight.size(static_cast<int64_t>(i) + 2) - 1);
    before[i] = total / 2;
    after[i] = total - before[i];
  }
  return {before, after};
}

void check_rank(const Tensor& x, const Tensor& weight, int64_t dims, const frontend::Site& site) {
  if (weight.dim() == dims + 2 && (x.dim() == dims + 2 || x.dim() == dims + 1)) return;
  fail(site, "x " + x.shape().to_string() + " and weight " + weight.shape().to_string() +
                 " do not fit " + std::to_string(dims) + " spatial dimensions; x is [N, C, " +
                 "extents...] or [C, extents...], weight [O, C / groups, kernel...]");
}

Tensor with_bias(const Tensor& y, const std::optional<Tensor>& bias, int64_t dims,
                 const frontend::Site& site) {
  if (!bias) return y;
  int64_t channels = y.size(-dims - 1);
  if (bias->shape() != Shape{channels})
    fail(site, "bias " + bias->shape().to_string() + " is not one for each of " +
                   std::to_string(channels) + " channels");
  Shape shape{channels};
  for (int64_t i = 0; i < dims; ++i) shape.push_back(1);
  return y + reshape(*bias, shape);
}

Tensor conv_nd(const char* name, int64_t dims, const Tensor& x, const Tensor& weight,
               const std::optional<Tensor>& bias, const ConvOptions& options, Loc loc) {
  frontend::Site site{name, loc};
  check_rank(x, weight, dims, site);
  LocScope line(loc);
  Widths widths = widths_of(options, weight, dims, site);
  etch::ConvOptions conv_options{.stride = options.stride.along(dims, name, "stride", 1),
                                 .dilation = options.dilation.along(dims, name, "dilation", 1),
                                 .groups = options.groups};
  if (options.padding_mode == "zeros") {
    conv_options.padding = widths.before;
    conv_options.padding_after = widths.after;
    return with_bias(conv(x, weight, conv_options), bias, dims, site);
  }
  // Innermost dimension first.
  Numbers padding;
  for (size_t i = widths.before.size(); i-- > 0;) {
    padding.push_back(widths.before[i]);
    padding.push_back(widths.after[i]);
  }
  Tensor padded = pad(x, padding, options.padding_mode);
  return with_bias(conv(padded, weight, conv_options), bias, dims, site);
}

Tensor conv_transpose_nd(const char* name, int64_t dims, const Tensor& x, const Tensor& weight,
                         const std::optional<Tensor>& bias, const ConvTransposeOptions& options,
                         Loc loc) {
  frontend::Site site{name, loc};
  check_rank(x, weight, dims, site);
  LocScope line(loc);
  Tensor y =
      conv_transpose(x, weight,
                     {.stride = options.stride.along(dims, name, "stride", 1),
                      .padding = options.padding.along(dims, name, "padding"),
                      .output_padding = options.output_padding.along(dims, name, "output_padding"),
                      .dilation = options.dilation.along(dims, name, "dilation", 1),
                      .groups = options.groups});
  return with_bias(y, bias, dims, site);
}

}  // namespace

Tensor conv1d(const Tensor& x, const Tensor& weight, const std::optional<Tensor>& bias,
              const ConvOptions& options, Loc loc) {
  return conv_nd("conv1d", 1, x, weight, bias, options, loc);
}

Tensor conv2d(const Tensor& x, const Tensor& weight, const std::optional<Tensor>& bias,
              const ConvOptions& options, Loc loc) {
  return conv_nd("conv2d", 2, x, weight, bias, options, loc);
}

Tensor conv3d(const Tensor& x, const Tensor& weight, const std::optional<Tensor>& bias,
              const ConvOptions& options, Loc loc) {
  return conv_nd("conv3d", 3, x, weight, bias, options, loc);
}

Tensor conv_transpose1d(const Tensor& x, const Tensor& weight, const std::optional<Tensor>& bias,
                        const ConvTransposeOptions& options, Loc loc) {
  return conv_transpose_nd("conv_transpose1d", 1, x, weight, bias, options, loc);
}

Tensor conv_transpose2d(const Tensor& x, const Tensor& weight, const std::optional<Tensor>& bias,
                        const ConvTransposeOptions& options, Loc loc) {
  return conv_transpose_nd("conv_transpose2d", 2, x, weight, bias, options, loc);
}

Tensor conv_transpose3d(const Tensor& x, const Tensor& weight, const std::optional<Tensor>& bias,
                        const ConvTransposeOptions& options, Loc loc) {
  return conv_transpose_nd("conv_transpose3d", 3, x, weight, bias, options, loc);
}

}  // namespace etch::nn::functional
