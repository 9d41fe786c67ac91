// A bundle's program called by sessions of so many threads for so many seconds: what a server on
// the same cores could give at most.
//
//   session_calls BUNDLE THREADS SECONDS     prints calls a second, p50 and p99 in microseconds
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "etch/runtime/executor.h"
#include "etch/runtime/model.h"

namespace {

namespace runtime = etch::runtime;
using Clock = std::chrono::steady_clock;

// One thread's session and tensors; all inputs are zeros.
class Caller {
 public:
  explicit Caller(const runtime::Model& model)
      : session_(model.new_session({.executor = &executor_})) {
    const runtime::CompiledProgram& program = *model.find_program("predict");
    for (const runtime::ValueInfo& info : program.inputs)
      if (info.kind == runtime::ValueKind::kArgument)
        inputs_.push_back({info.name, {storage(info), info.dtype, info.shape}});
    for (const runtime::ValueInfo& info : program.results)
      outputs_.push_back({info.name, {storage(info), info.dtype, info.shape}});
  }

  // The microseconds of each call until `stop`.
  std::vector<double> call_until(const std::atomic<bool>& stop) {
    std::vector<double> times;
    while (!stop) {
      Clock::time_point start = Clock::now();
      absl::Status status = session_.run("predict", inputs_, outputs_);
      if (!status.ok()) {
        std::fprintf(stderr, "%s\n", status.ToString().c_str());
        std::exit(1);
      }
      times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
    }
    return times;
  }

 private:
  void* storage(const runtime::ValueInfo& info) {
    int64_t bytes = info.shape.num_elements() * etch::size_of(info.dtype);
    buffers_.push_back(runtime::Storage::allocate_zeroed(bytes).value());
    return buffers_.back()->data();
  }

  runtime::ThreadPool executor_{1};
  runtime::ModelSession session_;
  std::vector<std::shared_ptr<runtime::Storage>> buffers_;
  std::vector<runtime::NamedInput> inputs_;
  std::vector<runtime::NamedOutput> outputs_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "session_calls BUNDLE THREADS SECONDS\n");
    return 2;
  }
  auto model = runtime::Model::load(argv[1]);
  if (!model.ok() || model->find_program("predict") == nullptr) {
    std::fprintf(stderr, "%s\n", model.status().ToString().c_str());
    return 1;
  }
  auto threads = static_cast<size_t>(std::atoi(argv[2]));
  double seconds = std::atof(argv[3]);
  std::atomic<bool> stop = false;
  std::vector<std::vector<double>> times(threads);
  std::vector<std::thread> callers;
  for (size_t i = 0; i < threads; ++i)
    callers.emplace_back([&, i] { times[i] = Caller(*model).call_until(stop); });
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  stop = true;
  for (std::thread& caller : callers) caller.join();

  std::vector<double> all;
  for (const std::vector<double>& some : times) all.insert(all.end(), some.begin(), some.end());
  std::ranges::sort(all);
  std::printf("%.0f %.0f %.0f\n", static_cast<double>(all.size()) / seconds, all[all.size() / 2],
              all[all.size() * 99 / 100]);
  return 0;
}
