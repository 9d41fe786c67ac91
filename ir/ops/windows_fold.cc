#include "etch/ir/ops/windows_fold.h"

#include "llvm/ADT/MapVector.h"
#include "mlir/IR/Matchers.h"

namespace etch::ir {
namespace {

using llvm::ArrayRef;
using llvm::SmallVector;
using mlir::Attribute;
using mlir::OpBuilder;
using mlir::Operation;
using mlir::RankedTensorType;
using mlir::Value;

using Extents = SmallVector<int64_t>;

class PhaseFolder {
 public:
  PhaseFolder(OpBuilder& builder, FoldOp op)
      : builder_(builder),
        e_(builder, op.getLoc()),
        op_(op),
        shape_(shapeOf(op.getInput())),
        n_(op.getExtents().size()),
        lead_(shape_.size() - 2 * n_) {}

  Value run() {
    // Each place of a window is a term of the sums.
    constexpr int64_t kMostPlaces = 16;
    int64_t places = 1;
    for (int64_t kernel : kernels()) places *= kernel;
    if (places > kMostPlaces || !isLocal(op_.getInput())) return nullptr;
    for (size_t i = 0; i < n_; ++i)
      counts_.push_back((op_.getExtents()[i] + stride(i) - 1) / stride(i));
    if (!vanishesOutside()) return nullptr;
    for (size_t i = 0; i < n_; ++i) {
      low_.push_back((kernels()[i] - 1) * op_.getDilation()[i] / stride(i));
      high_.push_back(std::max<int64_t>(0, counts_[i] - positions()[i]));
    }
    SmallVector<Value> parts;
    Extents remainders(n_, 0);
    do {
      parts.push_back(phase(remainders));
    } while (advance(remainders, op_.getStride()));
    return joined(parts);
  }

 private:
  ArrayRef<int64_t> kernels() const { return shape_.slice(lead_, n_); }
  ArrayRef<int64_t> positions() const { return shape_.take_back(n_); }
  int64_t stride(size_t i) { return op_.getStride()[i]; }

  // The next of the numbers below `limits`, the last one fastest; false behind the last.
  static bool advance(Extents& numbers, ArrayRef<int64_t> limits) {
    for (size_t i = numbers.size(); i-- > 0;) {
      if (++numbers[i] < limits[i]) return true;
      numbers[i] = 0;
    }
    return false;
  }

  bool isPlace(size_t dim) const { return dim >= lead_ && dim < lead_ + n_; }

  // Whether the elements of `value` at one place are known without those at others.
  bool isLocal(Value value) {
    llvm::DenseSet<Value> known;
    return isLocal(value, known);
  }

  bool isLocal(Value value, llvm::DenseSet<Value>& known) {
    if (known.contains(value)) return true;
    Operation* def = value.getDefiningOp();
    if (!def || tensorType(value).getRank() != static_cast<int64_t>(shape_.size())) return false;
    if (auto iota = mlir::dyn_cast<IotaOp>(def)) return isPlace(iota.getDim());
    if (auto broadcast = mlir::dyn_cast<BroadcastOp>(def)) {
      ArrayRef<int64_t> source = shapeOf(broadcast.getInput());
      for (size_t i = 0; i < n_; ++i)
        if (source[lead_ + i] != 1 || source[lead_ + n_ + i] != positions()[i]) return false;
      return true;
    }
    Attribute constant;
    if (mlir::matchPattern(value, mlir::m_Constant(&constant)))
      return splatNumber(constant).has_value();
    bool local =
        mlir::isa<ElementwiseOpInterface>(def) && def->getNumOperands() > 0 &&
        llvm::all_of(def->getOperands(), [&](Value operand) { return isLocal(operand, known); });
    if (local) known.insert(value);
    return local;
  }

  Value splat(RankedTensorType type, double value) {
    Attribute key = splatAttr(type, value);
    Value& result = splats_[key];
    if (!result) result = e_.splat(type, value);
    return result;
  }

  RankedTensorType typeLike(Value value) {
    Extents shape(shape_.take_front(lead_));
    shape.append(n_, 1);
    llvm::append_range(shape, counts_);
    return tensorType(value).clone(shape);
  }

  // The elements of `value` at one place, computed from those of its leaves.
  Value atPlace(Value value, ArrayRef<int64_t> place, llvm::function_ref<Value(BroadcastOp)> leaf) {
    llvm::DenseMap<Value, Value> known;
    return atPlace(value, place, leaf, known);
  }

  Value atPlace(Value value, ArrayRef<int64_t> place, llvm::function_ref<Value(BroadcastOp)> leaf,
                llvm::DenseMap<Value, Value>& known) {
    if (Value found = known.lookup(value)) return found;
    Value result = computeAt(value, place, leaf, known);
    known[value] = result;
    return result;
  }

  Value computeAt(Value value, ArrayRef<int64_t> place, llvm::function_ref<Value(BroadcastOp)> leaf,
                  llvm::DenseMap<Value, Value>& known) {
    Operation* def = value.getDefiningOp();
    if (auto broadcast = mlir::dyn_cast<BroadcastOp>(def)) return leaf(broadcast);
    if (auto iota = mlir::dyn_cast<IotaOp>(def))
      return splat(typeLike(value), place[iota.getDim() - lead_]);
    Attribute constant;
    if (mlir::matchPattern(value, mlir::m_Constant(&constant)))
      return splat(typeLike(value), *splatNumber(constant));
    SmallVector<Value> operands;
    for (Value operand : def->getOperands())
      operands.push_back(atPlace(operand, place, leaf, known));
    Operation* clone = builder_.clone(*def);
    clone->setOperands(operands);
    clone->getResult(0).setType(typeLike(value));
    SmallVector<Value> folded;
    if (failed(builder_.tryFold(clone, folded)) || folded.empty()) return clone->getResult(0);
    clone->erase();
    return folded[0];
  }

