#include "etch/codegen/bufferize.h"

#include "etch/codegen/schedule/kernel.h"
#include "etch/ir/program.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/TypeSwitch.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

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
      : module_(module), main_(main), plan_(plan), b_(module.getContext()) {}

  // The function `name`, which runs those steps of main for which `belongs` holds.
  void build(StringRef name, llvm::function_ref<bool(Operation*)> belongs) {
    b_.setInsertionPoint(main_);
    loc_ = main_.getLoc();
    SmallVector<Type> types;
    for (Type type : main_.getArgumentTypes()) types.push_back(memoryOf(type));
    for (Type type : main_.getResultTypes()) types.push_back(memoryOf(type));
    for (int64_t bytes : {plan_.arena_bytes, plan_.derived_bytes})
      types.push_back(MemRefType::get({bytes}, b_.getI8Type()));
    auto host = func::FuncOp::create(b_, loc_, name, b_.getFunctionType(types, {}));
    entry_ = host.addEntryBlock();
    b_.setInsertionPointToEnd(entry_);
    for (Operation& op : main_.front())
      if (belongs(&op)) emit(&op);
    func::ReturnOp::create(b_, loc_);
  }

  void buildConstants() {
    b_.setInsertionPointToStart(module_.getBody());
    int64_t i = 0;
    for (ir::ConstantOp constant : plan_.constants) {
      memref::GlobalOp::create(b_, constant.getLoc(), constantName(i++),
                               b_.getStringAttr("private"), memoryOf(constant.getType()),
                               memoryValue(constant.getValue()),
                               /*constant=*/true, b_.getI64IntegerAttr(64));
    }
  }

 private:
  // The memory of a carry: what the step at hand reads, what it writes, what the next one writes.
  struct Turns {
    Value read, write, spare;
  };

  void emit(Operation* op) {
    loc_ = op->getLoc();
    llvm::TypeSwitch<Operation*>(op).Case<ir::LaunchOp, ir::CondOp, ir::ScanOp, ir::WhileOp>(
        [&](auto step) { emitStep(step); });
  }

  void emitBlock(Block& block) {
    for (Operation& op : block.without_terminator()) emit(&op);
  }

  void emitStep(ir::LaunchOp launch) {
    auto kernel = module_.lookupSymbol<func::FuncOp>(launch.getKernel());
    int64_t pieces = kernel->getAttrOfType<IntegerAttr>(kPiecesAttr).getInt();
    SmallVector<Value> operands;
    for (Value input : launch.getInputs()) operands.push_back(memory(input));
    for (Value result : launch.getResults()) operands.push_back(memory(result));
    // One kernel serves values of equal size under several shapes.
    for (auto [operand, type] : llvm::zip(operands, kernel.getArgumentTypes()))
      operand = shaped(operand, cast<MemRefType>(type));
    operands.push_back(index(0));
    operands.push_back(index(pieces));
    func::CallOp::create(b_, loc_, launch.getKernel(), TypeRange(), operands);
  }

  // Only the chosen side runs; both write the same memory.
  void emitStep(ir::CondOp op) {
    Value holds = truth(memories(op.getPredicate()).front());
    SmallVector<Value> inputs = memories(op.getInputs()), results = memories(op.getResults());
    auto branch = scf::IfOp::create(b_, loc_, holds, /*withElseRegion=*/true);
    for (auto [from, to] : {std::pair(&op.getThenRegion(), branch.thenBlock()),
                            {&op.getElseRegion(), branch.elseBlock()}}) {
      OpBuilder::InsertionGuard guard(b_);
      b_.setInsertionPointToStart(to);
      bind(from->getArguments(), inputs);
      bindYielded(from->front(), results);
      emitBlock(from->front());
    }
  }

  void emitStep(ir::ScanOp op) {
    int64_t length = op.getLength();
    SmallVector<Value> xs = memories(op.getXs()), captures = memories(op.getCaptures());
    SmallVector<Value> ys = memories(op.ys());
    // The last step writes the results.
    SmallVector<Turns> turns = turnsOf(op, op.getInits(), /*result_first=*/length % 2 == 1);
    auto loop = scf::ForOp::create(b_, loc_, index(0), index(length), index(1), flatten(turns));
    OpBuilder::InsertionGuard guard(b_);
    b_.setInsertionPointToStart(loop.getBody());
    turns = unflatten(loop.getRegionIterArgs());
    Value row = loop.getInductionVar();
    if (op.getReverse()) row = arith::SubIOp::create(b_, loc_, index(length - 1), row);
    for (auto [carry, turn] : llvm::zip(op.carryArguments(), turns)) bound_[carry] = turn.read;
    for (auto [argument, x] : llvm::zip(op.rowArguments(), xs))
      bound_[argument] = rowOf(x, row, argument.getType());
    bind(op.captureArguments(), captures);
    SmallVector<Value> written;
    for (const Turns& turn : turns) written.push_back(turn.write);
    for (auto [value, y] : llvm::zip(op.yieldedRows(), ys))
      written.push_back(rowOf(y, row, value.getType()));
    bindYielded(op.step(), written);
    emitBlock(op.step());
    loc_ = op.getLoc();
    // A loop that carries nothing has its end already.
    if (!turns.empty()) scf::YieldOp::create(b_, loc_, flatten(nextTurns(turns)));
  }

  void emitStep(ir::WhileOp op) {
    SmallVector<Value> captures = memories(op.getCaptures()), results = memories(op.getResults());
    SmallVector<Turns> turns = turnsOf(op, op.getInits(), /*result_first=*/true);
    SmallVector<Value> inits = flatten(turns);
    Value predicate =
        view(MemRefType::get({}, b_.getI8Type()), plan_.controls.at(op).predicate, arenaMemory());
    auto loop = scf::WhileOp::create(b_, loc_, ValueRange(inits).getTypes(), inits);
    OpBuilder::InsertionGuard guard(b_);
    SmallVector<Location> locs(inits.size(), loc_);

    Block* before = b_.createBlock(&loop.getBefore(), {}, ValueRange(inits).getTypes(), locs);
    turns = unflatten(before->getArguments());
    bindLoop(op.getCondition().front(), turns, captures);
    bindYielded(op.getCondition().front(), predicate);
    emitBlock(op.getCondition().front());
    loc_ = op.getLoc();
    Value goes_on = arith::AndIOp::create(b_, loc_, truth(predicate), isNotStopped());
    scf::ConditionOp::create(b_, loc_, goes_on, before->getArguments());

    Block* after = b_.createBlock(&loop.getAfter(), {}, ValueRange(inits).getTypes(), locs);
    turns = unflatten(after->getArguments());
    bindLoop(op.getBody().front(), turns, captures);
    SmallVector<Value> written;
    for (const Turns& turn : turns) written.push_back(turn.write);
    bindYielded(op.getBody().front(), written);
    emitBlock(op.getBody().front());
    loc_ = op.getLoc();
    scf::YieldOp::create(b_, loc_, flatten(nextTurns(turns)));

    // Where the last step wrote is known at run time only.
    b_.setInsertionPointAfter(loop);
    for (auto [turn, result] : llvm::zip(unflatten(loop.getResults()), results))
      memref::CopyOp::create(b_, loc_, shaped(turn.read, cast<MemRefType>(result.getType())),
                             result);
  }

  SmallVector<Turns> turnsOf(Operation* op, ValueRange inits, bool result_first) {
    SmallVector<Turns> turns;
    const ControlPlan& own = plan_.controls.at(op);
    for (auto [k, init] : llvm::enumerate(inits)) {
      MemRefType type = memoryOf(init.getType());
      Value result = shaped(memory(op->getResult(k)), type);
      Value spare = view(type, own.spares[k], arenaMemory());
      Value read = shaped(memory(init), type);
      turns.push_back(result_first ? Turns{read, result, spare} : Turns{read, spare, result});
    }
    return turns;
  }
  static SmallVector<Turns> nextTurns(ArrayRef<Turns> turns) {
    SmallVector<Turns> next;
    for (const Turns& turn : turns) next.push_back({turn.write, turn.spare, turn.write});
    return next;
  }
  static SmallVector<Value> flatten(ArrayRef<Turns> turns) {
    SmallVector<Value> values;
    for (const Turns& turn : turns) values.append({turn.read, turn.write, turn.spare});
    return values;
  }
  static SmallVector<Turns> unflatten(ValueRange values) {
    SmallVector<Turns> turns;
    for (size_t i = 0; i < values.size(); i += 3)
      turns.push_back({values[i], values[i + 1], values[i + 2]});
    return turns;
  }

  void bind(ValueRange values, ArrayRef<Value> memories) {
    for (auto [value, memory] : llvm::zip_equal(values, memories)) bound_[value] = memory;
  }
  void bindYielded(Block& block, ArrayRef<Value> memories) {
    for (auto [value, memory] : llvm::zip_equal(block.getTerminator()->getOperands(), memories))
      bound_[rootOf(value)] = memory;
  }
  void bindLoop(Block& block, ArrayRef<Turns> turns, ArrayRef<Value> captures) {
    SmallVector<Value> memories;
    for (const Turns& turn : turns) memories.push_back(turn.read);
    memories.append(captures.begin(), captures.end());
    bind(block.getArguments(), memories);
  }

  static std::string constantName(int64_t i) { return "etch_constant_" + std::to_string(i); }
  Value index(int64_t value) { return arith::ConstantIndexOp::create(b_, loc_, value); }
  Value arenaMemory() { return entry_->getArgument(entry_->getNumArguments() - 2); }
  Value derivedMemory() { return entry_->getArgument(entry_->getNumArguments() - 1); }

  Value view(MemRefType type, int64_t offset, Value bytes) {
    return memref::ViewOp::create(b_, loc_, type, bytes, index(offset), ValueRange());
  }

  // Whether the call has not been cancelled. (Kernels do nothing any more once it was, so that a
  // condition would stay what it is.)
  Value isNotStopped() {
    if (!module_.lookupSymbol(kNotStoppedName)) {
      OpBuilder::InsertionGuard guard(b_);
      b_.setInsertionPointToStart(module_.getBody());
      auto type = b_.getFunctionType({}, {b_.getI1Type()});
      func::FuncOp::create(b_, loc_, kNotStoppedName, type).setPrivate();
    }
    return func::CallOp::create(b_, loc_, kNotStoppedName, b_.getI1Type(), ValueRange())
        .getResult(0);
  }

  // A boolean in memory.
  Value truth(Value memory) {
    Value byte = memref::LoadOp::create(b_, loc_, memory, ValueRange());
    Value zero = arith::ConstantOp::create(b_, loc_, b_.getI8IntegerAttr(0));
    return arith::CmpIOp::create(b_, loc_, arith::CmpIPredicate::ne, byte, zero);
  }

  // Row `row` of the dense array `stacked`. Kernels take the address of dense elements, so that
  // what the subview says of its offset is lost on the way to them.
  Value rowOf(Value stacked, Value row, Type type) {
    auto memory = cast<MemRefType>(stacked.getType());
    MemRefType wanted = memoryOf(type);
    SmallVector<OpFoldResult> offsets(memory.getRank(), b_.getIndexAttr(0)), sizes,
        strides(memory.getRank(), b_.getIndexAttr(1));
    offsets[0] = row;
    for (int64_t extent : memory.getShape()) sizes.push_back(b_.getIndexAttr(extent));
    sizes[0] = b_.getIndexAttr(1);
    auto subview = cast<MemRefType>(memref::SubViewOp::inferRankReducedResultType(
        wanted.getShape(), memory, offsets, sizes, strides));
    Value part = memref::SubViewOp::create(b_, loc_, subview, stacked, offsets, sizes, strides);
    return UnrealizedConversionCastOp::create(b_, loc_, wanted, part).getResult(0);
  }

  Value shaped(Value operand, MemRefType type) {
    if (operand.getType() == type) return operand;
    SmallVector<int64_t> strides;
    int64_t offset;
    (void)type.getStridesAndOffset(strides, offset);
    return memref::ReinterpretCastOp::create(b_, loc_, type, operand, int64_t{0}, type.getShape(),
                                             strides);
  }

  SmallVector<Value> memories(ValueRange values) {
    SmallVector<Value> all;
    for (Value value : values) all.push_back(shaped(memory(value), memoryOf(value.getType())));
    return all;
  }

  // Of the size of `value`, which may be another shape of what lies there.
  Value memory(Value value) {
    Place place = plan_.placeOf(value);
    MemRefType type = memoryOf(value.getType());
    switch (place.kind) {
      case Place::kInput:
        return entry_->getArgument(place.index);
      case Place::kResult:
        return entry_->getArgument(main_.getNumArguments() + place.index);
      case Place::kConstant:
        return memref::GetGlobalOp::create(b_, loc_, memoryOf(rootOf(value).getType()),
                                           constantName(place.index));
      case Place::kBound:
        return bound_.at(rootOf(value));
      case Place::kArena:
      case Place::kDerived:
        break;
    }
    return view(type, place.index, place.kind == Place::kDerived ? derivedMemory() : arenaMemory());
  }

  ModuleOp module_;
  func::FuncOp main_;
  const MemoryPlan& plan_;
  OpBuilder b_;
  Location loc_ = UnknownLoc::get(b_.getContext());
  Block* entry_ = nullptr;
  // Memory of what regions take and yield, while they are emitted.
  llvm::DenseMap<Value, Value> bound_;
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
  llvm::DenseSet<Operation*> prepared(plan.prepare.begin(), plan.prepare.end());
  if (!prepared.empty())
    builder.build(kPrepareName, [&](Operation* op) { return prepared.contains(op); });
  builder.build(kEntryName, [&](Operation* op) { return !prepared.contains(op); });
  main.erase();
  return success();
}

}  // namespace etch::codegen
