#include "etch/tools/etch/diff.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "etch/ir/program.h"
#include "etch/runtime/model.h"
#include "etch/runtime/status.h"
#include "etch/tools/etch/commands.h"
#include "etch/tools/etch/model_name.h"
#include "etch/tools/etch/program_inputs.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace etch::tools {
namespace {

using runtime::ValueInfo;
using runtime::ValueKind;

std::map<std::string, std::string> signature_of(const std::vector<ValueInfo>& inputs,
                                                const std::vector<ValueInfo>& results) {
  std::map<std::string, std::string> signature;
  auto add = [&](const char* side, const std::vector<ValueInfo>& infos) {
    for (const ValueInfo& info : infos) {
      std::string kind = info.kind == ValueKind::kState  ? "state "
                         : info.kind == ValueKind::kGrad ? "gradient of "
                                                         : "";
      signature[side + kind + (info.path.empty() ? info.name : info.path)] =
          type_text(info.dtype, info.shape);
    }
  };
  add("input ", inputs);
  add("result ", results);
  return signature;
}

// "etch.matmul {transpose_rhs} : (tensor<8x64xf32>, tensor<10x64xf32>) -> tensor<8x10xf32>"
std::string text_of(mlir::Operation& op) {
  std::string text = op.getName().getStringRef().str();
  llvm::raw_string_ostream os(text);
  if (!op.getAttrDictionary().empty()) os << ' ' << op.getAttrDictionary();
  os << " : (";
  llvm::interleaveComma(op.getOperandTypes(), os);
  os << ") -> ";
  llvm::interleaveComma(op.getResultTypes(), os);
  return text;
}

DiffProgram describe(const std::string& name, const Program& program) {
  DiffProgram described{
      name, signature_of(program.inputs(), program.results()), {}, program.mlir_text()};
  mlir::OwningOpRef<mlir::ModuleOp> module = module_of(program);
  auto main = module->lookupSymbol<mlir::func::FuncOp>(ir::kMainName);
  main.walk([&](mlir::Operation* op) {
    if (op != main && !op->hasTrait<mlir::OpTrait::IsTerminator>())
      described.ops[ir::modulePath(op->getLoc())].push_back(text_of(*op));
  });
  return described;
}

// "k12_h_0_attn_softmax" -> "h_0_attn_softmax": numbers depend on kernels elsewhere.
std::string without_number(const std::string& kernel) {
  size_t underscore = kernel.find('_');
  return kernel.starts_with('k') && underscore != kernel.npos ? kernel.substr(underscore + 1)
                                                              : kernel;
}

absl::StatusOr<DiffModel> describe_bundle(const ModelRequest& request) {
  auto model = runtime::Model::load(request.model);
  if (!model.ok()) return of_file(model.status());
  DiffModel described;
  for (const std::string& name : model->programs()) {
    if (!request.program.empty() && name != request.program) continue;
    const runtime::CompiledProgram& program = *model->find_program(name);
    DiffProgram one{name, signature_of(program.inputs, program.results), {}, ""};
    for (const auto* launches : {&program.launches, &program.prepare_launches})
      for (const runtime::LaunchInfo& launch : *launches)
        one.ops[launch.path].push_back(absl::StrCat("kernel ", without_number(launch.kernel), ", ",
                                                    launch.operations, " operations"));
    described.programs.push_back(std::move(one));
  }
  for (const runtime::StateInfo& info : model->state()) {
    described.state_types[info.name] = type_text(info.dtype, info.shape);
    ETCH_ASSIGN_OR_RETURN(runtime::StateValue value, model->read(info.name));
    described.state[info.name] = Tensor::from_storage(value.storage, value.dtype, value.shape);
  }
  return described;
}

// What is in `a` and not in `b`, each as often as it is.
std::vector<std::string> minus(std::vector<std::string> a, std::vector<std::string> b) {
  std::ranges::sort(a);
  std::ranges::sort(b);
  std::vector<std::string> rest;
  std::ranges::set_difference(a, b, std::back_inserter(rest));
  return rest;
}

template <typename Map>
std::set<std::string> keys_of(const Map& a, const Map& b) {
  std::set<std::string> keys;
  for (const Map* map : {&a, &b})
    for (const auto& [key, value] : *map) keys.insert(key);
  return keys;
}

template <typename Map>
typename Map::mapped_type value_of(const Map& map, const std::string& key) {
  auto found = map.find(key);
  return found == map.end() ? typename Map::mapped_type() : found->second;
}

ProgramDiff compare(const DiffProgram& a, const DiffProgram& b) {
  ProgramDiff diff{.name = a.name, .signature = {}, .modules = {}};
  for (const std::string& name : keys_of(a.signature, b.signature)) {
    std::string left = value_of(a.signature, name), right = value_of(b.signature, name);
    if (left != right) diff.signature.push_back({name, left, right});
  }
  for (const std::string& path : keys_of(a.ops, b.ops)) {
    std::vector<std::string> left = value_of(a.ops, path), right = value_of(b.ops, path);
    ProgramDiff::Module module{path, minus(left, right), minus(right, left)};
    if (!module.removed.empty() || !module.added.empty()) diff.modules.push_back(std::move(module));
  }
  diff.rewired = diff.signature.empty() && diff.modules.empty() && a.text != b.text &&
                 !a.text.empty() && !b.text.empty();
  return diff;
}

void compare_state(const DiffModel& a, const DiffModel& b, double tolerance, ModelDiff& diff) {
  for (const std::string& name : keys_of(a.state_types, b.state_types)) {
    ++diff.state_values;
    std::string left = value_of(a.state_types, name), right = value_of(b.state_types, name);
    if (left != right) {
      diff.state.push_back({name, left, right, {}});
      continue;
    }
    Tensor x = value_of(a.state, name), y = value_of(b.state, name);
    if (!x.defined() || !y.defined()) continue;
    Difference difference = compare_values(x.view(), y.view());
    if (difference.relative > tolerance) diff.state.push_back({name, "", "", difference});
  }
  std::ranges::sort(diff.state, {}, [](const StateDiff& value) {
    return std::tuple(value.a == value.b, -value.difference.relative, value.name);
  });
}

}  // namespace

