// Models by name as traced programs, and what is asked of them on the command line.
#ifndef ETCH_TOOLS_ETCH_MODEL_SOURCE_H_
#define ETCH_TOOLS_ETCH_MODEL_SOURCE_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "etch/etch.h"
#include "etch/nn/register_model.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace etch::tools {

struct ModelRequest {
  std::string model;                // see model_name.h
  std::string program;              // empty: the first
  std::vector<std::string> inputs;  // of --input, see program_inputs.h
  uint64_t seed = 0;                // of random inputs
  std::string state;                // a file with values of the state; empty: none
};

using NamedPrograms = std::vector<std::pair<std::string, Program>>;

// A built-in model or one of a library. NOT_FOUND lists the names when it is wrong.
absl::StatusOr<nn::RegisteredModel> find_model(const std::string& model);

// Some programs of request.model over one state, all where `names` is empty; request.program is not
// looked at. The types of inputs that the request gives are those that a model is traced with. The
// state is that of request.state; without it what the model begins with, and zeros for a program in
// a file.
// Errors: NOT_FOUND for wrong names, and for a bundle, which is compiled; INVALID_ARGUMENT for what
// a model's code or a file's parser says.
absl::StatusOr<NamedPrograms> trace_programs(const ModelRequest& request,
                                             const std::vector<std::string>& names = {});

// The one that request.program names, or the first.
absl::StatusOr<std::pair<std::string, Program>> trace_program(const ModelRequest& request);

// Fills the state of a program in a file, which is zeros, with what weights may be: small numbers
// near zero, none negative since variances are state too.
void draw_state(const Program& program, uint64_t seed);

// The program's module, for the compiler's own functions: a copy in the program's context.
mlir::OwningOpRef<mlir::ModuleOp> module_of(const Program& program);

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_MODEL_SOURCE_H_
