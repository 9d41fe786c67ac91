// Normalizations as functions. All take floating tensors and keep shape and dtype of x; variances
// that divide are biased (by n), as everywhere in PyTorch.
#ifndef ETCH_NN_FUNCTIONAL_NORMALIZATION_H_
#define ETCH_NN_FUNCTIONAL_NORMALIZATION_H_

#include <cstdint>
#include <optional>
#include <source_location>

#include "etch/frontend/ops/elementwise.h"
#include "etch/frontend/tensor.h"

namespace etch::nn::functional {

using Loc = std::source_location;

// Running averages of what batch_norm and instance_norm have seen, [channels] each. Written, they
// are state cells (a module's buffers) or leaves.
struct RunningStatistics {
  Tensor mean;
  Tensor var;
};

struct BatchNormOptions {
  // Normalize by the batch and move the running averages, if there are any, towards its mean and
  // its unbiased variance (by n - 1); otherwise normalize by the averages.
  bool training = false;
  TensorOrNumber momentum = 0.1;  // weight of the batch in the new average
  double eps = 1e-5;
};
// (x - mean) / sqrt(var + eps) * weight + bias for each channel: x [N, C, ...], weight and bias
// [C]. Throws etch::Error for fewer than two values a channel in training, without averages
// otherwise, and when a shape does not fit. Source: Ioffe, Szegedy, "Batch Normalization", 2015,
// arXiv:1502.03167.
Tensor batch_norm(const Tensor& x, const std::optional<RunningStatistics>& running = std::nullopt,
                  const std::optional<Tensor>& weight = std::nullopt,
                  const std::optional<Tensor>& bias = std::nullopt,
                  const BatchNormOptions& options = {}, Loc loc = Loc::current());

struct InstanceNormOptions {
  // Normalize by each instance and channel, and move the averages as batch_norm does; otherwise
  // normalize by the averages.
  bool use_input_stats = true;
  TensorOrNumber momentum = 0.1;
  double eps = 1e-5;
};
// The same for each instance: x [N, C, extents...].
// Source: Ulyanov, Vedaldi, Lempitsky, 2016, arXiv:1607.08022.
Tensor instance_norm(const Tensor& x,
                     const std::optional<RunningStatistics>& running = std::nullopt,
                     const std::optional<Tensor>& weight = std::nullopt,
                     const std::optional<Tensor>& bias = std::nullopt,
                     const InstanceNormOptions& options = {}, Loc loc = Loc::current());

// Over the last dimensions, which must be `normalized_shape`, as must be weight and bias; see
// etch::layer_norm.
Tensor layer_norm(const Tensor& x, const Shape& normalized_shape,
                  const std::optional<Tensor>& weight = std::nullopt,
                  const std::optional<Tensor>& bias = std::nullopt, double epsilon = 1e-5,
                  Loc loc = Loc::current());

// x / sqrt(mean(x^2) + epsilon) * weight over the last dimensions, which must be
// `normalized_shape`. Default epsilon: the distance of 1 to the next number of the dtype.
// Source: Zhang, Sennrich, "Root Mean Square Layer Normalization", 2019, arXiv:1910.07467.
Tensor rms_norm(const Tensor& x, const Shape& normalized_shape,
                const std::optional<Tensor>& weight = std::nullopt,
                std::optional<double> epsilon = std::nullopt, Loc loc = Loc::current());

// Over groups of channels that lie together, and all extents: x [N, C, ...], weight and bias [C].
// Throws etch::Error when num_groups does not divide C.
// Source: Wu, He, "Group Normalization", 2018, arXiv:1803.08494.
Tensor group_norm(const Tensor& x, int64_t num_groups,
                  const std::optional<Tensor>& weight = std::nullopt,
                  const std::optional<Tensor>& bias = std::nullopt, double epsilon = 1e-5,
                  Loc loc = Loc::current());

struct NormalizeOptions {
  double p = 2;  // above 0
  int64_t dim = 1;
  double eps = 1e-12;
};
// x / max(|x|, eps) with the p-norm along `dim`.
Tensor normalize(const Tensor& x, const NormalizeOptions& options = {}, Loc loc = Loc::current());

}  // namespace etch::nn::functional

#endif  // ETCH_NN_FUNCTIONAL_NORMALIZATION_H_
