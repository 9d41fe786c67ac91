#include "served_model.h"

#include <limits>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "etch/runtime/status.h"

namespace server {
using etch::runtime::Model;

ServedModel::ServedModel(std::string name, Model model, Signature signature,
                         Metrics::OfModel metrics)
    : name_(std::move(name)),
      model_(std::move(model)),
      signature_(std::move(signature)),
      metrics_(metrics) {}

absl::StatusOr<std::shared_ptr<ServedModel>> ServedModel::load(const std::string& name,
                                                               const std::string& path,
                                                               const ServingOptions& options,
                                                               Metrics& metrics) {
  // Files that are replaced while one serves may be damaged: weights are held against their
  // checksum.
  ETCH_ASSIGN_OR_RETURN(Model model, Model::load(path, {.verify_state = true}));
  ETCH_ASSIGN_OR_RETURN(Signature signature, signature_of(model, options.program));
  std::shared_ptr<ServedModel> served(
      new ServedModel(name, std::move(model), std::move(signature), metrics.of_model(name)));
  try {
    ETCH_RETURN_IF_ERROR(served->start_workers(options));
  } catch (const std::system_error& error) {
    return absl::ResourceExhaustedError(absl::StrCat("the system has no threads for the model's ",
                                                     options.workers, " workers: ", error.what()));
  }
  return served;
}

absl::Status ServedModel::start_workers(const ServingOptions& options) {
  for (int i = 0; i < options.workers; ++i) {
    ETCH_ASSIGN_OR_RETURN(auto runner, BatchRunner::create(model_, signature_, options.threads));
    runners_.push_back(std::move(runner));
  }
  BatchOptions batching{.workers = options.workers,
                        .capacity = signature_.capacity(),
                        .max_jobs = options.batching ? std::numeric_limits<size_t>::max() : 1,
                        .max_delay = options.batch_delay,
                        .max_waiting = options.max_waiting};
  auto next = runners_.begin();
  batcher_ = std::make_unique<Batcher>(batching, [&] {
    BatchRunner& runner = **next++;
    return [this, &runner](std::span<Job* const> jobs) { return run_call(runner, jobs); };
  });
  return absl::OkStatus();
}

absl::Status ServedModel::run_call(BatchRunner& runner, std::span<Job* const> jobs) {
  int64_t rows = 0;
  for (const Job* job : jobs) rows += job->rows;
  metrics_.call_rows.Observe(static_cast<double>(rows));
  Clock::time_point start = Clock::now();
  absl::Status status = runner.run(jobs);
  metrics_.call_seconds.Observe(seconds_since(start));
  return status;
}

absl::Status ServedModel::run(Job& job) { return batcher_->run(job); }

absl::Status ServedModel::load_state(const std::string& path) { return model_.load_state(path); }

}  // namespace server
