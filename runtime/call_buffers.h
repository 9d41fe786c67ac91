// The buffers of one call of a model's program: what its caller gives by name, where generated code
// wants it. Internal; not installed.
#ifndef ETCH_RUNTIME_CALL_BUFFERS_H_
#define ETCH_RUNTIME_CALL_BUFFERS_H_

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "etch/runtime/model.h"
#include "etch/runtime/program.h"
#include "etch/runtime/storage.h"

namespace etch::runtime {

// Kept between calls, so that a later one allocates nothing. One call at a time.
class CallBuffers {
 public:
  CallBuffers(const CompiledProgram& program, std::shared_ptr<MemoryBudget> budget);

  // Checks what the caller gives and puts it into place. Errors as of ModelSession::run.
  absl::Status bind(std::span<const NamedInput> inputs, std::span<const NamedOutput> outputs);

  // Copies results to outputs that lie where code cannot write; to be called with those of bind().
  void deliver(std::span<const NamedOutput> outputs) const;

  // In the order of the signature; state is filled in by others.
  std::vector<const void*> inputs;
  std::vector<void*> results;

 private:
  template <typename... Parts>
  absl::Status misuse(const Parts&... parts) const;
  template <typename Named>
  absl::Status match(std::span<const Named> named, const std::vector<ValueInfo>& infos,
                     const char* role, std::vector<int>& given) const;
  absl::Status check_missing(size_t count) const;
  absl::Status check_overlaps(std::span<const NamedInput> inputs,
                              std::span<const NamedOutput> outputs) const;
  absl::Status make_own(const ValueInfo& info, std::shared_ptr<Storage>& storage) const;
  absl::Status bind_inputs(std::span<const NamedInput> inputs);
  absl::Status bind_outputs(std::span<const NamedOutput> outputs);

  const CompiledProgram& info_;
  const std::shared_ptr<MemoryBudget> budget_;
  // For each value of the signature its number among those given, or -1.
  std::vector<int> given_inputs_, given_outputs_;
  // For what the caller has not, or not aligned.
  std::vector<std::shared_ptr<Storage>> own_inputs_, own_results_;
};

}  // namespace etch::runtime

#endif  // ETCH_RUNTIME_CALL_BUFFERS_H_
