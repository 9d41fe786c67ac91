// Type rule, derivatives and decomposition of convolutions.
#include <numeric>

#include "etch/ir/build.h"
#include "etch/ir/ops/type_rules.h"
#include "etch/ir/ops/winograd.h"

namespace etch::ir {

using llvm::ArrayRef;
using llvm::SmallVector;
using llvm::SmallVectorImpl;
using mlir::emitOptionalError;
using mlir::Location;
using mlir::LogicalResult;
using mlir::MLIRContext;
using mlir::OpBuilder;
using mlir::RankedTensorType;
using mlir::Type;
using mlir::Value;
using mlir::ValueRange;

using Extents = SmallVector<int64_t>;

namespace {

// The extent of `n` elements that lie `step` apart.
int64_t reach(int64_t n, int64_t step) { return n > 0 ? (n - 1) * step + 1 : 0; }

int64_t product(ArrayRef<int64_t> extents) {
  int64_t product = 1;
  for (int64_t extent : extents) product *= extent;
  return product;
}

Extents joined(std::initializer_list<ArrayRef<int64_t>> parts) {
  Extents all;
  for (ArrayRef<int64_t> part : parts) llvm::append_range(all, part);
  return all;
}

}  // namespace

LogicalResult ConvOp::inferReturnTypes(MLIRContext*, std::optional<Location> loc, Adaptor adaptor,
                                       SmallVectorImpl<Type>& types) {
  RankedTensorType input = tensorType(adaptor.getInput()), weight = tensorType(adaptor.getWeight());
  int64_t rank = input.getRank();
  // conv_c1
  if (rank < 3 || weight.getRank() != rank)
    return emitOptionalError(loc, "etch.conv wants operands of one rank, 3 or more, not ", rank,
                             " and ", weight.getRank(), " (operand ", input, ", weight ", weight,
                             ")");
  for (ArrayRef<int64_t> numbers : {adaptor.getStride(), adaptor.getLow(), adaptor.getHigh(),
                                    adaptor.getInputDilation(), adaptor.getDilation()})
    if (static_cast<int64_t>(numbers.size()) != rank - 2)
      return emitOptionalError(loc, "etch.conv has an attribute of ", numbers.size(),
                               " numbers for ", rank - 2, " spatial dimensions (operand ", input,
                               ")");
  // conv_c2
  int64_t groups = adaptor.getGroups(), channels = input.getDimSize(1);
  int64_t features = weight.getDimSize(0);
  if (groups < 1 || channels % groups != 0 || features % groups != 0 ||
      weight.getDimSize(1) != channels / groups)
    return emitOptionalError(loc, "etch.conv of ", channels, " channels in ", groups,
                             " groups with ", features, " filters of ", weight.getDimSize(1),
                             " channels (operand ", input, ", weight ", weight, ")");
  // conv_c4
  if (input.getElementType() != weight.getElementType())
    return emitOptionalError(loc, "etch.conv wants one element type, not ", input.getElementType(),
                             " and ", weight.getElementType(), " (operand ", input, ", weight ",
                             weight, ")");
  Extents shape = {input.getDimSize(0), features};
  for (int64_t i = 0; i < rank - 2; ++i) {
    int64_t extent = input.getDimSize(i + 2), kernel = weight.getDimSize(i + 2);
    int64_t stride = adaptor.getStride()[i], dilation = adaptor.getDilation()[i];
    int64_t low = adaptor.getLow()[i], high = adaptor.getHigh()[i];
    int64_t spread = adaptor.getInputDilation()[i];
    bool positive = stride > 0 && dilation > 0 && spread > 0 && extent > 0 && kernel > 0;
    int64_t padded = low + reach(extent, spread) + high;
    // conv_c3
    if (!positive || padded < reach(kernel, dilation))
      return emitOptionalError(loc, "etch.conv of ", kernel, " elements with stride ", stride,
                               " and dilation ", dilation, " in extent ", extent,
                               " with input dilation ", spread, " and padding ", low, " and ", high,
                               " (operand ", input, ", weight ", weight, ")");
    shape.push_back((padded - reach(kernel, dilation)) / stride + 1);
  }
  types.push_back(input.clone(shape));
  return mlir::success();
}

SmallVector<OperandDim> ConvOp::scaledOperands(int64_t dim) {
  if (dim == 0) return {{0, 0}};
  if (dim == 1) return {{1, 0}};
  return {};
}

// Zeros between the operand's elements meet filters, but are no work.
int64_t ConvOp::countOperations() {
  int64_t filter = product(shapeOf(getWeight()).drop_front());
  return 2 * tensorType(getResult()).getNumElements() * filter / product(getInputDilation());
}

// ---- Derivatives

namespace {

// In one dimension, with the padded operand z = x~ of the definition:
//   y[p] = sum_k w[k] z[p * s + k * d].
struct ConvVjp {
  ConvVjp(Emitter e, ConvOp op)
      : e(e),
        op(op),
        x(shapeOf(op.getInput())),
        w(shapeOf(op.getWeight())),
        y(shapeOf(op.getResult())),
        spatial(x.size() - 2) {}

