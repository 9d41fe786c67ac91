#include "etch/nn/register_model.h"

#include <algorithm>
#include <mutex>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "etch/nn/optim/sgd.h"

namespace etch::nn {
namespace {

static_assert(std::string_view(kVersion) == ETCH_PROJECT_VERSION,
              "frontend/version.h has another version than CMakeLists.txt");

struct Registry {
  std::mutex mutex;
  std::vector<RegisteredModel> models;
  std::vector<ForeignModel> foreign;
};

Registry& registry() {
  static auto* registry = new Registry;  // Libraries register before and after anything else.
  return *registry;
}

// "/home/me/models/mlp.cc:41" -> "mlp.cc:41"
std::string file_name(const std::string& source) { return source.substr(source.rfind('/') + 1); }

ModelProgram train_step(const ModuleHandle<Module>& net, const ModelOptions& options,
                        const frontend::ProgramBody& forward) {
  std::shared_ptr<optim::Optimizer> optimizer =
      options.optimizer
          ? options.optimizer(net->parameters())
          : std::make_unique<optim::SGD>(net->parameters(), optim::SGD::Options{.lr = 0.01});
  std::vector<TensorSpec> inputs = options.inputs;
  inputs.push_back(options.target);
  if (inputs.back().name.empty()) inputs.back().name = "target";
  frontend::ProgramBody body = [=, loss_of = options.loss](const std::vector<Tensor>& arguments) {
    net->train();
    optimizer->zero_grad();
    std::vector<Tensor> outputs = forward({arguments.begin(), arguments.end() - 1});
    if (outputs.empty()) throw Error("train_step: forward() returns no tensor");
    Tensor loss = loss_of(outputs[0], arguments.back());
    loss.backward();
    optimizer->step();
    return std::vector<Tensor>{loss};
  };
  return {"train_step", std::move(inputs), std::move(body)};
}

// Its own inputs with the types that `inputs` has for their names.
std::vector<TensorSpec> with_types(std::vector<TensorSpec> own,
                                   const std::vector<TensorSpec>& inputs) {
  for (TensorSpec& spec : own)
    for (const TensorSpec& given : inputs)
      if (given.name == spec.name) spec = given;
  return own;
}

absl::StatusOr<const ModelProgram*> find(const ModelPrograms& programs, const std::string& name) {
  std::vector<std::string> names;
  for (const ModelProgram& program : programs) {
    if (name.empty() || program.name == name) return &program;
    names.push_back(program.name);
  }
  return absl::NotFoundError(absl::StrCat(
      "there is no program `", name, "`. The programs are: ", absl::StrJoin(names, ", "), "."));
}

}  // namespace

ModelPrograms model_programs(const ModuleHandle<Module>& net, ModelOptions options,
                             frontend::ProgramBody forward) {
  if (!net) throw Error("ETCH_REGISTER_MODEL: the factory returned no module");
  ModelPrograms programs;
  frontend::ProgramBody predict = [=](const std::vector<Tensor>& arguments) {
    net->eval();
    return forward(arguments);
  };
  programs.push_back({"predict", options.inputs, std::move(predict)});
  programs.back().results = options.results;
  if (options.loss) programs.push_back(train_step(net, options, forward));
  return programs;
}

std::vector<RegisteredModel> registered_models() {
  std::lock_guard<std::mutex> lock(registry().mutex);
  return registry().models;
}

std::vector<ForeignModel> foreign_models() {
  std::lock_guard<std::mutex> lock(registry().mutex);
  return registry().foreign;
}

absl::StatusOr<std::vector<std::pair<std::string, Program>>> trace_model(
    const RegisteredModel& model, const std::vector<std::string>& names,
    const std::vector<TensorSpec>& inputs) {
  std::string where = model.source.empty() ? "" : absl::StrCat(" (", model.source, ")");
  auto failed = [&](const std::string& what) {
    return absl::InvalidArgumentError(absl::StrCat("model ", model.name, where, ": ", what));
  };
  try {
    std::vector<std::pair<std::string, Program>> traced;
    ModelPrograms programs = model.make();
    std::vector<std::string> wanted = names;
    if (wanted.empty())
      for (const ModelProgram& program : programs) wanted.push_back(program.name);
    for (const std::string& name : wanted) {
      auto program = find(programs, name);
      if (!program.ok()) return program.status();
      auto result = frontend::trace_program(with_types((*program)->inputs, inputs),
                                            (*program)->body, (*program)->results);
      if (!result.ok()) return failed(std::string(result.status().message()));
      traced.push_back({(*program)->name, *std::move(result)});
    }
    return traced;
  } catch (const std::exception& error) {
    return failed(error.what());
  } catch (...) {
    return failed("threw what is no std::exception");
  }
}

namespace detail {

void etch_register_model(const char* version, const char* name, const void* model) {
  std::lock_guard<std::mutex> lock(registry().mutex);
  if (std::string_view(version) != kVersion) {
    registry().foreign.push_back({name, version});
    return;
  }
  RegisteredModel copy = *static_cast<const RegisteredModel*>(model);
  copy.source = file_name(copy.source);
  registry().models.push_back(std::move(copy));
}

}  // namespace detail
}  // namespace etch::nn
