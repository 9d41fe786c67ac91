// Convolutions and sliding windows. Batch first, channels second: [N, C, length], [N, C, height,
// width], or more spatial dimensions.
#ifndef ETCH_FRONTEND_OPS_CONVOLUTION_H_
#define ETCH_FRONTEND_OPS_CONVOLUTION_H_

#include <source_location>
#include <vector>

#include "etch/frontend/tensor.h"

namespace etch {

using Loc = std::source_location;

// One number for each spatial dimension; a single one counts for all of them.
struct ConvOptions {
  std::vector<int64_t> stride = {1};
  std::vector<int64_t> padding = {0};         // zeros before and after; negative numbers cut off
  std::vector<int64_t> padding_after = {};    // where it differs from the padding before
  std::vector<int64_t> dilation = {1};        // distance of neighbours in a filter
  std::vector<int64_t> input_dilation = {1};  // distance of neighbours in x, with zeros in between
  int64_t groups = 1;
};

// Cross-correlation, as torch.nn.functional.conv1d and conv2d. With zeros around x,
//
//   y[n, o, p...] = sum over c, k... of weight[o, c, k...] * x[n, c, p * stride + k * dilation...]
//
// where c counts the channels of the group that o belongs to.
//
// Shapes: x [N, C, extents...]; weight [O, C / groups, kernel...]; y [N, O, positions...] with
// positions = (extent + paddings - dilation * (kernel - 1) - 1) / stride + 1. Without batch, x
// [C, extents...] gives [O, positions...]. Dtypes: floating, promoted to a common one; f16 and bf16
// are summed in f32.
// Throws etch::Error when ranks, channels or groups do not fit, or the filter is larger than x.
// Source: Dumoulin, Visin, "A guide to convolution arithmetic for deep learning", 2016,
// arXiv:1603.07285.
Tensor conv(const Tensor& x, const Tensor& weight, const ConvOptions& options = {},
            Loc loc = Loc::current());

struct ConvTransposeOptions {
  std::vector<int64_t> stride = {1};
  std::vector<int64_t> padding = {0};         // cut from both ends of the full result
  std::vector<int64_t> output_padding = {0};  // left at the end of it; below stride or dilation
  std::vector<int64_t> dilation = {1};
  int64_t groups = 1;
};

// The transpose of `conv` as a linear map of x: its gradient. As
// torch.nn.functional.conv_transpose2d.
//
// Shapes: x [N, C, extents...]; weight [C, O / groups, kernel...]; result [N, O, ...] with extents
// (extent - 1) * stride - 2 * padding + dilation * (kernel - 1) + output_padding + 1.
// Throws etch::Error as `conv` does, and for an output_padding of stride and dilation or more.
Tensor conv_transpose(const Tensor& x, const Tensor& weight,
                      const ConvTransposeOptions& options = {}, Loc loc = Loc::current());

// Windows over the last dimensions of x, as many as `kernel` has: result[..., k..., o...] =
// x[..., o * stride + k * dilation...]. A view: nothing is copied before it is needed. Empty
// `stride` and `dilation` are ones. Throws etch::Error where no window fits.
Tensor windows(const Tensor& x, const std::vector<int64_t>& kernel,
               const std::vector<int64_t>& stride = {}, const std::vector<int64_t>& dilation = {},
               Loc loc = Loc::current());

// The transpose of `windows`: the sum of x [..., k..., o...] at o * stride + k * dilation, zeros
// elsewhere, in a result [..., extents...].
Tensor fold(const Tensor& x, const std::vector<int64_t>& extents,
            const std::vector<int64_t>& stride = {}, const std::vector<int64_t>& dilation = {},
            Loc loc = Loc::current());

}  // namespace etch

#endif  // ETCH_FRONTEND_OPS_CONVOLUTION_H_