  // dz[q] = sum over p * s + k * d = q of w[k] dy[p]: with dy~, which has s - 1 zeros between its
  // elements, and the filter mirrored, a convolution; x lies in z at `low` + h * input dilation.
  Value input(Value dy) {
    int64_t g = op.getGroups(), features = w[0] / g;
    Value filters = e.reshape(op.getWeight(), joined({{g, features}, w.drop_front(1)}));
    Extents order = {0, 2, 1}, mirrored;
    for (int64_t i = 0; i < spatial; ++i) {
      order.push_back(i + 3);
      mirrored.push_back(i + 2);
    }
    filters = e.reshape(e.transpose(filters, order), joined({{x[1], features}, w.drop_front(2)}));
    filters = e.make<ReverseOp>(filters, ArrayRef<int64_t>(mirrored));
    Extents low, high;
    for (int64_t i = 0; i < spatial; ++i) {
      int64_t filter = reach(w[i + 2], op.getDilation()[i]);
      low.push_back(filter - 1 - op.getLow()[i]);
      high.push_back(reach(x[i + 2], op.getInputDilation()[i]) - 1 + filter - low.back() -
                     reach(y[i + 2], op.getStride()[i]));
    }
    return e.make<ConvOp>(dy, filters, op.getInputDilation(), ArrayRef<int64_t>(low),
                          ArrayRef<int64_t>(high), op.getStride(), op.getDilation(), g);
  }

  // dw[k] = sum_p dy[p] z[k * d + p * s]: a convolution of z by dy, whose channels are the batch.
  Value weight(Value dy) {
    int64_t g = op.getGroups(), channels = x[1] / g;
    Value samples = e.reshape(op.getInput(), joined({{x[0], g, channels}, x.drop_front(2)}));
    Extents order = {2, 1, 0}, swapped = {1, 0}, high;
    for (int64_t i = 0; i < spatial; ++i) {
      order.push_back(i + 3);
      swapped.push_back(i + 2);
      // As much of z as these windows see.
      high.push_back(reach(w[i + 2], op.getDilation()[i]) - 1 + reach(y[i + 2], op.getStride()[i]) -
                     op.getLow()[i] - reach(x[i + 2], op.getInputDilation()[i]));
    }
    samples =
        e.reshape(e.transpose(samples, order), joined({{channels, g * x[0]}, x.drop_front(2)}));
    Value filters = e.transpose(dy, swapped);
    Value result =
        e.make<ConvOp>(samples, filters, op.getDilation(), op.getLow(), ArrayRef<int64_t>(high),
                       op.getInputDilation(), op.getStride(), g);
    return e.transpose(result, swapped);
  }

  Emitter e;
  ConvOp op;
  ArrayRef<int64_t> x, w, y;
  int64_t spatial;
};

}  // namespace

SmallVector<Value> ConvOp::buildVjp(OpBuilder& b, ValueRange dy) {
  ConvVjp vjp(Emitter(b, getLoc()), *this);
  return {vjp.input(dy[0]), vjp.weight(dy[0])};
}

// ---- Decomposition

namespace {

// A convolution as products with the windows of its operand, in the shapes
//   weight [G, O, C, K...]   windows [N, G, C, K..., P...]   result [N, G, O, P...].
class Decomposer {
 public:
  Decomposer(Emitter e, ConvOp op)
      : e_(e),
        op_(op),
        groups_(op.getGroups()),
        batch_(shapeOf(op.getInput())[0]),
        features_(shapeOf(op.getWeight())[0] / groups_),
        channels_(shapeOf(op.getWeight())[1]),
        kernel_(shapeOf(op.getWeight()).drop_front(2)),
        positions_(shapeOf(op.getResult()).drop_front(2)) {}

