// What a kernel costs, as profiles show it: counted on etch ops, so that it is what the program
// asks for whatever the schedule makes of it. Padding of panels and tiles, products of split
// operands, and values that a schedule computes twice do not count as work.
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
