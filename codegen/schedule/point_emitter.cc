#include "etch/codegen/schedule/kernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

namespace etch::codegen {

using namespace mlir;
using ir::StridedLayout;

namespace {

// The stride along `dim`, 0 where the access has extent 1.
int64_t walkStride(const Access& access, int64_t dim) {
  return access.layout.shape[dim] == 1 ? 0 : access.layout.strides[dim];
}

// An index as a value, or none, and a constant that is added to it.
std::pair<Value, int64_t> splitConstant(Value index) {
  if (std::optional<int64_t> constant = getConstantIntValue(index)) return {Value(), *constant};
  if (auto sum = index.getDefiningOp<arith::AddIOp>())
    if (std::optional<int64_t> constant = getConstantIntValue(sum.getRhs())) {
      auto [rest, more] = splitConstant(sum.getLhs());
      return {rest, more + *constant};
    }
  return {index, 0};
}

Value laneNumbers(OpBuilder& b, Location loc, int64_t width, int64_t stride) {
  SmallVector<int64_t> numbers;
  for (int64_t i = 0; i < width; ++i) numbers.push_back(i * stride);
  auto type = VectorType::get({width}, b.getIndexType());
  return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, ArrayRef(numbers)));
}

}  // namespace

PointEmitter::PointEmitter(func::FuncOp kernel, const Target&, OpBuilder& entry)
    : kernel_(kernel), entry_(entry) {}

Value PointEmitter::fail(Operation* op, const Twine& message) {
  if (!failed_) op->emitError("cannot be scheduled: ") << message;
  failed_ = true;
  return nullptr;
}

void PointEmitter::chooseGroups(ArrayRef<int64_t> shape, ArrayRef<int64_t> reduced,
                                ArrayRef<Access> accesses, bool keep_dims) {
  groups_.clear();
  for (int64_t dim = 0; dim < static_cast<int64_t>(shape.size()); ++dim) {
    if (shape[dim] == 1) continue;
    if (!groups_.empty() && !keep_dims) {
      LoopGroup& last = groups_.back();
      int64_t previous = last.dims.back();
      bool alike = llvm::is_contained(reduced, dim) == llvm::is_contained(reduced, previous);
      for (const Access& access : accesses)
        alike &= walkStride(access, previous) == walkStride(access, dim) * shape[dim];
      if (alike) {
        last.dims.push_back(dim);
        last.extent *= shape[dim];
        continue;
      }
    }
    groups_.push_back({shape[dim], {dim}});
  }
}

int64_t PointEmitter::strideOf(const Access& access, int group) const {
  return walkStride(access, groups_[group].dims.back());
}

bool PointEmitter::isOuter(Value tensor) const {
  auto shape = cast<RankedTensorType>(tensor.getType()).getShape();
  for (int group : inner_)
    for (int64_t dim : groups_[group].dims)
      if (shape[dim] != 1) return false;
  return true;
}

Value PointEmitter::flat(Value memory) {
  Value& result = flat_[memory];
  if (result) return result;
  auto type = cast<MemRefType>(memory.getType());
  if (type.getRank() == 1) return result = memory;
  int64_t size = type.getNumElements();
  result = memref::ReinterpretCastOp::create(
      entry_, memory.getLoc(), MemRefType::get({size}, type.getElementType()), memory,
      /*offset=*/int64_t{0}, ArrayRef<int64_t>{size}, ArrayRef<int64_t>{1});
  return result;
}

Value PointEmitter::offsetOf(const Access& access, Scope& scope) {
  OpBuilder& b = scope.builder;
  Location loc = kernel_.getLoc();
  // What is constant comes last: equal addresses are then equal sums, however their neighbours'
  // indices are made.
  Value offset;
  int64_t constant = access.layout.offset;
  for (int group = 0; group < static_cast<int>(groups_.size()); ++group) {
    int64_t stride = strideOf(access, group);
    if (stride == 0 || !scope.point.index[group]) continue;
    auto [index, more] = splitConstant(scope.point.index[group]);
    constant += more * stride;
    if (!index) continue;
    Value term = mulIndex(b, loc, index, stride);
    offset = offset ? addIndex(b, loc, offset, term) : term;
  }
  if (!offset) return constantIndex(b, loc, constant);
  return addIndex(b, loc, offset, constant);
}

