// Plain types that the op interfaces speak: scalars and arrays of the reference evaluator, strided
// layouts, the role of an op in fusion.
#ifndef ETCH_IR_SUPPORT_H_
#define ETCH_IR_SUPPORT_H_

#include <cstdint>
#include <vector>

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/LogicalResult.h"
#include "mlir/IR/BuiltinTypes.h"

namespace etch::ir {

// One element in the reference evaluator: a double for floating types, an int64 for the rest.
struct Scalar {
  bool is_float = true;
  double f = 0;
  int64_t i = 0;

  static Scalar ofFloat(double value) { return {true, value, 0}; }
  static Scalar ofInt(int64_t value) { return {false, 0, value}; }
  double asDouble() const { return is_float ? f : static_cast<double>(i); }
  int64_t asInt() const { return is_float ? static_cast<int64_t>(f) : i; }
};

// A dense row-major array in the reference evaluator. Floating types use `floats`, all others
// `ints` (bool: 0 or 1; ui8: 0..255).
struct ReferenceTensor {
  mlir::RankedTensorType type;
  std::vector<double> floats;
  std::vector<int64_t> ints;

  static ReferenceTensor zeros(mlir::RankedTensorType type);
  bool isFloat() const { return llvm::isa<mlir::FloatType>(type.getElementType()); }
  int64_t size() const { return type.getNumElements(); }
  Scalar at(int64_t linear) const {
    return isFloat() ? Scalar::ofFloat(floats[linear]) : Scalar::ofInt(ints[linear]);
  }
  // Stores `value`, wrapped to the element type where that is an integer. Floats are not rounded
  // here: the evaluator rounds a whole result, unless asked to compute in double precision.
  void set(int64_t linear, Scalar value);
};

struct ReferenceOptions {
  // Keep floating values in double whatever their element type: the oracle of a program's
  // mathematics. Otherwise each op's results are rounded to their element types.
  bool double_precision = false;
};

// Elements of a dense buffer read through an offset and one stride for each dimension, in elements.
// A stride of 0 repeats an element.
struct StridedLayout {
  int64_t offset = 0;
  llvm::SmallVector<int64_t> shape;
  llvm::SmallVector<int64_t> strides;

  static StridedLayout dense(llvm::ArrayRef<int64_t> shape);
  // True when the layout is a dense row-major array starting at offset 0.
  bool isDense() const;
};

// The elements of `source`, in row-major order, under another shape; failure where strides cannot
// express it.
llvm::FailureOr<StridedLayout> reshaped(const StridedLayout& source, llvm::ArrayRef<int64_t> shape);

// Row-major strides of a dense array, in elements.
llvm::SmallVector<int64_t> denseStrides(llvm::ArrayRef<int64_t> shape);

enum class FusionRole {
  kInline,       // so cheap that each consumer computes it itself (constants, broadcasts, iota)
  kPointwise,    // one loop over its result; fuses with neighbours of the same domain
  kReduction,    // as pointwise over its operand, and ends a loop
  kContraction,  // a matrix product; takes pointwise consumers as its epilogue
  kView,         // no computation: another layout of its operand
  kIsolated,     // a kernel of its own
  kHost,         // no kernel: the host function runs its regions
};

// A dimension of an operand.
struct OperandDim {
  unsigned operand;
  int64_t dim;
};

// What an argument of a control op's region, or a value that the region yields, stands for among
// the op's operands or results.
struct RegionValue {
  enum Kind {
    kWhole,      // the operand or result itself
    kRow,        // one element along its leading dimension, that of the step at hand
    kCarried,    // what one step hands to the next; operand and result have the same number
    kPredicate,  // whether to go on
  };
  Kind kind = kWhole;
  unsigned number = 0;
};

}  // namespace etch::ir

#endif  // ETCH_IR_SUPPORT_H_
