// Matrix products read packed operands.
#ifndef ETCH_CODEGEN_PACK_CONTRACTIONS_H_
#define ETCH_CODEGEN_PACK_CONTRACTIONS_H_

#include <memory>

#include "etch/codegen/target.h"
#include "mlir/Pass/Pass.h"

namespace etch::codegen {

// Replaces the operands of etch.matmul by unpack(pack(operand)) where a kernel runs faster on
// panels: the right-hand side, and a left-hand side that is read transposed. The unpack is read
// through by the kernel; the pack becomes a kernel of its own, which two products of one operand
// share, and which moves out of the call when the operand is state that the program does not write.
std::unique_ptr<mlir::Pass> createPackContractionsPass(const Target& target);

}  // namespace etch::codegen

#endif  // ETCH_CODEGEN_PACK_CONTRACTIONS_H_