  Value run() {
    if (isManyWindows()) return placedWindows();
    if (hasPhases()) return phases();
    if (winogradPays(op_)) return winogradProduct(e_, op_, padded());
    if (winogradPaysForFilters(op_)) return winogradFilters(e_, op_, padded());
    Value windows = e_.make<WindowsOp>(padded(), kernel_, op_.getStride(), op_.getDilation());
    windows = e_.reshape(windows, joined({{batch_, groups_, channels_}, kernel_, positions_}));
    // One filter for each of many groups: lanes are the groups.
    constexpr int64_t kManyGroups = 8;
    Value y = features_ == 1 && groups_ >= kManyGroups ? sumAcrossGroups(windows)
                                                       : matrixProduct(windows);
    return e_.reshape(y, shapeOf(op_.getResult()));
  }

 private:
  // Whether zeros between the operand's elements can be stepped over.
  bool hasPhases() {
    bool spread = false;
    for (auto [s, stride, d] :
         llvm::zip(op_.getInputDilation(), op_.getStride(), op_.getDilation())) {
      if (s > 1 && (stride > 1 || std::gcd(s, d) > 1)) return false;
      spread |= s > 1;
    }
    return spread;
  }

  // Whether each element of the operand has a window of the result to itself, and there would be
  // many phases or narrow ones: the gradient by input of a patch embedding.
  bool isManyWindows() {
    constexpr int64_t kFewPhases = 8, kNarrow = 16;
    bool apart = groups_ == 1;
    for (auto [s, stride, d, kernel] :
         llvm::zip(op_.getInputDilation(), op_.getStride(), op_.getDilation(), kernel_))
      apart &= stride == 1 && (d == 1 || kernel == 1) && kernel <= s;
    int64_t count = product(op_.getInputDilation());
    return apart && count > 1 && (count > kFewPhases || features_ < kNarrow);
  }

  // The element x[t] times all of the filter, mirrored, is the window of y from s t + low - (K - 1)
  // on: one product, whose results are moved there.
  Value placedWindows() {
    int64_t n = kernel_.size();
    ArrayRef<int64_t> x = shapeOf(op_.getInput()), y = shapeOf(op_.getResult());
    Extents rows = {0}, columns = {1}, mirrored, windows = {0, 2 * n + 1},
            positions(x.drop_front(2));
    for (int64_t i = 0; i < n; ++i) {
      rows.push_back(2 + i);
      columns.push_back(2 + i);
      mirrored.push_back(2 + i);
    }
    rows.push_back(1);
    columns.push_back(0);
    for (int64_t i = 0; i < 2 * n; ++i) windows.push_back(1 + (i + n) % (2 * n));
    Value lhs =
        e_.reshape(e_.transpose(op_.getInput(), rows), {batch_ * product(positions), channels_});
    Value filters = e_.make<ReverseOp>(op_.getWeight(), ArrayRef<int64_t>(mirrored));
    Value rhs =
        e_.reshape(e_.transpose(filters, columns), {channels_, product(kernel_) * features_});
    Value result = e_.reshape(e_.make<MatmulOp>(lhs, rhs, false, false),
                              joined({{batch_}, positions, kernel_, {features_}}));
    Extents extents, ones(n, 1), offsets(n + 2, 0), low(n + 2, 0), high(n + 2, 0), none(n + 2, 0);
    Extents sizes(y), steps(n + 2, 1);
    for (int64_t i = 0; i < n; ++i) {
      extents.push_back(reach(positions[i], op_.getInputDilation()[i]) + kernel_[i] - 1);
      int64_t first = op_.getLow()[i] - (kernel_[i] - 1), behind = y[i + 2] - first - extents[i];
      low[i + 2] = std::max<int64_t>(0, first);
      high[i + 2] = std::max<int64_t>(0, behind);
      offsets[i + 2] = std::max<int64_t>(0, -first);
    }
    result = e_.make<FoldOp>(e_.transpose(result, windows), ArrayRef<int64_t>(extents),
                             op_.getInputDilation(), ArrayRef<int64_t>(ones));
    if (low != none || high != none) result = e_.pad(result, low, high, none);
    if (shapeOf(result) == ArrayRef<int64_t>(sizes)) return result;
    return e_.make<SliceOp>(result, offsets, sizes, steps);
  }

