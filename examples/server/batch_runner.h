// One worker's session of a model, and the memory in which rows of several jobs meet.
#ifndef ETCH_EXAMPLES_SERVER_BATCH_RUNNER_H_
#define ETCH_EXAMPLES_SERVER_BATCH_RUNNER_H_

#include <memory>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "etch/runtime/executor.h"
#include "etch/runtime/model.h"
#include "etch/runtime/storage.h"
#include "job.h"
#include "signature.h"

namespace server {

// Threads: one run at a time.
class BatchRunner {
 public:
  // `threads` work on a call, the caller's included; 0: as many as the machine has cores, shared
  // with the other runners. The program runs once, on zeros. Errors: those of running it.
  static absl::StatusOr<std::unique_ptr<BatchRunner>> create(const etch::runtime::Model& model,
                                                             const Signature& signature,
                                                             int threads);

  // Runs the program once for all `jobs`, whose rows lie one after the other in the call and must
  // fit into it, and writes their outputs. Rows of the call that nobody has are zeros.
  absl::Status run(std::span<Job* const> jobs);

 private:
  using Buffers = std::vector<std::shared_ptr<etch::runtime::Storage>>;

  BatchRunner(const etch::runtime::Model& model, const Signature& signature, int threads);

  absl::Status call(Clock::time_point deadline);
  void gather(std::span<Job* const> jobs);
  void scatter(std::span<Job* const> jobs) const;

  const Signature signature_;
  const std::unique_ptr<etch::runtime::Executor> executor_;  // null: the shared one
  etch::runtime::ModelSession session_;
  Buffers inputs_, outputs_;
  std::vector<etch::runtime::NamedInput> named_inputs_;
  std::vector<etch::runtime::NamedOutput> named_outputs_;
};

}  // namespace server

#endif  // ETCH_EXAMPLES_SERVER_BATCH_RUNNER_H_
