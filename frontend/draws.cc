#include "etch/frontend/draws.h"

#include "absl/strings/str_cat.h"
#include "etch/frontend/evaluate.h"
#include "etch/frontend/ops/common.h"
#include "mlir/IR/BuiltinAttributes.h"

namespace etch::frontend {
namespace {

// {0, offset}: what is added to a state {key, counter}.
mlir::DenseElementsAttr offset_attribute(mlir::MLIRContext* context, int64_t offset) {
  mlir::Builder b(context);
  auto type = mlir::RankedTensorType::get({2}, b.getI64Type());
  return mlir::DenseElementsAttr::get(type, llvm::ArrayRef<int64_t>{0, offset});
}

Tensor advanced(const Site& site, const Tensor& base, int64_t offset, mlir::Operation** constant) {
  Tensor step = record<ir::ConstantOp>(site, {}, [&](auto& p, mlir::Builder& b) {
    p.value = offset_attribute(b.getContext(), offset);
  });
  *constant = step.impl()->value.getDefiningOp();
  return binary<ir::AddOp>(site, base, step);
}

DrawChain& chain_of(Trace& trace, const TensorPtr& state, mlir::Value current) {
  for (DrawChain& chain : trace.draws())
    if (chain.state.lock() == state && chain.after == current) return chain;
  trace.draws().push_back({state, current, current, 0, {}});
  return trace.draws().back();
}

}  // namespace

Tensor record_draw(const Site& site, const Tensor& state, const Shape& shape) {
  if (!state.defined() || state.dtype() != i64 || state.shape() != Shape({2})) {
    fail(site, absl::StrCat("a random state is i64 [2], not ",
                            state.defined() ? type_of(state) : "an empty tensor"));
  }
  std::shared_ptr<Trace> trace = trace_for(site, {state});
  HoldFlushScope hold;
  DrawChain& chain = chain_of(*trace, state.impl(), trace->read(state.impl(), site));
  Tensor base(trace->adopt(chain.base, /*requires_grad=*/false));

  mlir::Operation* offset = nullptr;
  Tensor here = advanced(site, base, chain.total, &offset);
  Tensor numbers = record<ir::RandomUniformOp>(site, {here}, [&](auto& p, mlir::Builder& b) {
    p.shape = b.getDenseI64ArrayAttr(shape.extents());
  });
  chain.draws.push_back({offset, numbers.impl()->value.getDefiningOp(), shape.num_elements()});
  chain.total += shape.num_elements();
  Tensor after = advanced(site, base, chain.total, &offset);
  Tensor(state).assign(after, site.loc);
  chain.after = after.impl()->value;
  return numbers;
}

void number_draws(Trace& trace, const Slice& slice) {
  llvm::DenseMap<mlir::Operation*, std::pair<DrawChain*, const Draw*>> draws;
  for (DrawChain& chain : trace.draws()) {
    chain.total = 0;
    for (const Draw& draw : chain.draws) draws[draw.op] = {&chain, &draw};
  }
  if (draws.empty()) return;
  for (mlir::Operation* op : slice.ops) {
    auto it = draws.find(op);
    if (it == draws.end()) continue;
    auto [chain, draw] = it->second;
    llvm::cast<ir::ConstantOp>(draw->offset)
        .setValueAttr(offset_attribute(trace.mlir(), chain->total));
    chain->total += draw->count;
  }
}

}  // namespace etch::frontend
