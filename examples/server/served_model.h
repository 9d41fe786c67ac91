// A bundle in service: its signature, its workers, its metrics.
#ifndef ETCH_EXAMPLES_SERVER_SERVED_MODEL_H_
#define ETCH_EXAMPLES_SERVER_SERVED_MODEL_H_

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "batch_runner.h"
#include "batcher.h"
#include "etch/runtime/model.h"
#include "job.h"
#include "metrics.h"
#include "signature.h"

namespace server {

struct ServingOptions {
  std::string program = "predict";
  // Sessions of a model, each with a thread of its own, and threads that work on one call (0: one
  // per core, shared by all sessions). Many requests at a time want sessions, single large ones
  // threads.
  int workers = 1;
  int threads = 1;
  // Whether rows of several requests may share a call, and how long a request waits for others.
  bool batching = true;
  std::chrono::microseconds batch_delay{500};
  size_t max_waiting = 256;
};

// Threads: all functions may be called from any.
class ServedModel {
 public:
  // Loads the bundle at `path` and makes its workers. Errors: those of Model::load and
  // signature_of(); RESOURCE_EXHAUSTED when memory or threads are short.
  static absl::StatusOr<std::shared_ptr<ServedModel>> load(const std::string& name,
                                                           const std::string& path,
                                                           const ServingOptions& options,
                                                           Metrics& metrics);

  const std::string& name() const { return name_; }
  const Signature& signature() const { return signature_; }
  const Metrics::OfModel& metrics() const { return metrics_; }
  // Rows that a request may have at most; 0 when it gives whole tensors.
  int64_t max_rows() const { return signature_.batch; }

  // Runs a job that make_job() made for signature(). Errors: see Batcher::run() and
  // ModelSession::run().
  absl::Status run(Job& job);

  // Takes the state in the safetensors file at `path`, all or nothing, between two calls: none sees
  // a mixture. Errors: those of Model::load_state.
  absl::Status load_state(const std::string& path);

 private:
  ServedModel(std::string name, etch::runtime::Model model, Signature signature,
              Metrics::OfModel metrics);

  absl::Status start_workers(const ServingOptions& options);
  absl::Status run_call(BatchRunner& runner, std::span<Job* const> jobs);

  const std::string name_;
  etch::runtime::Model model_;
  const Signature signature_;
  const Metrics::OfModel metrics_;
  std::vector<std::unique_ptr<BatchRunner>> runners_;
  // Last: its threads use all of the above.
  std::unique_ptr<Batcher> batcher_;
};

}  // namespace server

#endif  // ETCH_EXAMPLES_SERVER_SERVED_MODEL_H_
