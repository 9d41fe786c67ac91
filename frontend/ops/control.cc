#include "etch/frontend/ops/control.h"

#include "absl/strings/str_cat.h"
#include "etch/frontend/evaluate.h"
#include "etch/frontend/ops/common.h"
#include "etch/frontend/slice.h"
#include "mlir/IR/IRMapping.h"

namespace etch::frontend {
namespace {

// One branch, recorded into a trace of its own that reads through to the enclosing one.
struct Branch {
  std::shared_ptr<Trace> trace;
  std::vector<mlir::Value> results;
  bool requires_grad = false;
};

Branch record_branch(const std::shared_ptr<Trace>& parent, const Site& site,
                     const BranchBody& body) {
  Branch branch{std::make_shared<Trace>(parent), {}};
  ExplicitTraceScope scope(branch.trace);
  for (const Tensor& tensor : body()) {
    if (!tensor.defined()) fail(site, "a branch returns an empty tensor");
    branch.results.push_back(branch.trace->read(tensor.impl(), site));
    branch.requires_grad |= tensor.requires_grad();
  }
  return branch;
}

void require_equal_types(const Site& site, const Branch& a, const Branch& b) {
  if (a.results.size() != b.results.size()) {
    fail(site, absl::StrCat("the branches return ", a.results.size(), " and ", b.results.size(),
                            " tensors"));
  }
  for (size_t i = 0; i < a.results.size(); ++i) {
    if (a.results[i].getType() == b.results[i].getType()) continue;
    fail(site, absl::StrCat("result ", i, " is ", describe_type(a.results[i].getType()),
                            " in one branch and ", describe_type(b.results[i].getType()),
                            " in the other"));
  }
}

// Values of the enclosing trace that a branch reads, each once.
void add_captures(const Branch& branch, llvm::SmallVector<mlir::Value>& captures) {
  for (const TraceInput& input : branch.trace->inputs())
    if (!llvm::is_contained(captures, input.outer)) captures.push_back(input.outer);
}

void fill_region(mlir::Region& region, const Branch& branch, mlir::ValueRange captures,
                 mlir::Location loc) {
  mlir::Block& block = region.emplaceBlock();
  mlir::IRMapping mapping;
  for (mlir::Value capture : captures) {
    mlir::Value argument = block.addArgument(capture.getType(), loc);
    for (const TraceInput& input : branch.trace->inputs())
      if (input.outer == capture) mapping.map(input.value, argument);
  }
  mlir::OpBuilder b = mlir::OpBuilder::atBlockEnd(&block);
  for (mlir::Operation* op : slice_of(branch.results).ops) b.clone(*op, mapping);
  llvm::SmallVector<mlir::Value> yielded;
  for (mlir::Value result : branch.results) yielded.push_back(mapping.lookup(result));
  ir::YieldOp::create(b, loc, yielded);
}

}  // namespace

std::vector<Tensor> record_cond(const Predicate& predicate, const BranchBody& then_body,
                                const BranchBody& else_body) {
  Site site{"cond", predicate.loc()};
  require_defined(site, predicate.tensor());
  if (predicate.tensor().numel() != 1) {
    fail(site, absl::StrCat("the predicate has shape ", predicate.tensor().shape().to_string(),
                            ", not one element"));
  }
  Tensor chosen = reshape_to(site, cast_to(site, predicate.tensor(), boolean), {});
  std::shared_ptr<Trace> trace = Trace::current();
  Branch then_branch = record_branch(trace, site, then_body);
  Branch else_branch = record_branch(trace, site, else_body);
  require_equal_types(site, then_branch, else_branch);

  llvm::SmallVector<mlir::Value> captures;
  add_captures(then_branch, captures);
  add_captures(else_branch, captures);
  llvm::SmallVector<mlir::Type> types;
  for (mlir::Value result : then_branch.results) types.push_back(result.getType());
  mlir::Location loc = trace->location(site);
  auto op =
      ir::CondOp::create(trace->builder(), loc, types, trace->read(chosen.impl(), site), captures);
  fill_region(op.getThenRegion(), then_branch, captures, loc);
  fill_region(op.getElseRegion(), else_branch, captures, loc);
  trace->count_ops(1 + then_branch.trace->num_ops() + else_branch.trace->num_ops());
  for (Branch* branch : {&then_branch, &else_branch}) branch->trace->finish(/*keep_graph=*/false);

  std::vector<Tensor> results;
  bool requires_grad = then_branch.requires_grad || else_branch.requires_grad;
  for (mlir::Value result : op.getResults()) {
    TensorPtr tensor = trace->adopt(result, /*requires_grad=*/false);
    tensor->requires_grad = requires_grad && is_floating(tensor->dtype);
    tensor->is_leaf = !tensor->requires_grad;
    results.emplace_back(std::move(tensor));
  }
  return results;
}

}  // namespace etch::frontend
