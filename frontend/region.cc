#include "etch/frontend/region.h"

#include "absl/strings/str_cat.h"
#include "etch/frontend/draws.h"
#include "etch/frontend/slice.h"
#include "etch/frontend/types.h"
#include "mlir/IR/IRMapping.h"

namespace etch::frontend {

RegionBody::RegionBody(std::shared_ptr<Trace> parent, const Site& site, BranchRules rules,
                       llvm::ArrayRef<Tensor> like, llvm::ArrayRef<Tensor> rows,
                       const Function& body)
    : parent_(std::move(parent)), trace_(std::make_shared<Trace>(parent_, rules)) {
  ExplicitTraceScope scope(trace_);
  std::vector<Tensor> arguments;
  // Arguments count as tracked whatever they stand for: so no_grad within the body cuts them off.
  auto add = [&](DType dtype, const Shape& shape) {
    TensorPtr tensor = trace_->placeholder(dtype, shape, is_floating(dtype));
    arguments_.push_back(tensor->value);
    arguments.emplace_back(std::move(tensor));
  };
  for (const Tensor& tensor : like) add(tensor.dtype(), tensor.shape());
  for (const Tensor& tensor : rows) {
    const std::vector<int64_t>& extents = tensor.shape().extents();
    add(tensor.dtype(), Shape(std::vector<int64_t>(extents.begin() + 1, extents.end())));
  }
  for (const Tensor& tensor : body(arguments)) {
    if (!tensor.defined()) fail(site, absl::StrCat(rules.what, " returns an empty tensor"));
    results_.push_back(trace_->read(tensor.impl(), site));
    tracked_.push_back(tensor.requires_grad());
  }
  for (auto& [key, slot] : trace_->values())
    if (slot.written) results_.push_back(slot.value);
  for (const Tap& tap : trace_->taps()) llvm::append_range(results_, tap.values);
}

RegionBody::~RegionBody() { trace_->finish(/*keep_graph=*/false); }

bool RegionBody::is_tracked(size_t i, bool arguments_tracked) const {
  return is_grad_enabled() && tracked_[i] &&
         (arguments_tracked || !trace_->tracked_outer().empty());
}

void RegionBody::add_captures(llvm::SmallVectorImpl<mlir::Value>& captures) const {
  for (const TraceInput& input : trace_->inputs())
    if (input.outer && !llvm::is_contained(captures, input.outer)) captures.push_back(input.outer);
}

void RegionBody::fill(mlir::Region& region, mlir::ValueRange captures, mlir::Location loc) const {
  mlir::Block& block = region.emplaceBlock();
  mlir::IRMapping mapping;
  for (mlir::Value argument : arguments_)
    mapping.map(argument, block.addArgument(argument.getType(), loc));
  for (mlir::Value capture : captures) {
    mlir::Value argument = block.addArgument(capture.getType(), loc);
    for (const TraceInput& input : trace_->inputs())
      if (input.outer == capture) mapping.map(input.value, argument);
  }
  mlir::OpBuilder b = mlir::OpBuilder::atBlockEnd(&block);
  Slice slice = slice_of(results_);
  number_draws(*trace_, slice);
  for (mlir::Operation* op : slice.ops) b.clone(*op, mapping);
  llvm::SmallVector<mlir::Value> yielded;
  for (mlir::Value result : results_) yielded.push_back(mapping.lookup(result));
  ir::YieldOp::create(b, loc, yielded);
  parent_->count_ops(trace_->num_ops());
}

void RegionBody::adopt(mlir::ValueRange values, const Site& site) const {
  size_t next = 0;
  for (auto& [key, slot] : trace_->values())
    if (slot.written) parent_->write(slot.owner, values[next++], site);
  for (Tap& tap : trace_->taps()) {
    Tap adopted{tap.name, {}, tap.fn};
    for (size_t i = 0; i < tap.values.size(); ++i) adopted.values.push_back(values[next++]);
    parent_->add_tap(std::move(adopted), site);
  }
}

void require_type(const Site& site, const std::string& what, mlir::Value actual, mlir::Type wanted,
                  const char* why) {
  if (actual.getType() == wanted) return;
  fail(site, absl::StrCat(what, " is ", describe_type(actual.getType()), ", not ",
                          describe_type(wanted), why));
}

llvm::SmallVector<mlir::Value> read_all(Trace& trace, llvm::ArrayRef<Tensor> operands,
                                        const Site& site) {
  llvm::SmallVector<mlir::Value> values;
  for (const Tensor& operand : operands)
    values.push_back(is_grad_enabled() ? trace.read(operand.impl(), site)
                                       : trace.read_detached(operand.impl(), site));
  return values;
}

bool any_tracked(llvm::ArrayRef<Tensor> operands) {
  return is_grad_enabled() &&
         llvm::any_of(operands, [](const Tensor& operand) { return operand.requires_grad(); });
}

Tensor adopt_result(Trace& trace, mlir::Value result, bool tracked) {
  TensorPtr tensor = trace.adopt(result, /*requires_grad=*/false);
  tensor->requires_grad = tracked && is_floating(tensor->dtype);
  tensor->is_leaf = !tensor->requires_grad;
  return Tensor(std::move(tensor));
}

}  // namespace etch::frontend
