// The MLIR context that a trace records into.
#ifndef ETCH_FRONTEND_CONTEXT_H_
#define ETCH_FRONTEND_CONTEXT_H_

#include <cstdint>
#include <memory>
#include <string>

#include "mlir/IR/MLIRContext.h"

namespace etch::frontend {

class ContextPrograms;

// A context keeps attributes and types as long as it lives, so contexts are retired: a thread
// records into one until it has served `kMaxRecordedOps`, then into a new one. Traces share
// ownership; the memory goes with the last of them.
class Context {
 public:
  // With every dialect of the compiler in the registry, loaded as far as recording needs them.
  Context();
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  // This thread's context for eager-looking code.
  static std::shared_ptr<Context> of_thread();

  mlir::MLIRContext* mlir() { return &context_; }
  void count_ops(int64_t ops) { recorded_ops_ += ops; }

  // The text of all errors reported since the last call.
  std::string take_diagnostics();

  // What eager-looking code has compiled from here.
  ContextPrograms& programs() { return *programs_; }

 private:
  static constexpr int64_t kMaxRecordedOps = 500'000;

  mlir::MLIRContext context_;
  int64_t recorded_ops_ = 0;
  std::string diagnostics_;
  std::unique_ptr<ContextPrograms> programs_;
};

}  // namespace etch::frontend

#endif  // ETCH_FRONTEND_CONTEXT_H_
