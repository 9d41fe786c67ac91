#include "etch/passes/lowering/lower_kernels.h"

#include "etch/ir/build.h"
#include "etch/passes/fusion/fuse.h"
#include "etch/passes/lowering/patterns.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace etch::passes {
namespace {

using namespace mlir;
using ir::StridedLayout;

RankedTensorType tensorType(Value value) { return cast<RankedTensorType>(value.getType()); }

// Booleans take a byte in memory, and memory has no signs.
Type memoryType(Type element) {
  auto integer = dyn_cast<IntegerType>(element);
  if (!integer) return element;
  return IntegerType::get(element.getContext(), integer.getWidth() == 1 ? 8 : integer.getWidth());
}

MemRefType denseMemRef(RankedTensorType type) {
  return MemRefType::get(type.getShape(), memoryType(type.getElementType()));
}

// Rewrites the boundary of a kernel: what its arguments and results are in memory.
class BoundaryRewriter {
 public:
  explicit BoundaryRewriter(func::FuncOp kernel) : kernel_(kernel), builder_(kernel.getContext()) {}

  LogicalResult run() {
    Block& block = kernel_.front();
    auto terminator = cast<func::ReturnOp>(block.getTerminator());
    SmallVector<RankedTensorType> inputs, outputs;
    for (Type type : kernel_.getArgumentTypes()) inputs.push_back(cast<RankedTensorType>(type));
    for (Type type : kernel_.getResultTypes()) outputs.push_back(cast<RankedTensorType>(type));

    // New arguments stand behind the old ones until these have no uses.
    SmallVector<Type> types;
    for (RankedTensorType type : inputs) types.push_back(denseMemRef(type));
    for (RankedTensorType type : outputs) types.push_back(denseMemRef(type));
    unsigned old = block.getNumArguments();
    for (Type type : types) block.addArgument(type, kernel_.getLoc());
    for (unsigned i = 0; i < old; ++i)
      views_[block.getArgument(i)] = {block.getArgument(old + i),
                                      StridedLayout::dense(inputs[i].getShape())};
    collectViews(block);
    replaceReads(block);
    builder_.setInsertionPoint(terminator);
    for (unsigned i = 0; i < outputs.size(); ++i)
      place(terminator.getOperand(i), block.getArgument(old + inputs.size() + i),
            StridedLayout::dense(outputs[i].getShape()));
    func::ReturnOp::create(builder_, terminator.getLoc());
    terminator.erase();
    for (Operation& op : llvm::make_early_inc_range(llvm::reverse(block)))
      if (isOpTriviallyDead(&op)) op.erase();
    block.eraseArguments(0, old);
    kernel_.setType(builder_.getFunctionType(types, {}));
    kernel_->setAttr(kInputsAttr, builder_.getI64IntegerAttr(inputs.size()));
    return success();
  }

 private:
  struct View {
    Value memory;
    StridedLayout layout;
  };

  void collectViews(Block& block) {
    for (Operation& op : block) {
      auto view = dyn_cast<ir::ViewOpInterface>(op);
      if (!view) continue;
      auto source = views_.find(op.getOperand(0));
      if (source == views_.end()) continue;
      FailureOr<StridedLayout> layout = view.viewLayout(source->second.layout);
      if (succeeded(layout)) {
        View result{source->second.memory, *layout};
        views_[op.getResult(0)] = result;
      }
    }
  }

  Value stridedMemRef(Value memory, const StridedLayout& layout, Location loc) {
    auto dense = cast<MemRefType>(memory.getType());
    if (layout.isDense() && dense.getShape() == ArrayRef<int64_t>(layout.shape)) return memory;
    auto type = MemRefType::get(
        layout.shape, dense.getElementType(),
        StridedLayoutAttr::get(builder_.getContext(), layout.offset, layout.strides));
    return memref::ReinterpretCastOp::create(builder_, loc, type, memory, layout.offset,
                                             layout.shape, layout.strides);
  }

  // The elements of a view as a tensor of the type that etch ops expect.
  Value read(Value value) {
    auto [entry, fresh] = tensors_.try_emplace(value);
    if (!fresh) return entry->second;
    const View& view = views_[value];
    Location loc = value.getLoc();
    Value memory = stridedMemRef(view.memory, view.layout, loc);
    auto memory_type = cast<MemRefType>(memory.getType());
    auto raw = RankedTensorType::get(memory_type.getShape(), memory_type.getElementType());
    Value tensor = bufferization::ToTensorOp::create(builder_, loc, raw, memory, /*restrict=*/true);
    RankedTensorType wanted = tensorType(value);
    if (wanted.getElementType().isInteger(1)) {
      tensor = buildPointwise(
          builder_, loc, {tensor}, wanted, [](OpBuilder& b, Location l, ValueRange args) -> Value {
            Value zero = arith::ConstantOp::create(b, l, b.getZeroAttr(args[0].getType()));
            return arith::CmpIOp::create(b, l, arith::CmpIPredicate::ne, args[0], zero);
          });
    } else if (wanted != raw) {
      tensor = UnrealizedConversionCastOp::create(builder_, loc, wanted, tensor).getResult(0);
    }
    return tensors_[value] = tensor;
  }

  void replaceReads(Block& block) {
    for (Operation& op : block) {
      if (op.hasTrait<OpTrait::IsTerminator>()) continue;
      if (op.getNumResults() == 1 && views_.contains(op.getResult(0))) continue;
      for (OpOperand& operand : op.getOpOperands()) {
        if (!views_.contains(operand.get())) continue;
        builder_.setInsertionPoint(&op);
        if (!tensors_.contains(operand.get())) builder_.setInsertionPointToStart(&block);
        operand.set(read(operand.get()));
      }
    }
  }

