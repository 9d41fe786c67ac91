#include "etch/frontend/ops/regions.h"

#include "absl/strings/str_cat.h"
#include "etch/frontend/evaluate.h"
#include "etch/frontend/ops/common.h"
#include "etch/frontend/region.h"

namespace etch::frontend {

std::vector<Tensor> record_checkpoint(const std::vector<Tensor>& inputs,
                                      const RegionFunction& function) {
  Site site{"checkpoint", std::source_location()};
  std::shared_ptr<Trace> trace = trace_for(site, inputs);
  HoldFlushScope hold;
  RegionBody body(trace, site, {"the function of etch::checkpoint", /*effects=*/true}, inputs, {},
                  function);
  llvm::SmallVector<mlir::Value> operands = read_all(*trace, inputs, site), captures;
  body.add_captures(captures);
  llvm::append_range(operands, captures);
  mlir::Location where = trace->location(site);
  auto op = ir::CheckpointOp::create(trace->builder(), where,
                                     mlir::ValueRange(body.results()).getTypes(), operands);
  body.fill(op.getBody(), captures, where);
  trace->count_ops(1);
  body.adopt(op.getResults().drop_front(body.num_returned()), site);
  bool tracked = any_tracked(inputs);
  std::vector<Tensor> results;
  for (size_t i = 0; i < body.num_returned(); ++i)
    results.push_back(adopt_result(*trace, op.getResult(i), body.is_tracked(i, tracked)));
  return results;
}

namespace {

void require_no_tracked(const Site& site, const RegionBody& body, const char* which) {
  if (!is_grad_enabled() || body.captured_tracked().empty()) return;
  fail(site, absl::StrCat("the ", which, " reads ", body.captured_tracked(),
                          ", which requires grad but is no input, so that its gradient would be "
                          "lost; pass it as an input, or detach it"));
}

// What `backward` returned for each input; zeros for an empty tensor.
std::vector<Tensor> gradients_of(const Site& site, const CustomRule& rule,
                                 const BackwardFunction& backward) {
  std::vector<Tensor> gradients = backward(rule);
  if (gradients.size() != rule.inputs.size())
    fail(site, absl::StrCat("the backward returns ", gradients.size(), " gradients for ",
                            rule.inputs.size(), " inputs"));
  for (size_t i = 0; i < gradients.size(); ++i) {
    const Tensor& input = rule.inputs[i];
    if (!gradients[i].defined() || !is_floating(input.dtype())) {
      gradients[i] = constant_like(site, 0, input);
    } else if (gradients[i].dtype() != input.dtype() || gradients[i].shape() != input.shape()) {
      fail(site, absl::StrCat("the backward returns ", type_of(gradients[i]), " for input ", i,
                              ", which is ", type_of(input)));
    }
  }
  return gradients;
}

}  // namespace

std::vector<Tensor> record_custom_vjp(Loc loc, const std::vector<Tensor>& inputs,
                                      const RegionFunction& forward,
                                      const BackwardFunction& backward) {
  Site site{"custom_vjp", loc};
  std::shared_ptr<Trace> trace = trace_for(site, inputs);
  HoldFlushScope hold;
  std::vector<Tensor> outputs;
  RegionBody primal(
      trace, site, {"the forward of etch::custom_vjp"}, inputs, {},
      [&](const std::vector<Tensor>& arguments) { return outputs = forward(arguments); });
  require_no_tracked(site, primal, "forward");
  std::vector<Tensor> like = inputs;
  like.insert(like.end(), outputs.begin(), outputs.end());
  like.insert(like.end(), outputs.begin(), outputs.end());
  RegionBody rule(trace, site, {"the backward of etch::custom_vjp"}, like, {},
                  [&](const std::vector<Tensor>& arguments) {
                    auto first = arguments.begin() + static_cast<int64_t>(inputs.size());
                    auto second = first + static_cast<int64_t>(outputs.size());
                    return gradients_of(
                        site,
                        {{arguments.begin(), first}, {first, second}, {second, arguments.end()}},
                        backward);
                  });
  require_no_tracked(site, rule, "backward");

  llvm::SmallVector<mlir::Value> captures;
  primal.add_captures(captures);
  rule.add_captures(captures);
  mlir::Location where = trace->location(site);
  auto op = ir::CustomVjpOp::create(trace->builder(), where,
                                    mlir::ValueRange(primal.results()).getTypes(),
                                    read_all(*trace, inputs, site), captures);
  primal.fill(op.getForward(), captures, where);
  rule.fill(op.getBackward(), captures, where);
  trace->count_ops(1);
  bool tracked = any_tracked(inputs);
  std::vector<Tensor> results;
  for (mlir::Value result : op.getResults())
    results.push_back(adopt_result(*trace, result, tracked));
  return results;
}

}  // namespace etch::frontend
