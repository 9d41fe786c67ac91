// Where the values of a fused program live.
#ifndef ETCH_CODEGEN_MEMORY_PLAN_H_
#define ETCH_CODEGEN_MEMORY_PLAN_H_

#include <cstdint>
#include <set>
#include <vector>

#include "etch/ir/dialect.h"
#include "llvm/ADT/DenseMap.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace etch::codegen {

// The memory of one value.
struct Place {
  // kBound: what a region of a control op takes or yields; the host function knows its address when
  // it runs the region.
  enum Kind { kInput, kResult, kConstant, kArena, kDerived, kBound };
  Kind kind = kArena;
  int64_t index = 0;  // of an input, a result or a constant; the offset in bytes otherwise
};

// The arena's part of a control op.
struct ControlPlan {
  // A carry is written from step to step to its result's memory and to a spare one in turns: the
  // offset of the spare one, for each carry.
  std::vector<int64_t> spares;
  // Where a condition puts what it finds.
  int64_t predicate = 0;
};

// The plan of @main after fusion.
//
// - Launches that depend on nothing but state which the program only reads are *prepared*: they run
//   when that state has changed. What other launches read of their results stays in derived memory
//   between calls; what only they read shares its end.
// - A result has the caller's buffer. It donates an input, the same state cell, when every read of
//   that input comes before its write.
// - All other values share one arena, at offsets found greedily, largest first; a kernel that may
//   work in place writes over an input that dies with it.
// - A control op is planned like a launch: what its regions need beside its operands and results is
//   one buffer, which lives while it runs and holds plans of their own.
struct MemoryPlan {
  llvm::DenseMap<mlir::Value, Place> places;
  llvm::DenseMap<mlir::Operation*, ControlPlan> controls;
  std::vector<ir::LaunchOp> prepare;   // in the order of execution
  std::vector<ir::LaunchOp> launches;  // likewise; those in regions where they stand
  std::vector<ir::ConstantOp> constants;
  std::vector<int32_t> donated;  // for each result: the input, or -1
  int64_t arena_bytes = 0;
  int64_t arena_lower_bound_bytes = 0;  // largest sum of live bytes at one launch
  int64_t derived_bytes = 0;
  int64_t kept_bytes = 0;  // of the derived memory: what stays between calls, at its beginning

  // Inputs after whose change a launch of `prepare` has to run again: those it depends on, and
  // where what it makes does not stay, those of the launches that it makes it for.
  llvm::DenseMap<mlir::Operation*, std::set<int32_t>> prepareSources() const;

  // The place of `value`, looking through reshapes.
  Place placeOf(mlir::Value value) const;
};

// What `value` is another shape of.
mlir::Value rootOf(mlir::Value value);

mlir::FailureOr<MemoryPlan> planMemory(mlir::func::FuncOp main);

// Bytes of a tensor in memory; booleans take one each.
int64_t bytesOf(mlir::Type tensor);

}  // namespace etch::codegen

#endif  // ETCH_CODEGEN_MEMORY_PLAN_H_