Value PointEmitter::widen(Value value, Scope& scope) {
  if (!value || !scope.point.vectorized() || isa<VectorType>(value.getType())) return value;
  auto type = VectorType::get({scope.point.width}, value.getType());
  Attribute constant;
  if (matchPattern(value, m_Constant(&constant)))
    return arith::ConstantOp::create(scope.builder, value.getLoc(),
                                     DenseElementsAttr::get(type, constant));
  return vector::BroadcastOp::create(scope.builder, value.getLoc(), type, value);
}

// Elements in reverse order, or every other one, by loads of neighbours: a gather takes longer. A
// null `mask` stands for all lanes; lanes that are off get those of `fill`.
Value PointEmitter::shuffledLoad(OpBuilder& b, Value buffer, Value offset, int64_t stride,
                                 Value mask, Value fill) {
  Location loc = kernel_.getLoc();
  auto type = cast<VectorType>(fill.getType());
  int64_t width = type.getNumElements();
  // The lanes that the loads at `first` and, of every other element, so that nothing beyond the
  // last is read, `width - 1` behind it have for each element, and the element for each of their
  // lanes.
  SmallVector<int64_t> lanes(width), low(width, width), high(width, width);
  for (int64_t i = 0; i < width; ++i) {
    int64_t at = stride < 0 ? width - 1 - i : 2 * i < width ? 2 * i : 2 * i + 1;
    lanes[i] = at;
    (at < width ? low[at] : high[at - width]) = i;
  }
  auto load = [&](Value at, ArrayRef<int64_t> elements) -> Value {
    if (!mask) return vector::LoadOp::create(b, loc, type, buffer, at);
    Value none = arith::ConstantOp::create(b, loc, b.getZeroAttr(cast<VectorType>(mask.getType())));
    Value wanted = vector::ShuffleOp::create(b, loc, mask, none, elements);
    return vector::MaskedLoadOp::create(b, loc, type, buffer, at, wanted, fill);
  };
  Value first = load(stride < 0 ? addIndex(b, loc, offset, 1 - width) : offset, low);
  Value second = stride < 0 ? first : load(addIndex(b, loc, offset, width - 1), high);
  return vector::ShuffleOp::create(b, loc, first, second, lanes);
}

Value PointEmitter::loadAt(Value memory, Type element, Value offset, int64_t stride, Scope& scope) {
  OpBuilder& b = scope.builder;
  Location loc = kernel_.getLoc();
  Value buffer = flat(memory);
  if (!scope.point.vectorized() || stride == 0)
    return memref::LoadOp::create(b, loc, buffer, offset);
  int64_t width = scope.point.width;
  auto type = VectorType::get({width}, element);
  // Lanes that are masked off hold 1, which no scalar body trips over.
  Value mask = scope.point.mask;
  TypedAttr one = isa<FloatType>(element) ? TypedAttr(b.getFloatAttr(element, 1.0))
                                          : TypedAttr(b.getIntegerAttr(element, 1));
  auto fill = [&]() -> Value {
    return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, Attribute(one)));
  };
  if (stride == 1) {
    if (!mask) return vector::LoadOp::create(b, loc, type, buffer, offset);
    return vector::MaskedLoadOp::create(b, loc, type, buffer, offset, mask, fill());
  }
  if (stride == -1 || stride == 2) return shuffledLoad(b, buffer, offset, stride, mask, fill());
  if (!mask) {
    auto bits = VectorType::get({width}, b.getI1Type());
    mask = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(bits, true));
  }
  return vector::GatherOp::create(b, loc, type, buffer, offset, laneNumbers(b, loc, width, stride),
                                  mask, fill());
}

Value PointEmitter::load(const Access& access, Type element, Scope& scope) {
  int64_t stride = scope.point.vectorized() ? strideOf(access, scope.point.lane) : 0;
  return loadAt(access.memory, element, offsetOf(access, scope), stride, scope);
}

