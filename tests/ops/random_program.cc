#include "etch/tests/ops/random_program.h"

#include <cmath>

#include "etch/ir/dialect.h"
#include "etch/tests/ops/sample.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace etch::testing {
namespace {

using Shape = std::vector<int64_t>;
constexpr double kLargestValue = 20;
constexpr int64_t kMostElements = 40000;

class Generator {
 public:
  Generator(MLIRContext& context, uint64_t seed) : context_(context), random_(seed) {
    OpBuilder builder(&context);
    module_ = ModuleOp::create(builder.getUnknownLoc());
    builder.setInsertionPointToStart(module_->getBody());
    main_ = func::FuncOp::create(builder, builder.getUnknownLoc(), "main",
                                 builder.getFunctionType({}, {}));
    block_ = main_.addEntryBlock();
  }

  RandomProgram generate() {
    static const Shape kShapes[] = {{33, 65}, {8, 64},   {4, 9, 32},     {128}, {17, 1, 40},
                                    {5, 7},   {64, 300}, {2, 3, 16, 24}, {},    {1, 200}};
    input(typeText(kShapes[random_.below(std::size(kShapes))], "f32"), {});
    for (int64_t step = 3 + random_.below(13); step > 0; --step) takeStep();
    return finish();
  }

 private:
  struct Known {
    Value value;
    ir::ReferenceTensor tensor;  // what it is on the inputs of this program
  };

  // --- values ---
  const ir::ReferenceTensor& tensor(size_t id) { return known_[id].tensor; }
  Shape shapeOf(size_t id) {
    ArrayRef<int64_t> shape = tensor(id).type.getShape();
    return {shape.begin(), shape.end()};
  }
  std::string typeOf(size_t id) {
    std::string text;
    llvm::raw_string_ostream(text) << tensor(id).type.getElementType();
    return typeText(shapeOf(id), text);
  }

  size_t input(const std::string& type, const Domain& domain) {
    auto tensorType = cast<RankedTensorType>(parseType(type));
    known_.push_back({block_->addArgument(tensorType, UnknownLoc::get(&context_)),
                      drawTensor(tensorType, domain, random_)});
    inputs_.push_back(known_.back().tensor);
    return known_.size() - 1;
  }

  Type parseType(const std::string& type) {
    auto module = parseModule(context_, "func.func private @main(tensor<" + type + ">)");
    return mainOf(*module).getArgumentTypes()[0];
  }

  // Appends the body of a sample to the program; the first of its results.
  size_t append(const Sample& sample, ArrayRef<size_t> operands) {
    auto module = parseModule(context_, sample.text);
    if (!module) llvm::report_fatal_error("a step does not parse");
    func::FuncOp step = mainOf(*module);
    std::vector<ir::ReferenceTensor> tensors;
    IRMapping mapping;
    for (auto [argument, id] : llvm::zip_equal(step.getArguments(), operands)) {
      tensors.push_back(tensor(id));
      mapping.map(argument, known_[id].value);
    }
    auto results = ir::evaluateFunction(step, tensors);
    if (failed(results)) llvm::report_fatal_error("a step cannot be evaluated");
    OpBuilder builder = OpBuilder::atBlockEnd(block_);
    Block& body = step.getBody().front();
    for (Operation& op : body.without_terminator()) builder.clone(op, mapping);
    size_t first = known_.size();
    for (auto [value, result] : llvm::zip_equal(body.getTerminator()->getOperands(), *results))
      known_.push_back({mapping.lookup(value), std::move(result)});
    return first;
  }

  size_t append(const Call& call, ArrayRef<size_t> operands) {
    return append(makeSample(call), operands);
  }

  // --- operands ---
  size_t anyFloat() {
    for (int tries = 0; tries < 8; ++tries) {
      // Later values more often, so that chains grow.
      size_t id = known_.size() - 1 - random_.below(std::min<size_t>(known_.size(), 4));
      if (tensor(id).isFloat() && tensor(id).size() > 0) return id;
    }
    return 0;
  }

  bool isModerate(size_t id, const Domain& domain) {
    double low = domain.low == -2 ? -kLargestValue : domain.low;
    double high = domain.high == 2 ? kLargestValue : domain.high;
    return llvm::all_of(tensor(id).floats, [&](double x) { return low <= x && x <= high; });
  }

