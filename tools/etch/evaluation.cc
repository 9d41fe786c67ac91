#include "etch/tools/etch/evaluation.h"

#include "absl/strings/str_cat.h"
#include "etch/codegen/run_stage.h"
#include "etch/frontend/tensor_impl.h"
#include "etch/ir/program.h"
#include "etch/ir/reference.h"
#include "etch/runtime/session.h"
#include "etch/runtime/status.h"

namespace etch::tools {
namespace {

using runtime::Storage;
using runtime::ValueInfo;
using runtime::ValueKind;

// Of an input that is state, or a gradient; undefined where that is empty.
Tensor state_value(const Program& program, const ValueInfo& info) {
  Tensor cell = program.state(info.path);
  return info.kind == ValueKind::kGrad && cell.defined() ? cell.grad() : cell;
}

absl::StatusOr<Buffers> evaluate_reference(mlir::ModuleOp module, const Buffers& inputs) {
  codegen::Diagnostics diagnostics(module.getContext());
  auto main = module.lookupSymbol<mlir::func::FuncOp>(ir::kMainName);
  std::vector<ir::ReferenceTensor> arguments;
  for (unsigned i = 0; i < main.getNumArguments(); ++i)
    arguments.push_back(ir::fromBytes(
        llvm::cast<mlir::RankedTensorType>(main.getArgumentTypes()[i]), inputs[i]->data()));
  auto results = ir::evaluateFunction(main, arguments);
  if (mlir::failed(results)) return diagnostics.status("reference");
  Buffers buffers;
  for (const ir::ReferenceTensor& result : *results) {
    std::vector<std::byte> bytes = ir::toBytes(result);
    ETCH_ASSIGN_OR_RETURN(auto storage, Storage::allocate(static_cast<int64_t>(bytes.size())));
    std::ranges::copy(bytes, storage->bytes().begin());
    buffers.push_back(std::move(storage));
  }
  return buffers;
}

absl::StatusOr<Buffers> evaluate_compiled(mlir::ModuleOp module, const Buffers& inputs,
                                          const codegen::CompileOptions& options,
                                          runtime::Executor* executor) {
  mlir::OwningOpRef<mlir::ModuleOp> copy = module.clone();
  ETCH_ASSIGN_OR_RETURN(auto program, codegen::compileProgram(*copy, options));
  ETCH_ASSIGN_OR_RETURN(auto session, runtime::Session::create(program, {.executor = executor}));
  std::vector<const void*> input_data;
  for (const auto& storage : inputs) input_data.push_back(storage->data());
  Buffers results;
  std::vector<void*> result_data;
  for (const ValueInfo& info : program->results) {
    ETCH_ASSIGN_OR_RETURN(auto storage,
                          Storage::allocate(info.shape.num_elements() * size_of(info.dtype)));
    result_data.push_back(storage->data());
    results.push_back(std::move(storage));
  }
  ETCH_RETURN_IF_ERROR(session->run(input_data, result_data));
  return results;
}

}  // namespace

absl::StatusOr<Buffers> input_buffers(const Program& program,
                                      const std::map<std::string, Tensor>& arguments) {
  Buffers buffers;
  for (const ValueInfo& info : program.inputs()) {
    Tensor value =
        info.kind == ValueKind::kArgument ? arguments.at(info.name) : state_value(program, info);
    if (value.defined()) {
      etch::eval(value);
      buffers.push_back(value.impl()->storage);
      continue;
    }
    ETCH_ASSIGN_OR_RETURN(
        auto zeros, Storage::allocate_zeroed(info.shape.num_elements() * size_of(info.dtype)));
    buffers.push_back(std::move(zeros));
  }
  return buffers;
}

Evaluator reference_evaluator(Buffers inputs) {
  return [inputs = std::move(inputs)](mlir::ModuleOp module) {
    return evaluate_reference(module, inputs);
  };
}

Evaluator compiled_evaluator(Buffers inputs, codegen::CompileOptions options,
                             runtime::Executor* executor) {
  return
      [inputs = std::move(inputs), options = std::move(options), executor](mlir::ModuleOp module) {
        return evaluate_compiled(module, inputs, options, executor);
      };
}

}  // namespace etch::tools
