// Type rules and derivatives of attention.
#include "etch/ir/build.h"
#include "etch/ir/ops/type_rules.h"
#include "mlir/IR/Matchers.h"

namespace etch::ir {

using llvm::ArrayRef;
using llvm::SmallVector;
using llvm::SmallVectorImpl;
using mlir::emitOptionalError;
using mlir::failure;
using mlir::Location;
using mlir::LogicalResult;
using mlir::MLIRContext;
using mlir::OpBuilder;
using mlir::RankedTensorType;
using mlir::success;
using mlir::Type;
using mlir::Value;
using mlir::ValueRange;

namespace {

// What attention and its derivative want of their first operands, and the types of attention's
// results.
struct AttentionTypes {
  RankedTensorType result, log_sum;
};

template <typename Adaptor>
mlir::FailureOr<AttentionTypes> checkAttention(llvm::StringRef op, std::optional<Location> loc,
                                               Adaptor adaptor) {
  RankedTensorType q = tensorType(adaptor.getQuery()), k = tensorType(adaptor.getKey()),
                   v = tensorType(adaptor.getValue());
  int64_t rank = q.getRank();
  auto mask = adaptor.getMask() ? tensorType(adaptor.getMask()) : RankedTensorType();
  // attention_c1
  bool alike =
      rank >= 2 && k.getRank() == rank && v.getRank() == rank && (!mask || mask.getRank() == rank);
  for (int64_t i = 0; alike && i + 2 < rank; ++i)
    alike = q.getDimSize(i) == k.getDimSize(i) && q.getDimSize(i) == v.getDimSize(i);
  if (!alike)
    return emitOptionalError(loc, op,
                             " wants operands of one rank, 2 or more, with the same leading ",
                             "dimensions (query ", q, ", key ", k, ", value ", v, ")");
  // attention_c2
  int64_t keys = k.getDimSize(rank - 2);
  if (q.getDimSize(rank - 1) != k.getDimSize(rank - 1) || keys != v.getDimSize(rank - 2) ||
      keys < 1)
    return emitOptionalError(loc, op, " has ", q.getDimSize(rank - 1), " and ",
                             k.getDimSize(rank - 1), " features of queries and keys, ", keys,
                             " keys and ", v.getDimSize(rank - 2), " values (query ", q, ", key ",
                             k, ", value ", v, ")");
  // attention_c3
  if (q.getElementType() != k.getElementType() || q.getElementType() != v.getElementType())
    return emitOptionalError(loc, op, " wants one element type (query ", q, ", key ", k, ", value ",
                             v, ")");
  // attention_c4
  SmallVector<int64_t> scores(q.getShape());
  scores.back() = keys;
  for (int64_t i = 0; mask && i < rank; ++i)
    if (mask.getDimSize(i) != 1 && mask.getDimSize(i) != scores[i])
      return emitOptionalError(loc, op, " has a mask ", mask, " for scores ", shapeText(scores));
  // attention_c5
  if (adaptor.getCausal() && scores[rank - 2] != keys)
    return emitOptionalError(loc, op, " is causal, with ", scores[rank - 2], " queries and ", keys,
                             " keys");
  AttentionTypes types;
  SmallVector<int64_t> shape(q.getShape());
  shape.back() = v.getDimSize(rank - 1);
  types.result = q.clone(shape);
  shape.back() = 1;
  Type element = q.getElementType();
  if (element.getIntOrFloatBitWidth() < 32) element = mlir::Float32Type::get(q.getContext());
  types.log_sum = RankedTensorType::get(shape, element);
  return types;
}

bool isFloat(Value x) { return llvm::isa<mlir::FloatType>(tensorType(x).getElementType()); }

// The formulas of attention's derivative, over [..., t, s] matrices as simpler ops.
struct Composed {
  Emitter e;
  double scale;
  bool causal;
  Value query, key, value, dy = {}, log_sum = {}, delta = {}, mask;

  Value product(Value a, Value b, bool ta, bool tb) { return e.make<MatmulOp>(a, b, ta, tb); }
  Value spread(Value column, Value like) { return e.broadcast(column, shapeOf(like)); }

