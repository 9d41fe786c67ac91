// Pooling as modules; see nn/functional/pooling.h.
#ifndef ETCH_NN_LAYERS_POOLING_H_
#define ETCH_NN_LAYERS_POOLING_H_

#include <cstdint>
#include <string>

#include "etch/nn/functional/pooling.h"
#include "etch/nn/module.h"

namespace etch::nn {

struct AdaptivePoolOptions {
  Sizes output_size = 1;
};

namespace detail {

// Throws etch::Error for a kernel or strides below 1, or more padding than half of the kernel.
class MaxPoolNd : public LibraryModule {
 public:
  using Options = functional::MaxPoolOptions;
  std::string extra_repr() const override;

 protected:
  MaxPoolNd(const char* name, int64_t dims, Options options);
  const Options options_;
};

class AvgPoolNd : public LibraryModule {
 public:
  using Options = functional::AvgPoolOptions;
  std::string extra_repr() const override;

 protected:
  AvgPoolNd(const char* name, int64_t dims, Options options);
  const Options options_;

 private:
  int64_t dims_;
};

class AdaptivePoolNd : public LibraryModule {
 public:
  using Options = AdaptivePoolOptions;
  std::string extra_repr() const override;

 protected:
  explicit AdaptivePoolNd(Options options) : output_size_(std::move(options.output_size)) {}
  const Sizes output_size_;
};

}  // namespace detail

class MaxPool1d : public detail::MaxPoolNd {
 public:
  explicit MaxPool1d(Options options) : MaxPoolNd("MaxPool1d", 1, std::move(options)) {}
  explicit MaxPool1d(int64_t kernel_size) : MaxPool1d(Options{kernel_size}) {}
  Tensor forward(const Tensor& x);
};

class MaxPool2d : public detail::MaxPoolNd {
 public:
  explicit MaxPool2d(Options options) : MaxPoolNd("MaxPool2d", 2, std::move(options)) {}
  explicit MaxPool2d(int64_t kernel_size) : MaxPool2d(Options{kernel_size}) {}
  Tensor forward(const Tensor& x);
};

class AvgPool1d : public detail::AvgPoolNd {
 public:
  explicit AvgPool1d(Options options) : AvgPoolNd("AvgPool1d", 1, std::move(options)) {}
  explicit AvgPool1d(int64_t kernel_size) : AvgPool1d(Options{kernel_size}) {}
  Tensor forward(const Tensor& x);
};

class AvgPool2d : public detail::AvgPoolNd {
 public:
  explicit AvgPool2d(Options options) : AvgPoolNd("AvgPool2d", 2, std::move(options)) {}
  explicit AvgPool2d(int64_t kernel_size) : AvgPool2d(Options{kernel_size}) {}
  Tensor forward(const Tensor& x);
};

// To output_size positions in each dimension; -1 keeps an extent and prints as None.
class AdaptiveAvgPool1d : public detail::AdaptivePoolNd {
 public:
  explicit AdaptiveAvgPool1d(Options options) : AdaptivePoolNd(std::move(options)) {}
  explicit AdaptiveAvgPool1d(int64_t output_size) : AdaptiveAvgPool1d(Options{output_size}) {}
  Tensor forward(const Tensor& x);
};

class AdaptiveAvgPool2d : public detail::AdaptivePoolNd {
 public:
  explicit AdaptiveAvgPool2d(Options options) : AdaptivePoolNd(std::move(options)) {}
  explicit AdaptiveAvgPool2d(int64_t output_size) : AdaptiveAvgPool2d(Options{output_size}) {}
  Tensor forward(const Tensor& x);
};

class AdaptiveMaxPool1d : public detail::AdaptivePoolNd {
 public:
  explicit AdaptiveMaxPool1d(Options options) : AdaptivePoolNd(std::move(options)) {}
  explicit AdaptiveMaxPool1d(int64_t output_size) : AdaptiveMaxPool1d(Options{output_size}) {}
  Tensor forward(const Tensor& x);
};

class AdaptiveMaxPool2d : public detail::AdaptivePoolNd {
 public:
  explicit AdaptiveMaxPool2d(Options options) : AdaptivePoolNd(std::move(options)) {}
  explicit AdaptiveMaxPool2d(int64_t output_size) : AdaptiveMaxPool2d(Options{output_size}) {}
  Tensor forward(const Tensor& x);
};

// The mean over all extents: x [N, C, extents...], result [N, C].
class GlobalAvgPool : public LibraryModule {
 public:
  Tensor forward(const Tensor& x);
};

}  // namespace etch::nn

#endif  // ETCH_NN_LAYERS_POOLING_H_