void PointEmitter::store(Value value, const Access& access, Scope& scope) {
  if (!value) return;
  OpBuilder& b = scope.builder;
  Location loc = kernel_.getLoc();
  Value offset = offsetOf(access, scope);
  Value buffer = flat(access.memory);
  int64_t stride = scope.point.vectorized() ? strideOf(access, scope.point.lane) : 0;
  if (!scope.point.vectorized() || stride == 0) {
    memref::StoreOp::create(b, loc, value, buffer, offset);
    return;
  }
  value = widen(value, scope);
  Value mask = scope.point.mask;
  if (stride == 1) {
    if (mask) {
      vector::MaskedStoreOp::create(b, loc, buffer, offset, mask, value);
    } else {
      vector::StoreOp::create(b, loc, value, buffer, offset);
    }
    return;
  }
  if (!mask) {
    auto bits = VectorType::get({scope.point.width}, b.getI1Type());
    mask = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(bits, true));
  }
  vector::ScatterOp::create(b, loc, /*resultType=*/Type(), buffer, ValueRange{offset},
                            laneNumbers(b, loc, scope.point.width, stride), mask, value);
}

void PointEmitter::storePairs(Value even, Value odd, const Access& access, Scope& scope) {
  OpBuilder& b = scope.builder;
  Location loc = kernel_.getLoc();
  int64_t width = scope.point.width;
  Value offset = offsetOf(access, scope), buffer = flat(access.memory), mask = scope.point.mask;
  even = widen(even, scope), odd = widen(odd, scope);
  for (int64_t half = 0; half < 2; ++half) {
    SmallVector<int64_t> lanes, pairs;
    for (int64_t i = 0; i < width; ++i) {
      int64_t from = (half * width + i) / 2;
      pairs.push_back(from);
      lanes.push_back(from + (i % 2 == 0 ? 0 : width));
    }
    Value value = vector::ShuffleOp::create(b, loc, even, odd, lanes);
    Value at = addIndex(b, loc, offset, half * width);
    if (mask) {
      Value both = vector::ShuffleOp::create(b, loc, mask, mask, pairs);
      vector::MaskedStoreOp::create(b, loc, buffer, at, both, value);
    } else {
      vector::StoreOp::create(b, loc, value, buffer, at);
    }
  }
}

// The index along an original dimension of the loops.
Value PointEmitter::indexAlong(int64_t dim, Scope& scope) {
  OpBuilder& b = scope.builder;
  Location loc = kernel_.getLoc();
  for (int group = 0; group < static_cast<int>(groups_.size()); ++group) {
    if (!llvm::is_contained(groups_[group].dims, dim)) continue;
    Value base = scope.point.index[group];
    if (!base) break;  // what follows a reduction has one element along what was reduced
    if (group != scope.point.lane) return base;
    auto type = VectorType::get({scope.point.width}, b.getIndexType());
    Value wide = vector::BroadcastOp::create(b, loc, type, base);
    Value lanes = laneNumbers(b, loc, scope.point.width, 1);
    Value index = arith::AddIOp::create(b, loc, wide, lanes);
    lane_base_[index] = base;
    return index;
  }
  return constantIndex(b, loc, 0);
}

Value PointEmitter::emitExtract(Operation* op, Value tensor, ValueRange indices, Scope& scope) {
  std::optional<Access> access = sourceOf(tensor);
  if (!access) {
    // A conversion of what lies in memory (bytes to booleans): of the element alone.
    auto generic = tensor.getDefiningOp<linalg::GenericOp>();
    if (!generic || generic.getNumDpsInputs() != 1 || generic.getNumReductionLoops() > 0)
      return fail(op, "an element is taken from a value that is not in memory");
    Value element = emitExtract(op, generic.getInputs()[0], indices, scope);
    return element ? applyBody(generic, {element}, scope) : nullptr;
  }
  OpBuilder& b = scope.builder;
  Location loc = kernel_.getLoc();
  Type element = cast<RankedTensorType>(tensor.getType()).getElementType();
  // Indices are uniform, consecutive along the lane, or arbitrary.
  Value offset = constantIndex(b, loc, access->layout.offset);
  Value scattered;
  int64_t lane_stride = 0;
  for (auto [i, index] : llvm::enumerate(indices)) {
    int64_t stride = access->layout.strides[i];
    if (!isa<VectorType>(index.getType())) {
      offset = addIndex(b, loc, offset, mulIndex(b, loc, index, stride));
    } else if (auto base = lane_base_.find(index); base != lane_base_.end()) {
      offset = addIndex(b, loc, offset, mulIndex(b, loc, base->second, stride));
      lane_stride += stride;
    } else {
      Value factor = widen(constantIndex(b, loc, stride), scope);
      Value term = arith::MulIOp::create(b, loc, index, factor);
      scattered = scattered ? Value(arith::AddIOp::create(b, loc, scattered, term)) : term;
    }
  }
  if (!scattered) return loadAt(access->memory, element, offset, lane_stride, scope);
  if (lane_stride) {
    Value lanes = laneNumbers(b, loc, scope.point.width, lane_stride);
    scattered = arith::AddIOp::create(b, loc, scattered, lanes);
  }
  auto type = VectorType::get({scope.point.width}, element);
  auto bits = VectorType::get({scope.point.width}, b.getI1Type());
  Value mask = scope.point.mask;
  if (!mask) mask = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(bits, true));
  Value fill = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
  return vector::GatherOp::create(b, loc, type, flat(access->memory), offset, scattered, mask,
                                  fill);
}