  Value scores() {
    Value s = e.scale(product(query, key, false, true), scale);
    ArrayRef<int64_t> shape = shapeOf(s);
    Value lowest = e.like(s, -std::numeric_limits<double>::infinity());
    if (causal) {
      Type index = mlir::IntegerType::get(s.getContext(), 32);
      int64_t rank = shape.size();
      Value row = e.make<IotaOp>(shape, rank - 2, index),
            column = e.make<IotaOp>(shape, rank - 1, index);
      s = e.select(e.compare(Comparison::ge, row, column), s, lowest);
    }
    if (!mask) return s;
    Value wide = e.broadcast(mask, shape);
    if (!isFloat(mask)) return e.select(wide, s, lowest);
    return e.add(s, e.cast(wide, tensorType(s).getElementType()));
  }
  Value weights() {
    Value s = scores();
    return e.make<ExpOp>(e.sub(s, spread(log_sum, s)));
  }
  // dy value^T - delta: the cotangent of the weights, less what keeps their sum at 1.
  Value centred() {
    Value dp = product(dy, value, false, true);
    return e.sub(dp, spread(delta, dp));
  }
  // The sum of `x` over what the mask repeats.
  Value towardsMask(Value x) {
    SmallVector<int64_t> dims;
    for (int64_t i = 0; i < static_cast<int64_t>(shapeOf(x).size()); ++i)
      if (shapeOf(mask)[i] != shapeOf(x)[i]) dims.push_back(i);
    if (!dims.empty()) x = e.sum(x, dims);
    return e.cast(x, tensorType(mask).getElementType());
  }
};

}  // namespace

LogicalResult AttentionOp::inferReturnTypes(MLIRContext*, std::optional<Location> loc,
                                            Adaptor adaptor, SmallVectorImpl<Type>& types) {
  auto found = checkAttention(getOperationName(), loc, adaptor);
  if (failed(found)) return failure();
  types.append({found->result, found->log_sum});
  return success();
}

LogicalResult AttentionBackwardOp::inferReturnTypes(MLIRContext*, std::optional<Location> loc,
                                                    Adaptor adaptor, SmallVectorImpl<Type>& types) {
  // attention_backward_c1
  auto found = checkAttention(getOperationName(), loc, adaptor);
  if (failed(found)) return failure();
  // attention_backward_c2
  Type dy = adaptor.getDy().getType(), sums = adaptor.getLogSum().getType();
  if (dy != found->result || sums != found->log_sum || adaptor.getDelta().getType() != sums)
    return emitOptionalError(loc, getOperationName(), " wants dy ", found->result,
                             ", log_sum and delta ", found->log_sum, ", not ", dy, ", ", sums,
                             " and ", adaptor.getDelta().getType());
  for (Value operand : {adaptor.getQuery(), adaptor.getKey(), adaptor.getValue()})
    types.push_back(operand.getType());
  return success();
}

namespace {

// Features of a query or value that the kernels take; longer rows are for products, whose cost
// they dominate.
constexpr int64_t kWidestAttention = 4096;

template <typename Op>
bool isWide(Op op) {
  return std::max(shapeOf(op.getQuery()).back(), shapeOf(op.getValue()).back()) > kWidestAttention;
}

}  // namespace

bool AttentionOp::wantsDecomposition() { return isWide(*this); }
bool AttentionBackwardOp::wantsDecomposition() { return isWide(*this); }

SmallVector<Value> AttentionOp::decompose(OpBuilder& b) {
  Emitter e(b, getLoc());
  Type wide = tensorType(getLogSum()).getElementType(),
       narrow = tensorType(getQuery()).getElementType();
  Composed at{.e = e,
              .scale = getScale().convertToDouble(),
              .causal = getCausal(),
              .query = e.cast(getQuery(), wide),
              .key = e.cast(getKey(), wide),
              .value = e.cast(getValue(), wide),
              .mask = getMask()};
  Value s = at.scores();
  int64_t last = shapeOf(s).size() - 1;
  Value highest = e.make<ReduceMaxOp>(s, ArrayRef<int64_t>{last});
  // Where no key is seen, the scores are -infinity less 0.
  Value lowest = e.like(highest, -std::numeric_limits<double>::infinity());
  Value shift = e.select(e.compare(Comparison::eq, highest, lowest), e.like(highest, 0), highest);
  Value exponentials = e.make<ExpOp>(e.sub(s, at.spread(shift, s)));
  Value sum = e.sum(exponentials, last);
  Value y = at.product(e.div(exponentials, at.spread(sum, s)), at.value, false, false);
  return {e.cast(y, narrow), e.add(highest, e.make<LogOp>(sum))};
}

SmallVector<Value> AttentionBackwardOp::decompose(OpBuilder& b) {
  Emitter e(b, getLoc());
  double scale = getScale().convertToDouble();
  Composed at{e,          scale,   getCausal(), getQuery(), getKey(),
              getValue(), getDy(), getLogSum(), getDelta(), getMask()};
  Value p = at.weights(), g = e.scale(e.mul(p, at.centred()), scale);
  return {at.product(g, getKey(), false, false), at.product(g, getQuery(), true, false),
          at.product(p, getDy(), true, false)};
}

FusionRole AttentionOp::getFusionRole() { return FusionRole::kIsolated; }
FusionRole AttentionBackwardOp::getFusionRole() { return FusionRole::kIsolated; }

namespace {

// Pairs of a query and a key that it may see.
template <typename Op>
int64_t pairsOf(Op op) {
  ArrayRef<int64_t> q = shapeOf(op.getQuery());
  int64_t batches = mlir::ShapedType::getNumElements(q.drop_back(2)), queries = q.end()[-2];
  if (op.getCausal()) return batches * queries * (queries + 1) / 2;
  return batches * queries * shapeOf(op.getKey()).end()[-2];
}

}  // namespace

int64_t AttentionOp::countOperations() {
  return 2 * pairsOf(*this) * (shapeOf(getQuery()).back() + shapeOf(getValue()).back());
}
int64_t AttentionBackwardOp::countOperations() {
  return 2 * pairsOf(*this) * (3 * shapeOf(getQuery()).back() + 2 * shapeOf(getValue()).back());
}

// With p the weights, y = p v and dp = dy v^T: ds = p * (dp - sum(p * dp)), and the sum over keys
// of p * dp is that of y * dy over features. log_sum adds its cotangent times p.
SmallVector<Value> AttentionOp::buildVjp(OpBuilder& b, ValueRange cotangents) {
  Emitter e(b, getLoc());
  Type wide = tensorType(getLogSum()).getElementType(),
       narrow = tensorType(getQuery()).getElementType();
  auto widened = [&](Value x) { return e.cast(x, wide); };
  Value dy = widened(cotangents[0]);
  int64_t last = shapeOf(dy).size() - 1;
  Value delta = e.sum(e.mul(dy, widened(getResult())), last);
  // Nearly always nobody reads log_sum.
  if (!mlir::matchPattern(cotangents[1], mlir::m_AnyZeroFloat()))
    delta = e.sub(delta, cotangents[1]);
  Value q = widened(getQuery()), k = widened(getKey()), v = widened(getValue());
  auto backward = AttentionBackwardOp::create(b, getLoc(), q, k, v, dy, getLogSum(), delta,
                                              getMask(), getScaleAttr(), getCausalAttr());
  SmallVector<Value> all;
  for (Value gradient : backward.getResults()) all.push_back(e.cast(gradient, narrow));
  if (!getMask()) return all;
  if (!isFloat(getMask())) {
    all.push_back(nullptr);
    return all;
  }
  Composed c{e,        getScale().convertToDouble(), getCausal(), q, k, v, dy, getLogSum(), delta,
             getMask()};
  all.push_back(c.towardsMask(e.mul(c.weights(), c.centred())));
  return all;
}

// With the cotangents a, b, c of dquery = g k, dkey = g^T q and dvalue = p^T dy, and
// g = scale * p * z, z = dy v^T - delta:
//   dg = a k^T + q b^T,  dp = dy c^T + scale * dg * z,  dz = scale * dg * p,  ds = dp * p.
SmallVector<Value> AttentionBackwardOp::buildVjp(OpBuilder& b, ValueRange cotangents) {
  Emitter e(b, getLoc());
  double scale = getScale().convertToDouble();
  Composed at{e,          scale,   getCausal(), getQuery(), getKey(),
              getValue(), getDy(), getLogSum(), getDelta(), getMask()};
  Value ga = cotangents[0], gb = cotangents[1], gc = cotangents[2];
  Value q = getQuery(), k = getKey(), v = getValue(), dy = getDy();
  Value p = at.weights(), z = at.centred();
  Value g = e.scale(e.mul(p, z), scale);
  Value dg = e.scale(e.add(at.product(ga, k, false, true), at.product(q, gb, false, true)), scale);
  Value dp = e.add(at.product(dy, gc, false, true), e.mul(dg, z));
  Value dz = e.mul(dg, p), ds = e.mul(dp, p);
  int64_t last = shapeOf(q).size() - 1;
  auto sum = [&](Value x) { return e.neg(e.sum(x, last)); };
  SmallVector<Value> all = {
      e.add(at.product(g, gb, false, false), e.scale(at.product(ds, k, false, false), scale)),
      e.add(at.product(g, ga, true, false), e.scale(at.product(ds, q, true, false), scale)),
      at.product(dz, dy, true, false),
      e.add(at.product(p, gc, false, false), at.product(dz, v, false, false)),
      sum(ds),
      sum(dz),
  };
  if (getMask()) all.push_back(isFloat(getMask()) ? at.towardsMask(ds) : Value());
  return all;
}

}  // namespace etch::ir
