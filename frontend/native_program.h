// Compiled code ready to be called from several threads.
#ifndef ETCH_FRONTEND_NATIVE_PROGRAM_H_
#define ETCH_FRONTEND_NATIVE_PROGRAM_H_

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "etch/codegen/compiler.h"
#include "etch/runtime/session.h"
#include "mlir/IR/BuiltinOps.h"

namespace etch::frontend {

// A value bound to an input for one call.
struct BoundInput {
  const std::shared_ptr<runtime::Storage>* storage;
  uint64_t version = 0;
  // Nobody else will look at the contents again: a result may take the buffer over.
  bool donatable = false;
};

class NativeProgram {
 public:
  // Consumes `module`. A null executor in `session` stands for the pool of the library, or one of
  // `options.num_threads` threads where that is set. In builds that verify the IR, this does.
  static absl::StatusOr<std::shared_ptr<NativeProgram>> compile(
      mlir::ModuleOp module, codegen::CompileOptions options, runtime::SessionOptions session = {});

  // Runs the program once. Entries of `results` that are set are written to, where they are of the
  // right size; others are set to a donated input or to new storage. After an error nothing has
  // been written.
  absl::Status run(const std::vector<BoundInput>& inputs,
                   std::vector<std::shared_ptr<runtime::Storage>>& results);

  const runtime::CompiledProgram& program() const { return *program_; }
  const std::shared_ptr<const runtime::CompiledProgram>& shared_program() const { return program_; }
  const codegen::CompileReport& report() const { return report_; }

  // What all runs so far took, the longest kernel first; empty unless compiled to be profiled.
  std::vector<runtime::KernelProfile> profile();

 private:
  NativeProgram(std::shared_ptr<const runtime::CompiledProgram> program,
                codegen::CompileReport report, const runtime::SessionOptions& session)
      : program_(std::move(program)), report_(std::move(report)), session_(session) {}

  absl::StatusOr<std::unique_ptr<runtime::Session>> acquire();
  void give_back(std::unique_ptr<runtime::Session> session);

  const std::shared_ptr<const runtime::CompiledProgram> program_;
  const codegen::CompileReport report_;
  const runtime::SessionOptions session_;
  std::mutex mutex_;
  // A call takes one and gives it back: as many as there were calls at a time.
  std::vector<std::unique_ptr<runtime::Session>> idle_;
};

}  // namespace etch::frontend

#endif  // ETCH_FRONTEND_NATIVE_PROGRAM_H_
