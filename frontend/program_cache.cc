#include "etch/frontend/program_cache.h"

#include <atomic>
#include <list>
#include <mutex>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "etch/ir/program.h"
#include "etch/runtime/status.h"
#include "llvm/ADT/Hashing.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/OperationSupport.h"

namespace etch::frontend {
namespace {

std::atomic<int64_t> g_compilations{0};

// Everything but the op's attributes, of which the hash.
std::vector<uintptr_t> words_of(const ProgramRequest& request) {
  const Slice& slice = request.slice;
  std::vector<uintptr_t> words;
  words.reserve(4 * slice.ops.size() + slice.numbering.size() + 2 * slice.inputs.size() + 2);
  words.push_back(slice.ops.size());
  words.push_back(slice.inputs.size());
  for (mlir::Operation* op : slice.ops) {
    words.push_back(reinterpret_cast<uintptr_t>(op->getName().getAsOpaquePointer()));
    words.push_back(op->hashProperties());
    for (mlir::Type type : op->getResultTypes())
      words.push_back(reinterpret_cast<uintptr_t>(type.getAsOpaquePointer()));
  }
  for (unsigned input : slice.inputs) {
    mlir::Type type = request.trace.block().getArgument(input).getType();
    words.push_back(reinterpret_cast<uintptr_t>(type.getAsOpaquePointer()));
  }
  words.insert(words.end(), slice.numbering.begin(), slice.numbering.end());
  for (const auto* labels : {&request.input_labels, &request.result_labels})
    for (const ValueLabel& label : *labels)
      words.push_back((static_cast<uintptr_t>(llvm::hash_value(llvm::StringRef(label.path))) << 2) |
                      static_cast<uintptr_t>(label.kind));
  return words;
}

uint64_t hash_of(const std::vector<uintptr_t>& words) {
  return llvm::hash_combine_range(words.begin(), words.end());
}

bool same_op(mlir::Operation* a, mlir::Operation* b) {
  if (a->getName() != b->getName() || a->getResultTypes() != b->getResultTypes() ||
      !a->getName().compareOpProperties(a->getPropertiesStorage(), b->getPropertiesStorage()) ||
      a->getNumRegions() != b->getNumRegions()) {
    return false;
  }
  for (auto [left, right] : llvm::zip(a->getRegions(), b->getRegions())) {
    if (!mlir::OperationEquivalence::isRegionEquivalentTo(
            &left, &right, mlir::OperationEquivalence::IgnoreLocations)) {
      return false;
    }
  }
  return true;
}

// Operands agree already, since their numbers are among the words.
bool same_ops(const std::vector<mlir::Operation*>& ops, mlir::ModuleOp outlined) {
  auto main = outlined.lookupSymbol<mlir::func::FuncOp>(ir::kMainName);
  auto it = main.front().begin();
  for (mlir::Operation* op : ops)
    if (!same_op(op, &*it++)) return false;
  return true;
}

std::string text_of(mlir::ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream os(text);
  mlir::OpPrintingFlags flags;
  module->print(os, flags.useLocalScope().enableDebugInfo(false));
  return text;
}

// The programs of the process by their text, the least recently used dropped first.
class ProcessPrograms {
 public:
  static ProcessPrograms& instance() {
    static auto* programs = new ProcessPrograms;  // outlives every thread
    return *programs;
  }

  std::shared_ptr<NativeProgram> find(const std::string& text) {
    std::lock_guard<std::mutex> lock(mutex_);
    auto it = by_text_.find(text);
    if (it == by_text_.end()) return nullptr;
    order_.splice(order_.begin(), order_, it->second);
    return it->second->program;
  }

  void add(std::string text, std::shared_ptr<NativeProgram> program) {
    std::lock_guard<std::mutex> lock(mutex_);
    order_.push_front({std::move(text), std::move(program)});
    by_text_[order_.front().text] = order_.begin();
    if (order_.size() <= kCapacity) return;
    by_text_.erase(order_.back().text);
    order_.pop_back();
  }

 private:
  static constexpr size_t kCapacity = 512;
  struct Item {
    std::string text;
    std::shared_ptr<NativeProgram> program;
  };
  std::mutex mutex_;
  std::list<Item> order_;
  std::unordered_map<std::string, std::list<Item>::iterator> by_text_;
};

// Compiles in a context of its own, which dies with the compilation: the thread's context would
// keep all that the compiler makes.
absl::StatusOr<std::shared_ptr<NativeProgram>> compile_apart(mlir::ModuleOp module) {
  Context context;
  mlir::OwningOpRef<mlir::ModuleOp> copy = move_to(context, module);
  ++g_compilations;
  return NativeProgram::compile(*copy, {});
}

}  // namespace

std::shared_ptr<NativeProgram> ContextPrograms::find(const ProgramRequest& request) {
  std::vector<uintptr_t> words = words_of(request);
  auto [begin, end] = entries_.equal_range(hash_of(words));
  for (auto it = begin; it != end; ++it) {
    Entry& entry = it->second;
    if (entry.words == words && same_ops(request.slice.ops, *entry.outlined)) return entry.program;
  }
  return nullptr;
}

void ContextPrograms::add(const ProgramRequest& request, mlir::OwningOpRef<mlir::ModuleOp> outlined,
                          std::shared_ptr<NativeProgram> program) {
  std::vector<uintptr_t> words = words_of(request);
  uint64_t hash = hash_of(words);
  entries_.emplace(hash, Entry{std::move(words), std::move(outlined), std::move(program)});
}

absl::StatusOr<std::shared_ptr<NativeProgram>> find_or_compile(const ProgramRequest& request) {
  ContextPrograms& programs = request.trace.context().programs();
  if (std::shared_ptr<NativeProgram> program = programs.find(request)) return program;

  mlir::OwningOpRef<mlir::ModuleOp> outlined = outline(
      request.trace, request.slice, request.results, request.input_labels, request.result_labels);
  request.trace.context().count_ops(static_cast<int64_t>(request.slice.ops.size()));
  std::string text = text_of(*outlined);
  std::shared_ptr<NativeProgram> program = ProcessPrograms::instance().find(text);
  if (program == nullptr) {
    ETCH_ASSIGN_OR_RETURN(program, compile_apart(*outlined));
    ProcessPrograms::instance().add(std::move(text), program);
  }
  programs.add(request, std::move(outlined), program);
  return program;
}

int64_t num_eager_compilations() { return g_compilations; }

}  // namespace etch::frontend
