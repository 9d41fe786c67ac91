// Executors.
#include "etch/runtime/c_api_executor.h"

#include <algorithm>
#include <memory>

#include "etch/runtime/c_api_handles.h"
#include "etch/runtime/c_api_support.h"
#include "etch/runtime/status.h"

namespace runtime = etch::runtime;
namespace c_api = etch::runtime::c_api;

namespace {

// The host's threads, as Etch asks for them.
class HostExecutor : public runtime::Executor {
 public:
  explicit HostExecutor(const etch_executor_callbacks& callbacks) : callbacks_(callbacks) {}

  int concurrency() const override { return std::max(1, callbacks_.concurrency(callbacks_.host)); }

  void parallel_for(int64_t pieces, runtime::RangeFunction fn) override {
    if (pieces <= 0) return;
    auto work = [](void* range, int64_t begin, int64_t end) {
      (*static_cast<const runtime::RangeFunction*>(range))(begin, end);
    };
    callbacks_.parallel_for(callbacks_.host, pieces, work, &fn);
  }

 private:
  const etch_executor_callbacks callbacks_;
};

}  // namespace

etch_status etch_executor_new(const etch_executor_callbacks* callbacks, etch_executor** executor) {
  if (executor != nullptr) *executor = nullptr;
  return c_api::guarded([&] {
    static constexpr etch_executor_callbacks kDefaults = ETCH_EXECUTOR_CALLBACKS_INIT;
    ETCH_RETURN_IF_ERROR(c_api::require(executor, "executor"));
    ETCH_RETURN_IF_ERROR(c_api::require(callbacks, "callbacks"));
    ETCH_ASSIGN_OR_RETURN(etch_executor_callbacks given,
                          c_api::read_struct(callbacks, kDefaults, "callbacks"));
    if (given.concurrency == nullptr || given.parallel_for == nullptr)
      return absl::InvalidArgumentError("callbacks lack concurrency or parallel_for");
    *executor = new etch_executor{std::make_shared<HostExecutor>(given)};
    return absl::OkStatus();
  });
}

etch_status etch_executor_new_pool(int32_t threads, etch_executor** executor) {
  if (executor != nullptr) *executor = nullptr;
  return c_api::guarded([&] {
    ETCH_RETURN_IF_ERROR(c_api::require(executor, "executor"));
    if (threads < 1 || threads > runtime::kMaxThreads)
      return absl::InvalidArgumentError(absl::StrCat("a pool of ", threads, " threads; from 1 to ",
                                                     runtime::kMaxThreads, " are possible"));
    *executor = new etch_executor{std::make_shared<runtime::ThreadPool>(threads)};
    return absl::OkStatus();
  });
}

void etch_executor_free(etch_executor* executor) { delete executor; }
