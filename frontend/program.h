// etch::trace: a function of tensors as a program that can be printed, saved, compiled and run.
#ifndef ETCH_FRONTEND_PROGRAM_H_
#define ETCH_FRONTEND_PROGRAM_H_

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "etch/frontend/options.h"
#include "etch/frontend/tensor.h"
#include "etch/frontend/tree.h"
#include "etch/runtime/profile.h"
#include "etch/runtime/program.h"

namespace etch {

// An argument of a traced function.
struct TensorSpec {
  DType dtype = f32;
  Shape shape;
  std::string name;  // of the program's input; empty: "arg0", "arg1", ...
};
inline TensorSpec spec(DType dtype, Shape shape, std::string name = "") {
  return {dtype, std::move(shape), std::move(name)};
}

namespace frontend {
struct ProgramImpl;
struct ExecutableImpl;
}  // namespace frontend

// Native code for a program, bound to the state cells that were traced. Copies share it.
class Executable {
 public:
  // Runs once: cells are read, and written when the run has succeeded. Returns what the traced
  // function returned. INVALID_ARGUMENT when arguments differ in number, dtype or shape from the
  // specs.
  absl::StatusOr<std::vector<Tensor>> run(const std::vector<Tensor>& arguments = {}) const;

  // The code itself, for a runtime::Session of one's own.
  std::shared_ptr<const runtime::CompiledProgram> compiled() const;
  std::string explain() const;
  // What the kernels took in all runs so far, the longest first; empty unless
  // CompileOptions::profile.
  std::vector<runtime::KernelProfile> profile() const;

  explicit Executable(std::shared_ptr<frontend::ExecutableImpl> impl) : impl_(std::move(impl)) {}
  const std::shared_ptr<frontend::ExecutableImpl>& impl() const { return impl_; }

 private:
  std::shared_ptr<frontend::ExecutableImpl> impl_;
};

// A traced function: pure, with the cells it reads among its inputs and those it writes among its
// results, each under its path. Copies share it.
class Program {
 public:
  // The program in MLIR's text form; with source lines and module paths when asked.
  std::string mlir_text(bool with_locations = false) const;
  // Writes the program to `path`, with source lines and module paths: as MLIR's text, or as its
  // bytecode where `path` ends in ".mlirbc".
  absl::Status save(const std::string& path) const;
  // Reads what save() has written, text or bytecode. The state is the program's own then: cells of
  // the paths and types that it has, all zero until they are given values (state()). For trusted
  // input only, as MLIR's parser is not hardened.
  // Errors: NOT_FOUND when the file cannot be read; INVALID_ARGUMENT for what is no program, with
  // the parser's message and line.
  static absl::StatusOr<Program> load(const std::string& path);

  // The signature: arguments in the order of the specs, then cells; results in the order the
  // function returned them, then cells written, then gradients.
  const std::vector<runtime::ValueInfo>& inputs() const;
  const std::vector<runtime::ValueInfo>& results() const;
  // The cell or captured tensor bound to the input or result of this path; undefined for others.
  Tensor state(const std::string& path) const;

  absl::StatusOr<Executable> compile(const CompileOptions& options = {}) const;

  explicit Program(std::shared_ptr<frontend::ProgramImpl> impl) : impl_(std::move(impl)) {}
  const std::shared_ptr<frontend::ProgramImpl>& impl() const { return impl_; }

 private:
  std::shared_ptr<frontend::ProgramImpl> impl_;
};

namespace frontend {

using ProgramBody = std::function<std::vector<Tensor>(const std::vector<Tensor>& arguments)>;
absl::StatusOr<Program> trace_program(const std::vector<TensorSpec>& specs, const ProgramBody& body,
                                      const std::vector<std::string>& result_names);

template <typename Fn, size_t... i>
std::vector<Tensor> call_with(Fn& fn, const std::vector<Tensor>& arguments,
                              std::index_sequence<i...>) {
  using Result = decltype(fn(arguments[i]...));
  if constexpr (std::is_void_v<Result>) {
    fn(arguments[i]...);
    return {};
  } else {
    auto result = fn(arguments[i]...);
    return tree::tensors_of(result);
  }
}

template <size_t i>
using TensorAt = const Tensor&;

template <typename Fn, size_t... i>
constexpr bool takes(std::index_sequence<i...>) {
  return std::is_invocable_v<Fn&, TensorAt<i>...>;
}

// Calls `fn` with as many tensors as there are arguments.
template <size_t n = 0, typename Fn>
std::vector<Tensor> call_with(Fn& fn, const std::vector<Tensor>& arguments) {
  if constexpr (n > 16) {
    throw Error("trace: the function does not take " + std::to_string(arguments.size()) +
                " tensors, the number of specs; give it one spec for each of its arguments");
  } else {
    if constexpr (takes<Fn>(std::make_index_sequence<n>())) {
      if (arguments.size() == n) return call_with(fn, arguments, std::make_index_sequence<n>());
    }
    return call_with<n + 1>(fn, arguments);
  }
}

}  // namespace frontend

// Traces `fn`, a function of one tensor for each spec, that returns a tensor or a nest of them
// (tree.h). State cells are as before when this returns. Throws no etch::Error: a misuse inside
// `fn` comes back as INVALID_ARGUMENT, "h.0.attn: linear: input has ...".
//
// `result_names`: what the tensors that it returns are called, in their order: in the program's
// signature, and by who runs a bundle. None: "out0", "out1", ...; a name that begins with "tap" is
// refused, as are two equal ones.
template <typename Fn>
absl::StatusOr<Program> trace(Fn&& fn, const std::vector<TensorSpec>& specs,
                              const std::vector<std::string>& result_names = {}) {
  return frontend::trace_program(
      specs,
      [&fn](const std::vector<Tensor>& arguments) { return frontend::call_with(fn, arguments); },
      result_names);
}

}  // namespace etch

#endif  // ETCH_FRONTEND_PROGRAM_H_
