// A convolution, and its two gradients, against the arithmetic they take.
//   conv [N C size O kernel stride [groups]]; without arguments, layers of ResNet-18 at batch 4.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <limits>
#include <vector>

#include "etch/etch.h"

namespace {

struct Layer {
  int64_t n, c, size, o, kernel, stride, groups = 1;
};

// The fastest of some runs: what other processes on the machine do only adds to a run.
double fastest_seconds(const std::function<void()>& call) {
  call();
  double fastest = std::numeric_limits<double>::infinity();
  for (int i = 0; i < 15; ++i) {
    auto begin = std::chrono::steady_clock::now();
    call();
    std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
    fastest = std::min(fastest, time.count());
  }
  return fastest;
}

void measure(const Layer& l) {
  etch::ConvOptions options{.stride = {l.stride}, .padding = {l.kernel / 2}, .groups = l.groups};
  etch::Tensor x = etch::ones({l.n, l.c, l.size, l.size});
  etch::Tensor w = etch::ones({l.o, l.c / l.groups, l.kernel, l.kernel});
  auto forward = etch::compile(
      [&](const etch::Tensor& a, const etch::Tensor& b) { return etch::conv(a, b, options); });
  auto gradient = [&](bool of_x) {
    return etch::compile([&options, of_x](const etch::Tensor& a, const etch::Tensor& b) {
      etch::Tensor leaf = (of_x ? a : b).detach().requires_grad_();
      etch::Tensor y = of_x ? etch::conv(leaf, b, options) : etch::conv(a, leaf, options);
      return etch::autograd::grad({etch::sum(y * y)}, {leaf})[0];
    });
  };
  auto by_input = gradient(true), by_weight = gradient(false);
  int64_t out = (l.size - 1) / l.stride + 1;
  double flops = 2.0 * l.n * l.o * out * out * l.c / l.groups * l.kernel * l.kernel;
  double f = fastest_seconds([&] { etch::eval(forward(x, w)); });
  double i = fastest_seconds([&] { etch::eval(by_input(x, w)); }) - f;
  double g = fastest_seconds([&] { etch::eval(by_weight(x, w)); }) - f;
  std::printf(
      "%lldx%lldx%lldx%lld -> %lld, %lldx%lld /%lld: forward %.2f ms (%.1f GFLOP/s), by input "
      "%.2f ms (%.1f), by weight %.2f ms (%.1f)\n",
      (long long)l.n, (long long)l.c, (long long)l.size, (long long)l.size, (long long)l.o,
      (long long)l.kernel, (long long)l.kernel, (long long)l.stride, 1e3 * f, flops / f * 1e-9,
      1e3 * i, flops / i * 1e-9, 1e3 * g, flops / g * 1e-9);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 6) {
    auto at = [&](int i) { return static_cast<int64_t>(std::atoll(argv[i])); };
    measure({at(1), at(2), at(3), at(4), at(5), at(6), argc > 7 ? at(7) : 1});
    return 0;
  }
  measure({4, 3, 224, 64, 7, 2});
  measure({4, 64, 56, 64, 3, 1});
  measure({4, 64, 56, 128, 3, 2});
  measure({4, 128, 28, 128, 3, 1});
  measure({4, 256, 14, 256, 3, 1});
  measure({4, 512, 7, 512, 3, 1});
  measure({4, 256, 14, 512, 1, 2});
  measure({4, 144, 56, 144, 3, 1, 144});
}
