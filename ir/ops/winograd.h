// Winograd's F(2x2, 3x3): convolutions by 3x3 filters with 2.25 times fewer multiplications.
#ifndef ETCH_IR_OPS_WINOGRAD_H_
#define ETCH_IR_OPS_WINOGRAD_H_

#include "etch/ir/build.h"

namespace etch::ir {

// Whether the multiplications that are saved outweigh what the transforms move through memory, and
// the op is of the form that has them: f32, a 3x3 window at each position, one group.
bool winogradPays(ConvOp op);

// The result of `op` with y = Aᵀ [(G g Gᵀ) * (Bᵀ d B)] A for each tile of 2x2 positions, which
// reads 4x4 elements d, where products are summed over channels as 16 matrix products. `padded` is
// the padded operand [N, C, H, W]. Source: Lavin, Gray, "Fast Algorithms for Convolutional Neural
// Networks", 2015, arXiv:1509.09308. Rounding errors are about twice those of the sum itself.
mlir::Value winogradProduct(Emitter e, ConvOp op, mlir::Value padded);

// The same for an op with a 3x3 result and a large window, the gradient of such a convolution's
// filters: of each tile of 2x2 window elements g and 4x4 operand elements d, with products summed
// over batch and tiles, y = Aᵀ [Σ (G g Gᵀ) * (Bᵀ d B)] A.
bool winogradPaysForFilters(ConvOp op);
mlir::Value winogradFilters(Emitter e, ConvOp op, mlir::Value padded);

}  // namespace etch::ir

#endif  // ETCH_IR_OPS_WINOGRAD_H_
