#include "etch/nn/layers/convolution.h"

#include <algorithm>
#include <cmath>

#include "etch/frontend/scope.h"
#include "etch/nn/functional/convolution.h"
#include "etch/nn/host_values.h"
#include "etch/nn/init.h"
#include "etch/nn/layers/checks.h"

namespace etch::nn {
namespace {

using detail::filled;
using detail::if_defined;
using detail::python_tuple;

using Numbers = std::vector<int64_t>;

// Checks what both kinds have in common, and writes one number for each dimension.
template <typename Options>
Options checked(const char* name, int64_t dims, Options options) {
  detail::at_least_1(name, "in_channels", options.in_channels);
  detail::at_least_1(name, "out_channels", options.out_channels);
  detail::at_least_1(name, "groups", options.groups);
  for (auto [what, channels] :
       {std::pair{"in_channels", options.in_channels}, {"out_channels", options.out_channels}})
    if (channels % options.groups != 0)
      frontend::fail({name}, std::string(what) + " " + std::to_string(channels) +
                                 " is not divisible by groups " + std::to_string(options.groups));
  options.kernel_size = options.kernel_size.along(dims, name, "kernel_size", 1);
  options.stride = options.stride.along(dims, name, "stride", 1);
  options.dilation = options.dilation.along(dims, name, "dilation", 1);
  return options;
}

ConvOptions checked_conv(const char* name, int64_t dims, ConvOptions given) {
  ConvOptions options = checked(name, dims, std::move(given));
  if (options.padding.name().empty())
    options.padding = Sizes(options.padding.sizes().along(dims, name, "padding"));
  if (options.padding.name() == "same" && options.stride != Sizes(Numbers(dims, 1)))
    frontend::fail({name},
                   "padding \"same\" wants stride 1, not " + python_tuple(options.stride.values()));
  const std::string& mode = options.padding_mode;
  if (mode != "zeros" && mode != "reflect" && mode != "replicate" && mode != "circular")
    frontend::fail({name}, "padding_mode = \"" + mode +
                               "\", must be \"zeros\", \"reflect\", \"replicate\" or \"circular\"");
  return options;
}

ConvTransposeOptions checked_transpose(const char* name, int64_t dims, ConvTransposeOptions given) {
  ConvTransposeOptions options = checked(name, dims, std::move(given));
  options.padding = options.padding.along(dims, name, "padding");
  options.output_padding = options.output_padding.along(dims, name, "output_padding");
  return options;
}

// Zeros of the shape of a weight of `first` by `second` channels.
Tensor weight_of(int64_t first, int64_t second, const Sizes& kernel) {
  Numbers shape{first, second};
  shape.insert(shape.end(), kernel.values().begin(), kernel.values().end());
  return filled(Shape(shape), 0, f32);
}

Tensor bias_of(bool wanted, int64_t channels) {
  return wanted ? filled({channels}, 0, f32) : Tensor();
}

void reset(Parameter& weight, Parameter& bias) {
  init::kaiming_uniform_(weight, {.a = std::sqrt(5.0)});
  double bound = 1.0 / std::sqrt(static_cast<double>(init::calculate_fan(weight.shape()).in));
  if (bias.defined()) init::uniform_(bias, -bound, bound);
}

bool all_equal(const Sizes& sizes, int64_t value) {
  return std::ranges::all_of(sizes.values(), [&](int64_t each) { return each == value; });
}

// What both kinds print, with `padding` already in words.
template <typename Options>
std::string repr(const Options& options, const std::string& padding,
                 const std::string& output_padding) {
  std::string text = std::to_string(options.in_channels) + ", " +
                     std::to_string(options.out_channels) +
                     ", kernel_size=" + python_tuple(options.kernel_size.values()) +
                     ", stride=" + python_tuple(options.stride.values()) + padding;
  if (!all_equal(options.dilation, 1))
    text += ", dilation=" + python_tuple(options.dilation.values());
  text += output_padding;
  if (options.groups != 1) text += ", groups=" + std::to_string(options.groups);
  if (!options.bias) text += ", bias=False";
  return text;
}

std::string if_not_zero(const char* name, const Sizes& sizes) {
  return all_equal(sizes, 0) ? "" : std::string(name) + python_tuple(sizes.values());
}

functional::ConvOptions function_options(const ConvOptions& options) {
  return {options.stride, options.padding, options.dilation, options.groups, options.padding_mode};
}

functional::ConvTransposeOptions function_options(const ConvTransposeOptions& options,
                                                  const Sizes& output_padding) {
  return {options.stride, options.padding, output_padding, options.groups, options.dilation};
}

}  // namespace

namespace detail {

ConvNd::ConvNd(const char* name, int64_t dims, Options options)
    : options_(checked_conv(name, dims, std::move(options))),
      weight(this, "weight",
             weight_of(options_.out_channels, options_.in_channels / options_.groups,
                       options_.kernel_size)),
      bias(this, "bias", bias_of(options_.bias, options_.out_channels)) {
  reset_parameters();
}

void ConvNd::reset_parameters() { reset(weight, bias); }

std::string ConvNd::extra_repr() const {
  const Padding& padding = options_.padding;
  std::string text = repr(options_,
                          padding.name().empty() ? if_not_zero(", padding=", padding.sizes())
                                                 : ", padding=" + padding.name(),
                          "");
  if (options_.padding_mode != "zeros") text += ", padding_mode=" + options_.padding_mode;
  return text;
}

ConvTransposeNd::ConvTransposeNd(const char* name, int64_t dims, Options options)
    : name_(name),
      options_(checked_transpose(name, dims, std::move(options))),
      dims_(dims),
      weight(this, "weight",
             weight_of(options_.in_channels, options_.out_channels / options_.groups,
                       options_.kernel_size)),
      bias(this, "bias", bias_of(options_.bias, options_.out_channels)) {
  reset_parameters();
}

void ConvTransposeNd::reset_parameters() { reset(weight, bias); }

std::string ConvTransposeNd::extra_repr() const {
  return repr(options_, if_not_zero(", padding=", options_.padding),
              if_not_zero(", output_padding=", options_.output_padding));
}

Sizes ConvTransposeNd::output_padding_for(const Tensor& x, const Numbers& output_size) const {
  if (output_size.empty()) return options_.output_padding;
  Numbers wanted = Sizes(output_size).along(dims_, name_, "output_size", 1);
  Numbers extra;
  for (int64_t i = 0; i < dims_; ++i) {
    auto at = [&](const Sizes& sizes) { return sizes.values()[static_cast<size_t>(i)]; };
    int64_t least = (x.size(i - dims_) - 1) * at(options_.stride) - 2 * at(options_.padding) +
                    at(options_.dilation) * (at(options_.kernel_size) - 1) + 1;
    extra.push_back(wanted[static_cast<size_t>(i)] - least);
    if (extra.back() < 0 || extra.back() >= at(options_.stride))
      frontend::fail({name_}, "output_size " + std::to_string(wanted[static_cast<size_t>(i)]) +
                                  " in spatial dimension " + std::to_string(i) + ", must be in [" +
                                  std::to_string(least) + ", " +
                                  std::to_string(least + at(options_.stride) - 1) + "]");
  }
  return extra;
}

}  // namespace detail

Tensor Conv1d::forward(const Tensor& x) {
  return functional::conv1d(x, weight, if_defined(bias), function_options(options()));
}

Tensor Conv2d::forward(const Tensor& x) {
  return functional::conv2d(x, weight, if_defined(bias), function_options(options()));
}

Tensor Conv3d::forward(const Tensor& x) {
  return functional::conv3d(x, weight, if_defined(bias), function_options(options()));
}

Tensor ConvTranspose1d::forward(const Tensor& x, const Numbers& output_size) {
  return functional::conv_transpose1d(
      x, weight, if_defined(bias), function_options(options(), output_padding_for(x, output_size)));
}

Tensor ConvTranspose2d::forward(const Tensor& x, const Numbers& output_size) {
  return functional::conv_transpose2d(
      x, weight, if_defined(bias), function_options(options(), output_padding_for(x, output_size)));
}

Tensor ConvTranspose3d::forward(const Tensor& x, const Numbers& output_size) {
  return functional::conv_transpose3d(
      x, weight, if_defined(bias), function_options(options(), output_padding_for(x, output_size)));
}

}  // namespace etch::nn
