// Products of small matrices inside a kernel that schedules itself: register tiles over operands
// with any strides.
#ifndef ETCH_CODEGEN_SCHEDULE_TILE_EMITTER_H_
#define ETCH_CODEGEN_SCHEDULE_TILE_EMITTER_H_

#include "etch/codegen/target.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace etch::codegen {

// Element (row, column) of a matrix lies at base + row * row_stride + column * column_stride of a
// one-dimensional memref.
struct Matrix {
  mlir::Value memory;
  mlir::Value base;
  int64_t row_stride = 0;
  int64_t column_stride = 1;
};

// Where a register tile lies in the result, and the sums it ends with: those of row r and vector v
// are sums[r * vectors + v].
struct Tile {
  mlir::Value row, column;  // of its first element
  int64_t rows = 1, vectors = 1;
  int64_t tail = 0;  // lanes of the last vector that count; 0: all

  int64_t lanesOf(int64_t vector, int64_t lanes) const {
    return tail && vector + 1 == vectors ? tail : lanes;
  }
};

// Rows [begin, end) of `extent`, in tiles of `step` rows, of which `begin` is a multiple. Tiles are
// whole: rows from `end` to the end of its tile are computed too.
struct RowRange {
  int64_t extent;
  mlir::Value begin, end;
  int64_t step;
};

// Emits at the builder it is given. Elements narrower than `wide` are widened as they are loaded
// and rounded as they are stored.
class TileEmitter {
 public:
  using Start =
      llvm::function_ref<mlir::Value(mlir::OpBuilder&, const Tile&, int64_t row, int64_t vector)>;
  using Finish =
      llvm::function_ref<void(mlir::OpBuilder&, const Tile&, llvm::ArrayRef<mlir::Value> sums)>;

  TileEmitter(mlir::Location loc, const Target& target, mlir::Type wide);

  int64_t lanes() const { return lanes_; }
  mlir::VectorType vectorType() const { return vector_; }
  // Vectors of the widest register tile.
  int64_t widest() const;
  // Rows of the tiles of a product of `rows` x `columns`.
  int64_t tileRows(int64_t rows, int64_t columns) const;

  // For each tile of the product of `a` and `b` over `depth`: the sums, begun with what `start`
  // gives, to `finish`.
  void product(mlir::OpBuilder& builder, const Matrix& a, const Matrix& b, const RowRange& rows,
               int64_t columns, mlir::Value depth, Start start, Finish finish);

  // Rows [0, valid) of `source`, `columns` long and multiplied by `scale`, as the columns of a
  // panel: element (r, c) at target[c * vectors * lanes + r]. Zeros from `valid` on.
  void transposeInto(mlir::OpBuilder& builder, const Matrix& source, int64_t valid, int64_t vectors,
                     int64_t columns, double scale, mlir::Value target);

  // `valid` lanes from `offset` on, `stride` apart; other lanes are 0.
  mlir::Value load(mlir::OpBuilder& builder, mlir::Value memory, mlir::Value offset, int64_t stride,
                   int64_t valid);
  void store(mlir::OpBuilder& builder, mlir::Value value, mlir::Value memory, mlir::Value offset,
             int64_t stride, int64_t valid);
  // The first `valid` lanes of `value`, the others of `rest`.
  mlir::Value firstLanes(mlir::OpBuilder& builder, mlir::Value value, mlir::Value rest,
                         int64_t valid);
  mlir::Value loadElement(mlir::OpBuilder& builder, mlir::Value memory, mlir::Value offset);
  // Of a vector whose first `valid` lanes count.
  mlir::Value maskOf(mlir::OpBuilder& builder, int64_t valid);
  mlir::Value splat(mlir::OpBuilder& builder, double value);
  mlir::Value broadcast(mlir::OpBuilder& builder, mlir::Value element);
  mlir::Value multiplyAdd(mlir::OpBuilder& builder, mlir::Value x, mlir::Value y, mlir::Value sum);
  // The elements' place in `matrix`.
  mlir::Value offsetOf(mlir::OpBuilder& builder, const Matrix& matrix, mlir::Value row,
                       mlir::Value column);

  // A loop of `step`, or its body alone where that runs once.
  void forEach(mlir::OpBuilder& builder, mlir::Value begin, mlir::Value end, int64_t step,
               llvm::function_ref<void(mlir::OpBuilder&, mlir::Value)> body);
  // `body` where x > y.
  void ifAbove(mlir::OpBuilder& builder, mlir::Value x, int64_t y,
               llvm::function_ref<void(mlir::OpBuilder&)> body);

 private:
  void emitTile(mlir::OpBuilder& builder, const Matrix& a, const Matrix& b, const Tile& tile,
                mlir::Value depth, Start start, Finish finish);
  void transposeBlock(mlir::OpBuilder& builder, const Matrix& source, int64_t valid,
                      int64_t vectors, mlir::Value column, int64_t columns, double scale,
                      mlir::Value target);
  mlir::Value widen(mlir::OpBuilder& builder, mlir::Value value);
  mlir::Value laneNumbers(mlir::OpBuilder& builder, int64_t stride, int64_t valid);

  mlir::Location loc_;
  const Target& target_;
  mlir::Type wide_;
  int64_t lanes_;
  mlir::VectorType vector_;
};

}  // namespace etch::codegen

#endif  // ETCH_CODEGEN_SCHEDULE_TILE_EMITTER_H_
