#include "etch/frontend/bound_call.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace etch::frontend {
namespace {

using Storage = runtime::Storage;

// One call: what it reads is held by pointer, so that a use count of 1 says that the tensor alone
// holds its storage.
class BoundCall {
 public:
  BoundCall(const TracedFunction& function, const std::vector<Tensor>& arguments)
      : function_(function), arguments_(arguments), results_(function.results.size()) {
    // Held twice while the call lasts: never donated, also where a cell is passed as an argument.
    for (const Tensor& argument : arguments) held_.push_back(argument.impl()->storage);
  }

  absl::StatusOr<std::vector<Tensor>> run(NativeProgram& program) {
    std::vector<BoundInput> inputs;
    inputs.reserve(function_.inputs.size());
    for (const Binding& input : function_.inputs) inputs.push_back(bind(source_of(input)));
    for (size_t i = 0; i < results_.size(); ++i)
      if (function_.replaces_unread[i]) reuse(function_.results[i], results_[i]);
    if (absl::Status status = program.run(inputs, results_); !status.ok()) return status;
    std::vector<Tensor> returned = commit();
    deliver_taps();
    return returned;
  }

 private:
  TensorImpl& source_of(const Binding& input) {
    if (input.kind == Binding::Kind::kArgument) return *arguments_[input.index].impl();
    if (input.kind == Binding::Kind::kArgumentGrad) return *arguments_[input.index].impl()->grad;
    return input.kind == Binding::Kind::kGrad ? *input.tensor->grad : *input.tensor;
  }

  static BoundInput bind(const TensorImpl& tensor) {
    return {&tensor.storage, tensor.version, tensor.storage.use_count() == 1};
  }

  // A result that replaces what nobody reads, neither in this program nor outside, takes its place.
  void reuse(const Binding& result, std::shared_ptr<Storage>& storage) {
    const TensorPtr& old =
        result.kind == Binding::Kind::kGrad ? result.tensor->grad : result.tensor;
    bool unseen = old != nullptr && old->storage.use_count() == 1 &&
                  (result.kind == Binding::Kind::kValue || old.use_count() == 1);
    if (unseen) storage = old->storage;
  }

  std::vector<Tensor> commit() {
    std::vector<Tensor> returned;
    for (size_t i = 0; i < results_.size(); ++i) {
      const Binding& result = function_.results[i];
      switch (result.kind) {
        case Binding::Kind::kReturned:
          returned.emplace_back(concrete_of(i));
          break;
        case Binding::Kind::kValue:
          result.tensor->storage = std::move(results_[i]);
          result.tensor->version = runtime::next_version();
          break;
        case Binding::Kind::kGrad:
          result.tensor->grad = concrete_of(i);
          break;
        case Binding::Kind::kArgumentGrad:
          arguments_[result.index].impl()->grad = concrete_of(i);
          break;
        case Binding::Kind::kArgument:
        case Binding::Kind::kTap:
          break;
      }
    }
    for (const TensorPtr& tensor : function_.emptied_grads) tensor->grad = nullptr;
    for (int index : function_.emptied_argument_grads) arguments_[index].impl()->grad = nullptr;
    return returned;
  }

  void deliver_taps() {
    std::vector<std::vector<TensorView>> views(function_.taps.size());
    for (size_t i = 0; i < results_.size(); ++i) {
      if (function_.results[i].kind != Binding::Kind::kTap) continue;
      views[function_.results[i].index].push_back(
          {results_[i]->data(), types_[i].dtype, types_[i].shape});
    }
    for (size_t i = 0; i < views.size(); ++i) function_.taps[i](views[i]);
  }

  TensorPtr concrete_of(size_t i) {
    auto tensor = std::make_shared<TensorImpl>();
    tensor->dtype = types_[i].dtype;
    tensor->shape = types_[i].shape;
    tensor->storage = std::move(results_[i]);
    tensor->version = runtime::next_version();
    return tensor;
  }

  const TracedFunction& function_;
  const std::vector<Tensor>& arguments_;
  const std::vector<runtime::ValueInfo>& types_ = function_.result_types;
  std::vector<std::shared_ptr<Storage>> held_;
  std::vector<std::shared_ptr<Storage>> results_;
};

}  // namespace

absl::StatusOr<std::vector<Tensor>> run_bound(const TracedFunction& function,
                                              NativeProgram& program,
                                              const std::vector<Tensor>& arguments) {
  return BoundCall(function, arguments).run(program);
}

std::string name_of(MatmulPrecision precision) {
  switch (precision) {
    case MatmulPrecision::kF32:
      return "f32";
    case MatmulPrecision::kBf16:
      return "bf16";
    case MatmulPrecision::kBf16x3:
      return "bf16x3";
    case MatmulPrecision::kBf16x6:
      return "bf16x6";
  }
  return "f32";
}

codegen::CompileOptions to_codegen(const CompileOptions& options) {
  codegen::CompileOptions result;
  result.num_threads = options.num_threads;
  result.verify = options.verify;
  result.target = options.target;
  result.target_features = options.target_features;
  result.debug |= options.debug;
  result.matmul_precision = name_of(options.matmul_precision);
  bool limited = options.max_workspace_bytes != std::numeric_limits<int64_t>::max();
  result.warn = options.warn;
  result.max_workspace_bytes = limited ? options.max_workspace_bytes : 0;
  return result;
}

runtime::SessionOptions to_session(const CompileOptions& options) {
  return {.executor = options.executor, .profile = options.profile, .trace = options.trace};
}

std::string describe_compilation(const TracedFunction& function, NativeProgram& program) {
  const codegen::CompileReport& report = program.report();
  std::string text =
      absl::StrFormat("    traced %d ops in %.1f ms, compiled in %.1f ms", function.num_ops,
                      function.seconds * 1e3, report.seconds * 1e3);
  const char* separator = ": ";
  for (const auto& [stage, seconds] : report.stage_seconds) {
    absl::StrAppendFormat(&text, "%s%s %.1f ms", separator, stage, seconds * 1e3);
    separator = ", ";
  }
  absl::StrAppendFormat(
      &text,
      "\n    %d launches of %d kernels%s, arena %d bytes (lower bound %d), code %d bytes\n"
      "    %d inputs, %d results\n",
      report.launches, report.kernels,
      report.tuned_kernels > 0 ? absl::StrCat(" (", report.tuned_kernels, " tuned)") : "",
      report.arena_bytes, report.arena_lower_bound_bytes, report.code_bytes, function.inputs.size(),
      function.results.size());
  for (const std::string& warning : report.warnings)
    absl::StrAppend(&text, "    warning: ", warning, "\n");
  std::vector<runtime::KernelProfile> profile = program.profile();
  double total = 0;
  for (const runtime::KernelProfile& kernel : profile)
    total += static_cast<double>(kernel.total.nanoseconds);
  for (const runtime::KernelProfile& kernel : profile) {
    auto nanoseconds = static_cast<double>(kernel.total.nanoseconds);
    absl::StrAppendFormat(&text, "    %5.1f %%  %9.3f ms  %6d calls of %d launches  %s\n",
                          total > 0 ? 100 * nanoseconds / total : 0.0, nanoseconds * 1e-6,
                          kernel.total.calls, kernel.launches, kernel.kernel);
  }
  return text;
}

}  // namespace etch::frontend
