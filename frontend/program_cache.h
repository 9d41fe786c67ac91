// Programs that eager-looking code has compiled, found again by their structure.
#ifndef ETCH_FRONTEND_PROGRAM_CACHE_H_
#define ETCH_FRONTEND_PROGRAM_CACHE_H_

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "etch/frontend/native_program.h"
#include "etch/frontend/slice.h"

namespace etch::frontend {

// A function to be found or compiled.
struct ProgramRequest {
  Trace& trace;
  const Slice& slice;
  const std::vector<mlir::Value>& results;
  const std::vector<ValueLabel>& input_labels;
  const std::vector<ValueLabel>& result_labels;
};

// The programs of one context, where equal attributes are equal pointers: looking one up costs
// about 0.1 us for each op. A hit is verified op by op.
class ContextPrograms {
 public:
  std::shared_ptr<NativeProgram> find(const ProgramRequest& request);
  void add(const ProgramRequest& request, mlir::OwningOpRef<mlir::ModuleOp> outlined,
           std::shared_ptr<NativeProgram> program);

 private:
  struct Entry {
    std::vector<uintptr_t> words;
    mlir::OwningOpRef<mlir::ModuleOp> outlined;
    std::shared_ptr<NativeProgram> program;
  };
  std::unordered_multimap<uint64_t, Entry> entries_;
};

// The program of `request`: from its context's programs, or else from those of the process, or
// else compiled. The caller must not hold references into `request.trace` across contexts.
absl::StatusOr<std::shared_ptr<NativeProgram>> find_or_compile(const ProgramRequest& request);

// How many programs eager-looking code has compiled in this process.
int64_t num_eager_compilations();

}  // namespace etch::frontend

#endif  // ETCH_FRONTEND_PROGRAM_CACHE_H_