  // `id` brought into `domain`: middle + reach * tanh(x).
  size_t squash(size_t id, const Domain& domain) {
    if (!tensor(id).isFloat() || isModerate(id, domain)) return id;
    std::string type = typeOf(id), tensorType = "tensor<" + type + ">";
    auto constant = [&](const char* name, double value) {
      return std::string("  ") + name + " = etch.constant dense<" + std::to_string(value) +
             "> : " + tensorType + "\n";
    };
    std::string binary = " : (" + tensorType + ", " + tensorType + ") -> " + tensorType + "\n";
    Sample sample;
    sample.text = "func.func @main(%x: " + tensorType + ") -> " + tensorType + " {\n" +
                  constant("%m", (domain.low + domain.high) / 2) +
                  constant("%r", (domain.high - domain.low) / 2.1) + "  %t = etch.tanh %x : (" +
                  tensorType + ") -> " + tensorType + "\n  %s = etch.mul %t, %r" + binary +
                  "  %y = etch.add %s, %m" + binary + "  return %y : " + tensorType + "\n}\n";
    return append(sample, id);
  }

  // A value of `type`: one that exists, one reshaped or cut from a larger one, or a new input.
  size_t operand(const std::string& type, const Domain& domain) {
    auto wanted = cast<RankedTensorType>(parseType(type));
    if (domain.grid > 0 || !domain.special.empty() || random_.below(4) == 0)
      return input(type, domain);
    size_t start = random_.below(known_.size());
    for (size_t i = 0; i < known_.size(); ++i) {
      size_t id = (start + i) % known_.size();
      if (tensor(id).type == wanted) return squash(id, domain);
    }
    std::string element = type.substr(type.rfind('x') + 1);
    size_t id = random_.below(known_.size());
    if (tensor(id).type.getElementType() != wanted.getElementType() ||
        tensor(id).size() < wanted.getNumElements())
      return input(type, domain);
    int64_t size = tensor(id).size();
    id = append({"reshape",
                 {typeOf(id)},
                 {typeText({size}, element)},
                 "{shape = " + arrayText({size}) + "}"},
                id);
    int64_t cut = wanted.getNumElements();
    if (cut < size)
      id = append({"slice",
                   {typeOf(id)},
                   {typeText({cut}, element)},
                   "{offsets = " + arrayText({size - cut}) + ", sizes = " + arrayText({cut}) +
                       ", strides = " + arrayText({1}) + "}"},
                  id);
    Shape shape(wanted.getShape().begin(), wanted.getShape().end());
    id = append({"reshape", {typeOf(id)}, {type}, "{shape = " + arrayText(shape) + "}"}, id);
    return squash(id, domain);
  }

  // --- steps ---
  void takeStep() {
    using Step = void (Generator::*)();
    static constexpr Step kSteps[] = {
        &Generator::elementwise, &Generator::elementwise, &Generator::elementwise,
        &Generator::elementwise, &Generator::sampled,     &Generator::sampled,
        &Generator::reduce,      &Generator::reduce,      &Generator::wholeRow,
        &Generator::matmul,      &Generator::transpose,   &Generator::cutAndJoin};
    (this->*kSteps[random_.below(std::size(kSteps))])();
  }

  bool isUsable(const Sample& sample) {
    auto name = RegisteredOperationName::lookup("etch." + sample.op, &context_);
    if (sample.fused || !sample.smooth || !name || name->hasTrait<ir::CompilerInternal>() ||
        name->hasTrait<ir::RefusesGradient>())
      return false;
    for (const char* absent : {"f16", "bf16", "f64"})
      if (sample.text.find(absent) != std::string::npos) return false;
    auto module = parseModule(context_, sample.text);
    if (!module) return false;
    func::FuncOp main = mainOf(*module);
    for (TypeRange types : {TypeRange(main.getArgumentTypes()), TypeRange(main.getResultTypes())})
      for (Type type : types)
        if (cast<RankedTensorType>(type).getNumElements() == 0) return false;
    return true;
  }

  const Sample& anySample(bool elementwise) {
    while (true) {
      const Sample& sample = allSamples()[random_.below(allSamples().size())];
      if (!isUsable(sample)) continue;
      auto name = RegisteredOperationName::lookup("etch." + sample.op, &context_);
      bool is = name && name->hasInterface<ir::ElementwiseOpInterface>();
      if (is == elementwise) return sample;
    }
  }

