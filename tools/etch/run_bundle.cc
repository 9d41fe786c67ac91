#include <iostream>
#include <map>

#include "etch/etch.h"
#include "etch/runtime/status.h"
#include "etch/tools/etch/bundle_commands.h"
#include "etch/tools/etch/closest_match.h"
#include "etch/tools/etch/commands.h"
#include "etch/tools/etch/program_inputs.h"

namespace etch::tools {
namespace {

using runtime::CompiledProgram;
using runtime::Model;
using runtime::ValueInfo;
using runtime::ValueKind;

class Run {
 public:
  Run(const RunOptions& options, Model model, const CompiledProgram& program)
      : options_(options), model_(std::move(model)), program_(program) {}

  absl::Status run() {
    ETCH_ASSIGN_OR_RETURN(inputs_, make_inputs(program_.inputs, options_.inputs, options_.seed));
    ETCH_ASSIGN_OR_RETURN(files_, parse_assignments(options_.outputs, program_.results,
                                                    ValueKind::kResult, "output", "outputs"));
    std::vector<runtime::NamedOutput> outputs;
    for (const ValueInfo& info : program_.results) {
      if (info.kind != ValueKind::kResult) continue;
      ETCH_ASSIGN_OR_RETURN(auto storage, runtime::Storage::allocate(info.shape.num_elements() *
                                                                     size_of(info.dtype)));
      outputs.push_back({info.name, {storage->data(), info.dtype, info.shape}});
      storages_.push_back(std::move(storage));
    }
    std::vector<runtime::NamedInput> inputs;
    for (const auto& [name, tensor] : inputs_) inputs.push_back({name, tensor.view()});
    runtime::ModelSession session = model_.new_session();
    for (int64_t i = 0; i < options_.steps; ++i)
      ETCH_RETURN_IF_ERROR(session.run(program_.name, inputs, outputs));
    for (const runtime::NamedOutput& output : outputs) ETCH_RETURN_IF_ERROR(show(output));
    return options_.save.empty() ? absl::OkStatus() : of_file(model_.save(options_.save));
  }

 private:
  absl::Status show(const runtime::NamedOutput& output) const {
    Tensor value =
        Tensor::from_bytes(output.value.data, output.value.dtype, Shape(output.value.shape));
    auto file = files_.find(std::string(output.name));
    if (file != files_.end()) return of_file(save_npy(value, file->second));
    std::cout << output.name << " = " << value << '\n';
    return absl::OkStatus();
  }

  const RunOptions& options_;
  const Model model_;
  const CompiledProgram& program_;
  std::map<std::string, Tensor> inputs_;
  std::vector<std::shared_ptr<runtime::Storage>> storages_;
  Assignments files_;
};

}  // namespace

absl::Status run_bundle(const RunOptions& options) {
  auto model = Model::load(options.bundle);
  if (!model.ok()) return of_file(model.status());
  std::vector<std::string> names = model->programs();
  std::string name = options.program.empty() && !names.empty() ? names[0] : options.program;
  const CompiledProgram* program = model->find_program(name);
  if (program == nullptr)
    return absl::NotFoundError(unknown_name_message("program", "programs", name, names));
  return Run(options, *model, *program).run();
}

}  // namespace etch::tools
