#include "etch/runtime/launch_context.h"

#include <chrono>

#include "absl/strings/str_cat.h"

namespace etch::runtime {

absl::Status LaunchContext::run(void* const* buffers, char* arena, char* derived) {
  CallFrame frame = {.buffers = buffers,
                     .arena = arena,
                     .derived = derived,
                     .launch = &LaunchContext::launch,
                     .context = this,
                     .stopped = options != nullptr ? stop() : kGoesOn};
  if (frame.stopped == kGoesOn) entry_(&frame);
  if (frame.stopped == kGoesOn) return absl::OkStatus();
  std::string when = absl::StrCat(" after ", done_, " launches; the program's state is as it was, ",
                                  "its outputs are unspecified");
  if (frame.stopped == kCancelled)
    return absl::CancelledError(absl::StrCat("the run was cancelled", when));
  return absl::DeadlineExceededError(absl::StrCat("the run's deadline passed", when));
}

LaunchContext::Stop LaunchContext::stop() const {
  if (options->cancel != nullptr && options->cancel->load(std::memory_order_relaxed))
    return kCancelled;
  if (options->has_deadline() && std::chrono::steady_clock::now() >= options->deadline)
    return kTooLate;
  return kGoesOn;
}

void LaunchContext::launch(CallFrame* frame, int32_t index, KernelFunction kernel,
                           void* const* buffers, int64_t pieces) {
  auto* self = static_cast<LaunchContext*>(frame->context);
  if (self->options != nullptr) {
    if (frame->stopped == kGoesOn) frame->stopped = self->stop();
    if (frame->stopped != kGoesOn) return;
    ++self->done_;
  }
  auto number = static_cast<size_t>(index);
  if (self->wanted != nullptr && number < self->wanted->size() && !(*self->wanted)[number]) return;
  if (self->profile != nullptr && number < self->profile->size())
    return self->measure(number, kernel, buffers, pieces);
  self->run_pieces(kernel, buffers, pieces);
}

void LaunchContext::measure(size_t index, KernelFunction kernel, void* const* buffers,
                            int64_t pieces) {
  auto start = LaunchTrace::Clock::now();
  if (trace == nullptr) {
    run_pieces(kernel, buffers, pieces);
  } else {
    executor_.parallel_for(pieces, [&](int64_t begin, int64_t end) {
      auto from = LaunchTrace::Clock::now();
      kernel(buffers, begin, end);
      trace->add(program_, &launches_[index], begin, end, from, LaunchTrace::Clock::now());
    });
  }
  std::chrono::nanoseconds time = LaunchTrace::Clock::now() - start;
  (*profile)[index].calls += 1;
  (*profile)[index].nanoseconds += time.count();
}

void LaunchContext::run_pieces(KernelFunction kernel, void* const* buffers, int64_t pieces) {
  if (pieces == 1) return kernel(buffers, 0, 1);  // Spares the virtual call.
  executor_.parallel_for(pieces, [&](int64_t begin, int64_t end) { kernel(buffers, begin, end); });
}

}  // namespace etch::runtime
