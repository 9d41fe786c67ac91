// Normalizations as modules; what they compute stands in nn/functional/normalization.h. Weights are
// 1 at first, biases and running means 0, running variances 1.
#ifndef ETCH_NN_LAYERS_NORMALIZATION_H_
#define ETCH_NN_LAYERS_NORMALIZATION_H_

#include <cstdint>
#include <optional>
#include <string>

#include "etch/nn/functional/normalization.h"
#include "etch/nn/module.h"
#include "etch/nn/parameter.h"

namespace etch::nn {

struct BatchNormOptions {
  int64_t num_features = 0;
  double eps = 1e-5;
  std::optional<double> momentum = 0.1;  // none: the average of all batches so far
  bool affine = true;
  bool track_running_stats = true;
};

struct InstanceNormOptions {
  int64_t num_features = 0;
  double eps = 1e-5;
  std::optional<double> momentum = 0.1;
  bool affine = false;
  bool track_running_stats = false;
};

namespace detail {

// Weight, bias and running averages by channel. Averages are used in evaluation mode, where they
// are kept, and move in each call in training mode.
class ChannelNorm : public LibraryModule {
 public:
  void reset_running_stats();
  void reset_parameters();
  std::string extra_repr() const override;

 protected:
  ChannelNorm(const char* name, const BatchNormOptions& options);

  std::optional<functional::RunningStatistics> running() const;
  bool uses_input() const { return training || !options_.track_running_stats; }
  // Counts this call and gives the weight of its batch in the averages.
  TensorOrNumber next_momentum();

  const BatchNormOptions options_;

 public:
  Parameter weight;  // [num_features], undefined unless affine
  Parameter bias;
  Buffer running_mean;  // [num_features], undefined unless track_running_stats
  Buffer running_var;
  Buffer num_batches_tracked;  // i64 []
};

class BatchNormNd : public ChannelNorm {
 public:
  using Options = BatchNormOptions;
  Tensor forward(const Tensor& x);
  const Options& options() const { return options_; }

 protected:
  // Takes x of `least` to `most` dimensions.
  BatchNormNd(const char* name, int64_t least, int64_t most, const Options& options);

 private:
  const char* name_;
  int64_t least_, most_;
};

class InstanceNormNd : public ChannelNorm {
 public:
  using Options = InstanceNormOptions;
  Tensor forward(const Tensor& x);

 protected:
  InstanceNormNd(const char* name, int64_t rank, const Options& options);

 private:
  const char* name_;
  int64_t rank_;
};

}  // namespace detail

// Of x [N, C] or [N, C, length].
class BatchNorm1d : public detail::BatchNormNd {
 public:
  explicit BatchNorm1d(const Options& options) : BatchNormNd("BatchNorm1d", 2, 3, options) {}
  explicit BatchNorm1d(int64_t num_features) : BatchNorm1d(Options{num_features}) {}
};

// Of x [N, C, height, width].
class BatchNorm2d : public detail::BatchNormNd {
 public:
  explicit BatchNorm2d(const Options& options) : BatchNormNd("BatchNorm2d", 4, 4, options) {}
  explicit BatchNorm2d(int64_t num_features) : BatchNorm2d(Options{num_features}) {}
};

// Of x [N, C, depth, height, width].
class BatchNorm3d : public detail::BatchNormNd {
 public:
  explicit BatchNorm3d(const Options& options) : BatchNormNd("BatchNorm3d", 5, 5, options) {}
  explicit BatchNorm3d(int64_t num_features) : BatchNorm3d(Options{num_features}) {}
};

// Of x [N, C, length] or [C, length].
class InstanceNorm1d : public detail::InstanceNormNd {
 public:
  explicit InstanceNorm1d(const Options& options) : InstanceNormNd("InstanceNorm1d", 3, options) {}
  explicit InstanceNorm1d(int64_t num_features) : InstanceNorm1d(Options{num_features}) {}
};

// Of x [N, C, height, width] or [C, height, width].
class InstanceNorm2d : public detail::InstanceNormNd {
 public:
  explicit InstanceNorm2d(const Options& options) : InstanceNormNd("InstanceNorm2d", 4, options) {}
  explicit InstanceNorm2d(int64_t num_features) : InstanceNorm2d(Options{num_features}) {}
};

struct LayerNormOptions {
  Shape normalized_shape;  // the last dimensions of the input
  double eps = 1e-5;
  bool elementwise_affine = true;
  bool bias = true;
};
class LayerNorm : public LibraryModule {
 public:
  using Options = LayerNormOptions;
  explicit LayerNorm(Options options);
  explicit LayerNorm(int64_t features) : LayerNorm(Options{.normalized_shape = {features}}) {}

  Tensor forward(const Tensor& x);
  void reset_parameters();
  const Options& options() const { return options_; }
  std::string extra_repr() const override;

 private:
  Options options_;

 public:
  Parameter weight;  // of the normalized shape, undefined unless elementwise_affine
  Parameter bias;    // also undefined without bias
};

struct RMSNormOptions {
  Shape normalized_shape;
  std::optional<double> eps = std::nullopt;
  bool elementwise_affine = true;
};
class RMSNorm : public LibraryModule {
 public:
  using Options = RMSNormOptions;
  explicit RMSNorm(Options options);
  explicit RMSNorm(int64_t features) : RMSNorm(Options{.normalized_shape = {features}}) {}

  Tensor forward(const Tensor& x);
  void reset_parameters();
  const Options& options() const { return options_; }
  std::string extra_repr() const override;

 private:
  Options options_;

 public:
  Parameter weight;
};

struct GroupNormOptions {
  int64_t num_groups = 0;  // divides num_channels
  int64_t num_channels = 0;
  double eps = 1e-5;
  bool affine = true;
};
class GroupNorm : public LibraryModule {
 public:
  using Options = GroupNormOptions;
  explicit GroupNorm(Options options);

  Tensor forward(const Tensor& x);
  void reset_parameters();
  const Options& options() const { return options_; }
  std::string extra_repr() const override;

 private:
  Options options_;

 public:
  Parameter weight;  // [num_channels], undefined unless affine
  Parameter bias;
};

}  // namespace etch::nn

#endif  // ETCH_NN_LAYERS_NORMALIZATION_H_
