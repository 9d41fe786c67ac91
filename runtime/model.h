// A bundle in memory: several programs in native code over one state that they share, loaded and
// run without a compiler.
//
//   auto model = etch::runtime::Model::load("mlp.etch").value();
//   auto session = model.new_session();
//   ETCH_RETURN_IF_ERROR(session.run("predict", {{"x", x}}, {{"out0", out}}));
//   for (...) ETCH_RETURN_IF_ERROR(session.run("train_step", {{"x", x}, {"target", t}}, {}));
//   ETCH_RETURN_IF_ERROR(model.save("trained.etch"));
//
// Code in a bundle is machine code: load only what you trust as you would trust a shared library.
// The file around it is checked as input of strangers is: damage is refused, never acted upon.
#ifndef ETCH_RUNTIME_MODEL_H_
#define ETCH_RUNTIME_MODEL_H_

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "etch/runtime/program.h"
#include "etch/runtime/session.h"
#include "etch/runtime/storage.h"
#include "etch/runtime/tensor_view.h"

namespace etch::runtime {

struct ModelImpl;
class ModelSession;

// A value of the state: a parameter, buffer, optimizer slot or random state under its path, or the
// gradient of one under "grad." and its path.
struct StateInfo {
  std::string name;
  ValueKind kind = ValueKind::kState;  // or kGrad
  std::vector<std::string> aliases;    // further paths of the same cell
  DType dtype = DType::kF32;
  Shape shape;
};

// A copy of one.
struct StateValue {
  DType dtype = DType::kF32;
  Shape shape;
  std::shared_ptr<Storage> storage;

  TensorView view() const { return {storage->data(), dtype, shape}; }
};

// What the code of a program was compiled for.
struct CodeInfo {
  std::string triple;
  std::vector<std::string> features;  // that the processor must have, LLVM's names
  int64_t bytes = 0;
};

// Copies share state and code.
//
// Threads: all functions may be called from any thread at any time. Runs of programs that only read
// state go side by side, in a session each; one that writes state waits for them and has the state
// for itself, as do read() and the saving functions against it. So every call sees the state before
// or after a training step, never in between.
class Model {
 public:
  // Reads the bundle at `path`, checks all of it, and loads its code. The file may go afterwards.
  //
  // Errors: INVALID_ARGUMENT for a file that is no bundle, or damaged, beginning with the rule that
  // it breaks (docs/bundle_format.md lists them); FAILED_PRECONDITION for code that this processor
  // or this library cannot run ("needs avx512f, which this processor lacks"); NOT_FOUND,
  // PERMISSION_DENIED and the like when the file cannot be read; RESOURCE_EXHAUSTED when memory is
  // short. All with the path.
  static absl::StatusOr<Model> load(const std::string& path);
  // The same from memory, which may go afterwards. `source` stands for the path in messages.
  static absl::StatusOr<Model> parse(std::span<const std::byte> bytes,
                                     std::string_view source = "the buffer");

  // The name given when the bundle was made, and what made it: "etch 0.1.0".
  const std::string& name() const;
  const std::string& producer() const;
  // In the order in which they were added.
  std::vector<std::string> programs() const;
  // Its signature and what it takes to run; null when there is no such program. Inputs of kind
  // kArgument and results of kind kResult are the caller's, by their names; all others are state.
  // Lives as long as the model.
  const CompiledProgram* find_program(std::string_view name) const;
  // What the program's code was compiled for. NOT_FOUND when there is no such program.
  absl::StatusOr<CodeInfo> code(std::string_view program) const;
  // By name.
  std::vector<StateInfo> state() const;

  // A copy of the value under a name or an alias. NOT_FOUND when there is none.
  absl::StatusOr<StateValue> read(std::string_view name) const;

  // Writes the state as it is, as a safetensors file (all or nothing, see write_safetensors).
  // Gradients are part of it where a program reads them.
  absl::Status save_state(const std::string& path) const;
  // Writes a bundle with the same programs and the state as it is, all or nothing. Where nothing
  // was trained the file is the one that was loaded, byte by byte.
  absl::Status save(const std::string& path) const;

  ModelSession new_session(const SessionOptions& options = {}) const;

 private:
  explicit Model(std::shared_ptr<ModelImpl> impl) : impl_(std::move(impl)) {}

  std::shared_ptr<ModelImpl> impl_;
};

// An argument and a result of a call, by name.
struct NamedInput {
  std::string_view name;
  TensorView value;
};
struct NamedOutput {
  std::string_view name;
  MutableTensorView value;
};

// One caller's memory for running the programs of a model: scratch memory and packed weights, made
// when a program is run for the first time; later runs of it allocate nothing.
//
// Threads: one run at a time; a second one meanwhile is refused, not raced.
class ModelSession {
 public:
  ModelSession(ModelSession&&) noexcept;
  ModelSession& operator=(ModelSession&&) noexcept;
  ~ModelSession();

  // Runs `program` once on `inputs`, all of its arguments in any order, and writes `outputs`, those
  // of its results that are wanted. Views may lie anywhere, those aligned to kBufferAlignment spare
  // a copy. State that the program writes has its new value afterwards, in place where the program
  // allows.
  //
  // All or nothing: after an error neither state nor outputs have been touched. Errors: NOT_FOUND
  // for an unknown program; INVALID_ARGUMENT for an input that is missing, given twice, unknown, or
  // of another dtype or shape, for an output likewise, and for an output that overlaps another view
  // (the message names it and says what the program has); FAILED_PRECONDITION when another thread
  // is in run(); RESOURCE_EXHAUSTED when memory is short.
  absl::Status run(std::string_view program, std::span<const NamedInput> inputs,
                   std::span<const NamedOutput> outputs);
  absl::Status run(std::string_view program, std::initializer_list<NamedInput> inputs,
                   std::initializer_list<NamedOutput> outputs) {
    return run(program, std::span(inputs.begin(), inputs.size()),
               std::span(outputs.begin(), outputs.size()));
  }

  // What the kernels of `program` took in all runs, the longest first; empty before the first run,
  // for an unknown program, and unless SessionOptions::profile. Not while run() is in progress.
  std::vector<KernelProfile> profile(std::string_view program) const;

 private:
  friend class Model;
  struct Impl;
  explicit ModelSession(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace etch::runtime

#endif  // ETCH_RUNTIME_MODEL_H_
