// Programs in files: MLIR as text or as bytecode.
#include <algorithm>
#include <map>
#include <set>
#include <span>

#include "absl/strings/str_cat.h"
#include "etch/frontend/program.h"
#include "etch/frontend/program_impl.h"
#include "etch/frontend/types.h"
#include "etch/ir/program.h"
#include "etch/runtime/atomic_file.h"
#include "etch/runtime/status.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"

namespace etch {
namespace frontend {
namespace {

using runtime::ValueInfo;
using runtime::ValueKind;

absl::StatusOr<mlir::OwningOpRef<mlir::ModuleOp>> parse(const std::string& path,
                                                        mlir::MLIRContext* context) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false);
  if (!buffer)
    return absl::NotFoundError(
        absl::StrCat("cannot read ", path, ": ", buffer.getError().message()));
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(*buffer), llvm::SMLoc());
  std::string errors;
  llvm::raw_string_ostream os(errors);
  mlir::SourceMgrDiagnosticHandler handler(sources, context, os);
  auto module = mlir::parseSourceFile<mlir::ModuleOp>(sources, context);
  if (!module) return absl::InvalidArgumentError("not a program: " + errors);
  return module;
}

// What Program::save leaves of a program, with a state of its own.
class Loader {
 public:
  explicit Loader(std::string path) : path_(std::move(path)) {}

  absl::StatusOr<std::shared_ptr<ProgramImpl>> load() {
    function_.context = std::make_shared<Context>();
    ETCH_ASSIGN_OR_RETURN(function_.module, parse(path_, function_.context->mlir()));
    main_ = function_.module->lookupSymbol<mlir::func::FuncOp>(ir::kMainName);
    if (!main_ || main_.isExternal())
      return absl::InvalidArgumentError(path_ +
                                        " has no function @main; write it with Program::save");
    for (bool result : {false, true}) {
      std::set<std::pair<ValueKind, std::string>> names;
      unsigned count = result ? main_.getNumResults() : main_.getNumArguments();
      for (unsigned i = 0; i < count; ++i) {
        ETCH_ASSIGN_OR_RETURN(ValueInfo info, info_of(result, i));
        if (!names.insert({info.kind, info.name}).second)
          return error("has two ", result ? "results " : "inputs ", info.name);
        ETCH_RETURN_IF_ERROR(result ? add_result(info) : add_input(info));
      }
    }
    main_.walk([&](mlir::Operation*) { ++function_.num_ops; });
    program_->function = std::move(function_);
    return program_;
  }

 private:
  template <typename... Parts>
  absl::Status error(const Parts&... parts) const {
    return absl::InvalidArgumentError(absl::StrCat(path_, ": @main ", parts...));
  }

  absl::StatusOr<ValueInfo> info_of(bool result, unsigned i) {
    auto text = [&](llvm::StringRef name) -> std::string {
      mlir::Attribute attr = result ? main_.getResultAttr(i, name) : main_.getArgAttr(i, name);
      auto string = llvm::dyn_cast_if_present<mlir::StringAttr>(attr);
      return string ? string.str() : std::string();
    };
    auto type = llvm::dyn_cast<mlir::RankedTensorType>(result ? main_.getResultTypes()[i]
                                                              : main_.getArgumentTypes()[i]);
    if (!type || !type.hasStaticShape() || !type.getElementType().isIntOrFloat())
      return error("takes and returns tensors of static shape only");
    std::string kind = text(ir::kKindAttr);
    ValueInfo info;
    info.path = text(ir::kPathAttr);
    info.kind = kind == "state"  ? ValueKind::kState
                : kind == "grad" ? ValueKind::kGrad
                : result         ? ValueKind::kResult
                                 : ValueKind::kArgument;
    bool cell = info.kind == ValueKind::kState || info.kind == ValueKind::kGrad;
    if (cell && info.path.empty()) return error("has a value of its state without a path");
    if (!cell) info.name = text(ir::kNameAttr);
    if (info.name.empty()) info.name = cell ? info.path : absl::StrCat(result ? "out" : "arg", i);
    info.dtype = dtype_of_type(type.getElementType());
    info.shape = shape_of(type);
    return info;
  }

