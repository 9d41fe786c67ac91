// A product's choice of tiles as a value with a text form: the cost model makes one, an attribute
// of the kernel may give another, and `etch tune` measures those beside it.
#ifndef ETCH_CODEGEN_SCHEDULE_TILE_CHOICE_H_
#define ETCH_CODEGEN_SCHEDULE_TILE_CHOICE_H_

#include <string>

#include "etch/codegen/schedule/tiles.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace etch::codegen {

// On a scheduled kernel, what its schedule chose; on one that is not yet scheduled, what it is to
// choose. "rows=6 columns=64 k=512 m=96 n=256 prefetch=0"; what is left out the cost model chooses.
inline constexpr llvm::StringLiteral kScheduleAttr = "etch.schedule";
// Beside it: the choice is from a file. One that cannot be is warned of, and the cost model
// chooses; the attribute is then gone.
inline constexpr llvm::StringLiteral kTunedAttr = "etch.tuned";
// On a kernel that is not yet scheduled: asks for an array of other choices that are worth
// measuring.
inline constexpr llvm::StringLiteral kCandidatesAttr = "etch.candidates";

// The product that tiles are chosen for.
struct TileProblem {
  int64_t batches = 1, m = 1, n = 1, k = 1;
  int64_t element_bytes = 4;
  bool rows_are_given = false;  // by packed panels of rows
  bool k_is_whole = false;      // sums do not wait in memory
  int64_t k_step = 1;           // depths that an instruction takes at once
};

std::string toText(const TileChoice& tile);

// Completes `tile`, whose register tile and K block the cost model has chosen: with what the
// kernel's attribute says, then with the model's blocks. Leaves the choice on the kernel, and
// candidates where they are asked for. Failure, with a diagnostic, for an attribute that says what
// cannot be, unless kTunedAttr is beside it.
mlir::LogicalResult settleTile(mlir::func::FuncOp kernel, const Target& target,
                               const TileProblem& problem, TileChoice& tile);

}  // namespace etch::codegen

#endif  // ETCH_CODEGEN_SCHEDULE_TILE_CHOICE_H_
