#include "etch/frontend/native_program.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "etch/runtime/status.h"

namespace etch::frontend {

using runtime::Session;
using runtime::Storage;

namespace {

// Pools of a given size are shared by all programs that ask for it, and live until the process
// ends.
runtime::Executor* pool_of(int num_threads) {
  static std::mutex mutex;
  static auto* pools = new std::map<int, std::unique_ptr<runtime::ThreadPool>>;
  std::lock_guard<std::mutex> lock(mutex);
  std::unique_ptr<runtime::ThreadPool>& pool = (*pools)[num_threads];
  if (pool == nullptr) pool = std::make_unique<runtime::ThreadPool>(num_threads);
  return pool.get();
}

}  // namespace

absl::StatusOr<std::shared_ptr<NativeProgram>> NativeProgram::compile(
    mlir::ModuleOp module, codegen::CompileOptions options, runtime::SessionOptions session) {
#ifdef ETCH_VERIFY_IR
  options.verify = true;
#endif
  if (session.executor == nullptr && options.num_threads > 0)
    session.executor = pool_of(options.num_threads);
  codegen::CompileReport report;
  ETCH_ASSIGN_OR_RETURN(auto program, codegen::compileProgram(module, options, &report));
  return std::shared_ptr<NativeProgram>(
      new NativeProgram(std::move(program), std::move(report), session));
}

absl::StatusOr<std::unique_ptr<Session>> NativeProgram::acquire() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<Session> session = std::move(idle_.back());
      idle_.pop_back();
      return session;
    }
  }
  return Session::create(program_, session_);
}

void NativeProgram::give_back(std::unique_ptr<Session> session) {
  std::lock_guard<std::mutex> lock(mutex_);
  idle_.push_back(std::move(session));
}

std::vector<runtime::KernelProfile> NativeProgram::profile() {
  if (!session_.profile) return {};
  std::vector<runtime::LaunchProfile> launches(program_->launches.size());
  std::vector<runtime::LaunchProfile> prepares(program_->prepare_launches.size());
  auto add = [](std::vector<runtime::LaunchProfile>& sums,
                const std::vector<runtime::LaunchProfile>& measured) {
    for (size_t i = 0; i < sums.size(); ++i) {
      sums[i].calls += measured[i].calls;
      sums[i].nanoseconds += measured[i].nanoseconds;
    }
  };
  {
    std::lock_guard<std::mutex> lock(mutex_);
    for (const std::unique_ptr<Session>& session : idle_) {
      add(launches, session->profile());
      add(prepares, session->prepare_profile());
    }
  }
  return runtime::kernel_profiles(*program_, launches, prepares);
}

absl::Status NativeProgram::run(const std::vector<BoundInput>& inputs,
                                std::vector<std::shared_ptr<Storage>>& results) {
  if (inputs.size() != program_->inputs.size() || results.size() != program_->results.size()) {
    return absl::InternalError(absl::StrCat(
        "the compiled program has ", program_->inputs.size(), " inputs and ",
        program_->results.size(), " results, the trace ", inputs.size(), " and ", results.size()));
  }
  std::vector<const void*> input_data(inputs.size());
  std::vector<uint64_t> versions(inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    input_data[i] = (*inputs[i].storage)->data();
    versions[i] = inputs[i].version;
  }
  std::vector<void*> result_data(results.size());
  for (size_t i = 0; i < results.size(); ++i) {
    const runtime::ValueInfo& info = program_->results[i];
    int64_t bytes = info.shape.num_elements() * size_of(info.dtype);
    if (info.donated_input >= 0 && inputs[info.donated_input].donatable) {
      results[i] = *inputs[info.donated_input].storage;
    } else if (results[i] == nullptr || results[i]->size() != bytes) {
      ETCH_ASSIGN_OR_RETURN(results[i], Storage::allocate(bytes));
    }
    result_data[i] = results[i]->data();
  }
  ETCH_ASSIGN_OR_RETURN(std::unique_ptr<Session> session, acquire());
  absl::Status status = session->run(input_data, result_data, versions);
  give_back(std::move(session));
  return status;
}

}  // namespace etch::frontend