  // Writes `value` into the part of `memory` that `layout` describes. Movement ops at the end of a
  // kernel dissolve into where their operands are written.
  void place(Value value, Value memory, const StridedLayout& layout) {
    auto movement = value.getDefiningOp<ir::PlacementOpInterface>();
    SmallVector<StridedLayout> parts;
    if (movement && !views_.contains(value)) parts = movement.placements(layout);
    if (!parts.empty()) {
      if (!movement.coversResult()) fillGaps(movement, memory, layout);
      for (auto [operand, part] : llvm::zip(movement->getOperands(), parts))
        place(operand, memory, part);
      return;
    }
    Location loc = value.getLoc();
    RankedTensorType wanted = tensorType(value);
    Value tensor = value;
    if (views_.contains(value)) {
      tensor = read(value);  // a copy
    }
    // What is not computed by this kernel's ops is copied by an identity loop.
    Type element = memoryType(wanted.getElementType());
    auto raw = wanted.clone(element);
    bool is_bool = wanted.getElementType().isInteger(1);
    if (!is_bool && tensor.getType() != raw)
      tensor = UnrealizedConversionCastOp::create(builder_, loc, raw, tensor).getResult(0);
    if (is_bool || views_.contains(value)) {
      tensor = buildPointwise(builder_, loc, {tensor}, raw,
                              [&](OpBuilder& b, Location l, ValueRange args) -> Value {
                                if (!is_bool) return args[0];
                                return arith::ExtUIOp::create(b, l, element, args[0]);
                              });
    }
    write(tensor, memory, layout, loc);
  }

  // Elements that no operand covers. Where they are no few parts, all elements are filled before
  // the operands are written.
  void fillGaps(ir::PlacementOpInterface movement, Value memory, const StridedLayout& layout) {
    auto type = tensorType(movement->getResult(0));
    auto gaps = movement.gaps(layout);
    if (!gaps) {
      gaps = {layout};
      kernel_->setAttr(kSequentialAttr, builder_.getUnitAttr());
    }
    for (const StridedLayout& gap : *gaps) {
      Value filling = arith::ConstantOp::create(
          builder_, movement.getLoc(),
          ir::splatAttr(RankedTensorType::get(gap.shape, memoryType(type.getElementType())),
                        movement.filling()));
      write(filling, memory, gap, movement.getLoc());
    }
  }

  void write(Value tensor, Value memory, const StridedLayout& layout, Location loc) {
    Value destination = stridedMemRef(memory, layout, loc);
    bufferization::MaterializeInDestinationOp::create(builder_, loc, /*result=*/Type(), tensor,
                                                      destination, /*restrict=*/true,
                                                      /*writable=*/true);
  }

  func::FuncOp kernel_;
  OpBuilder builder_;
  llvm::DenseMap<Value, View> views_;
  llvm::DenseMap<Value, Value> tensors_;
};

struct LowerKernelsPass : PassWrapper<LowerKernelsPass, OperationPass<func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(LowerKernelsPass)
  StringRef getArgument() const override { return "etch-lower-kernels"; }
  StringRef getDescription() const override {
    return "Lower kernels of etch ops to linalg between memrefs";
  }
  void getDependentDialects(DialectRegistry& registry) const override {
    registry.insert<arith::ArithDialect, bufferization::BufferizationDialect, linalg::LinalgDialect,
                    math::MathDialect, memref::MemRefDialect, tensor::TensorDialect>();
  }

  void runOnOperation() override {
    func::FuncOp kernel = getOperation();
    if (!kernel->hasAttr(kKernelAttr)) return;
    if (failed(BoundaryRewriter(kernel).run())) return signalPassFailure();
    KernelTypeConverter types;
    RewritePatternSet patterns(&getContext());
    populateElementwiseLowering(types, patterns);
    populateReductionLowering(types, patterns);
    populateContractionLowering(types, patterns);
    populateMovementLowering(types, patterns);
    populateCreationLowering(types, patterns);
    populateRandomLowering(types, patterns);
    populateIndexingLowering(types, patterns);
    populateWindowsLowering(types, patterns);
    ConversionTarget target(getContext());
    target.addLegalDialect<arith::ArithDialect, bufferization::BufferizationDialect,
                           func::FuncDialect, linalg::LinalgDialect, math::MathDialect,
                           memref::MemRefDialect, tensor::TensorDialect>();
    target.addLegalOp<UnrealizedConversionCastOp>();
    target.addDynamicallyLegalDialect<ir::EtchDialect>(
        [](Operation* op) { return op->hasTrait<ir::ScheduledWhole>(); });
    if (failed(applyPartialConversion(kernel, target, std::move(patterns))))
      return signalPassFailure();
    removeCasts(kernel);
  }

  // Casts between ui8 and i8 tensors come in pairs; take them out.
  void removeCasts(func::FuncOp kernel) {
    kernel.walk([](UnrealizedConversionCastOp cast) {
      Value source = cast.getOperand(0);
      if (auto inner = source.getDefiningOp<UnrealizedConversionCastOp>();
          inner && inner.getOperand(0).getType() == cast.getResult(0).getType())
        cast.getResult(0).replaceAllUsesWith(inner.getOperand(0));
      else if (source.getType() == cast.getResult(0).getType())
        cast.getResult(0).replaceAllUsesWith(source);
    });
    for (Operation& op : llvm::make_early_inc_range(llvm::reverse(kernel.front())))
      if (isOpTriviallyDead(&op)) op.erase();
  }
};

}  // namespace

std::unique_ptr<Pass> createLowerKernelsPass() { return std::make_unique<LowerKernelsPass>(); }

}  // namespace etch::passes
