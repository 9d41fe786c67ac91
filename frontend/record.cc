#include "etch/frontend/record.h"

#include "absl/strings/str_cat.h"
#include "etch/frontend/evaluate.h"
#include "etch/frontend/types.h"

namespace etch::frontend {
namespace {

// "etch.matmul contracts 64 with 128" is "contracts 64 with 128" to a user who wrote matmul.
std::string as_problem(std::string diagnostic, const std::string& op_name) {
  for (const std::string& prefix :
       {absl::StrCat("'", op_name, "' op "), absl::StrCat(op_name, " ")})
    if (diagnostic.compare(0, prefix.size(), prefix) == 0) return diagnostic.substr(prefix.size());
  return diagnostic;
}

}  // namespace

std::shared_ptr<Trace> trace_for(const Site& site, llvm::ArrayRef<Tensor> operands) {
  for (size_t i = 0; i < operands.size(); ++i) {
    if (operands[i].defined()) continue;
    fail(site, operands.size() == 1 ? "the operand is an empty tensor"
                                    : absl::StrCat("operand ", i, " is an empty tensor"));
  }
  flush_at_boundary(operands);
  return Trace::current();
}

llvm::SmallVector<Tensor, 2> finish_record(Trace& trace, const Site& site,
                                           mlir::OperationState& state,
                                           llvm::ArrayRef<Tensor> operands, InferTypes infer,
                                           bool differentiable) {
  bool grad_enabled = is_grad_enabled(), requires_grad = false;
  for (const Tensor& operand : operands) {
    bool tracked = operand.impl()->requires_grad;
    state.operands.push_back(tracked && !grad_enabled ? trace.read_detached(operand.impl(), site)
                                                      : trace.read(operand.impl(), site));
    requires_grad |= tracked && grad_enabled && differentiable;
  }
  if (failed(infer(trace.mlir(), state.location, state.operands, /*attributes=*/{},
                   state.getRawProperties(), /*regions=*/{}, state.types))) {
    fail(site, as_problem(trace.context().take_diagnostics(), state.name.getStringRef().str()));
  }
  for (mlir::Type type : state.types) {
    auto tensor = llvm::cast<mlir::RankedTensorType>(type);
    if (is_too_large(dtype_of_type(tensor.getElementType()), shape_of(tensor)))
      fail(site, absl::StrCat("the result, ", describe_type(type), ", is too large"));
  }
  mlir::Operation* op = trace.builder().create(state);
  trace.count_ops(1);

  llvm::SmallVector<Tensor, 2> results;
  for (mlir::Value result : op->getResults()) {
    TensorPtr tensor = trace.adopt(result, /*requires_grad=*/false);
    tensor->requires_grad = requires_grad && is_floating(tensor->dtype);
    tensor->is_leaf = !tensor->requires_grad;
    results.emplace_back(std::move(tensor));
  }
  return results;
}

}  // namespace etch::frontend
