#include "etch/tests/ops/sample.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "etch/ir/dialect.h"
#include "mlir/Parser/Parser.h"

using namespace mlir;

namespace etch::testing {
namespace {

std::string tensorList(const std::vector<std::string>& types) {
  std::string text = "(";
  for (size_t i = 0; i < types.size(); ++i) text += (i ? ", tensor<" : "tensor<") + types[i] + ">";
  return text + ")";
}

std::string join(const std::vector<std::string>& parts) {
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i) text += (i ? ", " : "") + parts[i];
  return text;
}

std::string describe(const std::vector<Domain>& domains) {
  std::string text;
  for (const Domain& domain : domains)
    if (!domain.special.empty()) text = " at special values";
  return text;
}

}  // namespace

Sample makeProgram(std::string op, std::string name, std::string text, std::string_view element,
                   std::vector<Domain> inputs) {
  const std::string placeholder = "ELEMENT";
  for (size_t at; (at = text.find(placeholder)) != std::string::npos;)
    text.replace(at, placeholder.size(), element);
  Sample sample;
  sample.op = std::move(op);
  sample.name = std::move(name);
  sample.text = std::move(text);
  sample.inputs = std::move(inputs);
  return sample;
}

std::string typeText(const std::vector<int64_t>& shape, std::string_view element) {
  std::string text;
  for (int64_t extent : shape) text += std::to_string(extent) + "x";
  return text + std::string(element);
}

std::string arrayText(const std::vector<int64_t>& values) {
  std::string text = "array<i64";
  for (size_t i = 0; i < values.size(); ++i) text += (i ? ", " : ": ") + std::to_string(values[i]);
  return text + ">";
}

Sample makeSample(const Call& call, std::vector<Domain> inputs) {
  std::string arguments, operands, results;
  for (size_t i = 0; i < call.operands.size(); ++i) {
    std::string name = "%arg" + std::to_string(i);
    arguments += (i ? ", " : "") + name + ": tensor<" + call.operands[i] + ">";
    operands += (i ? ", " : "") + name;
  }
  for (size_t i = 0; i < call.results.size(); ++i)
    results += (i ? ", %r#" : "%r#") + std::to_string(i);
  std::string resultTypes = tensorList(call.results);
  inputs.resize(call.operands.size());

  Sample sample;
  sample.op = call.op;
  sample.name = call.op + " " + call.prefix + "(" + join(call.operands) + ") -> (" +
                join(call.results) + ")" + (call.attributes.empty() ? "" : " " + call.attributes) +
                describe(inputs);
  sample.text = "func.func @main(" + arguments + ") -> " + resultTypes +
                " {\n  %r:" + std::to_string(call.results.size()) + " = etch." + call.op + " " +
                call.prefix + operands + " " + call.attributes + " : " + tensorList(call.operands) +
                " -> " + resultTypes + "\n  return " + results + " : " +
                resultTypes.substr(1, resultTypes.size() - 2) + "\n}\n";
  sample.smooth = describe(inputs).empty();
  sample.inputs = std::move(inputs);
  sample.call = call;
  return sample;
}

const std::vector<Sample>& allSamples() {
  static const std::vector<Sample>* samples = [] {
    auto* list = new std::vector<Sample>;
    addBoundarySamples(*list);
    addElementwiseSamples(*list);
    addComparisonSamples(*list);
    addContractionSamples(*list);
    addConvolutionSamples(*list);
    addReductionSamples(*list);
    addAttentionSamples(*list);
    addMovementSamples(*list);
    addWindowsSamples(*list);
    addIndexingSamples(*list);
    addOrderingSamples(*list);
    addCreationSamples(*list);
    addRandomSamples(*list);
    addControlSamples(*list);
    addLoopSamples(*list);
    addRegionSamples(*list);
    return list;
  }();
  return *samples;
}

std::vector<std::string> sampledOps() {
  std::set<std::string> names;
  for (const Sample& sample : allSamples()) names.insert(sample.op);
  return {names.begin(), names.end()};
}

std::vector<const Sample*> samplesOf(std::string_view op) {
  std::vector<const Sample*> chosen;
  for (const Sample& sample : allSamples())
    if (sample.op == op) chosen.push_back(&sample);
  return chosen;
}

std::unique_ptr<MLIRContext> makeContext() {
  DialectRegistry registry;
  registry.insert<ir::EtchDialect, func::FuncDialect>();
  auto context = std::make_unique<MLIRContext>(registry, MLIRContext::Threading::DISABLED);
  context->loadAllAvailableDialects();
  return context;
}

OwningOpRef<ModuleOp> parseModule(MLIRContext& context, std::string_view text) {
  return parseSourceString<ModuleOp>(StringRef(text.data(), text.size()), &context);
}

func::FuncOp mainOf(ModuleOp module) { return module.lookupSymbol<func::FuncOp>("main"); }

Random::Random(std::string_view seed) : state_(0xcbf29ce484222325) {
  // FNV-1a; std::hash differs between standard libraries.
  for (unsigned char c : seed) state_ = (state_ ^ c) * 0x100000001b3;
}

uint64_t Random::next() {
  // SplitMix64.
  uint64_t z = state_ += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

double Random::uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }

ir::ReferenceTensor drawTensor(RankedTensorType type, const Domain& domain, Random& random) {
  auto tensor = ir::ReferenceTensor::zeros(type);
  for (int64_t i = 0; i < tensor.size(); ++i) {
    double value;
    if (i < static_cast<int64_t>(domain.special.size())) {
      value = domain.special[i];
    } else if (tensor.isFloat()) {
      do {
        value = domain.low + (domain.high - domain.low) * random.uniform();
      } while (domain.grid > 0 && std::fabs(std::remainder(value, domain.grid)) < domain.grid / 20);
    } else {
      auto low = static_cast<int64_t>(domain.low), high = static_cast<int64_t>(domain.high);
      tensor.set(i, ir::Scalar::ofInt(low + random.below(high - low + 1)));
      continue;
    }
    tensor.set(i, tensor.isFloat() ? ir::Scalar::ofFloat(value)
                                   : ir::Scalar::ofInt(static_cast<int64_t>(value)));
  }
  ir::roundToElementType(tensor);
  return tensor;
}

std::vector<ir::ReferenceTensor> drawTensors(TypeRange types, const Domain& domain,
                                             Random& random) {
  std::vector<ir::ReferenceTensor> tensors;
  for (Type type : types)
    tensors.push_back(drawTensor(cast<RankedTensorType>(type), domain, random));
  return tensors;
}

std::vector<ir::ReferenceTensor> drawInputs(const Sample& sample, func::FuncOp main) {
  Random random(sample.name);
  std::vector<ir::ReferenceTensor> tensors;
  for (auto [i, type] : llvm::enumerate(main.getArgumentTypes()))
    tensors.push_back(drawTensor(cast<RankedTensorType>(type), sample.inputs[i], random));
  return tensors;
}

}  // namespace etch::testing
