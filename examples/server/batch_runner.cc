#include "batch_runner.h"

#include <algorithm>
#include <utility>

#include "etch/runtime/status.h"

namespace server {

using etch::runtime::Executor;
using etch::runtime::Model;
using etch::runtime::Storage;
using etch::runtime::ThreadPool;

namespace {

// The call is worth finishing while somebody still waits for it.
Clock::time_point latest_deadline(std::span<Job* const> jobs) {
  Clock::time_point latest = Clock::time_point::min();
  for (const Job* job : jobs) latest = std::max(latest, job->deadline);
  return latest;
}

}  // namespace

BatchRunner::BatchRunner(const Model& model, const Signature& signature, int threads)
    : signature_(signature),
      executor_(threads > 0 ? std::make_unique<ThreadPool>(threads) : nullptr),
      session_(model.new_session({.executor = executor_.get()})) {}

absl::StatusOr<std::unique_ptr<BatchRunner>> BatchRunner::create(const Model& model,
                                                                 const Signature& signature,
                                                                 int threads) {
  std::unique_ptr<BatchRunner> runner(new BatchRunner(model, signature, threads));
  // The signature's own names and shapes, which the views point into.
  for (const TensorSpec& spec : runner->signature_.inputs) {
    ETCH_ASSIGN_OR_RETURN(auto storage, Storage::allocate_zeroed(spec.bytes()));
    runner->named_inputs_.push_back({spec.name, {storage->data(), spec.dtype, spec.shape}});
    runner->inputs_.push_back(std::move(storage));
  }
  for (const TensorSpec& spec : runner->signature_.outputs) {
    ETCH_ASSIGN_OR_RETURN(auto storage, Storage::allocate(spec.bytes()));
    runner->named_outputs_.push_back({spec.name, {storage->data(), spec.dtype, spec.shape}});
    runner->outputs_.push_back(std::move(storage));
  }
  // The first call takes memory and packs weights, for which no request is to wait.
  ETCH_RETURN_IF_ERROR(runner->call(Clock::time_point::max()));
  return runner;
}

absl::Status BatchRunner::run(std::span<Job* const> jobs) {
  gather(jobs);
  ETCH_RETURN_IF_ERROR(call(latest_deadline(jobs)));
  scatter(jobs);
  return absl::OkStatus();
}

absl::Status BatchRunner::call(Clock::time_point deadline) {
  return session_.run(signature_.program, named_inputs_, named_outputs_, {.deadline = deadline});
}

void BatchRunner::gather(std::span<Job* const> jobs) {
  for (size_t i = 0; i < inputs_.size(); ++i) {
    std::span<std::byte> to = inputs_[i]->bytes();
    for (const Job* job : jobs) {
      std::ranges::copy(job->inputs[i], to.begin());
      to = to.subspan(job->inputs[i].size());
    }
    std::ranges::fill(to, std::byte{0});
  }
}

void BatchRunner::scatter(std::span<Job* const> jobs) const {
  for (size_t i = 0; i < outputs_.size(); ++i) {
    std::span<const std::byte> from = std::as_const(*outputs_[i]).bytes();
    auto row_bytes = static_cast<size_t>(signature_.row_bytes(signature_.outputs[i]));
    for (Job* job : jobs) {
      size_t bytes = static_cast<size_t>(job->rows) * row_bytes;
      if (!job->outputs[i].empty()) std::ranges::copy(from.first(bytes), job->outputs[i].begin());
      from = from.subspan(bytes);
    }
  }
}

}  // namespace server
