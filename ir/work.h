// What a kernel costs, as profiles show it: counted on the etch ops that fusion put into it,
// whatever the schedule makes of them. Padding of panels and tiles and values that a schedule
// computes twice do not count as work. What passes before it wrote differently counts as they wrote
// it: three or six products for one under bf16x3 and bf16x6, Winograd's multiplications for a
// convolution, and in each of two kernels a value that both compute.
#ifndef ETCH_IR_WORK_H_
#define ETCH_IR_WORK_H_

#include <cstdint>

#include "mlir/IR/Block.h"

namespace etch::ir {

struct Work {
  // Arithmetic on elements: a multiply-add is two, any other elementwise op one, a reduction one
  // for each element that it reduces.
  int64_t operations = 0;
  // Bytes of the block's arguments that are read, and of its results; each element once. Arguments
  // that are chosen from by index count with what is chosen.
  int64_t bytes = 0;
};

// Of the ops of `block`, a kernel's body of etch ops on tensors that ends with a terminator.
Work workOf(mlir::Block& block);

}  // namespace etch::ir

#endif  // ETCH_IR_WORK_H_
