#include "etch/frontend/context.h"

#include <utility>

#include "etch/codegen/dialects.h"
#include "etch/frontend/program_cache.h"
#include "etch/frontend/tensor_impl.h"
#include "etch/frontend/types.h"
#include "etch/ir/dialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Diagnostics.h"

namespace etch::frontend {
namespace {

const mlir::DialectRegistry& registry() {
  static const auto* registry = [] {
    auto* all = new mlir::DialectRegistry;
    all->insert<ir::EtchDialect, mlir::func::FuncDialect>();
    codegen::registerDialects(*all);
    return all;
  }();
  return *registry;
}

// The text of `diagnostic`, with types as users write them: "f32 [2, 3]".
std::string text_of(mlir::Diagnostic& diagnostic) {
  std::string text;
  llvm::raw_string_ostream os(text);
  for (const mlir::DiagnosticArgument& argument : diagnostic.getArguments()) {
    using Kind = mlir::DiagnosticArgument::DiagnosticArgumentKind;
    mlir::Type type = argument.getKind() == Kind::Type ? argument.getAsType() : mlir::Type();
    if (llvm::isa_and_present<mlir::RankedTensorType>(type))
      os << describe_type(type);
    else if (type && type.isIntOrFloat())
      os << dtype_name(dtype_of_type(type));
    else
      argument.print(os);
  }
  return text;
}

}  // namespace

Context::Context()
    : context_(registry(), mlir::MLIRContext::Threading::DISABLED),
      programs_(std::make_unique<ContextPrograms>()) {
  context_.loadDialect<ir::EtchDialect, mlir::func::FuncDialect>();
  context_.getDiagEngine().registerHandler([this](mlir::Diagnostic& diagnostic) {
    if (diagnostic.getSeverity() != mlir::DiagnosticSeverity::Error) return;
    if (!diagnostics_.empty()) diagnostics_ += "; ";
    diagnostics_ += text_of(diagnostic);
  });
}

Context::~Context() = default;

std::shared_ptr<Context> Context::of_thread() {
  thread_local std::shared_ptr<Context> context;
  if (context == nullptr || context->recorded_ops_ > kMaxRecordedOps) {
    context = std::make_shared<Context>();
  }
  return context;
}

std::string Context::take_diagnostics() { return std::exchange(diagnostics_, {}); }

}  // namespace etch::frontend
