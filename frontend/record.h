// How the functions of frontend/ops/ put ops into the current trace.
//
//   Tensor permute(const Tensor& x, std::vector<int64_t> dims, Loc loc) {
//     return record<ir::TransposeOp>({"permute", loc}, {x}, [&](auto& p, mlir::Builder& b) {
//       p.permutation = b.getDenseI64ArrayAttr(dims);
//     });
//   }
#ifndef ETCH_FRONTEND_RECORD_H_
#define ETCH_FRONTEND_RECORD_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "etch/frontend/scope.h"
#include "etch/frontend/trace.h"
#include "etch/ir/dialect.h"
#include "mlir/IR/OperationSupport.h"

namespace etch::frontend {

using InferTypes = llvm::LogicalResult (*)(mlir::MLIRContext*, std::optional<mlir::Location>,
                                           mlir::ValueRange, mlir::DictionaryAttr,
                                           mlir::OpaqueProperties, mlir::RegionRange,
                                           llvm::SmallVectorImpl<mlir::Type>&);

// The trace to record an op on `operands` into, all of which are defined. Runs the pending trace
// first where a new iteration of a training loop begins, see evaluate.h.
std::shared_ptr<Trace> trace_for(const Site& site, llvm::ArrayRef<Tensor> operands);

// Adds operands and result types to `state`, creates the op, and returns handles of its results. An
// op that refuses its operands becomes an etch::Error.
llvm::SmallVector<Tensor, 2> finish_record(Trace& trace, const Site& site,
                                           mlir::OperationState& state,
                                           llvm::ArrayRef<Tensor> operands, InferTypes infer,
                                           bool differentiable);

struct NoProperties {
  template <typename P>
  void operator()(P&, mlir::Builder&) const {}
};

// `fill(properties, builder)` sets the op's attributes.
template <typename Op, typename Fill = NoProperties>
llvm::SmallVector<Tensor, 2> record_all(const Site& site, llvm::ArrayRef<Tensor> operands,
                                        Fill fill = {}) {
  std::shared_ptr<Trace> trace = trace_for(site, operands);
  typename Op::Properties properties;
  mlir::OperationState state(trace->location(site), Op::getOperationName());
  if constexpr (!std::is_same_v<Fill, NoProperties>) {
    fill(properties, trace->builder());
    state.useProperties(properties);
  }
  return finish_record(*trace, site, state, operands, &Op::inferReturnTypes,
                       !Op::template hasTrait<ir::NonDifferentiable>());
}

template <typename Op, typename Fill = NoProperties>
Tensor record(const Site& site, llvm::ArrayRef<Tensor> operands, Fill fill = {}) {
  return std::move(record_all<Op>(site, operands, std::move(fill)).front());
}

}  // namespace etch::frontend

#endif  // ETCH_FRONTEND_RECORD_H_
