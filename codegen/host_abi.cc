// Programs and kernels as the runtime calls them (runtime/abi.h), in the LLVM dialect.
#include "etch/codegen/bufferize.h"
#include "etch/codegen/schedule/kernel.h"
#include "llvm/ADT/TypeSwitch.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/IRMapping.h"

namespace etch::codegen {
namespace {

using namespace mlir;

// Field numbers of runtime::CallFrame.
enum FrameField { kBuffers = 0, kArena = 1, kDerived = 2, kLaunch = 3, kStopped = 5 };

// Rewrites one host function: memory becomes addresses, calls of kernels become launches through
// the frame, and loops and branches stay as they are around them.
class HostLowering {
 public:
  HostLowering(ModuleOp module, func::FuncOp host)
      : host_(host),
        b_(module.getContext()),
        loc_(host.getLoc()),
        pointer_(LLVM::LLVMPointerType::get(module.getContext())) {}

  LogicalResult run() {
    std::string name = host_.getName().str();
    b_.setInsertionPoint(host_);
    auto entry = func::FuncOp::create(b_, loc_, name + ".abi", b_.getFunctionType({pointer_}, {}));
    b_.setInsertionPointToEnd(entry.addEntryBlock());
    frame_ = entry.getArgument(0);
    Value buffers = load(frame_, kBuffers);
    launch_ = load(frame_, kLaunch);
    unsigned arguments = host_.getNumArguments();
    for (BlockArgument argument : host_.getArguments().drop_back(2))
      if (!argument.use_empty()) values_.map(argument, load(buffers, argument.getArgNumber()));
    values_.map(host_.getArgument(arguments - 2), load(frame_, kArena));
    values_.map(host_.getArgument(arguments - 1), load(frame_, kDerived));
    int64_t most = 1;
    host_.walk([&](func::CallOp call) { most = std::max<int64_t>(most, call.getNumOperands()); });
    array_ = LLVM::AllocaOp::create(b_, loc_, pointer_, pointer_, i64(most), 8);
    for (Operation& op : host_.front()) lower(&op);
    host_.erase();
    entry.setName(name);
    return success();
  }

 private:
  void lower(Operation* op) {
    loc_ = op->getLoc();
    llvm::TypeSwitch<Operation*>(op)
        .Case([&](func::CallOp call) {
          if (call.getCallee() != kNotStoppedName) return launch(call);
          values_.map(call.getResult(0), isNotStopped());
        })
        .Case([&](memref::ViewOp view) {
          values_.map(view.getResult(), offset(view.getSource(), index(view.getByteShift())));
        })
        .Case([&](memref::SubViewOp row) { values_.map(row.getResult(), rowAddress(row)); })
        .Case([&](memref::GetGlobalOp global) {
          Value address = LLVM::AddressOfOp::create(b_, loc_, pointer_, global.getName());
          values_.map(global.getResult(), address);
        })
        .Case<memref::ReinterpretCastOp, UnrealizedConversionCastOp>([&](Operation* cast) {
          values_.map(cast->getResult(0), values_.lookup(cast->getOperand(0)));
        })
        .Case([&](memref::LoadOp load) {
          Value loaded =
              LLVM::LoadOp::create(b_, loc_, load.getType(), values_.lookup(load.getMemref()));
          values_.map(load.getResult(), loaded);
        })
        .Case([&](memref::CopyOp copy) {
          LLVM::MemmoveOp::create(
              b_, loc_, values_.lookup(copy.getTarget()), values_.lookup(copy.getSource()),
              i64(bytesOf(cast<MemRefType>(copy.getSource().getType()))), /*isVolatile=*/false);
        })
        .Default([&](Operation* other) { rebuild(other); });
  }

