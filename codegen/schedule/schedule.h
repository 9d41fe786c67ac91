// From linalg to explicit vector loops.
#ifndef ETCH_CODEGEN_SCHEDULE_SCHEDULE_H_
#define ETCH_CODEGEN_SCHEDULE_SCHEDULE_H_

#include <memory>

#include "etch/codegen/target.h"
#include "mlir/Pass/Pass.h"

namespace etch::codegen {

// Gives each lowered kernel (attribute etch.kernel) the schedule that fits what it computes, and
// notes the number of its pieces (attribute etch.pieces).
std::unique_ptr<mlir::Pass> createSchedulePass(const Target& target);

}  // namespace etch::codegen

#endif  // ETCH_CODEGEN_SCHEDULE_SCHEDULE_H_
