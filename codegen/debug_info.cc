#include "etch/codegen/debug_info.h"

#include "etch/ir/program.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"

namespace etch::codegen {

using namespace mlir;

LogicalResult addLineTables(ModuleOp module) {
  // Upstream makes tables from plain lines; our locations have module paths around them, and one
  // that has no line at all would make a call that cannot be inlined.
  Location nowhere = FileLineColLoc::get(module.getContext(), "etch", 0, 0);
  for (auto function : module.getOps<LLVM::LLVMFuncOp>()) {
    auto lineOf = [](Location loc) { return ir::sourceLocation(ir::innermostLocation(loc)); };
    FileLineColLoc line = lineOf(function.getLoc());
    Location own = line ? Location(line) : nowhere;
    function.walk([&](Operation* op) {
      FileLineColLoc its = lineOf(op->getLoc());
      op->setLoc(its ? Location(its) : own);
    });
  }
  PassManager pm(module.getContext());
  pm.addPass(LLVM::createDIScopeForLLVMFuncOpPass());
  return pm.run(module);
}

}  // namespace etch::codegen