  // With s - 1 zeros between the elements of x, y[s t + r] = sum_k w[k] x~[s t + r + k d - low]
  // meets an element only where k d = low - r (mod s): for each remainder r the filter's elements
  // from some k on, s apart, in a convolution of x itself.
  Value phases() {
    ArrayRef<int64_t> spread = op_.getInputDilation(), shape = shapeOf(op_.getResult());
    size_t n = spread.size();
    Extents counts(shape);  // of each phase; the last may compute more than is asked for
    for (size_t i = 0; i < n; ++i) counts[i + 2] = (shape[i + 2] + spread[i] - 1) / spread[i];
    // Channels last, each part with an extent of 1 behind each position: [N, T_1, 1, ..., O].
    SmallVector<Value> parts;
    Extents last = {0}, first = {0, static_cast<int64_t>(n) + 1}, apart = {counts[0]};
    for (size_t i = 0; i < n; ++i) {
      last.push_back(i + 2);
      first.push_back(i + 1);
      apart.append({counts[i + 2], 1});
    }
    last.push_back(1);
    apart.push_back(counts[1]);
    for (int64_t number = 0; number < product(spread); ++number) {
      Extents remainders(n);
      int64_t rest = number;
      for (size_t i = n; i-- > 0; rest /= spread[i]) remainders[i] = rest % spread[i];
      parts.push_back(e_.reshape(e_.transpose(phase(remainders, counts), last), apart));
    }
    // Neighbours in the last dimension first.
    for (size_t i = n; i-- > 0;) {
      SmallVector<Value> joined;
      for (size_t p = 0; p < parts.size(); p += spread[i])
        joined.push_back(e_.make<ConcatOp>(ArrayRef(parts).slice(p, spread[i]), 2 + 2 * i));
      parts = joined;
    }
    Extents all = {counts[0]}, steps(n + 2, 1), offsets(n + 2, 0), wanted = {counts[0]};
    for (size_t i = 0; i < n; ++i) {
      all.push_back(counts[i + 2] * spread[i]);
      wanted.push_back(shape[i + 2]);
    }
    all.push_back(counts[1]);
    wanted.push_back(counts[1]);
    Value y = e_.reshape(parts[0], all);
    if (all != wanted) y = e_.make<SliceOp>(y, offsets, wanted, steps);
    return e_.transpose(y, first);
  }

  Value phase(ArrayRef<int64_t> remainders, ArrayRef<int64_t> counts) {
    size_t n = remainders.size();
    ArrayRef<int64_t> x = shapeOf(op_.getInput()), w = shapeOf(op_.getWeight());
    Extents offsets(n + 2, 0), sizes(w), steps(n + 2, 1), low, high, ones(n, 1);
    for (size_t i = 0; i < n; ++i) {
      int64_t s = op_.getInputDilation()[i], d = op_.getDilation()[i], r = remainders[i];
      int64_t first = 0;
      while ((r + first * d - op_.getLow()[i]) % s != 0) ++first;
      if (first >= w[i + 2]) return e_.splat(tensorType(op_.getResult()).clone(counts), 0);
      offsets[i + 2] = first;
      steps[i + 2] = s;
      sizes[i + 2] = (w[i + 2] - first + s - 1) / s;
      low.push_back((op_.getLow()[i] - r - first * d) / s);
      high.push_back(reach(counts[i + 2], op_.getStride()[i]) - 1 + reach(sizes[i + 2], d) -
                     low.back() - x[i + 2]);
    }
    Value filters = e_.make<SliceOp>(op_.getWeight(), offsets, sizes, steps);
    return e_.make<ConvOp>(op_.getInput(), filters, op_.getStride(), ArrayRef<int64_t>(low),
                           ArrayRef<int64_t>(high), ArrayRef<int64_t>(ones), op_.getDilation(),
                           op_.getGroups());
  }

  // The operand with zeros between and around its elements, or cut.
  Value padded() {
    size_t n = kernel_.size();
    ArrayRef<int64_t> shape = shapeOf(op_.getInput());
    Extents low(n + 2, 0), high(low), interior(low), offsets(low), sizes(shape);
    Extents steps(n + 2, 1);
    for (size_t i = 0; i < n; ++i) {
      low[i + 2] = std::max<int64_t>(0, op_.getLow()[i]);
      high[i + 2] = std::max<int64_t>(0, op_.getHigh()[i]);
      interior[i + 2] = op_.getInputDilation()[i] - 1;
      offsets[i + 2] = std::max<int64_t>(0, -op_.getLow()[i]);
      sizes[i + 2] =
          op_.getLow()[i] + reach(shape[i + 2], op_.getInputDilation()[i]) + op_.getHigh()[i];
    }
    Value x = op_.getInput();
    auto isZero = [](int64_t extent) { return extent == 0; };
    if (!llvm::all_of(low, isZero) || !llvm::all_of(high, isZero) ||
        !llvm::all_of(interior, isZero))
      x = e_.pad(x, low, high, interior);
    if (shapeOf(x) != ArrayRef<int64_t>(sizes)) x = e_.make<SliceOp>(x, offsets, sizes, steps);
    return x;
  }