  static TensorPtr zeros_of(const ValueInfo& info) {
    TensorPtr tensor = new_concrete(info.dtype, info.shape);
    std::ranges::fill(tensor->storage->bytes(), std::byte{0});
    return tensor;
  }

  // Inputs and results of one path are one cell.
  absl::StatusOr<TensorPtr> cell_of(const ValueInfo& info) {
    TensorPtr& cell = cells_[info.path];
    if (cell == nullptr) {
      CellKind kind = info.path.starts_with("rng.")     ? CellKind::kRandom
                      : info.path.starts_with("optim.") ? CellKind::kOptimizer
                                                        : CellKind::kBuffer;
      cell = make_cell(Tensor(zeros_of(info)), kind, info.path).impl();
    }
    if (cell->dtype != info.dtype || cell->shape != info.shape)
      return error("has ", info.path, " as ", describe_type(info.dtype, info.shape), " and as ",
                   describe_type(cell->dtype, cell->shape));
    return cell;
  }

  static ValueLabel label_of(const ValueInfo& info) {
    switch (info.kind) {
      case ValueKind::kState:
        return {ValueLabel::Kind::kState, "", info.path};
      case ValueKind::kGrad:
        return {ValueLabel::Kind::kGrad, "", info.path};
      default:
        return {ValueLabel::Kind::kPlain, info.name, ""};
    }
  }

  absl::Status add_input(const ValueInfo& info) {
    Binding binding{Binding::Kind::kArgument, static_cast<int>(program_->specs.size())};
    if (info.kind == ValueKind::kArgument) {
      program_->specs.push_back({info.dtype, info.shape, false, info.name, ""});
    } else {
      ETCH_ASSIGN_OR_RETURN(TensorPtr cell, cell_of(info));
      bool grad = info.kind == ValueKind::kGrad;
      if (grad) cell->grad = zeros_of(info);
      binding = {grad ? Binding::Kind::kGrad : Binding::Kind::kValue, 0, std::move(cell)};
    }
    function_.inputs.push_back(std::move(binding));
    function_.input_labels.push_back(label_of(info));
    function_.input_types.push_back(info);
    return absl::OkStatus();
  }

  absl::Status add_result(const ValueInfo& info) {
    Binding binding{Binding::Kind::kReturned, static_cast<int>(function_.results.size())};
    bool unread = false;
    if (info.kind != ValueKind::kResult) {
      ETCH_ASSIGN_OR_RETURN(TensorPtr cell, cell_of(info));
      binding = {info.kind == ValueKind::kGrad ? Binding::Kind::kGrad : Binding::Kind::kValue, 0,
                 std::move(cell)};
      unread = true;
      for (const Binding& input : function_.inputs)
        unread &= input.kind != binding.kind || input.tensor != binding.tensor;
    }
    function_.replaces_unread.push_back(unread);
    function_.results.push_back(std::move(binding));
    function_.result_labels.push_back(label_of(info));
    function_.result_types.push_back(info);
    return absl::OkStatus();
  }

  const std::string path_;
  std::shared_ptr<ProgramImpl> program_ = std::make_shared<ProgramImpl>();
  TracedFunction function_;
  mlir::func::FuncOp main_;
  std::map<std::string, TensorPtr> cells_;
};

}  // namespace
}  // namespace frontend

absl::Status Program::save(const std::string& path) const {
  std::string bytes;
  if (path.ends_with(".mlirbc")) {
    llvm::raw_string_ostream os(bytes);
    mlir::ModuleOp module = *impl_->function.module;
    if (mlir::failed(mlir::writeBytecodeToFile(module, os)))
      return absl::InternalError("MLIR cannot write the program as bytecode to " + path);
  } else {
    bytes = mlir_text(/*with_locations=*/true);
  }
  ETCH_ASSIGN_OR_RETURN(runtime::AtomicFile file, runtime::AtomicFile::create(path));
  ETCH_RETURN_IF_ERROR(file.write(std::as_bytes(std::span(bytes))));
  return file.commit();
}

absl::StatusOr<Program> Program::load(const std::string& path) {
  try {
    ETCH_ASSIGN_OR_RETURN(auto program, frontend::Loader(path).load());
    return Program(std::move(program));
  } catch (const Error& error) {
    return absl::InvalidArgumentError(error.what());
  }
}

}  // namespace etch
