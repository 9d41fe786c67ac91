#include "etch/runtime/session.h"

#include <algorithm>
#include <chrono>
#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "etch/runtime/status.h"

namespace etch::runtime {
namespace {

// Null, misaligned or fine. `role` is "input" or "result".
absl::Status check_buffer(const char* role, const ValueInfo& info, size_t index, const void* data) {
  if (reinterpret_cast<uintptr_t>(data) % kBufferAlignment == 0 && data != nullptr) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("the buffer of ", role, " ", index, " (\"", info.name, "\") is ",
                   data == nullptr ? "null" : "misaligned", "; pass memory aligned to ",
                   kBufferAlignment, " bytes, such as that of a Storage"));
}

absl::Status check_count(const char* what, size_t given, size_t expected) {
  if (given == expected) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(given, " ", what, " were passed to a program with ", expected));
}

absl::Status check_program(const CompiledProgram& program) {
  auto error = [&](const char* problem) {
    return absl::InvalidArgumentError(absl::StrCat("program \"", program.name, "\" ", problem));
  };
  if (program.entry == nullptr) return error("has no entry");
  if (program.arena_bytes < 0 || program.derived_bytes < 0) return error("wants negative memory");
  auto count = static_cast<int32_t>(program.inputs.size());
  for (int32_t input : program.prepare_inputs) {
    if (input < 0 || input >= count) return error("prepares from an input that it does not have");
  }
  for (const ValueInfo& result : program.results) {
    if (result.donated_input < -1 || result.donated_input >= count) {
      return error("donates an input that it does not have");
    }
  }
  return absl::OkStatus();
}

}  // namespace

Session::Session(std::shared_ptr<const CompiledProgram> program, const Options& options)
    : program_(std::move(program)),
      executor_(options.executor != nullptr ? options.executor : default_executor()),
      profiling_(options.profile || options.trace != nullptr),
      trace_(options.trace),
      buffers_(program_->inputs.size() + program_->results.size()),
      sources_(program_->prepare_inputs.size()),
      profile_(program_->launches.size()),
      prepare_profile_(program_->prepare_launches.size()) {}

absl::StatusOr<std::unique_ptr<Session>> Session::create(
    std::shared_ptr<const CompiledProgram> program, const Options& options) {
  if (program == nullptr) return absl::InvalidArgumentError("a session needs a program, not null");
  ETCH_RETURN_IF_ERROR(check_program(*program));
  try {
    std::unique_ptr<Session> session(new Session(std::move(program), options));
    ETCH_ASSIGN_OR_RETURN(session->arena_, Storage::allocate(session->program().arena_bytes));
    ETCH_ASSIGN_OR_RETURN(session->derived_, Storage::allocate(session->program().derived_bytes));
    return session;
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("no memory for a session");
  }
}

absl::Status Session::check(std::span<const void* const> inputs, std::span<void* const> results,
                            std::span<const uint64_t> versions) const {
  ETCH_RETURN_IF_ERROR(check_count("inputs", inputs.size(), program_->inputs.size()));
  ETCH_RETURN_IF_ERROR(check_count("results", results.size(), program_->results.size()));
  if (!versions.empty()) {
    ETCH_RETURN_IF_ERROR(check_count("versions", versions.size(), program_->inputs.size()));
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    ETCH_RETURN_IF_ERROR(check_buffer("input", program_->inputs[i], i, inputs[i]));
  }
  for (size_t i = 0; i < results.size(); ++i) {
    ETCH_RETURN_IF_ERROR(check_buffer("result", program_->results[i], i, results[i]));
  }
  return absl::OkStatus();
}

absl::Status Session::run(std::span<const void* const> inputs, std::span<void* const> results,
                          std::span<const uint64_t> versions) {
  if (running_.exchange(true, std::memory_order_acquire)) {
    return absl::FailedPreconditionError(
        "this session is running already; make one session for each thread");
  }
  absl::Status status = check(inputs, results, versions);
  if (status.ok()) {
    auto end = std::transform(inputs.begin(), inputs.end(), buffers_.begin(),
                              [](const void* data) { return const_cast<void*>(data); });
    std::copy(results.begin(), results.end(), end);
    CallFrame frame = {.buffers = buffers_.data(),
                       .arena = arena_->data<char>(),
                       .derived = derived_->data<char>(),
                       .launch = &Session::launch,
                       .context = this};
    if (program_->prepare != nullptr && !derived_is_current(versions)) prepare(frame, versions);
    auto start = trace_ != nullptr ? LaunchTrace::Clock::now() : LaunchTrace::Clock::time_point();
    program_->entry(&frame);
    if (trace_ != nullptr) trace_->add(program_, nullptr, 0, 1, start, LaunchTrace::Clock::now());
  }
  running_.store(false, std::memory_order_release);
  return status;
}

bool Session::derived_is_current(std::span<const uint64_t> versions) const {
  if (!derived_valid_ || versions.empty()) return false;
  for (size_t i = 0; i < sources_.size(); ++i) {
    int32_t input = program_->prepare_inputs[i];
    if (sources_[i].data != buffers_[input] || sources_[i].version != versions[input]) return false;
  }
  return true;
}

void Session::prepare(CallFrame& frame, std::span<const uint64_t> versions) {
  preparing_ = true;
  program_->prepare(&frame);
  preparing_ = false;
  ++prepare_calls_;
  for (size_t i = 0; i < sources_.size() && !versions.empty(); ++i) {
    int32_t input = program_->prepare_inputs[i];
    sources_[i] = {buffers_[input], versions[input]};
  }
  derived_valid_ = !versions.empty();
}

void Session::launch(CallFrame* frame, int32_t index, KernelFunction kernel, void* const* buffers,
                     int64_t pieces) {
  auto* session = static_cast<Session*>(frame->context);
  if (session->profiling_) return session->measure(index, kernel, buffers, pieces);
  session->run_pieces(kernel, buffers, pieces);
}

void Session::measure(int32_t index, KernelFunction kernel, void* const* buffers, int64_t pieces) {
  auto& profile = preparing_ ? prepare_profile_ : profile_;
  if (index < 0 || static_cast<size_t>(index) >= profile.size())
    return run_pieces(kernel, buffers, pieces);
  const LaunchInfo* info = &(preparing_ ? program_->prepare_launches : program_->launches)[index];
  auto start = LaunchTrace::Clock::now();
  if (trace_ == nullptr) {
    run_pieces(kernel, buffers, pieces);
  } else {
    executor_->parallel_for(pieces, [&](int64_t begin, int64_t end) {
      auto from = LaunchTrace::Clock::now();
      kernel(buffers, begin, end);
      trace_->add(program_, info, begin, end, from, LaunchTrace::Clock::now());
    });
  }
  std::chrono::nanoseconds time = LaunchTrace::Clock::now() - start;
  profile[index].calls += 1;
  profile[index].nanoseconds += time.count();
}

void Session::run_pieces(KernelFunction kernel, void* const* buffers, int64_t pieces) {
  if (pieces == 1) return kernel(buffers, 0, 1);  // Spares the virtual call.
  executor_->parallel_for(pieces, [&](int64_t begin, int64_t end) { kernel(buffers, begin, end); });
}

void Session::reset_profile() {
  std::fill(profile_.begin(), profile_.end(), LaunchProfile{});
  std::fill(prepare_profile_.begin(), prepare_profile_.end(), LaunchProfile{});
}

}  // namespace etch::runtime
