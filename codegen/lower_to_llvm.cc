#include "etch/codegen/lower_to_llvm.h"

#include "etch/codegen/math_functions.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/Vector/Transforms/LoweringPatterns.h"
#include "mlir/Dialect/X86Vector/X86VectorDialect.h"
#include "mlir/Transforms/DialectConversion.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/Passes.h"

namespace etch::codegen {
namespace {

using namespace mlir;

// Math functions of f32 become polynomials that vectorize, conversions of bf16 integer arithmetic,
// and transposes of square blocks shuffles.
struct ExpandPass : PassWrapper<ExpandPass, OperationPass<func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ExpandPass)
  explicit ExpandPass(const Target& target)
      : wide_(target.vector_bytes == 64),
        has_fma_(target.has_fma),
        native_bf16_(target.features.find("+avx512bf16") != std::string::npos) {}
  StringRef getArgument() const override { return "etch-expand-math"; }
  StringRef getDescription() const override {
    return "Expand math functions, bf16 conversions and transposes into plain vector code";
  }
  void getDependentDialects(DialectRegistry& registry) const override {
    registry.insert<math::MathDialect, vector::VectorDialect, x86vector::X86VectorDialect>();
  }
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    // Sine and cosine of large arguments need a reduction that upstream's polynomials lack: libm's.
    // 1 / sqrt(x) is exact to half an ulp more than the expansion, and as fast where it is used.
    // Upstream's 2^x is e^(x ln 2), which loses digits with large x, and sinh(x) loses all of them
    // near 0. Powers of two should have whole numbers as logarithms.
    auto vectorizes = [](StringRef name) {
      const StringRef from_libm[] = {
          math::SinOp::getOperationName(),  math::CosOp::getOperationName(),
          math::Exp2Op::getOperationName(), math::Log2Op::getOperationName(),
          math::SinhOp::getOperationName(), math::RsqrtOp::getOperationName()};
      return name != math::ErfOp::getOperationName() && !llvm::is_contained(from_libm, name);
    };
    populateMathFunctionPatterns(patterns, has_fma_);
    populateMathF32ExpansionPatterns(patterns, vectorizes);
    populateMathPolynomialApproximationPatterns(patterns, vectorizes);
    if (!native_bf16_) arith::populateExpandBFloat16Patterns(patterns);
    vector::populateVectorTransposeLoweringPatterns(
        patterns, wide_ ? vector::VectorTransposeLowering::Shuffle16x16
                        : vector::VectorTransposeLowering::Shuffle1D);
    GreedyRewriteConfig config;
    // Canonicalizing here would turn chains of inserts into one op of hundreds of scalars.
    config.enableFolding(false).enableConstantCSE(false);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns), config)))
      signalPassFailure();
  }

 private:
  bool wide_, has_fma_, native_bf16_;
};

// e^x - 1 and log(1 + x) of f64 become libm's. Upstream has no polynomial for them, and its
// conversion to LLVM writes the difference and the sum out, which loses the digits they exist for.
struct ExactNearZeroPass : PassWrapper<ExactNearZeroPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ExactNearZeroPass)
  StringRef getArgument() const override { return "etch-exact-near-zero"; }
  StringRef getDescription() const override { return "Call libm for expm1 and log1p"; }

  void getDependentDialects(DialectRegistry& registry) const override {
    registry.insert<arith::ArithDialect, func::FuncDialect, vector::VectorDialect>();
  }
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateMathToLibmConversionPatterns(patterns);
    ConversionTarget target(getContext());
    target.addIllegalOp<math::ExpM1Op, math::Log1pOp>();
    target.markUnknownOpDynamicallyLegal([](Operation*) { return true; });
    if (failed(applyPartialConversion(getOperation(), target, std::move(patterns))))
      signalPassFailure();
  }
};

// Masked accesses of f16 and bf16 move their bits as integers: where the machine lacks them, LLVM
// takes them apart and calls a library to round each element.
struct MaskedAccessPass : PassWrapper<MaskedAccessPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(MaskedAccessPass)
  StringRef getArgument() const override { return "etch-masked-access"; }
  StringRef getDescription() const override { return "Move narrow floats under masks as integers"; }

  void runOnOperation() override {
    getOperation().walk([](Operation* op) {
      if (isa<LLVM::MaskedStoreOp, LLVM::masked_scatter>(op)) {
        OpBuilder builder(op);
        if (Type bits = bitsOf(op->getOperand(0).getType()))
          op->setOperand(0,
                         LLVM::BitcastOp::create(builder, op->getLoc(), bits, op->getOperand(0)));
      }
      if (isa<LLVM::MaskedLoadOp, LLVM::masked_gather>(op)) {
        Type type = op->getResult(0).getType(), bits = bitsOf(type);
        if (!bits) return;
        OpBuilder builder(op);
        for (OpOperand& operand : op->getOpOperands())
          if (operand.get().getType() == type)
            operand.set(LLVM::BitcastOp::create(builder, op->getLoc(), bits, operand.get()));
        builder.setInsertionPointAfter(op);
        op->getResult(0).setType(bits);
        auto value = LLVM::BitcastOp::create(builder, op->getLoc(), type, op->getResult(0));
        op->getResult(0).replaceAllUsesExcept(value, value);
      }
    });
  }

  // The vector of integers as wide as the elements of `type`, if these are narrow floats.
  static Type bitsOf(Type type) {
    auto vector = dyn_cast<VectorType>(type);
    if (!vector || !isa<Float16Type, BFloat16Type>(vector.getElementType())) return {};
    return vector.clone(IntegerType::get(type.getContext(), 16));
  }
};

}  // namespace

void buildLowerToLLVMPipeline(OpPassManager& pm, const Target& target) {
  OpPassManager& expansion = pm.nest<func::FuncOp>();
  // The emitter repeats constants and address arithmetic at each point.
  expansion.addPass(createCSEPass());
  // Polynomials: ours for erf and exp, upstream's for tanh and the rest; what is left is a libm
  // call.
  expansion.addPass(std::make_unique<ExpandPass>(target));
  expansion.addPass(createCSEPass());
  // Functions that LLVM has as instructions or intrinsics, then the others.
  pm.addPass(std::make_unique<ExactNearZeroPass>());
  pm.addPass(createConvertMathToLLVMPass());
  pm.addPass(createConvertMathToLibmPass());
  OpPassManager& kernels = pm.nest<func::FuncOp>();
  // Strided views of arguments become address arithmetic.
  kernels.addPass(memref::createExpandStridedMetadataPass());
  kernels.addPass(createLowerAffinePass());
  kernels.addPass(createSCFToControlFlowPass());
  ConvertVectorToLLVMPassOptions vector_options;
  vector_options.force32BitVectorIndices = true;
  vector_options.x86Vector = true;
  pm.addPass(createConvertVectorToLLVMPass(vector_options));
  pm.addPass(createFinalizeMemRefToLLVMConversionPass());
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createConvertIndexToLLVMPass());
  ConvertFuncToLLVMPassOptions func_options;
  // Shapes are static: a kernel takes plain pointers.
  func_options.useBarePtrCallConv = true;
  pm.addPass(createConvertFuncToLLVMPass(func_options));
  pm.addPass(createConvertControlFlowToLLVMPass());
  pm.addPass(createUBToLLVMConversionPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
  pm.addPass(std::make_unique<MaskedAccessPass>());
}

}  // namespace etch::codegen
