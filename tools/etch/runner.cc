#include "etch/tools/etch/runner.h"

#include "absl/strings/str_cat.h"
#include "etch/frontend/program_impl.h"
#include "etch/runtime/model.h"
#include "etch/runtime/status.h"
#include "etch/tools/etch/closest_match.h"
#include "etch/tools/etch/command_options.h"
#include "etch/tools/etch/commands.h"
#include "etch/tools/etch/model_name.h"
#include "etch/tools/etch/program_inputs.h"

namespace etch::tools {
namespace {

using runtime::CompiledProgram;
using runtime::ValueInfo;
using runtime::ValueKind;

using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

class TracedRunner : public Runner {
 public:
  TracedRunner(Executable executable, std::vector<Tensor> arguments, std::vector<std::string> names)
      : executable_(std::move(executable)),
        arguments_(std::move(arguments)),
        names_(std::move(names)) {}

  absl::Status run() override {
    ETCH_ASSIGN_OR_RETURN(values_, executable_.run(arguments_));
    return absl::OkStatus();
  }
  NamedTensors results() const override {
    NamedTensors named;
    for (size_t i = 0; i < values_.size(); ++i) named.push_back({names_[i], values_[i]});
    return named;
  }
  std::vector<runtime::KernelProfile> profile() const override { return executable_.profile(); }

 private:
  const Executable executable_;
  const std::vector<Tensor> arguments_;
  const std::vector<std::string> names_;
  std::vector<Tensor> values_;
};

class TracedModel : public RunnableModel {
 public:
  TracedModel(std::string name, Program program, CodeOptions code,
              std::map<std::string, Tensor> inputs)
      : traced_(std::move(program)), code_(std::move(code)) {
    program_ = std::move(name);
    inputs_ = std::move(inputs);
    // What the traced function returns; its taps are delivered to itself.
    const frontend::TracedFunction& function = traced_.impl()->function;
    for (size_t i = 0; i < function.results.size(); ++i)
      if (function.results[i].kind == frontend::Binding::Kind::kReturned)
        results_.push_back(function.result_types[i]);
  }

  absl::StatusOr<std::unique_ptr<Runner>> runner(const Session& session) override {
    CompileOptions options{.num_threads = session.executor->concurrency(),
                           .target_features = code_.target_features,
                           .matmul_precision = matmul_precision_of(code_.matmul_precision),
                           .profile = session.profile,
                           .trace = session.trace,
                           .warn = print_warning,
                           .executor = session.executor};
    ETCH_ASSIGN_OR_RETURN(Executable executable, traced_.compile(options));
    compiled_ = executable.compiled();
    std::vector<Tensor> arguments;
    for (const ValueInfo& info : traced_.inputs())
      if (info.kind == ValueKind::kArgument) arguments.push_back(inputs_[info.name]);
    std::vector<std::string> names;
    for (const ValueInfo& info : results_) names.push_back(info.name);
    return std::make_unique<TracedRunner>(std::move(executable), std::move(arguments),
                                          std::move(names));
  }
  std::shared_ptr<const CompiledProgram> compiled() const override { return compiled_; }
  absl::Status save(const std::string& path) const override {
    return absl::NotFoundError("--save " + path +
                               " writes a bundle with its new state, and this model is no bundle; "
                               "`etch compile` makes one");
  }

 private:
  const Program traced_;
  const CodeOptions code_;
  std::shared_ptr<const CompiledProgram> compiled_;
};

class BundleRunner : public Runner {
 public:
  BundleRunner(runtime::ModelSession session, std::string program,
               const std::map<std::string, Tensor>& inputs)
      : session_(std::move(session)), program_(std::move(program)), inputs_(inputs) {
    for (const auto& [name, tensor] : inputs_) named_.push_back({name, tensor.view()});
  }
  absl::Status allocate(const std::vector<ValueInfo>& results) {
    outputs_.reserve(results.size());
    infos_ = results;
    for (const ValueInfo& info : infos_) {
      ETCH_ASSIGN_OR_RETURN(auto storage, runtime::Storage::allocate(info.shape.num_elements() *
                                                                     size_of(info.dtype)));
      outputs_.push_back({info.name, {storage->data(), info.dtype, info.shape}});
      storages_.push_back(std::move(storage));
    }
    return absl::OkStatus();
  }

