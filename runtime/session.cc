#include "etch/runtime/session.h"

#include <algorithm>
#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "etch/runtime/derived_memory.h"
#include "etch/runtime/launch_context.h"
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

absl::StatusOr<std::unique_ptr<Session>> Session::create_bare(
    std::shared_ptr<const CompiledProgram> program, const Options& options) {
  if (program == nullptr) return absl::InvalidArgumentError("a session needs a program, not null");
  ETCH_RETURN_IF_ERROR(check_program(*program));
  try {
    std::unique_ptr<Session> session(new Session(std::move(program), options));
    ETCH_ASSIGN_OR_RETURN(session->arena_,
                          Storage::allocate(session->program().arena_bytes, options.budget));
    return session;
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("no memory for a session");
  }
}

absl::StatusOr<std::unique_ptr<Session>> Session::create(
    std::shared_ptr<const CompiledProgram> program, const Options& options) {
  ETCH_ASSIGN_OR_RETURN(std::unique_ptr<Session> session, create_bare(std::move(program), options));
  try {
    if (session->program_->prepare != nullptr) {
      ETCH_ASSIGN_OR_RETURN(session->derived_,
                            DerivedMemory::create(session->program_, options.budget));
    }
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
                          std::span<const uint64_t> versions, const RunOptions& options) {
  if (running_.exchange(true, std::memory_order_acquire)) {
    return absl::FailedPreconditionError(
        "this session is running already; make one session for each thread");
  }
  absl::Status status = check(inputs, results, versions);
  if (status.ok()) {
    bind(inputs, results);
    if (derived_ != nullptr) refresh_derived(versions);
    status = execute(derived_ != nullptr ? derived_->data() : nullptr, options);
  }
  running_.store(false, std::memory_order_release);
  return status;
}

absl::Status Session::run_on(DerivedMemory* derived, std::span<const void* const> inputs,
                             std::span<void* const> results, const RunOptions& options) {
  bind(inputs, results);
  return execute(derived != nullptr ? derived->data() : nullptr, options);
}

void Session::bind(std::span<const void* const> inputs, std::span<void* const> results) {
  auto end = std::transform(inputs.begin(), inputs.end(), buffers_.begin(),
                            [](const void* data) { return const_cast<void*>(data); });
  std::copy(results.begin(), results.end(), end);
}

absl::Status Session::execute(char* derived, const RunOptions& options) {
  LaunchContext context(program_, program_->entry, program_->launches, *executor_);
  if (profiling_) context.profile = &profile_;
  context.trace = trace_;
  if (options.can_stop()) context.options = &options;
  if (trace_ == nullptr) return context.run(buffers_.data(), arena_->data<char>(), derived);
  auto start = LaunchTrace::Clock::now();
  absl::Status status = context.run(buffers_.data(), arena_->data<char>(), derived);
  trace_->add(program_, nullptr, 0, 1, start, LaunchTrace::Clock::now());
  return status;
}

void Session::refresh_derived(std::span<const uint64_t> versions) {
  for (size_t i = 0; i < sources_.size(); ++i) {
    const void* address = buffers_[program_->prepare_inputs[i]];
    if (sources_[i] != address) derived_->invalidate(i);
    sources_[i] = address;
  }
  if (derived_->refresh(buffers_.data(), versions, *executor_, prepare_profile_, trace_))
    ++prepare_calls_;
}

void Session::invalidate_derived() {
  if (derived_ != nullptr) derived_->invalidate();
}

int64_t Session::memory_bytes() const {
  return arena_->size() + (derived_ != nullptr ? derived_->size() : 0);
}

void Session::reset_profile() {
  std::fill(profile_.begin(), profile_.end(), LaunchProfile{});
  std::fill(prepare_profile_.begin(), prepare_profile_.end(), LaunchProfile{});
}

}  // namespace etch::runtime
