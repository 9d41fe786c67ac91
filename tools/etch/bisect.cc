#include "etch/tools/etch/bisect.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "etch/frontend/tensor_impl.h"
#include "etch/frontend/types.h"
#include "etch/ir/program.h"
#include "etch/runtime/status.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace etch::tools {
namespace {

using mlir::func::FuncOp;

FuncOp main_of(mlir::ModuleOp module) { return module.lookupSymbol<FuncOp>(ir::kMainName); }

// Numbers of ops in the body of @main, in order: the same in every copy of a module.
using OpNumbers = std::vector<size_t>;

// Whether the value of the op is worth looking at: computed, and a tensor.
bool is_candidate(mlir::Operation* op) {
  if (op->getNumResults() != 1 || op->getNumOperands() == 0) return false;
  auto type = llvm::dyn_cast<mlir::RankedTensorType>(op->getResult(0).getType());
  return type && type.hasStaticShape();
}

// A copy of the program that also returns the values of `ops`; `places`: where among its results
// each is.
mlir::OwningOpRef<mlir::ModuleOp> probed(mlir::ModuleOp module, const OpNumbers& ops,
                                         std::vector<unsigned>& places) {
  mlir::OwningOpRef<mlir::ModuleOp> copy = module.clone();
  FuncOp main = main_of(*copy);
  std::vector<mlir::Operation*> copies;
  for (mlir::Operation& op : main.front()) copies.push_back(&op);
  mlir::Operation* terminator = main.front().getTerminator();
  llvm::SmallVector<mlir::Type> types(main.getResultTypes());
  for (size_t op : ops) {
    mlir::Value value = copies[op]->getResult(0);
    auto returned = llvm::find(terminator->getOperands(), value);
    places.push_back(returned.getIndex());
    if (returned != terminator->getOperands().end()) continue;
    terminator->insertOperands(terminator->getNumOperands(), value);
    types.push_back(value.getType());
  }
  // Attributes of results are as many as results: what is appended has none.
  llvm::SmallVector<mlir::DictionaryAttr> attributes;
  main.getAllResultAttrs(attributes);
  attributes.resize(types.size(), mlir::DictionaryAttr::get(main.getContext()));
  main.setType(mlir::FunctionType::get(main.getContext(), main.getArgumentTypes(), types));
  main.setAllResultAttrs(attributes);
  return copy;
}

// What computes each result of @main: "12 layers.0 etch.matmul", "argument 3".
std::vector<std::string> names_of_results(FuncOp main) {
  llvm::DenseMap<mlir::Operation*, size_t> numbers;
  for (mlir::Operation& op : main.front()) numbers.insert({&op, numbers.size()});
  std::vector<std::string> names;
  for (mlir::Value value : main.front().getTerminator()->getOperands()) {
    if (auto result = llvm::dyn_cast<mlir::OpResult>(value)) {
      mlir::Operation* op = result.getOwner();
      names.push_back(absl::StrCat(numbers.lookup(op), " ", ir::modulePath(op->getLoc()), " ",
                                   op->getName().getStringRef().str()));
      if (result.getResultNumber() > 0)
        absl::StrAppend(&names.back(), " result ", result.getResultNumber());
    } else {
      names.push_back(
          absl::StrCat("argument ", llvm::cast<mlir::BlockArgument>(value).getArgNumber()));
    }
  }
  return names;
}

struct ValueType {
  DType dtype;
  Shape shape;
};

ValueType type_of_result(FuncOp main, unsigned result) {
  auto type = llvm::cast<mlir::RankedTensorType>(main.getResultTypes()[result]);
  return {frontend::dtype_of_type(type.getElementType()), frontend::shape_of(type)};
}

class Bisector {
 public:
  Bisector(mlir::ModuleOp module, const Evaluator& subject, const Evaluator& baseline,
           const BisectOptions& options)
      : module_(module), subject_(subject), baseline_(baseline), options_(options) {
    for (mlir::Operation& op : main_of(module).front()) ops_.push_back(&op);
  }

