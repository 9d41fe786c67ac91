// Programs and kernels as the runtime calls them (runtime/abi.h), in the LLVM dialect.
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

#include "etch/codegen/bufferize.h"
#include "etch/codegen/schedule/kernel.h"

namespace etch::codegen {
namespace {

using namespace mlir;

// Field numbers of runtime::CallFrame.
enum FrameField { kBuffers = 0, kArena = 1, kDerived = 2, kLaunch = 3 };

class HostLowering {
 public:
  HostLowering(ModuleOp module, func::FuncOp host)
      : module_(module), host_(host), b_(module.getContext()), loc_(host.getLoc()),
        pointer_(LLVM::LLVMPointerType::get(module.getContext())) {}

  LogicalResult run() {
    std::string name = host_.getName().str();
    b_.setInsertionPoint(host_);
    auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b_.getContext()), {pointer_});
    auto entry = LLVM::LLVMFuncOp::create(b_, loc_, name + ".abi", type);
    Block* block = entry.addEntryBlock(b_);
    b_.setInsertionPointToEnd(block);
    frame_ = block->getArgument(0);
    buffers_ = field(kBuffers);
    arena_ = field(kArena);
    derived_ = field(kDerived);
    launch_ = field(kLaunch);
    int64_t most = 1;
    host_.walk([&](func::CallOp call) { most = std::max<int64_t>(most, call.getNumOperands()); });
    array_ = LLVM::AllocaOp::create(b_, loc_, pointer_, pointer_, i64(most), 8);
    inputs_and_results_ = host_.getNumArguments() - 2;
    int32_t index = 0;
    for (auto call : host_.front().getOps<func::CallOp>())
      if (failed(launch(call, index++))) return failure();
    LLVM::ReturnOp::create(b_, loc_, ValueRange());
    host_.erase();
    entry.setName(name);
    return success();
  }

 private:
  Value i64(int64_t value) {
    return LLVM::ConstantOp::create(b_, loc_, b_.getI64Type(), b_.getI64IntegerAttr(value));
  }
  Value field(int number) { return load(frame_, number); }
  Value load(Value base, int64_t slot) {
    Value at = LLVM::GEPOp::create(b_, loc_, pointer_, pointer_, base,
                                   ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(slot)});
    return LLVM::LoadOp::create(b_, loc_, pointer_, at);
  }

  FailureOr<Value> address(Value memory) {
    if (auto cast = memory.getDefiningOp<memref::ReinterpretCastOp>()) memory = cast.getSource();
    if (auto argument = dyn_cast<BlockArgument>(memory)) {
      Value& loaded = loaded_[memory];
      if (!loaded) loaded = load(buffers_, argument.getArgNumber());
      return loaded;
    }
    if (auto global = memory.getDefiningOp<memref::GetGlobalOp>())
      return Value(LLVM::AddressOfOp::create(b_, loc_, pointer_, global.getName()));
    auto view = memory.getDefiningOp<memref::ViewOp>();
    if (!view) return failure();
    bool derived = cast<BlockArgument>(view.getSource()).getArgNumber() > inputs_and_results_;
    int64_t offset = *getConstantIntValue(view.getByteShift());
    return Value(LLVM::GEPOp::create(b_, loc_, pointer_, b_.getI8Type(),
                                     derived ? derived_ : arena_,
                                     ArrayRef<LLVM::GEPArg>{i64(offset)}));
  }

  LogicalResult launch(func::CallOp call, int32_t index) {
    loc_ = call.getLoc();
    auto operands = call.getOperands().drop_back(2);
    for (auto [i, operand] : llvm::enumerate(operands)) {
      FailureOr<Value> memory = address(operand);
      if (failed(memory)) return call.emitError("operand ") << i << " has no address";
      Value slot = LLVM::GEPOp::create(b_, loc_, pointer_, pointer_, array_,
                                       ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
      LLVM::StoreOp::create(b_, loc_, *memory, slot);
    }
    Value kernel = LLVM::AddressOfOp::create(b_, loc_, pointer_, call.getCallee());
    Value number =
        LLVM::ConstantOp::create(b_, loc_, b_.getI32Type(), b_.getI32IntegerAttr(index));
    Value pieces = i64(*getConstantIntValue(call.getOperands().back()));
    auto type = LLVM::LLVMFunctionType::get(
        LLVM::LLVMVoidType::get(b_.getContext()),
        {pointer_, b_.getI32Type(), pointer_, pointer_, b_.getI64Type()});
    LLVM::CallOp::create(b_, loc_, type, ValueRange{launch_, frame_, number, kernel, array_, pieces});
    return success();
  }

  ModuleOp module_;
  func::FuncOp host_;
  OpBuilder b_;
  Location loc_;
  Type pointer_;
  Value frame_, buffers_, arena_, derived_, launch_, array_;
  unsigned inputs_and_results_ = 0;
  llvm::DenseMap<Value, Value> loaded_;
};