  // Jumps (comparisons, truncation) see at most one operand that is computed.
  bool mayJump(const Call& call) {
    auto isFloat = [](const std::string& type) { return type.find('f') != std::string::npos; };
    return llvm::any_of(call.operands, isFloat) && !llvm::all_of(call.results, isFloat);
  }

  // An elementwise op over the shape of a value.
  void elementwise() {
    const Sample& sample = anySample(true);
    Call call = sample.call;
    Shape shape = shapeOf(anyFloat());
    auto reshaped = [&](std::string& type) {
      type = typeText(shape, type.substr(type.rfind('x') + 1));
    };
    llvm::for_each(call.operands, reshaped);
    llvm::for_each(call.results, reshaped);
    SmallVector<size_t> operands;
    bool jumps = mayJump(call);
    for (auto [i, type] : llvm::enumerate(call.operands)) {
      bool fresh = jumps && (i > 0 || call.operands.size() == 1);
      operands.push_back(fresh ? input(type, sample.inputs[i]) : operand(type, sample.inputs[i]));
    }
    append(call, operands);
  }

  // A sample as it is, its operands found where they fit.
  void sampled() {
    const Sample& sample = anySample(false);
    auto module = parseModule(context_, sample.text);
    SmallVector<size_t> operands;
    for (auto [i, type] : llvm::enumerate(mainOf(*module).getArgumentTypes())) {
      auto tensorType = cast<RankedTensorType>(type);
      std::string element;
      llvm::raw_string_ostream(element) << tensorType.getElementType();
      Shape shape(tensorType.getShape().begin(), tensorType.getShape().end());
      operands.push_back(operand(typeText(shape, element), sample.inputs[i]));
    }
    append(sample, operands);
  }

  // Some dimensions to one element; often combined with the operand again, as norms do.
  void reduce() {
    static constexpr const char* kOps[] = {"reduce_sum", "reduce_max", "reduce_min"};
    size_t id = squash(anyFloat(), {});
    Shape shape = shapeOf(id), reduced = shape, dims;
    for (size_t dim = 0; dim < shape.size(); ++dim)
      if (random_.below(2) == 0) dims.push_back(dim), reduced[dim] = 1;
    size_t result = append({kOps[random_.below(3)],
                            {typeOf(id)},
                            {typeText(reduced, "f32")},
                            "{dims = " + arrayText(dims) + "}"},
                           id);
    if (random_.below(4) == 0) return;
    size_t wide =
        append({"broadcast", {typeOf(result)}, {typeOf(id)}, "{shape = " + arrayText(shape) + "}"},
               result);
    append({random_.below(2) ? "sub" : "mul", {typeOf(id), typeOf(id)}, {typeOf(id)}},
           {id, squash(wide, {})});
  }

  void wholeRow() {
    size_t id = squash(anyFloat(), {});
    if (shapeOf(id).empty()) return elementwise();
    Shape reduced = shapeOf(id);
    int64_t dim =
        random_.below(3) ? static_cast<int64_t>(reduced.size()) - 1 : random_.below(reduced.size());
    if (random_.below(3)) {
      append({random_.below(2) ? "softmax" : "log_softmax",
              {typeOf(id)},
              {typeOf(id)},
              "{dim = " + std::to_string(dim) + " : i64}"},
             id);
      return;
    }
    // A single element has no variance to scale by: 1/sqrt(epsilon) would blow up what is noise.
    if (reduced[dim] < 2) return elementwise();
    reduced[dim] = 1;
    append({"normalize",
            {typeOf(id)},
            {typeOf(id), typeText(reduced, "f32")},
            "{dims = " + arrayText({dim}) + ", epsilon = 0.1 : f64}"},
           id);
  }

  void matmul() {
    size_t id = squash(anyFloat(), {-2.001, 2.001});
    Shape shape = shapeOf(id);
    if (shape.size() < 2) return elementwise();
    int64_t columns = 1 + random_.below(70);
    bool transposed = random_.below(2) == 0;
    Shape weight = transposed ? Shape{columns, shape.back()} : Shape{shape.back(), columns};
    shape.back() = columns;
    size_t rhs = random_.below(2) ? operand(typeText(weight, "f32"), {-0.5, 0.5}) : view(weight);
    append({"matmul",
            {typeOf(id), typeOf(rhs)},
            {typeText(shape, "f32")},
            transposed ? "{transpose_rhs}" : ""},
           {id, rhs});
  }

