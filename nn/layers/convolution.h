// Convolutions as modules; see nn/functional/convolution.h.
#ifndef ETCH_NN_LAYERS_CONVOLUTION_H_
#define ETCH_NN_LAYERS_CONVOLUTION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "etch/nn/functional/sizes.h"
#include "etch/nn/module.h"
#include "etch/nn/parameter.h"

namespace etch::nn {

struct ConvOptions {
  int64_t in_channels = 0;
  int64_t out_channels = 0;
  Sizes kernel_size = 0;
  Sizes stride = 1;
  Padding padding = 0;
  Sizes dilation = 1;
  int64_t groups = 1;
  bool bias = true;
  std::string padding_mode = "zeros";  // "reflect", "replicate" or "circular"
};

struct ConvTransposeOptions {
  int64_t in_channels = 0;
  int64_t out_channels = 0;
  Sizes kernel_size = 0;
  Sizes stride = 1;
  Sizes padding = 0;
  Sizes output_padding = 0;
  int64_t groups = 1;
  bool bias = true;
  Sizes dilation = 1;
};

namespace detail {

// Cross-correlation of x [N, in_channels, extents...] (or without N) with weight [out_channels,
// in_channels / groups, kernel...], plus bias [out_channels]. Initially both are uniform in
// [-k, k), k = 1 / sqrt(in_channels / groups * kernel elements), as in PyTorch.
// Throws etch::Error for channels that groups do not divide, and other options out of range.
class ConvNd : public LibraryModule {
 public:
  using Options = ConvOptions;
  void reset_parameters();
  const Options& options() const { return options_; }
  std::string extra_repr() const override;

 protected:
  ConvNd(const char* name, int64_t dims, Options options);

 private:
  Options options_;

 public:
  Parameter weight;
  Parameter bias;  // undefined without one
};

// The transpose: weight [in_channels, out_channels / groups, kernel...]. Of several possible
// extents of the result, `output_size` (one for each spatial dimension) chooses, else
// output_padding.
class ConvTransposeNd : public LibraryModule {
 public:
  using Options = ConvTransposeOptions;
  void reset_parameters();
  const Options& options() const { return options_; }
  std::string extra_repr() const override;

 protected:
  ConvTransposeNd(const char* name, int64_t dims, Options options);
  // The output padding that leads to `output_size`; throws etch::Error when none does.
  Sizes output_padding_for(const Tensor& x, const std::vector<int64_t>& output_size) const;

 private:
  const char* name_;
  Options options_;
  int64_t dims_;

 public:
  Parameter weight;
  Parameter bias;
};

}  // namespace detail

class Conv1d : public detail::ConvNd {
 public:
  explicit Conv1d(Options options) : ConvNd("Conv1d", 1, std::move(options)) {}
  Tensor forward(const Tensor& x);
};

class Conv2d : public detail::ConvNd {
 public:
  explicit Conv2d(Options options) : ConvNd("Conv2d", 2, std::move(options)) {}
  Tensor forward(const Tensor& x);
};

class Conv3d : public detail::ConvNd {
 public:
  explicit Conv3d(Options options) : ConvNd("Conv3d", 3, std::move(options)) {}
  Tensor forward(const Tensor& x);
};

class ConvTranspose1d : public detail::ConvTransposeNd {
 public:
  explicit ConvTranspose1d(Options options)
      : ConvTransposeNd("ConvTranspose1d", 1, std::move(options)) {}
  Tensor forward(const Tensor& x, const std::vector<int64_t>& output_size = {});
};

class ConvTranspose2d : public detail::ConvTransposeNd {
 public:
  explicit ConvTranspose2d(Options options)
      : ConvTransposeNd("ConvTranspose2d", 2, std::move(options)) {}
  Tensor forward(const Tensor& x, const std::vector<int64_t>& output_size = {});
};

class ConvTranspose3d : public detail::ConvTransposeNd {
 public:
  explicit ConvTranspose3d(Options options)
      : ConvTransposeNd("ConvTranspose3d", 3, std::move(options)) {}
  Tensor forward(const Tensor& x, const std::vector<int64_t>& output_size = {});
};

}  // namespace etch::nn

#endif  // ETCH_NN_LAYERS_CONVOLUTION_H_
