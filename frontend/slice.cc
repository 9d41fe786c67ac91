#include "etch/frontend/slice.h"

#include "etch/ir/program.h"
#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"

namespace etch::frontend {
namespace {

class Walker {
 public:
  explicit Walker(size_t num_ops) : numbers_(num_ops), seen_(num_ops) {
    slice.ops.reserve(num_ops);
    slice.numbering.reserve(2 * num_ops);
  }

  void add_input(mlir::BlockArgument argument) {
    auto [it, is_new] = numbers_.try_emplace(argument, 2 * slice.inputs.size());
    if (is_new) slice.inputs.push_back(argument.getArgNumber());
  }

  // Post-order with a stack of our own: a trace may be deeper than the thread's stack.
  void visit(mlir::Value root) {
    push(root);
    while (!stack_.empty()) {
      Frame& frame = stack_.back();
      if (frame.next_operand < frame.op->getNumOperands()) {
        push(frame.op->getOperand(frame.next_operand++));
        continue;
      }
      mlir::Operation* op = frame.op;
      stack_.pop_back();
      for (mlir::Value operand : op->getOperands()) slice.numbering.push_back(numbers_[operand]);
      for (mlir::Value result : op->getResults()) numbers_[result] = 2 * next_result_++ + 1;
      slice.ops.push_back(op);
    }
  }

  void add_result(mlir::Value result) { slice.numbering.push_back(numbers_[result]); }

  Slice slice;

 private:
  struct Frame {
    mlir::Operation* op;
    unsigned next_operand;
  };

  void push(mlir::Value value) {
    if (auto argument = llvm::dyn_cast<mlir::BlockArgument>(value)) return add_input(argument);
    mlir::Operation* op = value.getDefiningOp();
    if (seen_.insert(op).second) stack_.push_back({op, 0});
  }

  llvm::DenseMap<mlir::Value, uint32_t> numbers_;
  llvm::DenseSet<mlir::Operation*> seen_;
  std::vector<Frame> stack_;
  uint32_t next_result_ = 0;
};

mlir::DictionaryAttr attributes(mlir::Builder& b, const ValueLabel& label) {
  llvm::SmallVector<mlir::NamedAttribute> all;
  auto add = [&](llvm::StringRef name, llvm::StringRef value) {
    if (!value.empty()) all.push_back(b.getNamedAttr(name, b.getStringAttr(value)));
  };
  using Kind = ValueLabel::Kind;
  add(ir::kKindAttr, label.kind == Kind::kState  ? "state"
                     : label.kind == Kind::kGrad ? "grad"
                                                 : "");
  add(ir::kNameAttr, label.name);
  add(ir::kPathAttr, label.path);
  return b.getDictionaryAttr(all);
}

}  // namespace

Slice slice_of(const std::vector<mlir::Value>& results,
               const std::vector<mlir::Value>& first_inputs, int64_t num_ops) {
  Walker walker(static_cast<size_t>(num_ops));
  for (mlir::Value input : first_inputs) {
    walker.add_input(llvm::cast<mlir::BlockArgument>(input));
  }
  // First the results that nothing was computed from. The others may be temporaries of one
  // expression, which come in the order in which the compiler had it evaluated.
  for (mlir::Value result : results)
    if (result.use_empty()) walker.visit(result);
  for (mlir::Value result : results) walker.visit(result);
  for (mlir::Value result : results) walker.add_result(result);
  return std::move(walker.slice);
}

mlir::OwningOpRef<mlir::ModuleOp> outline(Trace& trace, const Slice& slice,
                                          const std::vector<mlir::Value>& results,
                                          const std::vector<ValueLabel>& input_labels,
                                          const std::vector<ValueLabel>& result_labels) {
  mlir::Location loc = trace.block().getParentOp()->getLoc();
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::ModuleOp::create(loc);
  mlir::OpBuilder b(module->getBodyRegion());

  llvm::SmallVector<mlir::Type> input_types, result_types;
  for (unsigned input : slice.inputs)
    input_types.push_back(trace.block().getArgument(input).getType());
  for (mlir::Value result : results) result_types.push_back(result.getType());
  auto main = mlir::func::FuncOp::create(b, loc, ir::kMainName,
                                         b.getFunctionType(input_types, result_types));
  mlir::Block* block = main.addEntryBlock();
  b.setInsertionPointToEnd(block);

  mlir::IRMapping mapping;
  for (auto [i, input] : llvm::enumerate(slice.inputs))
    mapping.map(trace.block().getArgument(input), block->getArgument(i));
  for (mlir::Operation* op : slice.ops) b.clone(*op, mapping);
  llvm::SmallVector<mlir::Value> returned;
  for (mlir::Value result : results) returned.push_back(mapping.lookup(result));
  mlir::func::ReturnOp::create(b, loc, returned);

  for (size_t i = 0; i < input_labels.size(); ++i)
    main.setArgAttrs(i, attributes(b, input_labels[i]));
  for (size_t i = 0; i < result_labels.size(); ++i)
    main.setResultAttrs(i, attributes(b, result_labels[i]));
#ifdef ETCH_VERIFY_IR
  if (failed(mlir::verify(*module))) {
    throw Error("a traced program is not valid: " + trace.context().take_diagnostics());
  }
#endif
  return module;
}

mlir::OwningOpRef<mlir::ModuleOp> move_to(Context& context, mlir::ModuleOp module) {
  std::string bytecode;
  llvm::raw_string_ostream os(bytecode);
  bool written = succeeded(mlir::writeBytecodeToFile(module, os));
  mlir::ParserConfig config(context.mlir(), /*verifyAfterParse=*/false);
  auto copy = mlir::parseSourceString<mlir::ModuleOp>(bytecode, config);
  if (!written || !copy) {
    throw Error("a traced program could not be copied: " + context.take_diagnostics());
  }
  return copy;
}

}  // namespace etch::frontend
