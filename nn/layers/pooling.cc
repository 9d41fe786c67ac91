#include "etch/nn/layers/pooling.h"

#include "etch/frontend/scope.h"
#include "etch/nn/layers/checks.h"

namespace etch::nn {
namespace {

using detail::python_bool;
using detail::python_tuple;

// As it was given: "2", "(2, 3)"; -1 is None.
std::string python_sizes(const Sizes& sizes) {
  auto one = [](int64_t value) { return value == -1 ? "None" : std::to_string(value); };
  if (sizes.is_single()) return one(sizes.values()[0]);
  std::string text;
  for (int64_t value : sizes.values()) text += (text.empty() ? "(" : ", ") + one(value);
  return text + ")";
}

template <typename Options>
void check(const char* name, int64_t dims, const Options& options) {
  auto kernel = options.kernel_size.along(dims, name, "kernel_size", 1);
  if (options.stride) options.stride->along(dims, name, "stride", 1);
  auto padding = options.padding.along(dims, name, "padding");
  for (size_t i = 0; i < kernel.size(); ++i)
    if (padding[i] > kernel[i] / 2)
      frontend::fail({name}, "padding " + std::to_string(padding[i]) +
                                 " is more than half of the kernel " + std::to_string(kernel[i]));
}

}  // namespace

namespace detail {

MaxPoolNd::MaxPoolNd(const char* name, int64_t dims, Options options)
    : options_(std::move(options)) {
  check(name, dims, options_);
}

std::string MaxPoolNd::extra_repr() const {
  return "kernel_size=" + python_sizes(options_.kernel_size) +
         ", stride=" + python_sizes(options_.stride.value_or(options_.kernel_size)) +
         ", padding=" + python_sizes(options_.padding) +
         ", dilation=" + python_sizes(options_.dilation) +
         ", ceil_mode=" + python_bool(options_.ceil_mode);
}

AvgPoolNd::AvgPoolNd(const char* name, int64_t dims, Options options)
    : options_(std::move(options)), dims_(dims) {
  check(name, dims, options_);
}

// PyTorch prints tuples in one dimension, and what was given in two.
std::string AvgPoolNd::extra_repr() const {
  auto text = [&](const Sizes& sizes) {
    return dims_ == 1 ? python_tuple(sizes.values()) : python_sizes(sizes);
  };
  return "kernel_size=" + text(options_.kernel_size) +
         ", stride=" + text(options_.stride.value_or(options_.kernel_size)) +
         ", padding=" + text(options_.padding);
}

std::string AdaptivePoolNd::extra_repr() const {
  return "output_size=" + python_sizes(output_size_);
}

}  // namespace detail

Tensor MaxPool1d::forward(const Tensor& x) { return functional::max_pool1d(x, options_); }
Tensor MaxPool2d::forward(const Tensor& x) { return functional::max_pool2d(x, options_); }
Tensor AvgPool1d::forward(const Tensor& x) { return functional::avg_pool1d(x, options_); }
Tensor AvgPool2d::forward(const Tensor& x) { return functional::avg_pool2d(x, options_); }

Tensor AdaptiveAvgPool1d::forward(const Tensor& x) {
  return functional::adaptive_avg_pool1d(x, output_size_);
}
Tensor AdaptiveAvgPool2d::forward(const Tensor& x) {
  return functional::adaptive_avg_pool2d(x, output_size_);
}
Tensor AdaptiveMaxPool1d::forward(const Tensor& x) {
  return functional::adaptive_max_pool1d(x, output_size_);
}
Tensor AdaptiveMaxPool2d::forward(const Tensor& x) {
  return functional::adaptive_max_pool2d(x, output_size_);
}

Tensor GlobalAvgPool::forward(const Tensor& x) { return functional::global_avg_pool(x); }

}  // namespace etch::nn
