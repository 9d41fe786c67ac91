// Programs given as text, compiled for targets of fewer features.
#ifndef ETCH_TESTS_CODEGEN_AGREEMENT_H_
#define ETCH_TESTS_CODEGEN_AGREEMENT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "etch/tests/ops/difference.h"
#include "mlir/IR/BuiltinOps.h"

namespace etch::testing {

// What the host's features are limited to; each is a path of its own through the code generator.
inline constexpr const char* kTargets[] = {"", "-avx512f", "-avx512f,-avx2,-fma,-avx"};

// Drawn inputs of a program, and what the reference evaluator makes of them.
struct ReferenceRun {
  std::vector<ir::ReferenceTensor> inputs;
  Expected expected;
};
mlir::FailureOr<ReferenceRun> runReference(mlir::ModuleOp module);

// Expects the compiled program to compute what the reference evaluator does, from drawn inputs.
void expectAgreement(const std::string& text, const std::string& target, double tolerance = 2e-5);

// The pieces of the kernel that has the most.
int64_t mostPieces(const std::string& text, const std::string& target);

}  // namespace etch::testing

#endif  // ETCH_TESTS_CODEGEN_AGREEMENT_H_