Value PointEmitter::emitGeneric(linalg::GenericOp op, Scope& scope) {
  SmallVector<Value> arguments;
  for (Value input : op.getInputs()) {
    Value value = emit(input, scope);
    if (!value) return nullptr;
    arguments.push_back(value);
  }
  return applyBody(op, arguments, scope);
}

// The scalar body of `op` on elements or vectors of them.
Value PointEmitter::applyBody(linalg::GenericOp op, ArrayRef<Value> arguments, Scope& scope) {
  OpBuilder& b = scope.builder;
  llvm::DenseMap<Value, Value> map;
  Block* body = op.getBlock();
  for (auto [i, argument] : llvm::enumerate(arguments)) map[body->getArgument(i)] = argument;
  for (Operation& inner : body->without_terminator()) {
    if (auto index = dyn_cast<linalg::IndexOp>(inner)) {
      map[index.getResult()] = indexAlong(index.getDim(), scope);
      continue;
    }
    SmallVector<Value> operands;
    bool vector = false;
    for (Value operand : inner.getOperands()) {
      auto found = map.find(operand);
      Value value = found != map.end() ? found->second : operand;
      vector |= isa<VectorType>(value.getType());
      operands.push_back(value);
    }
    if (isa<tensor::ExtractOp>(inner)) {
      Value value = emitExtract(&inner, cast<tensor::ExtractOp>(inner).getTensor(),
                                ArrayRef(operands).drop_front(), scope);
      if (!value) return nullptr;
      map[inner.getResult(0)] = value;
      continue;
    }
    OperationState state(inner.getLoc(), inner.getName());
    state.addAttributes(inner.getAttrDictionary().getValue());
    if (vector && !OpTrait::hasElementwiseMappableTraits(&inner))
      return fail(&inner, "the op does not work on vectors");
    for (Value operand : operands)
      state.operands.push_back(vector ? widen(operand, scope) : operand);
    for (Type type : inner.getResultTypes())
      state.types.push_back(vector ? VectorType::get({scope.point.width}, type) : type);
    Operation* clone = b.create(state);
    for (auto [from, to] : llvm::zip(inner.getResults(), clone->getResults())) map[from] = to;
  }
  Value yielded = body->getTerminator()->getOperand(0);
  auto found = map.find(yielded);
  return found != map.end() ? found->second : yielded;
}

Value PointEmitter::emit(Value tensor, Scope& scope) {
  for (Scope* s = &scope; s; s = s->parent)
    if (auto found = s->values.find(tensor); found != s->values.end()) return found->second;
  if (scope.parent && isOuter(tensor)) return emit(tensor, *scope.parent);
  Value result;
  Type element = cast<RankedTensorType>(tensor.getType()).getElementType();
  DenseElementsAttr constant;
  if (auto kept = materialized_.find(tensor); kept != materialized_.end()) {
    result = load(kept->second, element, scope);
  } else if (std::optional<Access> source = sourceOf(tensor)) {
    result = load(*source, element, scope);
  } else if (matchPattern(tensor, m_Constant(&constant)) && constant.isSplat()) {
    result = arith::ConstantOp::create(scope.builder, tensor.getLoc(),
                                       cast<TypedAttr>(constant.getSplatValue<Attribute>()));
  } else if (auto generic = tensor.getDefiningOp<linalg::GenericOp>();
             generic && generic.getNumReductionLoops() == 0) {
    result = emitGeneric(generic, scope);
  } else {
    return fail(tensor.getDefiningOp() ? tensor.getDefiningOp() : kernel_.getOperation(),
                "its value is needed before it is computed");
  }
  if (result) scope.values[tensor] = result;
  return result;
}

}  // namespace etch::codegen
