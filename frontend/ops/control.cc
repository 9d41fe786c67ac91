#include "etch/frontend/ops/control.h"

#include "absl/strings/str_cat.h"
#include "etch/frontend/evaluate.h"
#include "etch/frontend/ops/common.h"
#include "etch/frontend/region.h"

namespace etch::frontend {
namespace {

void require_equal_types(const Site& site, const RegionBody& a, const RegionBody& b) {
  if (a.results().size() != b.results().size()) {
    fail(site, absl::StrCat("the branches return ", a.results().size(), " and ", b.results().size(),
                            " tensors"));
  }
  for (size_t i = 0; i < a.results().size(); ++i) {
    mlir::Type left = a.results()[i].getType(), right = b.results()[i].getType();
    if (left == right) continue;
    fail(site, absl::StrCat("result ", i, " is ", describe_type(left), " in one branch and ",
                            describe_type(right), " in the other"));
  }
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
  HoldFlushScope hold;
  std::shared_ptr<Trace> trace = Trace::current();
  BranchRules rules{"a branch of etch::cond"};
  RegionBody on_true(trace, site, rules, {}, {}, [&](const auto&) { return then_body(); });
  RegionBody on_false(trace, site, rules, {}, {}, [&](const auto&) { return else_body(); });
  require_equal_types(site, on_true, on_false);

  llvm::SmallVector<mlir::Value> captures;
  on_true.add_captures(captures);
  on_false.add_captures(captures);
  mlir::Location loc = trace->location(site);
  auto op =
      ir::CondOp::create(trace->builder(), loc, mlir::ValueRange(on_true.results()).getTypes(),
                         trace->read(chosen.impl(), site), captures);
  on_true.fill(op.getThenRegion(), captures, loc);
  on_false.fill(op.getElseRegion(), captures, loc);
  trace->count_ops(1);

  std::vector<Tensor> results;
  for (auto [i, result] : llvm::enumerate(op.getResults()))
    results.push_back(adopt_result(*trace, result,
                                   on_true.is_tracked(i, false) || on_false.is_tracked(i, false)));
  return results;
}

}  // namespace etch::frontend
