// A training step of a small GPT written as a loop of a PyTorch tutorial, against the same step
// under etch::compile, taken in turns. Processor time, so that a busy machine does not blur the
// difference; run it with ETCH_NUM_THREADS=1.
//
//   $ eager_step [STEPS [BATCH [LAYERS [DROPOUT]]]]
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <vector>

#include "etch/etch.h"
#include "etch/frontend/statistics.h"
#include "etch/nn/models/gpt.h"
#include "etch/tools/measure/timing.h"

namespace {

namespace nn = etch::nn;
using etch::tools::median;

// A model with its optimizer and one step on it.
struct Training {
  nn::ModuleHandle<nn::models::Gpt> net;
  nn::optim::AdamW optimizer;

  explicit Training(const nn::models::GptOptions& options)
      : net((etch::manual_seed(1), nn::make<nn::models::Gpt>(options))),
        optimizer(net->parameters(), {.lr = 1e-3}) {
    net->init_weights();
  }

  etch::Tensor step(const etch::Tensor& x, const etch::Tensor& y) {
    optimizer.zero_grad();
    etch::Tensor logits = net(x);
    etch::Tensor loss =
        nn::functional::cross_entropy(logits.reshape({y.numel(), logits.size(-1)}), y);
    loss.backward();
    nn::utils::clip_grad_norm_(net->parameters(), 1.0);
    optimizer.step();
    return loss;
  }
};

}  // namespace

int main(int argc, char** argv) {
  int steps = argc > 1 ? std::atoi(argv[1]) : 30;
  int64_t batch = argc > 2 ? std::atoi(argv[2]) : 8;
  int64_t layers = argc > 3 ? std::atoi(argv[3]) : 4;
  double dropout = argc > 4 ? std::atof(argv[4]) : 0.1;
  nn::models::GptOptions options{.vocab = 76, .layers = layers, .dropout = dropout};
  Training eager(options), compiled(options);
  auto step = etch::compile([&](etch::Tensor x, etch::Tensor y) { return compiled.step(x, y); });

  etch::manual_seed(2);
  etch::Tensor x = etch::randint(0, 76, {batch, options.context});
  etch::Tensor y = etch::randint(0, 76, {batch * options.context});
  etch::eval();
  std::vector<double> eager_ms, compiled_ms;
  auto timed = [](std::vector<double>& times, const std::function<float()>& run) {
    std::clock_t start = std::clock();
    float loss = run();
    times.push_back(1e3 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
    return loss;
  };
  float eager_loss = 0, compiled_loss = 0;
  for (int i = 0; i < steps; ++i) {
    eager_loss = timed(eager_ms, [&] { return eager.step(x, y).item<float>(); });
    compiled_loss = timed(compiled_ms, [&] { return step(x, y).item<float>(); });
  }
  auto statistics = etch::frontend::statistics();
  std::printf(
      "medians of %d steps: eager-looking %.2f ms, compiled %.2f ms, ratio %.3f\n"
      "losses %.6f and %.6f; %lld ops, looked up in %.3f ms; first steps %.0f and %.0f ms\n",
      steps, median(eager_ms), median(compiled_ms), median(eager_ms) / median(compiled_ms),
      eager_loss, compiled_loss, static_cast<long long>(statistics.last_ops),
      statistics.last_lookup_seconds * 1e3, eager_ms[0], compiled_ms[0]);
  return 0;
}
