// Models that are run: a program of a bundle, or one that is traced and compiled here.
#ifndef ETCH_TOOLS_ETCH_RUNNER_H_
#define ETCH_TOOLS_ETCH_RUNNER_H_

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "etch/etch.h"
#include "etch/tools/etch/model_source.h"

namespace etch::tools {

// What --threads asks for: a pool of that many, or where it is 0 the pool of the process
// (ETCH_NUM_THREADS, else one per core).
class Threads {
 public:
  explicit Threads(int threads);
  runtime::Executor* executor() { return executor_; }
  int count() const { return executor_->concurrency(); }

 private:
  std::unique_ptr<runtime::ThreadPool> pool_;
  runtime::Executor* executor_;
};

// How a program is compiled; a bundle is compiled already.
struct CodeOptions {
  std::string matmul_precision = "f32";
  std::string target_features;
};

// One way to run a program, again and again on the same arguments.
class Runner {
 public:
  virtual ~Runner() = default;
  virtual absl::Status run() = 0;
  // Of the last run, in the order of the program's results.
  virtual std::vector<std::pair<std::string, Tensor>> results() const = 0;
  // Empty unless it measures.
  virtual std::vector<runtime::KernelProfile> profile() const = 0;
};

class RunnableModel {
 public:
  struct Session {
    runtime::Executor* executor = nullptr;
    bool profile = false;
    runtime::LaunchTrace* trace = nullptr;
  };

  // Of a bundle, or traced; with its arguments as the request gives them.
  // Errors: NOT_FOUND for wrong names, and for code options of a bundle.
  static absl::StatusOr<std::unique_ptr<RunnableModel>> load(const ModelRequest& request,
                                                             const CodeOptions& code);
  virtual ~RunnableModel() = default;

  // Runners of one model share its state.
  virtual absl::StatusOr<std::unique_ptr<Runner>> runner(const Session& session) = 0;
  // Of what runner() has made last.
  virtual std::shared_ptr<const runtime::CompiledProgram> compiled() const = 0;
  // Writes a bundle with the state as it is. FAILED_PRECONDITION for what is no bundle.
  virtual absl::Status save(const std::string& path) const = 0;

  const std::string& program() const { return program_; }
  const std::vector<runtime::ValueInfo>& results() const { return results_; }

 protected:
  std::string program_;
  std::vector<runtime::ValueInfo> results_;
  std::map<std::string, Tensor> inputs_;
};

// The arguments of `program`, by name, and a state: drawn for a program in a file without --state.
absl::StatusOr<std::map<std::string, Tensor>> prepare_inputs(const ModelRequest& request,
                                                             const Program& program);

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_RUNNER_H_
