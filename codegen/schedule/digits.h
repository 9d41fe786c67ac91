// Dimensions that a schedule counts as one: rows, columns or depth of a matrix that lies in memory
// as several dimensions, as the windows of a convolution do.
#ifndef ETCH_CODEGEN_SCHEDULE_DIGITS_H_
#define ETCH_CODEGEN_SCHEDULE_DIGITS_H_

#include <cstdint>

#include "llvm/ADT/SmallVector.h"
#include "mlir/IR/Builders.h"

namespace etch::codegen {

// The digits of a number in row-major order, and how far apart the elements lie that differ by one
// in a digit.
struct Digits {
  llvm::SmallVector<int64_t> extents, strides;

  int64_t count() const;
  // Numbers that follow each other at one distance: how many, before the distance changes.
  int64_t run() const { return extents.back(); }
  int64_t step() const { return run() == 1 ? 1 : strides.back(); }
  // Whether no number lies at an address below itself.
  bool ascends() const;
  // Leaves out digits that count nothing, and joins those that count on at the distance of the
  // next.
  void simplify();
  // The digits of number `i`: a scalar, or a vector of them.
  llvm::SmallVector<mlir::Value> split(mlir::OpBuilder& b, mlir::Location loc, mlir::Value i) const;
  // Where number `i` lies.
  mlir::Value addressOf(mlir::OpBuilder& b, mlir::Location loc, mlir::Value i) const;
};

// A constant of the type of `like`: index, or a vector of it.
mlir::Value constantLike(mlir::OpBuilder& b, mlir::Location loc, mlir::Value like, int64_t value);

}  // namespace etch::codegen

#endif  // ETCH_CODEGEN_SCHEDULE_DIGITS_H_
