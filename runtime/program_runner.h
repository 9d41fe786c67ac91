// One program of a model in one session. Internal; not installed.
#ifndef ETCH_RUNTIME_PROGRAM_RUNNER_H_
#define ETCH_RUNTIME_PROGRAM_RUNNER_H_

#include <memory>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "etch/runtime/call_buffers.h"
#include "etch/runtime/model.h"
#include "etch/runtime/model_impl.h"
#include "etch/runtime/session.h"

namespace etch::runtime {

// Owns the scratch memory of a call. One run at a time.
class ProgramRunner {
 public:
  // `number` is that of the program in ModelCode::programs; `reader` is the session's.
  static absl::StatusOr<std::unique_ptr<ProgramRunner>> create(std::shared_ptr<ModelImpl> model,
                                                               size_t number,
                                                               ModelState::Reader& reader,
                                                               const SessionOptions& options);

  // As ModelSession::run.
  absl::Status run(std::span<const NamedInput> inputs, std::span<const NamedOutput> outputs,
                   const RunOptions& options);

  const CompiledProgram& program() const { return *program_.compiled; }
  std::vector<KernelProfile> profile() const;

 private:
  ProgramRunner(std::shared_ptr<ModelImpl> model, size_t number, ModelState::Reader& reader,
                std::unique_ptr<Session> session, const SessionOptions& options);

  // Of a program that only reads state: on the version that is current when it begins.
  absl::Status read(const RunOptions& options);
  // Of one that writes state: the next version, or the current one in place.
  absl::Status write(const RunOptions& options);

  absl::StatusOr<DerivedMemory*> derived(const ModelState::Writer& writer, StateVersion& version);
  void bind_cells(const StateVersion& version);
  // The buffers that cells are written to, found among `version`'s values and spares.
  absl::Status bind_written(StateVersion& version, bool in_place);
  void commit(StateVersion& version, bool in_place);

  const std::shared_ptr<ModelImpl> model_;
  const size_t number_;
  const LoadedProgram& program_;
  ModelState::Reader& reader_;
  const std::unique_ptr<Session> session_;
  LaunchTrace* const trace_;
  CallBuffers buffers_;
  // By result: whether a cell's value may be written over while the program runs.
  std::vector<char> over_value_;
  // By result: the storage of the cell's next value; null for what is the caller's.
  std::vector<std::shared_ptr<Storage>> written_;
  std::vector<std::shared_ptr<Storage>> cleared_;  // likewise, for the program's `cleared`
};

}  // namespace etch::runtime

#endif  // ETCH_RUNTIME_PROGRAM_RUNNER_H_