  // A matrix that does not lie row by row in memory: packs and tiles read it through strides.
  size_t view(const Shape& matrix) {
    int64_t rows = matrix[0], columns = matrix[1];
    auto of = [&](const char* op, const Shape& shape, const std::string& attributes) {
      size_t source = input(typeText(shape, "f32"), {-0.5, 0.5});
      return append({op, {typeOf(source)}, {typeText(matrix, "f32")}, attributes}, source);
    };
    switch (random_.below(4)) {
      case 0:
        return of("transpose", {columns, rows}, "{permutation = " + arrayText({1, 0}) + "}");
      case 1:
        return of("slice", {2 * rows, 2 * columns + 1},
                  "{offsets = " + arrayText({1, 2}) + ", sizes = " + arrayText(matrix) +
                      ", strides = " + arrayText({1, 2}) + "}");
      case 2:
        return of("reverse", matrix, "{dims = " + arrayText({random_.below(2) ? 0 : 1}) + "}");
      default: {
        int64_t stride = 1 + random_.below(3), dilation = 1 + random_.below(3);
        return of("windows", {(rows - 1) * dilation + (columns - 1) * stride + 1},
                  "{kernel = " + arrayText({rows}) + ", stride = " + arrayText({stride}) +
                      ", dilation = " + arrayText({dilation}) + "}");
      }
    }
  }

  void transpose() {
    size_t id = anyFloat();
    Shape shape = shapeOf(id), permutation, result;
    for (size_t dim = 0; dim < shape.size(); ++dim) permutation.push_back(dim);
    for (size_t dim = 0; dim < shape.size(); ++dim)
      std::swap(permutation[dim], permutation[dim + random_.below(shape.size() - dim)]);
    for (int64_t dim : permutation) result.push_back(shape[dim]);
    append({"transpose",
            {typeOf(id)},
            {typeText(result, "f32")},
            "{permutation = " + arrayText(permutation) + "}"},
           id);
  }

  // A part of a value, and the value beside itself.
  void cutAndJoin() {
    size_t id = anyFloat();
    Shape shape = shapeOf(id);
    if (shape.empty() || tensor(id).size() * 2 > kMostElements) return elementwise();
    size_t dim = random_.below(shape.size());
    Shape offsets(shape.size(), 0), strides(shape.size(), 1), sizes = shape;
    offsets[dim] = random_.below(shape[dim]);
    sizes[dim] = 1 + random_.below(shape[dim] - offsets[dim]);
    size_t part = append({"slice",
                          {typeOf(id)},
                          {typeText(sizes, "f32")},
                          "{offsets = " + arrayText(offsets) + ", sizes = " + arrayText(sizes) +
                              ", strides = " + arrayText(strides) + "}"},
                         id);
    if (random_.below(2)) return;
    Shape joined = shape;
    joined[dim] += sizes[dim];
    append({"concat",
            {typeOf(id), typeOf(part)},
            {typeText(joined, "f32")},
            "{dim = " + std::to_string(dim) + " : i64}"},
           {id, part});
  }

  // Returns what nobody used, and one value that somebody did.
  RandomProgram finish() {
    SmallVector<Value> results;
    SmallVector<Type> types;
    size_t extra = random_.below(known_.size());
    for (size_t id = 0; id < known_.size(); ++id)
      if (known_[id].value.use_empty() || id == extra) results.push_back(known_[id].value);
    for (Value result : results) types.push_back(result.getType());
    OpBuilder builder = OpBuilder::atBlockEnd(block_);
    func::ReturnOp::create(builder, builder.getUnknownLoc(), results);
    main_.setType(builder.getFunctionType(block_->getArgumentTypes(), types));
    double largestSum = 0;
    for (const Known& known : known_) {
      double sum = 0;
      for (double x : known.tensor.floats) sum += std::fabs(x);
      largestSum = std::max(largestSum, sum);
    }
    return {std::move(module_), std::move(inputs_), largestSum * 0x1p-24};
  }

  MLIRContext& context_;
  Random random_;
  OwningOpRef<ModuleOp> module_;
  func::FuncOp main_;
  Block* block_;
  std::vector<Known> known_;
  std::vector<ir::ReferenceTensor> inputs_;
};

}  // namespace

RandomProgram makeRandomProgram(MLIRContext& context, uint64_t seed) {
  return Generator(context, seed).generate();
}

}  // namespace etch::testing
