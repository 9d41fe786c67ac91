// Which trace a thread records into.
#include <utility>

#include "etch/frontend/grad_mode.h"
#include "etch/frontend/trace.h"

namespace etch::frontend {
namespace {

struct ThreadTraces {
  std::vector<std::shared_ptr<Trace>> explicit_traces;
  std::shared_ptr<Trace> pending;
  bool grad_enabled = true;

  ~ThreadTraces() {
    if (pending != nullptr) pending->finish_failed("its thread ended; call etch::eval there first");
  }
};

ThreadTraces& traces() {
  thread_local ThreadTraces traces;
  return traces;
}

}  // namespace

std::shared_ptr<Trace> Trace::current() {
  ThreadTraces& all = traces();
  if (!all.explicit_traces.empty()) return all.explicit_traces.back();
  if (all.pending == nullptr) {
    all.pending = std::make_shared<Trace>(Mode::kPending, Context::of_thread());
  }
  return all.pending;
}

std::shared_ptr<Trace> Trace::pending() { return traces().pending; }
void Trace::drop_pending() { traces().pending = nullptr; }
bool Trace::in_explicit() { return !traces().explicit_traces.empty(); }

ExplicitTraceScope::ExplicitTraceScope(std::shared_ptr<Trace> trace) {
  traces().explicit_traces.push_back(std::move(trace));
}
ExplicitTraceScope::~ExplicitTraceScope() { traces().explicit_traces.pop_back(); }

SeparateTraceScope::SeparateTraceScope(std::shared_ptr<Trace> pending)
    : explicit_(std::exchange(traces().explicit_traces, {})),
      pending_(std::exchange(traces().pending, std::move(pending))) {}
SeparateTraceScope::~SeparateTraceScope() {
  traces().explicit_traces = std::move(explicit_);
  traces().pending = std::move(pending_);
}

bool is_tracing() { return Trace::in_explicit(); }

}  // namespace etch::frontend

namespace etch {

bool is_grad_enabled() { return frontend::traces().grad_enabled; }

GradModeGuard::GradModeGuard(bool enabled)
    : previous_(std::exchange(frontend::traces().grad_enabled, enabled)) {}
GradModeGuard::~GradModeGuard() { frontend::traces().grad_enabled = previous_; }

}  // namespace etch
