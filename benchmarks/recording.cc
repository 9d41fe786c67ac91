// What it costs to record eager-looking code and to find its program again: a training step of a
// deep and very narrow network, so that computing it hardly counts.
//
//   $ recording [LAYERS [STEPS]]
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "etch/frontend/ops.h"
#include "etch/frontend/state.h"
#include "etch/frontend/statistics.h"
#include "etch/frontend/tensor.h"
#include "etch/tools/measure/timing.h"

namespace {

using etch::tools::median;
using etch::tools::seconds;

}  // namespace

int main(int argc, char** argv) {
  int layers = argc > 1 ? std::atoi(argv[1]) : 40;
  int steps = argc > 2 ? std::atoi(argv[2]) : 200;
  std::vector<etch::Tensor> weights;
  for (int i = 0; i < layers; ++i) {
    weights.push_back(etch::frontend::make_cell(etch::full({4, 4}, 0.1), etch::CellKind::kParameter,
                                                "w" + std::to_string(i)));
    weights.back().requires_grad_();
  }
  etch::Tensor x = etch::ones({2, 4});
  etch::eval(x);

  std::vector<double> record, evaluate;
  for (int step = 0; step < steps; ++step) {
    etch::Tensor loss;
    record.push_back(1e3 * seconds([&] {
                       for (etch::Tensor& w : weights) w.set_grad(etch::Tensor());
                       etch::Tensor h = x;
                       for (const etch::Tensor& w : weights) h = etch::tanh(etch::linear(h, w));
                       loss = etch::mean(h * h);
                       loss.backward();
                       etch::no_grad guard;
                       for (etch::Tensor& w : weights) w.assign(w - 0.01 * w.grad());
                     }));
    evaluate.push_back(1e3 * seconds([&] { loss.item<float>(); }));
  }
  auto statistics = etch::frontend::statistics();
  std::printf(
      "%lld ops a step; medians of %d steps: record %.3f ms, evaluate %.3f ms (look-up "
      "%.3f ms); %lld programs compiled\n",
      static_cast<long long>(statistics.last_ops), steps, median(record), median(evaluate),
      statistics.last_lookup_seconds * 1e3, static_cast<long long>(statistics.compilations));
  return 0;
}
