#include "etch/codegen/bufferize.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

#include "etch/codegen/schedule/kernel.h"
#include "etch/ir/program.h"

namespace etch::codegen {
namespace {

using namespace mlir;

MemRefType memoryOf(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  Type element = tensor.getElementType();
  if (auto integer = dyn_cast<IntegerType>(element))
    element = IntegerType::get(type.getContext(), std::max(8u, integer.getWidth()));
  return MemRefType::get(tensor.getShape(), element);
}

// The elements of a constant as they lie in memory: booleans as bytes, no signs.
DenseElementsAttr memoryValue(ElementsAttr value) {
  MemRefType memory = memoryOf(value.getShapedType());
  auto dense = cast<DenseElementsAttr>(value);
  auto type = RankedTensorType::get(memory.getShape(), memory.getElementType());
  if (!isa<IntegerType>(memory.getElementType())) return dense;
  SmallVector<APInt> numbers;
  for (const APInt& number : dense.getValues<APInt>())
    numbers.push_back(number.zext(std::max(8u, number.getBitWidth())));
  return DenseElementsAttr::get(type, numbers);
}

class HostBuilder {
 public:
  HostBuilder(ModuleOp module, func::FuncOp main, const MemoryPlan& plan)
      : module_(module), main_(main), plan_(plan) {}

  void build(StringRef name, ArrayRef<ir::LaunchOp> launches) {
    OpBuilder b(module_.getContext());
    b.setInsertionPoint(main_);
    Location loc = main_.getLoc();
    SmallVector<Type> types;
    for (Type type : main_.getArgumentTypes()) types.push_back(memoryOf(type));
    for (Type type : main_.getResultTypes()) types.push_back(memoryOf(type));
    for (int64_t bytes : {plan_.arena_bytes, plan_.derived_bytes})
      types.push_back(MemRefType::get({bytes}, b.getI8Type()));
    auto host = func::FuncOp::create(b, loc, name, b.getFunctionType(types, {}));
    Block* block = host.addEntryBlock();
    b.setInsertionPointToEnd(block);
    views_.clear();
    for (ir::LaunchOp launch : launches) {
      auto kernel = module_.lookupSymbol<func::FuncOp>(launch.getKernel());
      int64_t pieces = kernel->getAttrOfType<IntegerAttr>(kPiecesAttr).getInt();
      SmallVector<Value> operands;
      for (Value input : launch.getInputs()) operands.push_back(memory(input, block, b));
      for (Value result : launch.getResults()) operands.push_back(memory(result, block, b));
      // One kernel serves values of equal size under several shapes.
      for (auto [operand, type] : llvm::zip(operands, kernel.getArgumentTypes()))
        operand = shaped(operand, cast<MemRefType>(type), b, launch.getLoc());
      operands.push_back(arith::ConstantIndexOp::create(b, launch.getLoc(), 0));
      operands.push_back(arith::ConstantIndexOp::create(b, launch.getLoc(), pieces));
      func::CallOp::create(b, launch.getLoc(), launch.getKernel(), TypeRange(), operands);
    }
    func::ReturnOp::create(b, loc);
  }

  void buildConstants() {
    OpBuilder b(module_.getContext());
    b.setInsertionPointToStart(module_.getBody());
    int64_t i = 0;
    for (ir::ConstantOp constant : plan_.constants) {
      memref::GlobalOp::create(b, constant.getLoc(), constantName(i++), b.getStringAttr("private"),
                               memoryOf(constant.getType()), memoryValue(constant.getValue()),
                               /*constant=*/true, b.getI64IntegerAttr(64));
    }
  }

 private:
  static std::string constantName(int64_t i) { return "etch_constant_" + std::to_string(i); }

  Value shaped(Value operand, MemRefType type, OpBuilder& b, Location loc) {
    if (operand.getType() == type) return operand;
    SmallVector<int64_t> strides;
    int64_t offset;
    (void)type.getStridesAndOffset(strides, offset);
    return memref::ReinterpretCastOp::create(b, loc, type, operand, int64_t{0}, type.getShape(),
                                             strides);
  }

  Value memory(Value value, Block* block, OpBuilder& b) {
    Place place = plan_.placeOf(value);
    int64_t inputs = main_.getNumArguments(), results = main_.getNumResults();
    MemRefType type = memoryOf(value.getType());
    Location loc = value.getLoc();
    switch (place.kind) {
      case Place::kInput:
        return block->getArgument(place.index);
      case Place::kResult:
        return block->getArgument(inputs + place.index);
      case Place::kConstant:
        return memref::GetGlobalOp::create(b, loc, type, constantName(place.index));
      case Place::kArena:
      case Place::kDerived:
        break;
    }
    Value& view = views_[value];
    if (view) return view;
    Value base = block->getArgument(inputs + results + (place.kind == Place::kDerived ? 1 : 0));
    Value offset = arith::ConstantIndexOp::create(b, loc, place.index);
    return view = memref::ViewOp::create(b, loc, type, base, offset, ValueRange());
  }

  ModuleOp module_;
  func::FuncOp main_;
  const MemoryPlan& plan_;
  llvm::DenseMap<Value, Value> views_;
};

}  // namespace

FunctionType scheduledKernelType(FunctionType type) {
  SmallVector<Type> arguments;
  for (Type input : type.getInputs()) arguments.push_back(kernelArgumentType(memoryOf(input)));
  for (Type result : type.getResults()) arguments.push_back(kernelArgumentType(memoryOf(result)));
  arguments.append(2, IndexType::get(type.getContext()));
  return FunctionType::get(type.getContext(), arguments, {});
}

LogicalResult bufferizeMain(ModuleOp module, const MemoryPlan& plan) {
  auto main = module.lookupSymbol<func::FuncOp>(ir::kMainName);
  HostBuilder builder(module, main, plan);
  builder.buildConstants();
  if (!plan.prepare.empty()) builder.build(kPrepareName, plan.prepare);
  builder.build(kEntryName, plan.launches);
  main.erase();
  return success();
}

}  // namespace etch::codegen
