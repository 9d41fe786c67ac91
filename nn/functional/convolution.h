// Convolutions as functions; what they compute stands with etch::conv and etch::conv_transpose.
#ifndef ETCH_NN_FUNCTIONAL_CONVOLUTION_H_
#define ETCH_NN_FUNCTIONAL_CONVOLUTION_H_

#include <cstdint>
#include <optional>
#include <source_location>
#include <string>
#include <vector>

#include "etch/frontend/tensor.h"
#include "etch/nn/functional/sizes.h"

namespace etch::nn::functional {

using Loc = std::source_location;

struct ConvOptions {
  Sizes stride = 1;
  Padding padding = 0;  // "same" wants stride 1, and pads the end more where it is odd
  Sizes dilation = 1;
  int64_t groups = 1;
  // What pads: "zeros", "reflect" (the inside mirrored at the border element), "replicate" (the
  // border element) or "circular" (the other end).
  std::string padding_mode = "zeros";
};
// x [N, C, extents...] or [C, extents...], weight [O, C / groups, kernel...], bias [O]; the number
// of extents in the name. Throws etch::Error when shapes or options do not fit.
Tensor conv1d(const Tensor& x, const Tensor& weight,
              const std::optional<Tensor>& bias = std::nullopt, const ConvOptions& options = {},
              Loc loc = Loc::current());
Tensor conv2d(const Tensor& x, const Tensor& weight,
              const std::optional<Tensor>& bias = std::nullopt, const ConvOptions& options = {},
              Loc loc = Loc::current());
Tensor conv3d(const Tensor& x, const Tensor& weight,
              const std::optional<Tensor>& bias = std::nullopt, const ConvOptions& options = {},
              Loc loc = Loc::current());

struct ConvTransposeOptions {
  Sizes stride = 1;
  Sizes padding = 0;         // cut from both ends of the full result
  Sizes output_padding = 0;  // left at its end; less than stride or dilation
  int64_t groups = 1;
  Sizes dilation = 1;
};
// x as above, weight [C, O / groups, kernel...], bias [O].
Tensor conv_transpose1d(const Tensor& x, const Tensor& weight,
                        const std::optional<Tensor>& bias = std::nullopt,
                        const ConvTransposeOptions& options = {}, Loc loc = Loc::current());
Tensor conv_transpose2d(const Tensor& x, const Tensor& weight,
                        const std::optional<Tensor>& bias = std::nullopt,
                        const ConvTransposeOptions& options = {}, Loc loc = Loc::current());
Tensor conv_transpose3d(const Tensor& x, const Tensor& weight,
                        const std::optional<Tensor>& bias = std::nullopt,
                        const ConvTransposeOptions& options = {}, Loc loc = Loc::current());

}  // namespace etch::nn::functional

#endif  // ETCH_NN_FUNCTIONAL_CONVOLUTION_H_
