#include "etch/codegen/schedule/schedule.h"

#include "etch/codegen/schedule/strategies.h"
#include "etch/ir/dialect.h"
#include "etch/passes/fusion/fuse.h"
#include "llvm/ADT/TypeSwitch.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/X86Vector/X86VectorDialect.h"

namespace etch::codegen {
namespace {

using namespace mlir;

bool isContraction(linalg::GenericOp op) {
  return op.getNumDpsInputs() == 2 && op.getNumReductionLoops() > 0;
}

// An op with loops of its own.
FailureOr<int64_t> scheduleWhole(ScheduleContext& context, Operation* op) {
  return llvm::TypeSwitch<Operation*, FailureOr<int64_t>>(op)
      .Case([&](ir::AttentionOp attention) { return scheduleAttention(context, attention); })
      .Case([&](ir::AttentionBackwardOp op) { return scheduleAttentionBackward(context, op); })
      .Case([&](ir::ScatterAddOp scatter) { return scheduleScatter(context, scatter); })
      .Case([&](ir::CumsumOp cumsum) { return scheduleCumsum(context, cumsum); })
      .Case([&](ir::PackOp pack) {
        bool digits = pack.getRowDims() > 1 || pack.getColumnDims() > 1;
        return digits ? scheduleDigitPack(context, pack) : schedulePack(context, pack);
      })
      .Case([&](ir::SortOp sort) { return scheduleSort(context, sort); })
      .Case([&](ir::UpdateSliceOp update) { return scheduleUpdateSlice(context, update); })
      .Default([](Operation* other) { return other->emitError("has no schedule"); });
}

FailureOr<int64_t> scheduleKernel(ScheduleContext& context) {
  Block& block = context.kernel.front();
  for (auto generic : block.getOps<linalg::GenericOp>())
    if (isContraction(generic)) return scheduleContraction(context, generic);
  for (Operation& op : block)
    if (op.hasTrait<ir::ScheduledWhole>()) return scheduleWhole(context, &op);
  if (std::optional<int64_t> pieces = scheduleTransposingCopy(context)) return *pieces;
  return scheduleLoops(context);
}

struct SchedulePass : PassWrapper<SchedulePass, OperationPass<func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(SchedulePass)
  explicit SchedulePass(const Target& target) : target_(target) {}
  StringRef getArgument() const override { return "etch-schedule"; }
  StringRef getDescription() const override {
    return "Turn kernels of linalg ops into loops over vectors, tiled for this machine";
  }
  void getDependentDialects(DialectRegistry& registry) const override {
    registry.insert<scf::SCFDialect, vector::VectorDialect, memref::MemRefDialect,
                    arith::ArithDialect, x86vector::X86VectorDialect>();
  }

  void runOnOperation() override {
    func::FuncOp kernel = getOperation();
    if (!kernel->hasAttr(passes::kKernelAttr) || kernel->hasAttr(kPiecesAttr)) return;
    Block& block = kernel.front();
    Operation* terminator = block.getTerminator();
    SmallVector<Operation*> old;
    for (Operation& op : block.without_terminator()) old.push_back(&op);
    OpBuilder builder(terminator);
    Type index = builder.getIndexType();
    Value begin = block.addArgument(index, kernel.getLoc());
    Value end = block.addArgument(index, kernel.getLoc());
    kernel.setType(builder.getFunctionType(block.getArgumentTypes(), {}));
    ScheduleContext context{kernel, target_, builder, begin, end};
    FailureOr<int64_t> pieces = scheduleKernel(context);
    if (failed(pieces)) return signalPassFailure();
    kernel->setAttr(kPiecesAttr, builder.getI64IntegerAttr(*pieces));
    // Scalars captured from the linalg ops' surroundings live on; the rest goes.
    for (Operation* op : llvm::reverse(old))
      if (op->use_empty()) op->erase();
    for (BlockArgument argument : block.getArguments())
      if (auto type = dyn_cast<MemRefType>(argument.getType()))
        argument.setType(kernelArgumentType(type));
    kernel.setType(builder.getFunctionType(block.getArgumentTypes(), {}));
  }

 private:
  Target target_;
};

}  // namespace

std::unique_ptr<Pass> createSchedulePass(const Target& target) {
  return std::make_unique<SchedulePass>(target);
}

}  // namespace etch::codegen
