// A function of tensors, traced: its module and what its inputs and results are bound to.
#ifndef ETCH_FRONTEND_TRACED_H_
#define ETCH_FRONTEND_TRACED_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "etch/frontend/slice.h"
#include "etch/frontend/trace.h"
#include "etch/runtime/program.h"

namespace etch::frontend {

struct ArgumentSpec {
  DType dtype;
  Shape shape;
  bool requires_grad = false;
  std::string name;   // empty: "arg0", "arg1", ...
  std::string hooks;  // of an argument's gradient, see hook_ids()
  bool operator==(const ArgumentSpec&) const = default;
};

// Where the value of an input comes from, and that of a result goes to.
struct Binding {
  enum class Kind : uint8_t { kArgument, kValue, kGrad, kReturned, kArgumentGrad, kTap };
  Kind kind;
  int index = 0;          // kArgument, kArgumentGrad, kReturned; kTap: number of the tap
  TensorPtr tensor = {};  // kValue, kGrad
};

// The hooks of a leaf that its gradient meets, as text; empty when there are none.
std::string hook_ids(const TensorImpl& tensor);

// What of a tensor's type a trace has been specialized for.
struct TensorGuard {
  TensorPtr tensor;
  DType dtype;
  Shape shape;
  bool requires_grad;
  std::string hooks;
};
struct GradGuard {
  TensorPtr tensor;  // null for that of an argument
  int argument;
  bool was_empty;
};

struct TracedFunction {
  std::shared_ptr<Context> context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::vector<Binding> inputs;
  std::vector<Binding> results;
  // For each result whether it replaces a value, or gradient, that no input reads.
  std::vector<bool> replaces_unread;
  // The signature, in the order of the bindings.
  std::vector<ValueLabel> input_labels;
  std::vector<ValueLabel> result_labels;
  std::vector<runtime::ValueInfo> input_types;
  std::vector<runtime::ValueInfo> result_types;
  std::vector<TensorPtr> emptied_grads;
  std::vector<int> emptied_argument_grads;
  std::vector<TensorGuard> tensor_guards;
  std::vector<GradGuard> grad_guards;
  std::vector<Observation> observations;
  std::vector<TapFunction> taps;
  int64_t num_ops = 0;
  double seconds = 0;
};

// Runs `body` on placeholders. State cells and gradients are as before when it returns or throws.
using TraceBody = std::function<std::vector<Tensor>(const std::vector<Tensor>& arguments)>;
// `result_names`: of what it returns; none: "out0", "out1", ...
TracedFunction trace_function(const std::vector<ArgumentSpec>& specs, const TraceBody& body,
                              const std::vector<std::string>& result_names = {});

}  // namespace etch::frontend

#endif  // ETCH_FRONTEND_TRACED_H_
