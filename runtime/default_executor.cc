// The size of the default pool: what the environment asks for, else what the machine offers.
#include <sched.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <set>
#include <string>
#include <utility>

#include "etch/runtime/executor.h"
#include "etch/runtime/log.h"

namespace etch::runtime {
namespace {

std::optional<int> read_int(const std::string& path) {
  std::ifstream file(path);
  int value = 0;
  if (file >> value) return value;
  return std::nullopt;
}

// Distinct (package, core) pairs among the CPUs that the process may run on; 0 when unknown.
int cores_in_affinity_mask() {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  if (sched_getaffinity(0, sizeof(mask), &mask) != 0) return 0;
  std::set<std::pair<int, int>> cores;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &mask)) continue;
    std::string topology = "/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/";
    auto package = read_int(topology + "physical_package_id");
    auto core = read_int(topology + "core_id");
    if (!package || !core) return CPU_COUNT(&mask);
    cores.insert({*package, *core});
  }
  return static_cast<int>(cores.size());
}

// The quota of the control group (v2, as a container sees its own) in whole CPUs; 0 when unlimited.
int cgroup_quota() {
  std::ifstream file("/sys/fs/cgroup/cpu.max");
  int64_t quota = 0, period = 0;
  if (!(file >> quota >> period) || quota <= 0 || period <= 0) return 0;  // "max 100000" fails here
  return static_cast<int>(std::min<int64_t>(kMaxThreads, (quota + period - 1) / period));
}

}  // namespace

int physical_cores() {
  int cores = cores_in_affinity_mask();
  if (cores == 0) cores = static_cast<int>(std::thread::hardware_concurrency());
  if (int quota = cgroup_quota(); quota > 0) cores = std::min(cores, quota);
  return std::clamp(cores, 1, kMaxThreads);
}

std::optional<int> parse_num_threads(std::string_view text) {
  int value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (value < 1 || value > kMaxThreads) return std::nullopt;
  return value;
}

Executor* default_executor() {
  // Never destroyed: code that runs at exit may still use it.
  static Executor* executor = [] {
    const char* text = std::getenv("ETCH_NUM_THREADS");
    std::optional<int> asked = text != nullptr ? parse_num_threads(text) : std::nullopt;
    if (text != nullptr && !asked)
      log(LogLevel::kWarning,
          "ETCH_NUM_THREADS=" + std::string(text) + " is ignored: it is no number from 1 to 1024");
    return new ThreadPool(asked ? *asked : physical_cores());
  }();
  return executor;
}

}  // namespace etch::runtime