LLVM::LLVMFunctionType kernelType(MLIRContext* context) {
  Type pointer = LLVM::LLVMPointerType::get(context);
  Type i64 = IntegerType::get(context, 64);
  return LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(context), {pointer, i64, i64});
}

}  // namespace

void declareKernels(ModuleOp module) {
  OpBuilder b(module.getContext());
  for (auto kernel : llvm::make_early_inc_range(module.getOps<func::FuncOp>())) {
    if (!kernel->hasAttr(kPiecesAttr)) continue;
    std::string name = kernel.getName().str();
    Location loc = kernel.getLoc();
    b.setInsertionPointAfter(kernel);
    kernel.erase();
    LLVM::LLVMFuncOp::create(b, loc, name, kernelType(module.getContext()));
  }
}

// Constants of the program, as global arrays. (memref's own lowering comes too late: the host code
// takes their addresses.)
void lowerConstants(ModuleOp module) {
  OpBuilder b(module.getContext());
  for (auto global : llvm::make_early_inc_range(module.getOps<memref::GlobalOp>())) {
    auto value = cast<DenseElementsAttr>(*global.getInitialValue());
    int64_t size = value.getNumElements();
    Type element = value.getElementType();
    b.setInsertionPoint(global);
    std::string name = global.getName().str();
    Location loc = global.getLoc();
    Attribute flat = value.reshape(RankedTensorType::get({size}, element));
    if (size == 0) flat = nullptr;
    global.erase();
    b.setInsertionPointToStart(module.getBody());
    auto array = LLVM::LLVMArrayType::get(element, std::max<int64_t>(size, 1));
    if (!flat) flat = b.getZeroAttr(RankedTensorType::get({1}, element));
    LLVM::GlobalOp::create(b, loc, array, /*isConstant=*/true, LLVM::Linkage::Internal, name, flat,
                           /*alignment=*/64);
  }
}

LogicalResult lowerHostToLLVM(ModuleOp module) {
  lowerConstants(module);
  for (StringRef name : {StringRef(kPrepareName), StringRef(kEntryName)})
    if (auto host = module.lookupSymbol<func::FuncOp>(name))
      if (failed(HostLowering(module, host).run())) return failure();
  return success();
}

void wrapKernel(ModuleOp module, StringRef name) {
  auto body = module.lookupSymbol<LLVM::LLVMFuncOp>(name);
  OpBuilder b(body);
  Location loc = body.getLoc();
  std::string symbol = name.str();
  body.setName(symbol + ".body");
  body.setLinkage(LLVM::Linkage::Internal);
  body.setAlwaysInline(true);
  auto wrapper = LLVM::LLVMFuncOp::create(b, loc, symbol, kernelType(module.getContext()));
  Block* block = wrapper.addEntryBlock(b);
  b.setInsertionPointToEnd(block);
  Type pointer = LLVM::LLVMPointerType::get(module.getContext());
  SmallVector<Value> operands;
  unsigned buffers = body.getNumArguments() - 2;
  for (unsigned i = 0; i < buffers; ++i) {
    Value at = LLVM::GEPOp::create(b, loc, pointer, pointer, block->getArgument(0),
                                   ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
    operands.push_back(LLVM::LoadOp::create(b, loc, pointer, at));
  }
  operands.append({block->getArgument(1), block->getArgument(2)});
  LLVM::CallOp::create(b, loc, body, operands);
  LLVM::ReturnOp::create(b, loc, ValueRange());
}

}  // namespace etch::codegen
