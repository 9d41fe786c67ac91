#include <atomic>
#include <new>
#include <utility>

#include "etch/runtime/model.h"
#include "etch/runtime/model_impl.h"
#include "etch/runtime/program_runner.h"
#include "etch/runtime/status.h"

namespace etch::runtime {
namespace {

// Sets a flag that only one scope may have set.
class RunningScope {
 public:
  explicit RunningScope(std::atomic<bool>& flag)
      : flag_(flag), entered_(!flag.exchange(true, std::memory_order_acquire)) {}
  ~RunningScope() {
    if (entered_) flag_.store(false, std::memory_order_release);
  }
  RunningScope(const RunningScope&) = delete;
  RunningScope& operator=(const RunningScope&) = delete;

  bool entered() const { return entered_; }

 private:
  std::atomic<bool>& flag_;
  const bool entered_;
};

}  // namespace

struct ModelSession::Impl {
  Impl(std::shared_ptr<ModelImpl> of, const SessionOptions& wanted)
      : model(std::move(of)),
        options(wanted),
        reader(model->state),
        runners(model->code->programs.size()) {
    if (options.budget == nullptr) options.budget = model->budget;
  }

  const std::shared_ptr<ModelImpl> model;
  SessionOptions options;
  ModelState::Reader reader;
  // By the program's number; null before its first run.
  std::vector<std::unique_ptr<ProgramRunner>> runners;
  std::atomic<bool> running{false};

  absl::Status run(std::string_view name, std::span<const NamedInput> inputs,
                   std::span<const NamedOutput> outputs, const RunOptions& run_options) {
    ETCH_ASSIGN_OR_RETURN(const LoadedProgram* program, model->code->program(name));
    size_t number = program - model->code->programs.data();
    std::unique_ptr<ProgramRunner>& runner = runners[number];
    if (runner == nullptr) {
      ETCH_ASSIGN_OR_RETURN(runner, ProgramRunner::create(model, number, reader, options));
    }
    return runner->run(inputs, outputs, run_options);
  }
};

ModelSession::ModelSession(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ModelSession::ModelSession(ModelSession&&) noexcept = default;
ModelSession& ModelSession::operator=(ModelSession&&) noexcept = default;
ModelSession::~ModelSession() = default;

ModelSession Model::new_session(const SessionOptions& options) const {
  return ModelSession(std::make_unique<ModelSession::Impl>(impl_, options));
}

std::vector<KernelProfile> ModelSession::profile(std::string_view program) const {
  if (!impl_->options.profile) return {};
  for (const std::unique_ptr<ProgramRunner>& runner : impl_->runners)
    if (runner != nullptr && runner->program().name == program) return runner->profile();
  return {};
}

absl::Status ModelSession::run(std::string_view program, std::span<const NamedInput> inputs,
                               std::span<const NamedOutput> outputs, const RunOptions& options) {
  RunningScope running(impl_->running);
  if (!running.entered())
    return absl::FailedPreconditionError(
        "this session is running already; make one session for each thread");
  try {
    return impl_->run(program, inputs, outputs, options);
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("no memory for a session");
  }
}

}  // namespace etch::runtime
