// A request that fits a model's signature: values to run the program on, and room for its results.
#ifndef ETCH_EXAMPLES_SERVER_JOB_H_
#define ETCH_EXAMPLES_SERVER_JOB_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "infer_request.h"
#include "signature.h"

namespace server {

using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

struct Job {
  int64_t rows = 1;
  // In the order of the signature. Inputs point into the request, or into `converted`.
  std::vector<std::span<const std::byte>> inputs = {};
  std::vector<std::vector<std::byte>> converted = {};
  // As long as the signature's; empty where the client does not want the result.
  std::vector<std::vector<std::byte>> outputs = {};
  Clock::time_point deadline = Clock::time_point::max();
};

// `request` must outlive the job. Errors, all INVALID_ARGUMENT, with the tensor's name and what the
// model has: a tensor that is unknown, missing or given twice; another datatype or shape; inputs
// with different numbers of rows; more rows than a call takes; data of another size or type.
absl::StatusOr<Job> make_job(const InferRequest& request, const Signature& signature);

}  // namespace server

#endif  // ETCH_EXAMPLES_SERVER_JOB_H_
