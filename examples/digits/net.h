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

// A convolution of 3 by 3, batch normalization and ReLU.
struct Block : etch::nn::Module {
  int64_t in, out, stride;
  etch::nn::Child<etch::nn::Conv2d> conv{this,
                                         "conv",
                                         {.in_channels = in,
                                          .out_channels = out,
                                          .kernel_size = 3,
                                          .stride = stride,
                                          .padding = 1,
                                          .bias = false}};
  etch::nn::Child<etch::nn::BatchNorm2d> norm{this, "norm", {.num_features = out}};

  Block(int64_t in, int64_t out, int64_t stride) : in(in), out(out), stride(stride) {}
  etch::Tensor forward(etch::Tensor x) { return etch::relu(norm(conv(x))); }
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
