// Samples of the dialect's ops: small programs with what to feed them. Every registered op has
// some; the tests of this folder run over them, and so does the completeness test.
#ifndef ETCH_TESTS_OPS_SAMPLE_H_
#define ETCH_TESTS_OPS_SAMPLE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "etch/ir/reference.h"
#include "mlir/IR/BuiltinOps.h"

namespace etch::testing {

// The values of one input. Floats are uniform in [low, high], integers uniform in the same with
// both ends (within the element type).
struct Domain {
  double low = -2;
  double high = 2;
  // Floats keep a twentieth of it away from its multiples, where a function has jumps or kinks.
  // 0: no such places.
  double grid = 0;
  // The first values, in place of drawn ones: NaN, infinities, extremes, ties.
  std::vector<double> special = {};
};

// One op with operands that are inputs, in the syntax that nearly all etch ops share:
//   etch.op prefix %a, %b attributes : (operands) -> results
struct Call {
  std::string op;
  std::vector<std::string> operands;  // "5x7xf32"; "f32" for a scalar
  std::vector<std::string> results;
  std::string attributes = {};  // "{dim = 1 : i64}"
  std::string prefix = {};      // "lt, "
};

struct Sample {
  std::string op;    // "add", without the dialect's name
  std::string name;  // "add (5x7xf32, 5x7xf32)": unique
  std::string text;  // a module whose function @main uses the op
  std::vector<Domain> inputs;
  // The function has a derivative at the inputs, up to second order.
  bool smooth = true;
  // Compiled and reference results are equal bit by bit.
  bool exact = false;
  // A program as it is after fusion: not an input of the compiler.
  bool fused = false;
  Call call = {};  // what it was made of; `call.op` is empty for a longer program
};

// The one-op sample of `call`. Missing domains are the default one. Samples with special values
// are not smooth.
Sample makeSample(const Call& call, std::vector<Domain> inputs = {});

// A longer program; each "ELEMENT" in `text` becomes `element`.
Sample makeProgram(std::string op, std::string name, std::string text, std::string_view element,
                   std::vector<Domain> inputs);

// "5x7xf32" from {5, 7} and "f32"; "array<i64: 5, 7>" from {5, 7}.
std::string typeText(const std::vector<int64_t>& shape, std::string_view element);
std::string arrayText(const std::vector<int64_t>& values);

// Samples of all families, in a fixed order; made once.
const std::vector<Sample>& allSamples();
// Names of the ops that have samples, sorted.
std::vector<std::string> sampledOps();
std::vector<const Sample*> samplesOf(std::string_view op);

void addBoundarySamples(std::vector<Sample>& samples);
void addElementwiseSamples(std::vector<Sample>& samples);
void addComparisonSamples(std::vector<Sample>& samples);
void addContractionSamples(std::vector<Sample>& samples);
void addConvolutionSamples(std::vector<Sample>& samples);
void addReductionSamples(std::vector<Sample>& samples);
void addAttentionSamples(std::vector<Sample>& samples);
void addMovementSamples(std::vector<Sample>& samples);
void addWindowsSamples(std::vector<Sample>& samples);
void addIndexingSamples(std::vector<Sample>& samples);
void addOrderingSamples(std::vector<Sample>& samples);
void addCreationSamples(std::vector<Sample>& samples);
void addRandomSamples(std::vector<Sample>& samples);
void addControlSamples(std::vector<Sample>& samples);
void addLoopSamples(std::vector<Sample>& samples);
void addRegionSamples(std::vector<Sample>& samples);

// A context with what programs are made of.
std::unique_ptr<mlir::MLIRContext> makeContext();
// Parses and verifies; null after a failure, which is printed.
mlir::OwningOpRef<mlir::ModuleOp> parseModule(mlir::MLIRContext& context, std::string_view text);
mlir::func::FuncOp mainOf(mlir::ModuleOp module);

// Numbers that depend on the seed alone, on every host.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  explicit Random(std::string_view seed);
  uint64_t next();
  double uniform();  // in [0, 1)
  int64_t below(int64_t bound) {
    return static_cast<int64_t>(next() % static_cast<uint64_t>(bound));
  }

 private:
  uint64_t state_;
};

ir::ReferenceTensor drawTensor(mlir::RankedTensorType type, const Domain& domain, Random& random);
// One of each type, of which all have one domain.
std::vector<ir::ReferenceTensor> drawTensors(mlir::TypeRange types, const Domain& domain,
                                             Random& random);
// The inputs of `main`, drawn from the sample's domains; the same at each call.
std::vector<ir::ReferenceTensor> drawInputs(const Sample& sample, mlir::func::FuncOp main);

}  // namespace etch::testing

#endif  // ETCH_TESTS_OPS_SAMPLE_H_