absl::StatusOr<DiffModel> describe_model(const ModelRequest& request) {
  ModelKind kind = parse_model_name(request.model).kind;
  if (kind == ModelKind::kBundle) return describe_bundle(request);
  DiffModel described;
  ETCH_ASSIGN_OR_RETURN(
      NamedPrograms programs,
      trace_programs(request, request.program.empty() ? std::vector<std::string>()
                                                      : std::vector{request.program}));
  bool has_values = kind != ModelKind::kProgram || !request.state.empty();
  for (const auto& [name, program] : programs) {
    described.programs.push_back(describe(name, program));
    for (const ValueInfo& info : program.inputs()) {
      if (info.kind != ValueKind::kState) continue;
      described.state_types[info.path] = type_text(info.dtype, info.shape);
      if (has_values) described.state[info.path] = program.state(info.path);
    }
  }
  return described;
}

ModelDiff compare_models(const DiffModel& a, const DiffModel& b, double tolerance) {
  ModelDiff diff;
  auto find = [](const DiffModel& model, const std::string& name) {
    auto found = std::ranges::find(model.programs, name, &DiffProgram::name);
    return found == model.programs.end() ? nullptr : &*found;
  };
  // One program each: compared whatever they are called.
  if (a.programs.size() == 1 && b.programs.size() == 1) {
    ProgramDiff one = compare(a.programs[0], b.programs[0]);
    if (!one.signature.empty() || !one.modules.empty() || one.rewired)
      diff.common.push_back(std::move(one));
  } else {
    for (const DiffProgram& program : a.programs) {
      const DiffProgram* other = find(b, program.name);
      if (other == nullptr) {
        diff.programs.push_back({program.name, program.name, ""});
        continue;
      }
      ProgramDiff one = compare(program, *other);
      if (!one.signature.empty() || !one.modules.empty() || one.rewired)
        diff.common.push_back(std::move(one));
    }
    for (const DiffProgram& program : b.programs)
      if (find(a, program.name) == nullptr)
        diff.programs.push_back({program.name, "", program.name});
  }
  compare_state(a, b, tolerance, diff);
  return diff;
}

}  // namespace etch::tools
