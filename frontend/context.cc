#include "etch/frontend/context.h"

#include <utility>

#include "etch/codegen/compiler.h"
#include "etch/frontend/program_cache.h"
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

}  // namespace

Context::Context()
    : context_(registry(), mlir::MLIRContext::Threading::DISABLED),
      programs_(std::make_unique<ContextPrograms>()) {
  context_.loadDialect<ir::EtchDialect, mlir::func::FuncDialect>();
  context_.getDiagEngine().registerHandler([this](mlir::Diagnostic& diagnostic) {
    if (diagnostic.getSeverity() != mlir::DiagnosticSeverity::Error) return;
    if (!diagnostics_.empty()) diagnostics_ += "; ";
    diagnostics_ += diagnostic.str();
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
