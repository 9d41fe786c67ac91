// Matrix products with the right-hand side packed ahead, against OpenBLAS in the same run.
//
//   matmul [M N K ...]     default: 512 512 512
//
// Prints medians of alternating runs in microseconds, GFLOP/s, and the ratio OpenBLAS / Etch (above
// 1: Etch is faster). One thread each; pin the process to a core. OpenBLAS is loaded from
// libopenblas.so.0 at run time, so that building does not need it; without it only Etch is timed.
#include <dlfcn.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>

#include "etch/etch.h"

namespace {

using Gemm = void (*)(int, int, int, int, int, int, float, const float*, int, const float*, int,
                      float, float*, int);

double microseconds(const std::function<void()>& run) {
  auto start = std::chrono::steady_clock::now();
  run();
  std::chrono::duration<double, std::micro> elapsed = std::chrono::steady_clock::now() - start;
  return elapsed.count();
}

void check(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  std::exit(1);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void compare(int64_t m, int64_t n, int64_t k, Gemm gemm) {
  etch::Tensor a = etch::randn({m, k}), b = etch::randn({k, n});
  etch::eval(a);
  etch::eval(b);
  // The weight is state that the program only reads: it is packed once, not at each call.
  etch::Tensor weight = etch::frontend::make_cell(b, etch::CellKind::kParameter, "weight");
  auto program = etch::trace([&](etch::Tensor x) { return etch::matmul(x, weight); },
                             {etch::spec(etch::f32, {m, k})});
  check(program.status());
  auto executable = program->compile({.num_threads = 1});
  check(executable.status());
  std::vector<float> av = a.to_vector<float>(), bv = b.to_vector<float>(), c(m * n);
  auto ours = [&] { check(executable->run({a}).status()); };
  auto theirs = [&] {
    constexpr int kRowMajor = 101, kNoTranspose = 111;
    gemm(kRowMajor, kNoTranspose, kNoTranspose, m, n, k, 1, av.data(), k, bv.data(), n, 0, c.data(),
         n);
  };
  std::vector<double> etch_times, blas_times;
  int runs = std::max<int>(9, static_cast<int>(2e10 / (2.0 * m * n * k)) / 10);
  for (int i = 0; i < runs + 3; ++i) {
    double t = microseconds(ours);
    if (i >= 3) etch_times.push_back(t);
    if (!gemm) continue;
    t = microseconds(theirs);
    if (i >= 3) blas_times.push_back(t);
  }
  double flops = 2.0 * m * n * k, us = median(etch_times);
  std::printf("%5ld x %5ld x %5ld   Etch %9.1f us %6.1f GFLOP/s", m, n, k, us, flops / us * 1e-3);
  if (gemm) {
    double blas = median(blas_times);
    std::printf("   OpenBLAS %9.1f us %6.1f GFLOP/s   ratio %.2f", blas, flops / blas * 1e-3,
                blas / us);
  }
  std::printf("\n");
}

}  // namespace

int main(int argc, char** argv) {
  setenv("OPENBLAS_NUM_THREADS", "1", 1);
  setenv("ETCH_NUM_THREADS", "1", 1);
  void* library = dlopen("libopenblas.so.0", RTLD_NOW);
  auto gemm = library ? reinterpret_cast<Gemm>(dlsym(library, "cblas_sgemm")) : nullptr;
  if (!gemm) std::printf("libopenblas.so.0 is not installed: timing Etch alone\n");
  std::vector<int64_t> sizes;
  for (int i = 1; i < argc; ++i) sizes.push_back(std::atoll(argv[i]));
  if (sizes.size() < 3) sizes = {512, 512, 512};
  for (size_t i = 0; i + 2 < sizes.size(); i += 3)
    compare(sizes[i], sizes[i + 1], sizes[i + 2], gemm);
  return 0;
}
