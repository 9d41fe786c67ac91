// A lowered kernel (linalg between memrefs) as its schedule sees it: what it reads, what it writes,
// and how values are emitted at a point of its loops.
#ifndef ETCH_CODEGEN_SCHEDULE_KERNEL_H_
#define ETCH_CODEGEN_SCHEDULE_KERNEL_H_

#include <optional>

#include "etch/codegen/target.h"
#include "etch/ir/support.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/Builders.h"

namespace etch::codegen {

// On a scheduled kernel: the number of pieces it can be run in.
inline constexpr llvm::StringLiteral kPiecesAttr = "etch.pieces";

// The type of a scheduled kernel's argument: `type`, or one element where that has none (a bare
// pointer to no elements has no LLVM type).
mlir::MemRefType kernelArgumentType(mlir::MemRefType type);

// A strided part of one of the kernel's arguments.
struct Access {
  mlir::Value memory;  // the argument, or a temporary; always dense
  ir::StridedLayout layout;
};

struct Sink {
  mlir::Value value;
  Access access;
};

// Whether it fills a part of a result that nothing else writes. (A whole result that is constant
// may be written over an argument, like any other.)
bool isMargin(const Sink& sink);

// The access behind a memref (an argument or a reinterpret_cast of one).
Access accessOf(mlir::Value memref);
// The access that `tensor` is read from, if it is read from memory.
std::optional<Access> sourceOf(mlir::Value tensor);
// What the kernel writes, in program order.
llvm::SmallVector<Sink> sinksOf(mlir::func::FuncOp kernel);
// Where `value` is written, if it is.
std::optional<Access> sinkOf(mlir::func::FuncOp kernel, mlir::Value value);
// `value` behind the casts between ui8, as etch ops have it, and i8, as memory has it.
mlir::Value withoutCasts(mlir::Value value);

// Dimensions of a loop nest that are walked by one index.
struct LoopGroup {
  int64_t extent = 1;
  llvm::SmallVector<int64_t> dims;  // ascending, adjacent
};

// A point of a loop nest: an index for each group; along the group `lane` a vector of `width`
// elements from that index on, of which `mask` (if any) holds.
struct Point {
  llvm::SmallVector<mlir::Value> index;
  int lane = -1;
  int64_t width = 1;
  mlir::Value mask;
  bool vectorized() const { return lane >= 0; }
};

// Values already emitted at one level of the nest. A value that does not depend on the inner loops
// is emitted once, in the enclosing scope.
struct Scope {
  Scope(mlir::OpBuilder builder, Scope* parent = nullptr) : builder(builder), parent(parent) {}
  mlir::OpBuilder builder;
  Scope* parent;
  Point point;
  llvm::DenseMap<mlir::Value, mlir::Value> values;
};

// Emits the scalar bodies of linalg ops at points, as scalars or vectors. Bodies are cloned op by
// op: every op that is elementwise on vectors works, none is listed.
class PointEmitter {
 public:
  PointEmitter(mlir::func::FuncOp kernel, const Target& target, mlir::OpBuilder& entry);

  // Chooses the loops for values of `shape`: dimensions of extent 1 vanish, adjacent dimensions
  // that every access walks alike become one. Dimensions in `reduced` are kept apart from the
  // others.
  void chooseGroups(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> reduced,
                    llvm::ArrayRef<Access> accesses, bool keep_dims);
  const llvm::SmallVector<LoopGroup>& groups() const { return groups_; }

  // Declares which groups belong to the inner scope; the others are the outer scope's.
  void setInner(llvm::ArrayRef<int> groups) { inner_.assign(groups.begin(), groups.end()); }
  // True when `tensor` has extent 1 along all inner groups.
  bool isOuter(mlir::Value tensor) const;

  // The element(s) of `tensor` at the scope's point. Null after a diagnostic on what cannot be
  // emitted.
  mlir::Value emit(mlir::Value tensor, Scope& scope);
  // `value` as a vector of the point's width, when the point is vectorized.
  mlir::Value widen(mlir::Value value, Scope& scope);
  void store(mlir::Value value, const Access& access, Scope& scope);
  // Two vectors whose elements alternate in memory; the scope's point is where `even` begins.
  void storePairs(mlir::Value even, mlir::Value odd, const Access& access, Scope& scope);
  mlir::Value load(const Access& access, mlir::Type element, Scope& scope);
  // The element offset of the scope's point in `access`.
  mlir::Value offsetOf(const Access& access, Scope& scope);
  int64_t strideOf(const Access& access, int group) const;

  // Later emits of `tensor` read this access instead of computing it.
  void materialize(mlir::Value tensor, const Access& access) { materialized_[tensor] = access; }
  // The one-dimensional memref over all of a dense memory.
  mlir::Value flat(mlir::Value memory);
  bool failed() const { return failed_; }

 private:
  mlir::Value emitGeneric(mlir::linalg::GenericOp op, Scope& scope);
  mlir::Value applyBody(mlir::linalg::GenericOp op, llvm::ArrayRef<mlir::Value> arguments,
                        Scope& scope);
  mlir::Value emitExtract(mlir::Operation* op, mlir::Value tensor, mlir::ValueRange indices,
                          Scope& scope);
  mlir::Value indexAlong(int64_t dim, Scope& scope);
  mlir::Value fail(mlir::Operation* op, const llvm::Twine& message);
  mlir::Value shuffledLoad(mlir::OpBuilder& b, mlir::Value buffer, mlir::Value offset,
                           int64_t stride, mlir::Value mask, mlir::Value fill);
  mlir::Value loadAt(mlir::Value memory, mlir::Type element, mlir::Value offset, int64_t stride,
                     Scope& scope);

  mlir::func::FuncOp kernel_;
  mlir::OpBuilder entry_;
  llvm::SmallVector<LoopGroup> groups_;
  llvm::SmallVector<int> inner_;
  llvm::DenseMap<mlir::Value, Access> materialized_;
  llvm::DenseMap<mlir::Value, mlir::Value> flat_;
  // Emitted vectors that are base + 0, 1, 2, ... along the lane: their base.
  llvm::DenseMap<mlir::Value, mlir::Value> lane_base_;
  bool failed_ = false;
};

// All lanes of `vector` combined, halves first.
mlir::Value combineLanes(mlir::OpBuilder& builder, mlir::Location loc, mlir::Value vector,
                         llvm::function_ref<mlir::Value(mlir::Value, mlir::Value)> combine);

// index-typed arithmetic that folds constants.
mlir::Value constantIndex(mlir::OpBuilder& builder, mlir::Location loc, int64_t value);
mlir::Value addIndex(mlir::OpBuilder& builder, mlir::Location loc, mlir::Value a, mlir::Value b);
mlir::Value addIndex(mlir::OpBuilder& builder, mlir::Location loc, mlir::Value a, int64_t b);
mlir::Value mulIndex(mlir::OpBuilder& builder, mlir::Location loc, mlir::Value a, int64_t b);

}  // namespace etch::codegen

#endif  // ETCH_CODEGEN_SCHEDULE_KERNEL_H_
