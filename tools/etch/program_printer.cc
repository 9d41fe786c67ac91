#include "etch/tools/etch/program_printer.h"

#include <functional>
#include <set>
#include <sstream>
#include <vector>

#include "etch/ir/program.h"
#include "etch/tools/etch/closest_match.h"
#include "etch/tools/etch/path_filter.h"
#include "llvm/Support/raw_ostream.h"
#include "mlir/IR/AsmState.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace etch::tools {
namespace {

// Between stages a launch and its kernel may disagree about types: printing must not verify.
mlir::OpPrintingFlags printing_flags() { return mlir::OpPrintingFlags().assumeVerified(); }

// "func.func @main(tensor<8x64xf32>) -> tensor<8x10xf32>"
void print_header(mlir::FunctionOpInterface function, llvm::raw_ostream& os) {
  os << function->getName().getStringRef() << " @" << function.getName() << " : "
     << function.getFunctionType() << '\n';
}

}  // namespace

absl::Status check_filter(mlir::ModuleOp module, std::string_view filter) {
  if (filter.empty()) return absl::OkStatus();
  std::set<std::string> paths;
  module.walk([&](mlir::Operation* op) { paths.insert(ir::modulePath(op->getLoc())); });
  for (const std::string& path : paths)
    if (path_matches(filter, path)) return absl::OkStatus();
  paths.erase("");
  std::vector<std::string> names(paths.begin(), paths.end());
  return absl::NotFoundError(unknown_name_message("op of module", "modules", filter, names));
}

std::string print_program(mlir::ModuleOp module, bool locations) {
  std::string text;
  llvm::raw_string_ostream os(text);
  mlir::OpPrintingFlags flags = printing_flags().useLocalScope();
  if (locations) flags.enableDebugInfo(true, /*prettyForm=*/false);
  module->print(os, flags);
  return text + '\n';
}

std::string print_filtered(mlir::Operation* root, std::string_view filter) {
  std::string text;
  llvm::raw_string_ostream os(text);
  mlir::AsmState names(root, printing_flags());
  root->walk([&](mlir::FunctionOpInterface function) {
    std::string last_path;
    bool has_header = false;
    function.walk<mlir::WalkOrder::PreOrder>([&](mlir::Operation* op) {
      std::string path = ir::modulePath(op->getLoc());
      if (op == function || !path_matches(filter, path)) return mlir::WalkResult::advance();
      if (!has_header) print_header(function, os);
      if (!has_header || path != last_path) os << "  // " << path << '\n';
      has_header = true;
      last_path = path;
      os << "  ";
      op->print(os, names);
      os << '\n';
      return mlir::WalkResult::skip();
    });
    if (has_header) os << '\n';
  });
  return text;
}

std::string print_filtered_assembly(mlir::ModuleOp module, const std::string& assembly,
                                    std::string_view filter) {
  std::set<std::string, std::less<>> functions;
  module.walk([&](mlir::FunctionOpInterface function) {
    function.walk([&](mlir::Operation* op) {
      if (op != function && path_matches(filter, ir::modulePath(op->getLoc())))
        functions.insert(function.getName().str());
    });
  });

  // A function reads from its label in the first column to ".Lfunc_end0:".
  std::string text;
  bool inside = false;
  std::istringstream lines(assembly);
  for (std::string line; std::getline(lines, line);) {
    std::string_view label = std::string_view(line).substr(0, line.find(':'));
    if (label.size() > 1 && label.front() == '"') label = label.substr(1, label.size() - 2);
    if (label.size() < line.size() && functions.contains(label)) inside = true;
    if (inside) text += line + '\n';
    if (line.starts_with(".Lfunc_end")) inside = false;
  }
  return text;
}

}  // namespace etch::tools
