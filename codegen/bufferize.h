// The host side of a program in memory.
#ifndef ETCH_CODEGEN_BUFFERIZE_H_
#define ETCH_CODEGEN_BUFFERIZE_H_

#include "etch/codegen/memory_plan.h"
#include "mlir/IR/BuiltinOps.h"

namespace etch::codegen {

inline constexpr llvm::StringLiteral kEntryName = "etch_entry";
inline constexpr llvm::StringLiteral kPrepareName = "etch_prepare";
// What loops ask before each step; becomes a look at the call's frame.
inline constexpr llvm::StringLiteral kNotStoppedName = "etch_not_stopped";

// Replaces @main by @etch_entry and, where anything is prepared, @etch_prepare:
//
//   func.func @etch_entry(%x: memref<8x64xf32>, ..., %out0: memref<f32>, %arena: memref<4096xi8>,
//                         %derived: memref<0xi8>) {
//     %0 = memref.view %arena[%offset][] : memref<4096xi8> to memref<8x64xf32>
//     call @k0_fc1_matmul(%x, %w, %0, %begin, %end) : ...
//     return
//   }
//
// Kernels must be scheduled (or declared with their number of pieces).
llvm::LogicalResult bufferizeMain(mlir::ModuleOp module, const MemoryPlan& plan);

// The type of a kernel function once it is scheduled: memrefs, then the range of pieces.
mlir::FunctionType scheduledKernelType(mlir::FunctionType type);

// Replaces the functions @etch_entry and @etch_prepare by ones of the runtime's ABI
// (runtime/abi.h), in the LLVM dialect, that launch kernels through the call frame.
llvm::LogicalResult lowerHostToLLVM(mlir::ModuleOp module);
// Replaces the declarations of kernels by declarations of KernelFunctions of the runtime's ABI.
void declareKernels(mlir::ModuleOp module);

// Renames @kernel (bare pointers) and wraps it as a KernelFunction of the runtime's ABI.
void wrapKernel(mlir::ModuleOp module, llvm::StringRef kernel);

}  // namespace etch::codegen

#endif  // ETCH_CODEGEN_BUFFERIZE_H_