  // The dimensions of the windows [N, G, C, K..., P...].
  struct Dims {
    Extents kernel, positions;
  };
  Dims windowDims() {
    Dims dims;
    int64_t n = kernel_.size();
    for (int64_t i = 0; i < n; ++i) {
      dims.kernel.push_back(3 + i);
      dims.positions.push_back(3 + n + i);
    }
    return dims;
  }

  // One product [N P, K C] [K C, O] for each group, with the windows as its left factor: features
  // come last in memory, and the next convolution reads them in runs.
  Value matrixProduct(Value windows) {
    int64_t n = kernel_.size();
    Dims dims = windowDims();
    int64_t depth = channels_ * product(kernel_);
    Value lhs = e_.transpose(windows, joined({{1, 0}, dims.positions, dims.kernel, {2}}));
    // Weight [G, O, C, K...] to [G, K..., C, O].
    Extents order = {0};
    for (int64_t i = 0; i < n; ++i) order.push_back(3 + i);
    order.append({2, 1});
    Value rhs = e_.reshape(op_.getWeight(), joined({{groups_, features_, channels_}, kernel_}));
    rhs = e_.reshape(e_.transpose(rhs, order), {groups_, depth, features_});
    if (groups_ == 1) {
      lhs = e_.reshape(lhs, shapeOf(lhs).drop_front());
      rhs = e_.reshape(rhs, shapeOf(rhs).drop_front());
    }
    Value y = e_.make<MatmulOp>(lhs, rhs, false, false, n + 1);
    // [G, N, P..., O] to [N, G, O, P...].
    if (groups_ == 1) {
      Extents back = {0, n + 1};
      for (int64_t i = 0; i < n; ++i) back.push_back(1 + i);
      return e_.transpose(y, back);
    }
    Extents back = {1, 0, n + 2};
    for (int64_t i = 0; i < n; ++i) back.push_back(2 + i);
    return e_.transpose(y, back);
  }

  // Products of elements, summed, with all groups side by side: [N, P..., C, K..., G]. f16 and bf16
  // are summed in f32.
  Value sumAcrossGroups(Value windows) {
    int64_t n = kernel_.size();
    Dims dims = windowDims();
    Extents one(n, 1), order = {1}, summed;
    for (int64_t i = 0; i < n; ++i) order.push_back(2 + i);
    order.push_back(0);
    Value x = e_.transpose(windows, joined({{0}, dims.positions, {2}, dims.kernel, {1}}));
    Value w = e_.reshape(op_.getWeight(), joined({{groups_, channels_}, kernel_}));
    w = e_.reshape(e_.transpose(w, order), joined({{1}, one, {channels_}, kernel_, {groups_}}));
    w = e_.broadcast(w, shapeOf(x));
    Type element = tensorType(x).getElementType();
    if (element.getIntOrFloatBitWidth() < 32) {
      Type wide = mlir::Float32Type::get(element.getContext());
      x = e_.cast(x, wide);
      w = e_.cast(w, wide);
    }
    for (int64_t i = 0; i <= n; ++i) summed.push_back(1 + n + i);
    Value y = e_.cast(e_.sum(e_.mul(x, w), summed), element);
    y = e_.reshape(y, joined({{batch_}, positions_, {groups_}}));
    // [N, P..., G] to [N, G, P...].
    Extents back = {0, n + 1};
    for (int64_t i = 0; i < n; ++i) back.push_back(1 + i);
    return e_.transpose(y, back);
  }

  Emitter e_;
  ConvOp op_;
  int64_t groups_, batch_, features_, channels_;
  ArrayRef<int64_t> kernel_, positions_;
};

}  // namespace

SmallVector<Value> ConvOp::decompose(OpBuilder& b) {
  return {Decomposer(Emitter(b, getLoc()), *this).run()};
}

}  // namespace etch::ir
