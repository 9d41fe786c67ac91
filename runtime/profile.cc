#include "etch/runtime/profile.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "etch/runtime/atomic_file.h"
#include "etch/runtime/json_reader.h"
#include "etch/runtime/status.h"

namespace etch::runtime {

std::string common_path(const std::string& a, const std::string& b) {
  if (a == b) return a;
  std::vector<std::string> parts = absl::StrSplit(a, '.'), others = absl::StrSplit(b, '.');
  size_t shared = std::min(parts.size(), others.size());
  bool cut = parts.size() != others.size();
  for (size_t i = 0; i < shared; ++i)
    if (parts[i] != others[i]) parts[i] = "*";
  parts.resize(shared);
  if (cut && parts.back() != "*") parts.push_back("*");
  // What stands between two names that agree says where they differ, what follows nothing more.
  while (parts.size() > 1 && parts.back() == "*" && parts[parts.size() - 2] == "*")
    parts.pop_back();
  return absl::StrJoin(parts, ".");
}

std::vector<KernelProfile> kernel_profiles(const CompiledProgram& program,
                                           std::span<const LaunchProfile> launches,
                                           std::span<const LaunchProfile> prepares) {
  std::map<std::pair<std::string, bool>, KernelProfile> by_kernel;
  auto add = [&](const std::vector<LaunchInfo>& infos, std::span<const LaunchProfile> measured,
                 bool prepares) {
    for (size_t i = 0; i < infos.size() && i < measured.size(); ++i) {
      const LaunchInfo& info = infos[i];
      auto [entry, fresh] = by_kernel.try_emplace({info.kernel, prepares});
      KernelProfile& profile = entry->second;
      if (fresh)
        profile = {.kernel = info.kernel, .path = info.path, .prepares = prepares, .total = {}};
      profile.path = common_path(profile.path, info.path);
      ++profile.launches;
      profile.total.calls += measured[i].calls;
      profile.total.nanoseconds += measured[i].nanoseconds;
      profile.operations += measured[i].calls * info.operations;
      profile.bytes += measured[i].calls * info.bytes;
    }
  };
  add(program.launches, launches, false);
  add(program.prepare_launches, prepares, true);
  std::vector<KernelProfile> profiles;
  for (auto& [key, profile] : by_kernel) profiles.push_back(std::move(profile));
  std::ranges::sort(profiles, [](const KernelProfile& a, const KernelProfile& b) {
    return std::tie(b.total.nanoseconds, a.kernel) < std::tie(a.total.nanoseconds, b.kernel);
  });
  return profiles;
}

void LaunchTrace::add(const std::shared_ptr<const CompiledProgram>& program,
                      const LaunchInfo* launch, int64_t begin, int64_t end, Clock::time_point from,
                      Clock::time_point to) {
  auto nanoseconds = [](Clock::duration time) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
  };
  std::lock_guard<std::mutex> lock(mutex_);
  auto number = static_cast<int32_t>(threads_.size());
  int32_t thread = threads_.try_emplace(std::this_thread::get_id(), number).first->second;
  events_.push_back(
      {launch, program, thread, begin, end, nanoseconds(from - start_), nanoseconds(to - from)});
}

std::vector<LaunchTrace::Event> LaunchTrace::events() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return events_;
}

// Source: Google, "Trace Event Format", 2016. Times are microseconds; within a thread events nest.
std::string LaunchTrace::to_json() const {
  std::vector<std::string> items;
  std::set<int32_t> threads;
  for (const Event& event : events()) {
    threads.insert(event.thread);
    std::string arguments;
    std::string name = event.program->name;
    if (event.launch != nullptr) {
      name = event.launch->path.empty() ? event.launch->kernel : event.launch->path;
      arguments =
          absl::StrFormat(R"("kernel":%s,"pieces":"%d..%d of %d","operations":%d,"bytes":%d)",
                          json_quote(event.launch->kernel), event.begin, event.end,
                          event.launch->pieces, event.launch->operations, event.launch->bytes);
    }
    items.push_back(absl::StrFormat(
        R"({"name":%s,"cat":"%s","ph":"X","ts":%.3f,"dur":%.3f,"pid":1,"tid":%d,"args":{%s}})",
        json_quote(name), event.launch != nullptr ? "kernel" : "program",
        static_cast<double>(event.start_ns) * 1e-3, static_cast<double>(event.nanoseconds) * 1e-3,
        event.thread, arguments));
  }
  for (int32_t thread : threads)
    items.push_back(absl::StrFormat(
        R"({"name":"thread_name","ph":"M","pid":1,"tid":%d,"args":{"name":"thread %d"}})", thread,
        thread));
  return absl::StrCat("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n",
                      absl::StrJoin(items, ",\n"), "\n]}\n");
}

absl::Status LaunchTrace::write(const std::string& path) const {
  ETCH_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::create(path));
  std::string text = to_json();
  ETCH_RETURN_IF_ERROR(file.write(std::as_bytes(std::span(text))));
  return file.commit();
}

}  // namespace etch::runtime
