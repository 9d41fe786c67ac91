// Runs a traced and compiled function on the tensors that it is bound to.
#ifndef ETCH_FRONTEND_BOUND_CALL_H_
#define ETCH_FRONTEND_BOUND_CALL_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "etch/frontend/native_program.h"
#include "etch/frontend/options.h"
#include "etch/frontend/traced.h"

namespace etch::frontend {

// `arguments` are concrete and of the specs' types. Cells and gradients get their new values when
// the run has succeeded; after an error they are as before. Returns the function's results.
absl::StatusOr<std::vector<Tensor>> run_bound(const TracedFunction& function,
                                              NativeProgram& program,
                                              const std::vector<Tensor>& arguments);

codegen::CompileOptions to_codegen(const CompileOptions& options);
runtime::SessionOptions to_session(const CompileOptions& options);

// The stages, kernels and bytes of a compiled program, and the time of its kernels where it is
// profiled, one line each, indented.
std::string describe_compilation(const TracedFunction& function, NativeProgram& program);

}  // namespace etch::frontend

#endif  // ETCH_FRONTEND_BOUND_CALL_H_
