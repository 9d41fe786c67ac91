// Times whole training steps: forward, loss, backward, AdamW, as one compiled program and as
// eager-looking code.
//
//   train_step [runs] [threads]
//
// prints the median and the fastest of `runs` (default 30) in milliseconds for the character model
// of nn/models (vocabulary 256, context 128, width 128, 4 heads, 4 blocks, batch 8). The same step
// in PyTorch is in torch_train_step.py beside this file.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "etch/etch.h"
#include "etch/nn/models/gpt.h"
#include "etch/tools/measure/timing.h"

namespace nn = etch::nn;
namespace F = etch::nn::functional;

namespace {

void report(const char* name, int runs, const std::function<double()>& step) {
  for (int i = 0; i < 3; ++i) step();
  std::vector<double> times;
  double loss = 0;
  for (int i = 0; i < runs; ++i) {
    times.push_back(1e3 * etch::tools::seconds([&] { loss = step(); }));
  }
  std::printf("%-22s median %8.2f ms, fastest %8.2f ms, loss %.4f\n", name,
              etch::tools::median(times), *std::min_element(times.begin(), times.end()), loss);
}

}  // namespace

int main(int argc, char** argv) {
  int runs = argc > 1 ? std::max(1, std::atoi(argv[1])) : 30;
  int threads = argc > 2 ? std::atoi(argv[2]) : 1;
  // Before anything runs: the pool of eager-looking code is made once.
  if (threads > 0) setenv("ETCH_NUM_THREADS", std::to_string(threads).c_str(), 1);
  etch::manual_seed(0);
  auto net = nn::make<nn::models::Gpt>(nn::models::GptOptions{});
  nn::optim::AdamW opt(net->parameters(), {.lr = 1e-3});
  etch::Tensor x = etch::randint(0, 256, {8, 128}), y = etch::randint(0, 256, {1024});
  etch::eval(x);
  etch::eval(y);
  auto body = [&](etch::Tensor ids, etch::Tensor target) {
    opt.zero_grad();
    etch::Tensor loss = F::cross_entropy(net(ids).reshape({1024, 256}), target);
    loss.backward();
    opt.step();
    return loss;
  };
  auto step = etch::compile(body, {.name = "train_step", .num_threads = threads});
  report("tinygpt compiled", runs, [&] { return double(step(x, y).item<float>()); });
  std::printf("%s", step.explain().c_str());
  report("tinygpt eager loop", runs, [&] { return double(body(x, y).item<float>()); });
  return 0;
}
