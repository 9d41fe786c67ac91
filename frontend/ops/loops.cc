#include "etch/frontend/ops/loops.h"

#include "absl/strings/str_cat.h"
#include "etch/frontend/evaluate.h"
#include "etch/frontend/ops/common.h"
#include "etch/frontend/region.h"

namespace etch::frontend {
namespace {

// The number of steps that all of `xs` agree on.
int64_t steps_of(const Site& site, const std::vector<Tensor>& xs) {
  for (size_t i = 0; i < xs.size(); ++i) {
    require_defined(site, xs[i]);
    if (xs[i].dim() == 0)
      fail(site, absl::StrCat("xs ", i, " is a scalar ", type_of(xs[i]), ", which has no rows"));
    if (xs[i].size(0) != xs[0].size(0))
      fail(site, absl::StrCat("xs ", i, " has ", xs[i].size(0), " rows, xs 0 has ", xs[0].size(0)));
  }
  if (xs.empty()) fail(site, "xs holds no tensor; pass the number of steps in its place");
  return xs[0].size(0);
}

void require_carries(const Site& site, llvm::ArrayRef<mlir::Value> before,
                     llvm::ArrayRef<mlir::Value> after) {
  if (before.size() != after.size())
    fail(site, absl::StrCat("the carry has ", before.size(), " tensors and becomes ", after.size(),
                            " after a step"));
  for (size_t i = 0; i < before.size(); ++i)
    require_type(site, absl::StrCat("carry ", i, " after a step"), after[i], before[i].getType(),
                 " as before it");
}

}  // namespace

std::vector<Tensor> record_scan(Loc loc, const std::vector<Tensor>& carries,
                                const std::vector<Tensor>& xs, std::optional<int64_t> length,
                                const ScanOptions& options, const ScanBody& body) {
  Site site{"scan", loc};
  std::vector<Tensor> operands = carries;
  operands.insert(operands.end(), xs.begin(), xs.end());
  std::shared_ptr<Trace> trace = trace_for(site, operands);
  HoldFlushScope hold;
  if (length && *length < 0) fail(site, absl::StrCat("asked for ", *length, " steps"));
  int64_t steps = length ? *length : steps_of(site, xs);

  size_t num_carries = 0;
  RegionBody step(trace, site, {"the body of etch::scan"}, carries, xs,
                  [&](const std::vector<Tensor>& arguments) {
                    auto split = arguments.begin() + static_cast<int64_t>(carries.size());
                    StepResult result = body({arguments.begin(), split}, {split, arguments.end()});
                    num_carries = result.carries.size();
                    result.carries.insert(result.carries.end(), result.rows.begin(),
                                          result.rows.end());
                    return result.carries;
                  });
  llvm::SmallVector<mlir::Value> inits = read_all(*trace, carries, site);
  llvm::ArrayRef<mlir::Value> yielded = step.results();
  require_carries(site, inits, yielded.take_front(num_carries));
  llvm::SmallVector<mlir::Type> types;
  for (mlir::Value init : inits) types.push_back(init.getType());
  for (mlir::Value row : yielded.drop_front(num_carries)) {
    auto type = llvm::cast<mlir::RankedTensorType>(row.getType());
    llvm::SmallVector<int64_t> shape{steps};
    llvm::append_range(shape, type.getShape());
    types.push_back(type.clone(shape));
  }
  llvm::SmallVector<mlir::Value> captures;
  step.add_captures(captures);
  mlir::Location where = trace->location(site);
  mlir::OpBuilder& b = trace->builder();
  auto op = ir::ScanOp::create(b, where, types, inits, read_all(*trace, xs, site), captures,
                               b.getI64IntegerAttr(steps),
                               options.reverse ? b.getUnitAttr() : mlir::UnitAttr());
  step.fill(op.getBody(), captures, where);
  trace->count_ops(1);

  // A step makes its carry depend on whatever any part of it depends on.
  bool tracked = any_tracked(operands);
  std::vector<Tensor> results;
  for (auto [i, result] : llvm::enumerate(op.getResults()))
    results.push_back(adopt_result(*trace, result, step.is_tracked(i, tracked)));
  return results;
}

std::vector<Tensor> record_while(Loc loc, const std::vector<Tensor>& carries,
                                 const LoopBody& condition, const LoopBody& body) {
  Site site{"while_loop", loc};
  std::shared_ptr<Trace> trace = trace_for(site, carries);
  HoldFlushScope hold;
  RegionBody go(trace, site, {"the condition of etch::while_loop"}, carries, {},
                [&](const std::vector<Tensor>& arguments) -> std::vector<Tensor> {
                  Tensor holds = condition(arguments).front();
                  require_defined(site, holds);
                  if (holds.numel() != 1)
                    fail(site, absl::StrCat("the condition has shape ", holds.shape().to_string(),
                                            ", not one element"));
                  return {reshape_to(site, cast_to(site, holds, boolean), {})};
                });
  RegionBody step(trace, site, {"the body of etch::while_loop"}, carries, {}, body);
  llvm::SmallVector<mlir::Value> inits = read_all(*trace, carries, site);
  require_carries(site, inits, step.results());

  llvm::SmallVector<mlir::Value> captures;
  go.add_captures(captures);
  step.add_captures(captures);
  mlir::Location where = trace->location(site);
  auto op = ir::WhileOp::create(trace->builder(), where, mlir::ValueRange(inits).getTypes(), inits,
                                captures);
  go.fill(op.getCondition(), captures, where);
  step.fill(op.getBody(), captures, where);
  trace->count_ops(1);
  bool tracked = any_tracked(carries);
  std::vector<Tensor> results;
  for (auto [i, result] : llvm::enumerate(op.getResults()))
    results.push_back(adopt_result(*trace, result, step.is_tracked(i, tracked)));
  return results;
}

}  // namespace etch::frontend
