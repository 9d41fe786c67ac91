// Long loops do not grow memory.
#include <unistd.h>

#include <fstream>

#include "etch/frontend/ops.h"
#include "testing.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ETCH_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ETCH_SANITIZED 1
#endif
#endif
#ifdef ETCH_SANITIZED
// Sanitizers keep freed memory for a while.
#define SKIP_IF_SANITIZED() GTEST_SKIP() << "sanitizers hold on to freed memory"
#else
#define SKIP_IF_SANITIZED() static_cast<void>(0)
#endif

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
  SKIP_IF_SANITIZED();
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
  SKIP_IF_SANITIZED();
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