  // The same op on addresses, also in its regions.
  void rebuild(Operation* op) {
    SmallVector<Value> operands;
    for (Value operand : op->getOperands()) operands.push_back(values_.lookup(operand));
    SmallVector<Type> types;
    for (Type type : op->getResultTypes()) types.push_back(addressed(type));
    OperationState state(loc_, op->getName(), operands, types, op->getAttrDictionary().getValue());
    for (unsigned i = 0; i < op->getNumRegions(); ++i) state.addRegion();
    Operation* copy = b_.create(state);
    values_.map(op->getResults(), copy->getResults());
    for (auto [from, to] : llvm::zip(op->getRegions(), copy->getRegions())) {
      for (Block& block : from) {
        OpBuilder::InsertionGuard guard(b_);
        SmallVector<Type> arguments;
        for (Type type : block.getArgumentTypes()) arguments.push_back(addressed(type));
        Block* body =
            b_.createBlock(&to, to.end(), arguments, SmallVector<Location>(arguments.size(), loc_));
        values_.map(block.getArguments(), body->getArguments());
        for (Operation& inner : block) lower(&inner);
      }
    }
  }

  Type addressed(Type type) { return isa<MemRefType>(type) ? pointer_ : type; }
  static int64_t bytesOf(MemRefType type) {
    return type.getNumElements() * type.getElementTypeBitWidth() / 8;
  }

  Value i64(int64_t value) {
    return LLVM::ConstantOp::create(b_, loc_, b_.getI64Type(), b_.getI64IntegerAttr(value));
  }
  Value index(Value value) {
    return arith::IndexCastOp::create(b_, loc_, b_.getI64Type(), values_.lookup(value));
  }
  Value offset(Value memory, Value bytes) {
    return LLVM::GEPOp::create(b_, loc_, pointer_, b_.getI8Type(), values_.lookup(memory),
                               ArrayRef<LLVM::GEPArg>{bytes});
  }
  // All fields of the frame are of 8 bytes.
  Value address(Value base, int64_t slot) {
    return LLVM::GEPOp::create(b_, loc_, pointer_, pointer_, base,
                               ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(slot)});
  }
  Value load(Value base, int64_t slot) {
    return LLVM::LoadOp::create(b_, loc_, pointer_, address(base, slot));
  }

  Value isNotStopped() {
    Value stopped = LLVM::LoadOp::create(b_, loc_, b_.getI64Type(), address(frame_, kStopped));
    return arith::CmpIOp::create(b_, loc_, arith::CmpIPredicate::eq, stopped, i64(0));
  }

  // The host function takes rows along the leading dimension only.
  Value rowAddress(memref::SubViewOp row) {
    Value number = index(row.getDynamicOffset(0)), bytes = i64(bytesOf(row.getType()));
    return offset(row.getSource(), LLVM::MulOp::create(b_, loc_, b_.getI64Type(), number, bytes));
  }

  void launch(func::CallOp call) {
    for (auto [i, operand] : llvm::enumerate(call.getOperands().drop_back(2))) {
      Value slot = LLVM::GEPOp::create(b_, loc_, pointer_, pointer_, array_,
                                       ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
      LLVM::StoreOp::create(b_, loc_, values_.lookup(operand), slot);
    }
    Value kernel = LLVM::AddressOfOp::create(b_, loc_, pointer_, call.getCallee());
    Value number =
        LLVM::ConstantOp::create(b_, loc_, b_.getI32Type(), b_.getI32IntegerAttr(launches_++));
    Value pieces = i64(*getConstantIntValue(call.getOperands().back()));
    auto type = LLVM::LLVMFunctionType::get(
        LLVM::LLVMVoidType::get(b_.getContext()),
        {pointer_, b_.getI32Type(), pointer_, pointer_, b_.getI64Type()});
    LLVM::CallOp::create(b_, loc_, type,
                         ValueRange{launch_, frame_, number, kernel, array_, pieces});
  }

  func::FuncOp host_;
  OpBuilder b_;
  Location loc_;
  Type pointer_;
  Value frame_, launch_, array_;
  int32_t launches_ = 0;
  IRMapping values_;  // addresses for memory
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
  if (Operation* declared = module.lookupSymbol(kNotStoppedName)) declared->erase();
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
