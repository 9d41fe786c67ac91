#include "etch/ir/program.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/MLIRContext.h"

namespace etch::ir {
namespace {

// "h.0.attn" and "h.0.mlp" share "h.0"; "h.10" and "h.1" share "h".
std::string commonPath(llvm::StringRef a, llvm::StringRef b) {
  llvm::SmallVector<llvm::StringRef> left, right, common;
  a.split(left, '.', -1, /*KeepEmpty=*/false);
  b.split(right, '.', -1, /*KeepEmpty=*/false);
  for (auto [l, r] : llvm::zip(left, right)) {
    if (l != r) break;
    common.push_back(l);
  }
  return llvm::join(common, ".");
}

std::optional<std::string> findPath(mlir::Location loc) {
  if (auto name = llvm::dyn_cast<mlir::NameLoc>(loc)) return name.getName().str();
  if (auto call = llvm::dyn_cast<mlir::CallSiteLoc>(loc)) return findPath(call.getCallee());
  std::optional<std::string> path;
  if (auto fused = llvm::dyn_cast<mlir::FusedLoc>(loc)) {
    for (mlir::Location part : fused.getLocations()) {
      std::optional<std::string> found = findPath(part);
      if (!found) continue;  // a part without a path says nothing about where the op stands
      path = path ? commonPath(*path, *found) : *found;
    }
  }
  return path;
}

}  // namespace

llvm::SmallVector<mlir::BlockArgument> readOnlyState(mlir::func::FuncOp program) {
  auto isState = [](mlir::Attribute kind) {
    auto text = llvm::dyn_cast_if_present<mlir::StringAttr>(kind);
    return text && text.getValue() == "state";
  };
  llvm::StringSet<> written;
  for (unsigned i = 0; i < program.getNumResults(); ++i)
    if (isState(program.getResultAttr(i, kKindAttr)))
      if (auto path = program.getResultAttrOfType<mlir::StringAttr>(i, kPathAttr))
        written.insert(path.getValue());
  llvm::SmallVector<mlir::BlockArgument> state;
  for (mlir::BlockArgument argument : program.getArguments()) {
    unsigned i = argument.getArgNumber();
    auto path = program.getArgAttrOfType<mlir::StringAttr>(i, kPathAttr);
    if (isState(program.getArgAttr(i, kKindAttr)) && !(path && written.contains(path.getValue())))
      state.push_back(argument);
  }
  return state;
}

mlir::Location makeLocation(mlir::MLIRContext* context, llvm::StringRef path, llvm::StringRef file,
                            unsigned line) {
  mlir::Location source = mlir::FileLineColLoc::get(context, file, line, /*column=*/0);
  return mlir::NameLoc::get(mlir::StringAttr::get(context, path), source);
}

std::string modulePath(mlir::Location loc) { return findPath(loc).value_or(""); }

mlir::Location innermostLocation(mlir::Location loc) {
  auto fused = llvm::dyn_cast<mlir::FusedLoc>(loc);
  if (!fused) return loc;
  auto depth = [](mlir::Location part) {
    std::optional<std::string> path = findPath(part);
    if (!path) return -1;
    return path->empty() ? 0 : static_cast<int>(llvm::count(*path, '.')) + 1;
  };
  mlir::Location innermost = fused.getLocations().front();
  for (mlir::Location part : fused.getLocations())
    if (depth(innermostLocation(part)) > depth(innermost)) innermost = innermostLocation(part);
  return innermost;
}

mlir::FileLineColLoc sourceLocation(mlir::Location loc) {
  auto name = llvm::dyn_cast<mlir::NameLoc>(loc);
  return name ? llvm::dyn_cast<mlir::FileLineColLoc>(name.getChildLoc()) : nullptr;
}

std::string sourceLine(mlir::Location loc) {
  mlir::FileLineColLoc line = sourceLocation(loc);
  if (!line || line.getFilename().empty()) return "";
  llvm::StringRef file = line.getFilename().getValue();
  return (file.substr(file.rfind('/') + 1) + ":" + std::to_string(line.getLine())).str();
}

}  // namespace etch::ir
