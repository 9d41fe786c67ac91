// What a call costs beside its kernels: a program of one small kernel, called in each of the ways
// there are; and a small model, against reading its weights. (Google Benchmark's options:
// --benchmark_filter=Session --benchmark_repetitions=9)
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "etch/benchmarks/models/workloads.h"
#include "etch/etch.h"
#include "etch/runtime/model.h"
#include "etch/runtime/session.h"
#include "etch/tools/measure/machine_peak.h"
#include "etch/tools/measure/timing.h"

namespace {

using namespace etch;

template <typename T>
T value_of(absl::StatusOr<T> result) {
  if (result.ok()) return *std::move(result);
  std::fprintf(stderr, "%s\n", std::string(result.status().message()).c_str());
  std::exit(1);
}

Tensor half(const Tensor& x) { return x * 0.5; }

const Program& program() {
  static const Program program =
      value_of(trace([](Tensor x) { return half(x); }, {spec(f32, {16}, "x")}));
  return program;
}

void Session(benchmark::State& state) {
  Executable executable = value_of(program().compile());
  auto session = value_of(runtime::Session::create(executable.compiled()));
  auto x = value_of(runtime::Storage::allocate_zeroed(64)),
       y = value_of(runtime::Storage::allocate(64));
  const void* inputs[] = {x->data()};
  void* results[] = {y->data()};
  for (auto _ : state)
    if (!session->run(inputs, results).ok()) state.SkipWithError("it fails");
}
BENCHMARK(Session);

void ModelSession(benchmark::State& state) {
  std::string path = std::filesystem::temp_directory_path() / "etch_calls.etch";
  if (!Bundle("calls").add("half", program()).write(path).ok())
    return state.SkipWithError("no bundle");
  runtime::Model model = value_of(runtime::Model::load(path));
  std::filesystem::remove(path);
  runtime::ModelSession session = model.new_session();
  alignas(64) float x[16] = {}, y[16];
  const Shape shape = {16};
  for (auto _ : state)
    if (!session.run("half", {{"x", {x, f32, shape}}}, {{"out0", {y, f32, shape}}}).ok())
      state.SkipWithError("it fails");
}
BENCHMARK(ModelSession);

void ExecutableRun(benchmark::State& state) {
  Executable executable = value_of(program().compile());
  Tensor x = zeros({16});
  eval(x);
  for (auto _ : state) benchmark::DoNotOptimize(executable.run({x}).value());
}
BENCHMARK(ExecutableRun);

void CompiledFunction(benchmark::State& state) {
  auto function = compile(half);
  Tensor x = zeros({16});
  eval(x);
  for (auto _ : state) benchmark::DoNotOptimize(function(x));
}
BENCHMARK(CompiledFunction);

// A product of a matrix with one row takes as long as reading the matrix. `times` is the ratio to
// reading as many bytes as the weights have, in the same run.
void MlpOfOneRow(benchmark::State& state) {
  constexpr int64_t kWeightBytes = 4 * (784 * 512 + 512 * 512 + 512 * 10);
  auto call = value_of(benchmarks::make_workload("mlp_b1", 1));
  runtime::ThreadPool alone(1);
  double bandwidth = tools::measure_read_bandwidth(alone, kWeightBytes), spent = 0;
  for (auto _ : state) spent += tools::seconds(call);
  bandwidth = std::max(bandwidth, tools::measure_read_bandwidth(alone, kWeightBytes));
  state.counters["GB/s"] = bandwidth;
  state.counters["times"] =
      spent / static_cast<double>(state.iterations()) / (kWeightBytes / bandwidth * 1e-9);
}
BENCHMARK(MlpOfOneRow);

}  // namespace

BENCHMARK_MAIN();
