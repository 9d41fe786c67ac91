// A convolution to measure, and how oneDNN runs it.
#ifndef ETCH_BENCHMARKS_CONV_LAYER_H_
#define ETCH_BENCHMARKS_CONV_LAYER_H_

#include <array>
#include <cstdint>
#include <functional>

namespace etch::benchmarks {

struct Layer {
  int64_t n, c, size, o, kernel, stride, groups = 1;

  int64_t padding() const { return kernel / 2; }
  int64_t out() const { return (size + 2 * padding() - kernel) / stride + 1; }
  double flops() const { return 2.0 * n * o * out() * out() * (c / groups) * kernel * kernel; }
};

// Forward (inference, weights packed ahead), by input, by weight.
using Runs = std::array<std::function<void()>, 3>;

// The three in oneDNN, each in the memory formats it likes best, on one thread; empty functions
// where the program was built without oneDNN.
Runs onednn_runs(const Layer& layer);

}  // namespace etch::benchmarks

#endif  // ETCH_BENCHMARKS_CONV_LAYER_H_
