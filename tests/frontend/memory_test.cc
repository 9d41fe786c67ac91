// Long loops do not grow memory.
#include <unistd.h>

#include <fstream>

#include "etch/frontend/ops.h"
#include "testing.h"

namespace etch {
namespace {

using testing::parameter;

double resident_mebibytes() {
  std::ifstream file("/proc/self/statm");
  int64_t total = 0, resident = 0;
  file >> total >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

// About 250 ops an iteration, so that several contexts are used up.
TEST(Memory, ALongEagerLoopStaysWithinBounds) {
  std::vector<Tensor> weights;
  for (int i = 0; i < 8; ++i)
    weights.push_back(parameter(full({16, 16}, 0.01 * (i + 1)), "w" + std::to_string(i)));
  Tensor x = full({4, 16}, 0.5);
  auto iteration = [&](int i) {
    for (Tensor& w : weights) w.set_grad(Tensor());
    Tensor h = x;
    for (const Tensor& w : weights) h = tanh(matmul(h, w) + 0.001 * i);
    Tensor loss = mean(square(h));
    if (i % 3 == 0) loss.item<float>();  // also through kept graphs
    loss.backward();
    no_grad guard;
    for (Tensor& w : weights) w.assign(w - 0.01 * w.grad());
    return loss.item<float>();
  };
  for (int i = 0; i < 200; ++i) iteration(i);
  double before = resident_mebibytes();
  for (int i = 0; i < 4000; ++i) iteration(i);
  EXPECT_LT(resident_mebibytes(), before + 64);
}

// Nothing is read: values that nobody holds any more go without being computed.
TEST(Memory, ALoopThatReadsNothingStaysWithinBounds) {
  Tensor x = full({4, 16}, 0.5);
  auto iteration = [&] {
    Tensor y = x;
    for (int i = 0; i < 50; ++i) y = tanh(y) * 2;
  };
  for (int i = 0; i < 500; ++i) iteration();
  double before = resident_mebibytes();
  for (int i = 0; i < 3000; ++i) iteration();
  EXPECT_LT(resident_mebibytes(), before + 64);
}

}  // namespace
}  // namespace etch