  absl::StatusOr<Bisection> run() {
    options_.progress("the program as it is");
    ETCH_ASSIGN_OR_RETURN(result_.results, compare({}));
    ETCH_ASSIGN_OR_RETURN(size_t segment, first_segment());
    if (segment == kNone) return result_;
    ETCH_RETURN_IF_ERROR(narrow(segment));
    result_.found = true;
    return result_;
  }

 private:
  static constexpr size_t kNone = ~size_t{0};

  std::string path_of(size_t op) const { return ir::modulePath(ops_[op]->getLoc()); }

  // The last candidates before another module goes on.
  OpNumbers module_ends() const {
    OpNumbers ends;
    for (size_t op = 0; op < ops_.size(); ++op) {
      if (!is_candidate(ops_[op])) continue;
      if (!ends.empty() && path_of(ends.back()) == path_of(op))
        ends.back() = op;
      else
        ends.push_back(op);
    }
    return ends;
  }

  Probe probe_of(size_t op) const {
    return {path_of(op),
            ops_[op]->getName().getStringRef().str(),
            ir::sourceLine(ops_[op]->getLoc()),
            {},
            0};
  }
  Probe probe_of_result(unsigned result) const {
    FuncOp main = main_of(module_);
    mlir::Operation* op = ops_.back()->getOperand(result).getDefiningOp();
    auto text = [&](llvm::StringRef name) -> std::string {
      auto attr = main.getResultAttrOfType<mlir::StringAttr>(result, name);
      return attr ? attr.str() : std::string();
    };
    std::string name = text(ir::kNameAttr);
    if (name.empty()) name = text(ir::kPathAttr);
    if (name.empty()) name = absl::StrCat("out", result);
    return {op ? ir::modulePath(op->getLoc()) : "",
            "result " + name,
            op ? ir::sourceLine(op->getLoc()) : "",
            {},
            0};
  }

  // The values of `ops`, or where it is empty the program's results, computed both ways.
  absl::StatusOr<std::vector<Probe>> compare(const OpNumbers& ops) {
    std::vector<unsigned> places;
    mlir::OwningOpRef<mlir::ModuleOp> module = probed(module_, ops, places);
    FuncOp main = main_of(*module);
    if (ops.empty())
      for (unsigned i = 0; i < main.getNumResults(); ++i) places.push_back(i);
    ETCH_ASSIGN_OR_RETURN(Buffers expected, baseline_(*module));
    ETCH_ASSIGN_OR_RETURN(Buffers actual, subject_(*module));
    std::vector<Probe> probes;
    for (size_t n = 0; n < places.size(); ++n) {
      unsigned i = places[n];
      Probe probe = ops.empty() ? probe_of_result(i) : probe_of(ops[n]);
      auto [dtype, shape] = type_of_result(main, i);
      probe.tolerance = options_.tolerance > 0 ? options_.tolerance : tolerance_of(dtype);
      probe.absolute = options_.absolute;
      probe.difference =
          compare_values({expected[i]->data(), dtype, shape}, {actual[i]->data(), dtype, shape});
      probes.push_back(std::move(probe));
    }
    if (!ops.empty()) result_.probes.insert(result_.probes.end(), probes.begin(), probes.end());
    return probes;
  }

  static size_t first_that_differs(const std::vector<Probe>& probes) {
    auto found = std::ranges::find_if(probes, &Probe::differs);
    return found == probes.end() ? kNone : static_cast<size_t>(found - probes.begin());
  }

  // The number among ends_ of the first that differs; ends_.size() for the program's results.
  absl::StatusOr<size_t> first_segment() {
    ends_ = module_ends();
    size_t results = first_that_differs(result_.results);
    if (ends_.empty()) return results == kNone ? kNone : 0;
    options_.progress(absl::StrCat("the ends of modules (", ends_.size(), " values)"));
    ETCH_ASSIGN_OR_RETURN(std::vector<Probe> probes, compare(ends_));
    size_t first = first_that_differs(probes);
    if (first != kNone) return first;
    if (results == kNone) return kNone;
    // The program that returns so much hides it.
    size_t good = 0, bad = ends_.size();
    while (good < bad) {
      size_t middle = (good + bad) / 2;
      options_.progress("module " + path_of(ends_[middle]));
      ETCH_ASSIGN_OR_RETURN(std::vector<Probe> one, compare({ends_[middle]}));
      if (one[0].differs())
        bad = middle;
      else
        good = middle + 1;
    }
    return bad;
  }

