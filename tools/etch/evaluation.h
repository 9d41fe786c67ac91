// Runs a program's module on given buffers, compiled or by the reference evaluator.
#ifndef ETCH_TOOLS_ETCH_EVALUATION_H_
#define ETCH_TOOLS_ETCH_EVALUATION_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "etch/codegen/compiler.h"
#include "etch/frontend/program.h"
#include "etch/runtime/executor.h"
#include "etch/runtime/storage.h"
#include "mlir/IR/BuiltinOps.h"

namespace etch::tools {

// Of the inputs, or the results, of a program's @main, in its order.
using Buffers = std::vector<std::shared_ptr<runtime::Storage>>;

// Computes the results of a module's @main; leaves the module as it is.
using Evaluator = std::function<absl::StatusOr<Buffers>(mlir::ModuleOp module)>;

// The state's values, and `arguments` by name. Zeros for gradients that are empty.
absl::StatusOr<Buffers> input_buffers(const Program& program,
                                      const std::map<std::string, Tensor>& arguments);

// By the reference evaluator (ir/reference.h), each op rounded to its type.
Evaluator reference_evaluator(Buffers inputs);
// By compiled code.
Evaluator compiled_evaluator(Buffers inputs, codegen::CompileOptions options,
                             runtime::Executor* executor);

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_EVALUATION_H_