  absl::Status run() override { return session_.run(program_, named_, outputs_); }
  NamedTensors results() const override {
    NamedTensors named;
    for (const runtime::NamedOutput& output : outputs_)
      named.push_back(
          {std::string(output.name),
           Tensor::from_bytes(output.value.data, output.value.dtype, Shape(output.value.shape))});
    return named;
  }
  std::vector<runtime::KernelProfile> profile() const override {
    return session_.profile(program_);
  }

 private:
  runtime::ModelSession session_;
  const std::string program_;
  const std::map<std::string, Tensor> inputs_;
  std::vector<runtime::NamedInput> named_;
  std::vector<ValueInfo> infos_;
  std::vector<runtime::NamedOutput> outputs_;
  std::vector<std::shared_ptr<runtime::Storage>> storages_;
};

class BundleModel : public RunnableModel {
 public:
  BundleModel(std::shared_ptr<runtime::Model> model, const CompiledProgram& program,
              std::string name, std::map<std::string, Tensor> inputs)
      : model_(std::move(model)), compiled_(model_, &program) {
    program_ = std::move(name);
    inputs_ = std::move(inputs);
    for (const ValueInfo& info : program.results)
      if (info.kind == ValueKind::kResult) results_.push_back(info);
  }

  absl::StatusOr<std::unique_ptr<Runner>> runner(const Session& session) override {
    auto runner = std::make_unique<BundleRunner>(
        model_->new_session(
            {.executor = session.executor, .profile = session.profile, .trace = session.trace}),
        program_, inputs_);
    ETCH_RETURN_IF_ERROR(runner->allocate(results_));
    return runner;
  }
  std::shared_ptr<const CompiledProgram> compiled() const override { return compiled_; }
  absl::Status save(const std::string& path) const override { return of_file(model_->save(path)); }

 private:
  const std::shared_ptr<runtime::Model> model_;
  const std::shared_ptr<const CompiledProgram> compiled_;
};

absl::StatusOr<std::unique_ptr<RunnableModel>> load_bundle(const ModelRequest& request,
                                                           const CodeOptions& code) {
  if (code.matmul_precision != "f32" || !code.target_features.empty())
    return absl::NotFoundError(
        "a bundle is compiled: --matmul-precision and --target-features are for other models");
  if (!request.state.empty())
    return absl::NotFoundError("a bundle has its state in it: --state is for other models");
  auto loaded = runtime::Model::load(request.model);
  if (!loaded.ok()) return of_file(loaded.status());
  auto model = std::make_shared<runtime::Model>(*std::move(loaded));
  std::vector<std::string> names = model->programs();
  std::string name = request.program.empty() && !names.empty() ? names[0] : request.program;
  const CompiledProgram* program = model->find_program(name);
  if (program == nullptr)
    return absl::NotFoundError(unknown_name_message("program", "programs", name, names));
  ETCH_ASSIGN_OR_RETURN(auto inputs, make_inputs(program->inputs, request.inputs, request.seed));
  return std::make_unique<BundleModel>(std::move(model), *program, std::move(name),
                                       std::move(inputs));
}

}  // namespace

Threads::Threads(int threads)
    : pool_(threads > 0 ? std::make_unique<runtime::ThreadPool>(threads) : nullptr),
      executor_(pool_ ? pool_.get() : runtime::default_executor()) {}

absl::StatusOr<std::map<std::string, Tensor>> prepare_inputs(const ModelRequest& request,
                                                             const Program& program) {
  if (request.state.empty() && parse_model_name(request.model).kind == ModelKind::kProgram)
    draw_state(program, request.seed);
  return make_inputs(program.inputs(), request.inputs, request.seed);
}

absl::StatusOr<std::unique_ptr<RunnableModel>> RunnableModel::load(const ModelRequest& request,
                                                                   const CodeOptions& code) {
  if (parse_model_name(request.model).kind == ModelKind::kBundle) return load_bundle(request, code);
  ETCH_ASSIGN_OR_RETURN(auto traced, trace_program(request));
  ETCH_ASSIGN_OR_RETURN(auto inputs, prepare_inputs(request, traced.second));
  return std::make_unique<TracedModel>(std::move(traced.first), std::move(traced.second), code,
                                       std::move(inputs));
}

}  // namespace etch::tools
