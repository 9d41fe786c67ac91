// What Program and Executable point to. Internal: includes MLIR.
#ifndef ETCH_FRONTEND_PROGRAM_IMPL_H_
#define ETCH_FRONTEND_PROGRAM_IMPL_H_

#include <memory>
#include <vector>

#include "etch/frontend/native_program.h"
#include "etch/frontend/options.h"
#include "etch/frontend/program.h"
#include "etch/frontend/traced.h"

namespace etch::frontend {

struct ProgramImpl {
  TracedFunction function;
  std::vector<ArgumentSpec> specs;
};

struct ExecutableImpl {
  std::shared_ptr<ProgramImpl> program;
  std::shared_ptr<NativeProgram> native;
  CompileOptions options;
};

}  // namespace etch::frontend

#endif  // ETCH_FRONTEND_PROGRAM_IMPL_H_
