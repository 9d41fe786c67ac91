// A small convolutional network.
#ifndef ETCH_EXAMPLES_DIGITS_NET_H_
#define ETCH_EXAMPLES_DIGITS_NET_H_

#include <cstdint>

#include "digits.h"
#include "etch/etch.h"

namespace digits {

struct NetOptions {
  int64_t width = 16;
  double dropout = 0.3;
};

// A convolution of 3 by 3, batch normalization and ReLU, as a user writes a layer: parameters,
// buffers that forward() rewrites, and what differs between training and evaluation.
struct Block : etch::nn::Module {
  int64_t in, out, stride;
  etch::nn::Parameter filters{this, "filters", initial_filters(in, out)};  // [out, in, 3, 3]
  etch::nn::Parameter scale{this, "scale", etch::ones({out})};
  etch::nn::Parameter shift{this, "shift", etch::zeros({out})};
  etch::nn::Buffer running_mean{this, "running_mean", etch::zeros({out})};
  etch::nn::Buffer running_var{this, "running_var", etch::ones({out})};

  Block(int64_t in, int64_t out, int64_t stride) : in(in), out(out), stride(stride) {}

  etch::Tensor forward(etch::Tensor x) {
    etch::Tensor y = etch::conv(x, filters, {.stride = {stride}, .padding = {1}});
    etch::Tensor mean = running_mean, variance = running_var;
    if (training) {
      mean = etch::mean(y, {0, 2, 3});
      variance = etch::var(y, {0, 2, 3}, /*unbiased=*/false);
      running_mean = 0.9 * running_mean + 0.1 * mean.detach();
      running_var = 0.9 * running_var + 0.1 * etch::var(y, {0, 2, 3}).detach();
    }
    auto channels = [&](const etch::Tensor& t) { return t.reshape({out, 1, 1}); };
    etch::Tensor factor = etch::rsqrt(variance + 1e-5) * scale;
    return etch::relu((y - channels(mean)) * channels(factor) + channels(shift));
  }

  static etch::Tensor initial_filters(int64_t in, int64_t out) {
    return etch::nn::init::kaiming_uniform_(etch::zeros({out, in, 3, 3}), {.a = 2.236});
  }
};

// Four blocks, the third of which halves the side, and a linear layer.
struct Net : etch::nn::Module {
  NetOptions options;
  int64_t width = options.width;
  etch::nn::Child<Block> block1{this, "block1", 1, width, 1};
  etch::nn::Child<Block> block2{this, "block2", width, width, 1};
  etch::nn::Child<Block> block3{this, "block3", width, 2 * width, 2};
  etch::nn::Child<Block> block4{this, "block4", 2 * width, 2 * width, 1};
  etch::nn::Child<etch::nn::Dropout> drop{this, "drop", {.p = options.dropout}};
  etch::nn::Child<etch::nn::Linear> head{
      this,
      "head",
      {.in_features = 2 * width * (kSide / 2) * (kSide / 2), .out_features = kClasses}};

  explicit Net(const NetOptions& options) : options(options) {}
  etch::Tensor forward(etch::Tensor x) {
    x = block4(block3(block2(block1(x))));
    return head(drop(etch::flatten(x, 1)));
  }
};

}  // namespace digits

#endif  // ETCH_EXAMPLES_DIGITS_NET_H_
