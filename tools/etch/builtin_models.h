// The models that `etch` knows by name: small ones of the library, with the sizes of the examples.
#ifndef ETCH_TOOLS_ETCH_BUILTIN_MODELS_H_
#define ETCH_TOOLS_ETCH_BUILTIN_MODELS_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "etch/etch.h"

namespace etch::tools {

struct BuiltinModel {
  std::string name;
  std::string description;
  // Traces some of builtin_programs() over one state.
  std::function<absl::StatusOr<std::vector<Program>>(const std::vector<std::string>& programs)>
      trace;
};

const std::vector<BuiltinModel>& builtin_models();

// predict: the forward pass in eval mode; train_step: forward, loss, backward and optimizer.
const std::vector<std::string>& builtin_programs();

// Programs of a built-in model over one state; NOT_FOUND lists the names when one is wrong.
absl::StatusOr<std::vector<Program>> trace_builtin(const std::string& model,
                                                   const std::vector<std::string>& programs);
absl::StatusOr<Program> trace_builtin(const std::string& model, const std::string& program);

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_BUILTIN_MODELS_H_