  // The first op that differs behind the end before `segment`, up to its own.
  absl::Status narrow(size_t segment) {
    size_t begin = segment == 0 ? 0 : ends_[segment - 1] + 1;
    size_t end = segment < ends_.size() ? ends_[segment] + 1 : ops_.size();
    OpNumbers inside;
    for (size_t op = begin; op < end; ++op)
      if (is_candidate(ops_[op])) inside.push_back(op);
    if (!inside.empty()) {
      options_.progress(
          absl::StrCat("the ops of ", path_of(inside.back()), " (", inside.size(), " values)"));
      ETCH_ASSIGN_OR_RETURN(std::vector<Probe> probes, compare(inside));
      size_t first = first_that_differs(probes);
      if (first != kNone) {
        result_.first = probes[first];
        return absl::OkStatus();
      }
    }
    // Alone it differs, beside the others it does not: the module's end itself, or the result.
    if (segment < ends_.size()) {
      ETCH_ASSIGN_OR_RETURN(std::vector<Probe> one, compare({ends_[segment]}));
      result_.first = one[0];
    } else {
      result_.first = result_.results[first_that_differs(result_.results)];
    }
    return absl::OkStatus();
  }

  const mlir::ModuleOp module_;
  const Evaluator& subject_;
  const Evaluator& baseline_;
  const BisectOptions& options_;
  std::vector<mlir::Operation*> ops_;
  OpNumbers ends_;
  Bisection result_;
};

}  // namespace

absl::StatusOr<Bisection> bisect(mlir::ModuleOp module, const Evaluator& subject,
                                 const Evaluator& baseline, const BisectOptions& options) {
  FuncOp main = main_of(module);
  if (!main || main.isExternal() || !main.getBody().hasOneBlock())
    return absl::InvalidArgumentError("the program has no function @main of one block");
  return Bisector(module, subject, baseline, options).run();
}

absl::StatusOr<nn::StateDict> record_values(mlir::ModuleOp module, const Evaluator& evaluator) {
  OpNumbers all;
  size_t number = 0;
  for (mlir::Operation& op : main_of(module).front()) {
    if (is_candidate(&op)) all.push_back(number);
    ++number;
  }
  std::vector<unsigned> places;
  mlir::OwningOpRef<mlir::ModuleOp> copy = probed(module, all, places);
  ETCH_ASSIGN_OR_RETURN(Buffers values, evaluator(*copy));
  FuncOp main = main_of(*copy);
  std::vector<std::string> names = names_of_results(main);
  nn::StateDict recorded;
  for (unsigned i = 0; i < values.size(); ++i) {
    auto [dtype, shape] = type_of_result(main, i);
    if (!recorded.contains(names[i]))
      recorded.insert(names[i], Tensor::from_storage(values[i], dtype, shape));
  }
  return recorded;
}

Evaluator recorded_evaluator(nn::StateDict values, std::string source) {
  return [values = std::move(values),
          source = std::move(source)](mlir::ModuleOp module) -> absl::StatusOr<Buffers> {
    FuncOp main = main_of(module);
    Buffers buffers;
    for (const std::string& name : names_of_results(main)) {
      auto [dtype, shape] = type_of_result(main, static_cast<unsigned>(buffers.size()));
      Tensor value = values.find(name);
      if (!value.defined() || value.dtype() != dtype || value.shape() != shape)
        return absl::InvalidArgumentError(absl::StrCat(
            source, " has no value \"", name, "\" of this type: it is of another program"));
      buffers.push_back(value.impl()->storage);
    }
    return buffers;
  };
}

}  // namespace etch::tools
