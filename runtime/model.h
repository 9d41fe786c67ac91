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
struct SnapshotImpl;
class ModelSession;

struct SaveOptions {
  // Writes what programs compute ahead from the state too (packed weights), for this processor: who
  // loads the file maps it, and neither the first call nor another process packs them again. About
  // as long as the weights.
  bool packed = false;
};

struct LoadOptions {
  // Holds the weights against their checksum, which reads each byte of them: for a file that comes
  // from elsewhere. Everything else of a file is always checked.
  bool verify_state = false;
  // Bytes that the model, its forks and sessions may take for state, packed weights and scratch
  // memory together; mapped weights do not count until a program writes them. 0: no limit.
  int64_t memory_limit = 0;
  // Computes what programs need ahead (packed weights) in update() and restore(). Not owned; must
  // outlive the model. Null: default_executor().
  Executor* executor = nullptr;
};

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

// An argument and a result of a call, or a value of the state, by name.
struct NamedInput {
  std::string_view name;
  TensorView value;
};
struct NamedOutput {
  std::string_view name;
  MutableTensorView value;
};

// All state of a model at one time; cheap, since values are shared until one of them changes.
// Copies stand for the same. Threads: safe.
class StateSnapshot {
 public:
  StateSnapshot() = default;  // of nothing; cannot be restored

 private:
  friend class Model;
  explicit StateSnapshot(std::shared_ptr<const SnapshotImpl> impl) : impl_(std::move(impl)) {}

  std::shared_ptr<const SnapshotImpl> impl_;
};

// Copies share state and code.
//
// Threads: all functions may be called from any thread at any time. A run sees the state as it was
// at one moment, before or after each update or training step and never in between, and takes no
// lock to see it. Who changes the state (update, restore, load_state, programs such as train_step)
// does so one after another, beside the runs that only read: these keep what they see until they
// are done. So that serving is not slowed down, train on a fork() and restore() its snapshot.
//
//   auto trainer = model.fork();
//   auto session = trainer.new_session();
//   for (...) ETCH_RETURN_IF_ERROR(session.run("train_step", {{"x", x}, {"target", t}}, {}));
//   ETCH_RETURN_IF_ERROR(model.restore(trainer.snapshot()));  // served from the next run on
//
// An executor must not call the model, or make or end a session of it, from within a run that
// writes state: that run has the state.
class Model {
 public:
  // Maps the bundle at `path`, checks it as `options` say, and loads its code. Weights are read
  // from disk when they are first used, and processes that load the same file share them. The file
  // may be replaced or removed afterwards, but not be overwritten in place or shortened.
  //
  // Errors: INVALID_ARGUMENT for a file that is no bundle, or damaged, beginning with the rule that
  // it breaks (docs/bundle_format.md lists them); FAILED_PRECONDITION for code that this processor
  // or this library cannot run ("needs avx512f, which this processor lacks"); NOT_FOUND,
  // PERMISSION_DENIED and the like when the file cannot be read; RESOURCE_EXHAUSTED when memory is
  // short. All with the path.
  static absl::StatusOr<Model> load(const std::string& path, const LoadOptions& options = {});
  // The same from memory, which may go afterwards. `source` stands for the path in messages.
  static absl::StatusOr<Model> parse(std::span<const std::byte> bytes,
                                     std::string_view source = "the buffer",
                                     const LoadOptions& options = {.verify_state = true});

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

  // Bytes in use of LoadOptions::memory_limit; 0 without one.
  int64_t memory_used() const;

  // A copy of the value under a name or an alias. NOT_FOUND when there is none.
  absl::StatusOr<StateValue> read(std::string_view name) const;

  // Gives all of these paths new values, copies of the given ones, at one moment: a run sees all
  // of them or none. What programs have computed from them (packed and folded weights) is computed
  // again first, and only that; runs meanwhile go on with the old values. Their memory is that
  // of the next update's values.
  //
  // All or nothing. Errors: NOT_FOUND for a path that there is not; INVALID_ARGUMENT for another
  // dtype or shape, a value without data, a path or an alias given twice; RESOURCE_EXHAUSTED.
  absl::Status update(std::span<const NamedInput> values) const;
  absl::Status update(std::initializer_list<NamedInput> values) const {
    return update(std::span(values.begin(), values.size()));
  }
  // The same with all tensors of a safetensors file; paths that are not in it keep their values.
  absl::Status load_state(const std::string& path) const;

  // The state as it is now, to come back to, or to hand to another model.
  StateSnapshot snapshot() const;
  // Makes the state what it was in `snapshot`, which may be one of a fork, or of another model with
  // the same paths, dtypes and shapes; as update(), at one moment. INVALID_ARGUMENT for others.
  absl::Status restore(const StateSnapshot& snapshot) const;
  // A model with the same code and a state of its own, which begins as this one's is. Values are
  // shared until one of the two changes them. Shares the memory limit.
  Model fork() const;

  // Writes the state as it is, as a safetensors file (all or nothing, see write_safetensors).
  // Gradients are part of it where a program reads them.
  absl::Status save_state(const std::string& path) const;
  // Writes a bundle with the same programs and the state as it is, all or nothing. Where nothing
  // was trained the file is the one that was loaded, byte by byte. Packed weights of programs that
  // run here stay part of it.
  absl::Status save(const std::string& path, const SaveOptions& options = {}) const;

  ModelSession new_session(const SessionOptions& options = {}) const;

 private:
  explicit Model(std::shared_ptr<ModelImpl> impl) : impl_(std::move(impl)) {}

  std::shared_ptr<ModelImpl> impl_;
};

// One caller's memory for running the programs of a model, made when a program is run for the first
// time. Packed weights are shared by all sessions. Later runs allocate nothing and take no lock;
// but one that writes state waits, after those who came before, where another writes; and where a
// program writes what another has computed ahead from, the other's next run computes it again,
// which may wait likewise. RunOptions are looked at afterwards.
//
// A program that writes state does so in place as long as its session is the model's only one;
// beside others it writes to a second copy of what it changes.
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
  // is in run(); RESOURCE_EXHAUSTED when memory is short; CANCELLED and DEADLINE_EXCEEDED as
  // `options` say, after which the state is as it was and outputs have unspecified contents.
  absl::Status run(std::string_view program, std::span<const NamedInput> inputs,
                   std::span<const NamedOutput> outputs, const RunOptions& options = {});
  absl::Status run(std::string_view program, std::initializer_list<NamedInput> inputs,
                   std::initializer_list<NamedOutput> outputs, const RunOptions& options = {}) {
    return run(program, std::span(inputs.begin(), inputs.size()),
               std::span(outputs.begin(), outputs.size()), options);
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
