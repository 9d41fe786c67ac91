#include "etch/frontend/program.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "etch/frontend/bound_call.h"
#include "etch/frontend/evaluate.h"
#include "etch/frontend/program_impl.h"
#include "etch/frontend/types.h"
#include "etch/runtime/status.h"

namespace etch {
namespace frontend {

namespace {

constexpr Site kSite{"run", std::source_location()};

std::string argument_name(const std::vector<ArgumentSpec>& specs, size_t i) {
  return specs[i].name.empty() ? absl::StrCat("arg", i) : specs[i].name;
}

absl::Status check_arguments(const std::vector<ArgumentSpec>& specs,
                             const std::vector<Tensor>& arguments) {
  if (arguments.size() != specs.size()) {
    std::string wanted;
    for (size_t i = 0; i < specs.size(); ++i)
      absl::StrAppend(&wanted, i ? ", " : "", argument_name(specs, i), " ",
                      describe_type(specs[i].dtype, specs[i].shape));
    return absl::InvalidArgumentError(absl::StrCat(
        "the program takes ", specs.size(), " arguments (", wanted, "), not ", arguments.size()));
  }
  for (size_t i = 0; i < specs.size(); ++i) {
    if (!arguments[i].defined()) {
      return absl::InvalidArgumentError(
          absl::StrCat("argument ", argument_name(specs, i), " is an empty tensor"));
    }
    if (arguments[i].dtype() == specs[i].dtype && arguments[i].shape() == specs[i].shape) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("argument ", argument_name(specs, i), " is ",
                     describe_type(arguments[i].dtype(), arguments[i].shape()),
                     ", the program takes ", describe_type(specs[i].dtype, specs[i].shape)));
  }
  return absl::OkStatus();
}

absl::Status check_specs(const std::vector<ArgumentSpec>& specs) {
  for (size_t i = 0; i < specs.size(); ++i) {
    const DType dtype = specs[i].dtype;
    const Shape& shape = specs[i].shape;
    bool negative = std::ranges::any_of(shape, [](int64_t extent) { return extent < 0; });
    if (!negative && !is_too_large(dtype, shape)) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("argument ", argument_name(specs, i), ": ", describe_type(dtype, shape),
                     negative ? " has a negative extent" : " is too large"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Program> trace_program(const std::vector<TensorSpec>& specs, const ProgramBody& body,
                                      const std::vector<std::string>& result_names) {
  try {
    auto program = std::make_shared<ProgramImpl>();
    for (const TensorSpec& spec : specs)
      program->specs.push_back({spec.dtype, spec.shape, false, spec.name, ""});
    ETCH_RETURN_IF_ERROR(check_specs(program->specs));
    program->function = trace_function(program->specs, body, result_names);
    return Program(std::move(program));
  } catch (const Error& error) {
    return absl::InvalidArgumentError(error.what());
  }
}

}  // namespace frontend

std::string Program::mlir_text(bool with_locations) const {
  std::string text;
  llvm::raw_string_ostream os(text);
  mlir::OpPrintingFlags flags;
  flags.useLocalScope();
  if (with_locations) flags.enableDebugInfo(true, /*prettyForm=*/false);
  mlir::ModuleOp module = *impl_->function.module;
  module->print(os, flags);
  return text + "\n";
}

const std::vector<runtime::ValueInfo>& Program::inputs() const {
  return impl_->function.input_types;
}
const std::vector<runtime::ValueInfo>& Program::results() const {
  return impl_->function.result_types;
}

Tensor Program::state(const std::string& path) const {
  const frontend::TracedFunction& function = impl_->function;
  for (size_t i = 0; i < function.inputs.size(); ++i)
    if (function.inputs[i].kind == frontend::Binding::Kind::kValue &&
        function.input_labels[i].path == path) {
      return Tensor(function.inputs[i].tensor);
    }
  for (size_t i = 0; i < function.results.size(); ++i)
    if (function.results[i].kind == frontend::Binding::Kind::kValue &&
        function.result_labels[i].path == path) {
      return Tensor(function.results[i].tensor);
    }
  return Tensor();
}

absl::StatusOr<Executable> Program::compile(const CompileOptions& options) const {
  mlir::OwningOpRef<mlir::ModuleOp> module = impl_->function.module->clone();
  ETCH_ASSIGN_OR_RETURN(auto native,
                        frontend::NativeProgram::compile(*module, frontend::to_codegen(options),
                                                         frontend::to_session(options)));
  return Executable(std::make_shared<frontend::ExecutableImpl>(
      frontend::ExecutableImpl{impl_, std::move(native), options}));
}

absl::StatusOr<std::vector<Tensor>> Executable::run(const std::vector<Tensor>& arguments) const {
  try {
    frontend::flush_pending(frontend::kSite);
    ETCH_RETURN_IF_ERROR(frontend::check_arguments(impl_->program->specs, arguments));
    for (const Tensor& argument : arguments) frontend::concrete(argument, frontend::kSite);
    return frontend::run_bound(impl_->program->function, *impl_->native, arguments);
  } catch (const Error& error) {
    return absl::InvalidArgumentError(error.what());
  }
}

std::shared_ptr<const runtime::CompiledProgram> Executable::compiled() const {
  return impl_->native->shared_program();
}

std::string Executable::explain() const {
  return frontend::describe_compilation(impl_->program->function, *impl_->native);
}

std::vector<runtime::KernelProfile> Executable::profile() const { return impl_->native->profile(); }

}  // namespace etch
