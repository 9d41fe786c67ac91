#include "etch/tools/etch/kernel_map.h"

#include <map>
#include <set>

#include "etch/ir/dialect.h"
#include "etch/ir/program.h"
#include "etch/passes/fusion/fuse.h"
#include "etch/runtime/status.h"
#include "llvm/Support/raw_ostream.h"
#include "mlir/IR/Builders.h"

namespace etch::tools {
namespace {

// Passes give what they make the locations of what it was made from: a number in the location of an
// op arrives at the launches that compute it.
mlir::Location numbered(mlir::Location loc, int number) {
  mlir::Builder builder(loc.getContext());
  return mlir::FusedLoc::get(loc.getContext(), {loc}, builder.getI64IntegerAttr(number));
}

void collect_numbers(mlir::Location loc, std::set<int>& numbers) {
  auto fused = llvm::dyn_cast<mlir::FusedLoc>(loc);
  if (!fused) return;
  if (auto number = llvm::dyn_cast_if_present<mlir::IntegerAttr>(fused.getMetadata()))
    numbers.insert(static_cast<int>(number.getInt()));
  for (mlir::Location part : fused.getLocations()) collect_numbers(part, numbers);
}

// Of the ops of @main in `copy`, and of those that they hold.
void number_ops(const std::vector<GraphNode>& nodes, mlir::ModuleOp module, mlir::ModuleOp copy) {
  llvm::DenseMap<mlir::Operation*, int> number_of;
  for (size_t i = 0; i < nodes.size(); ++i)
    if (nodes[i].op) number_of[nodes[i].op] = static_cast<int>(i);
  auto main = module.lookupSymbol<mlir::func::FuncOp>(ir::kMainName);
  auto main_copy = copy.lookupSymbol<mlir::func::FuncOp>(ir::kMainName);
  for (auto [op, op_copy] : llvm::zip(main.front(), main_copy.front())) {
    auto number = number_of.find(&op);
    if (number == number_of.end()) continue;
    op_copy.walk(
        [&](mlir::Operation* inner) { inner->setLoc(numbered(inner->getLoc(), number->second)); });
  }
}

std::string text_of(mlir::func::FuncOp kernel) {
  std::string text;
  llvm::raw_string_ostream os(text);
  kernel->print(os, mlir::OpPrintingFlags().elideLargeElementsAttrs(16).assumeVerified());
  return text;
}

}  // namespace

absl::StatusOr<KernelMap> map_kernels(mlir::ModuleOp module, const std::vector<GraphNode>& nodes,
                                      const std::string& stage,
                                      const codegen::CompileOptions& options) {
  mlir::OwningOpRef<mlir::ModuleOp> copy = module.clone();
  number_ops(nodes, module, *copy);
  ETCH_RETURN_IF_ERROR(codegen::runStages(*copy, stage, "fuse", options));
  KernelMap map;
  std::map<std::string, int> known;
  for (auto function : copy->getOps<mlir::func::FuncOp>()) {
    if (!function->hasAttr(passes::kKernelAttr)) continue;
    known[function.getName().str()] = static_cast<int>(map.kernels.size());
    map.kernels.push_back({function.getName().str(), text_of(function)});
  }
  copy->lookupSymbol<mlir::func::FuncOp>(ir::kMainName).walk([&](ir::LaunchOp launch) {
    std::set<int> numbers;
    collect_numbers(launch.getLoc(), numbers);
    map.launches.push_back({.kernel = known[launch.getKernel().str()],
                            .path = ir::modulePath(ir::innermostLocation(launch.getLoc())),
                            .nodes = {numbers.begin(), numbers.end()}});
  });
  return map;
}

}  // namespace etch::tools