  // Whether the operand is zero wherever its leaves are: these are extended by zeros.
  bool vanishesOutside() {
    Extents place(n_, 0);
    do {
      Value at = atPlace(op_.getInput(), place,
                         [&](BroadcastOp leaf) { return splat(typeLike(leaf.getResult()), 0); });
      Attribute constant;
      if (!mlir::matchPattern(at, mlir::m_Constant(&constant)) || splatNumber(constant) != 0.0)
        return false;
    } while (advance(place, kernels()));
    return true;
  }

  // The leaf with zeros where windows lie outside.
  Value extended(BroadcastOp leaf) {
    Value& result = extended_[leaf];
    if (result) return result;
    Extents low(shape_.size(), 0), high(low), interior(low);
    for (size_t i = 0; i < n_; ++i) {
      low[lead_ + n_ + i] = low_[i];
      high[lead_ + n_ + i] = high_[i];
    }
    bool none = llvm::all_of(low, [](int64_t x) { return x == 0; }) &&
                llvm::all_of(high, [](int64_t x) { return x == 0; });
    return result = none ? leaf.getInput() : e_.pad(leaf.getInput(), low, high, interior);
  }

  Value phase(ArrayRef<int64_t> remainders) {
    Value sum;
    Extents place(n_, 0);
    do {
      Extents shift(n_);  // of t, in the extended leaves
      bool meets = true;
      for (size_t i = 0; i < n_; ++i) {
        int64_t distance = remainders[i] - place[i] * op_.getDilation()[i];
        meets &= distance % stride(i) == 0;
        shift[i] = low_[i] + distance / stride(i);
      }
      if (!meets) continue;
      Value term = atPlace(op_.getInput(), place, [&](BroadcastOp leaf) {
        Value source = extended(leaf);
        Extents offsets(shape_.size(), 0), sizes(shapeOf(source)), steps(shape_.size(), 1);
        for (size_t i = 0; i < n_; ++i) {
          offsets[lead_ + n_ + i] = shift[i];
          sizes[lead_ + n_ + i] = counts_[i];
        }
        Value slice = e_.make<SliceOp>(source, offsets, sizes, steps);
        return e_.broadcast(slice, typeLike(leaf.getResult()).getShape());
      });
      sum = sum ? e_.add(sum, term) : term;
    } while (advance(place, kernels()));
    return sum ? sum : splat(typeLike(op_.getInput()), 0);
  }

  // The phases side by side: along each dimension as many of them as the stride, cut to the extent.
  // Positions lie before channels meanwhile, where convolutions have them: [N, T..., C...].
  Value joined(SmallVector<Value> parts) {
    int64_t first = lead_ > 1 ? 1 : 0;  // the dimensions before the positions
    Extents order, back, apart, all, wanted;
    for (int64_t dim = 0; dim < first; ++dim) order.push_back(dim);
    for (size_t i = 0; i < n_; ++i) order.push_back(lead_ + n_ + i);
    for (size_t dim = first; dim < lead_ + n_; ++dim) order.push_back(dim);
    for (int64_t dim : ArrayRef(order).take_front(first)) apart.push_back(shape_[dim]);
    all = wanted = apart;
    for (size_t i = 0; i < n_; ++i) {
      apart.append({counts_[i], 1});
      all.push_back(counts_[i] * stride(i));
      wanted.push_back(op_.getExtents()[i]);
    }
    for (Extents* shape : {&apart, &all, &wanted})
      llvm::append_range(*shape, shape_.take_front(lead_).drop_front(first));
    for (Value& part : parts) part = e_.reshape(e_.transpose(part, order), apart);
    for (size_t i = n_; i-- > 0;) {
      SmallVector<Value> rows;
      for (size_t p = 0; p < parts.size(); p += stride(i)) {
        ArrayRef<Value> row = ArrayRef(parts).slice(p, stride(i));
        rows.push_back(row.size() == 1 ? row[0] : e_.make<ConcatOp>(row, first + 2 * i + 1));
      }
      parts = rows;
    }
    Value result = e_.reshape(parts[0], all);
    Extents none(all.size(), 0), steps(all.size(), 1);
    if (all != wanted) result = e_.make<SliceOp>(result, none, wanted, steps);
    for (int64_t dim = 0; dim < first; ++dim) back.push_back(dim);
    for (size_t dim = first; dim < lead_; ++dim) back.push_back(dim + n_);
    for (size_t i = 0; i < n_; ++i) back.push_back(first + i);
    return e_.transpose(result, back);
  }

  OpBuilder& builder_;
  Emitter e_;
  FoldOp op_;
  ArrayRef<int64_t> shape_;
  size_t n_, lead_;
  Extents counts_;      // of t, along each dimension
  Extents low_, high_;  // by which leaves are extended
  llvm::DenseMap<Attribute, Value> splats_;
  llvm::DenseMap<Operation*, Value> extended_;
};

}  // namespace

Value foldInPhases(OpBuilder& builder, FoldOp op) { return PhaseFolder(builder, op).run(); }

}  // namespace etch::ir
