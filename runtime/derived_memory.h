// What a program has computed from state that it only reads: packed and folded weights. One serves
// all sessions that see the same state. Internal; not installed.
#ifndef ETCH_RUNTIME_DERIVED_MEMORY_H_
#define ETCH_RUNTIME_DERIVED_MEMORY_H_

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "etch/runtime/executor.h"
#include "etch/runtime/profile.h"
#include "etch/runtime/program.h"
#include "etch/runtime/storage.h"

namespace etch::runtime {

// Threads: reading from several threads is safe; refresh() and copy_from() need it for themselves.
class DerivedMemory {
 public:
  // `program` has a `prepare`. Errors: those of Storage::allocate.
  static absl::StatusOr<std::shared_ptr<DerivedMemory>> create(
      std::shared_ptr<const CompiledProgram> program, std::shared_ptr<MemoryBudget> budget);

  // The same in `storage`, of CompiledProgram::derived_bytes, which was computed from inputs with
  // these stamps.
  static std::shared_ptr<DerivedMemory> adopt(std::shared_ptr<const CompiledProgram> program,
                                              std::shared_ptr<Storage> storage,
                                              std::span<const uint64_t> versions);

  // Whether it was computed from inputs with these stamps, one for each input of the program.
  bool is_current(std::span<const uint64_t> versions) const;

  // Runs those launches of `prepare` whose inputs have other stamps than when they ran last. Of
  // `buffers`, the program's inputs and results, only the inputs that it prepares from are read.
  // Without `versions` all launches run, and the next time again. What they take is added to
  // `profile`, in the order of CompiledProgram::prepare_launches. Returns whether any has run.
  bool refresh(void* const* buffers, std::span<const uint64_t> versions, Executor& executor,
               std::vector<LaunchProfile>& profile, LaunchTrace* trace = nullptr);

  // Takes the contents of `other`, of the same program.
  void copy_from(const DerivedMemory& other);

  // Makes the next refresh() run all launches, or those that read what prepare_inputs[i] names.
  void invalidate() { computed_ = false; }
  void invalidate(size_t i) { sources_[i] = 0; }

  char* data() { return storage_->data<char>(); }
  std::span<const std::byte> bytes() const { return std::as_const(*storage_).bytes(); }
  int64_t size() const { return storage_->size(); }

 private:
  DerivedMemory(std::shared_ptr<const CompiledProgram> program, std::shared_ptr<Storage> storage);

  const std::shared_ptr<const CompiledProgram> program_;
  const std::shared_ptr<Storage> storage_;
  bool computed_ = false;
  std::vector<uint64_t> sources_;  // stamps of the program's prepare_inputs; 0: unknown
  std::vector<char> stale_;        // by input of the program
  std::vector<char> wanted_;       // by launch
};

}  // namespace etch::runtime

#endif  // ETCH_RUNTIME_DERIVED_MEMORY_H_
