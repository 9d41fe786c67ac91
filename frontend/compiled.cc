// etch::compile's memory: which programs there are, and what each was specialized for.
#include <algorithm>
#include <map>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "etch/frontend/bound_call.h"
#include "etch/frontend/compile.h"
#include "etch/frontend/evaluate.h"
#include "etch/frontend/structure.h"
#include "etch/frontend/traced.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/xxhash.h"

namespace etch::frontend {
namespace {

constexpr std::source_location kNoLine;

struct Signature {
  std::vector<ArgumentSpec> arguments;
  std::string fixed;
  bool operator==(const Signature&) const = default;
};

std::string text_of(const ArgumentSpec& spec) {
  return absl::StrCat(describe_type(spec.dtype, spec.shape),
                      spec.requires_grad ? " requiring grad" : "",
                      spec.hooks.empty() ? "" : absl::StrCat(" with hooks ", spec.hooks));
}

std::string text_of(const Signature& signature) {
  std::string text = "(";
  for (const ArgumentSpec& spec : signature.arguments)
    absl::StrAppend(&text, text.size() > 1 ? ", " : "", text_of(spec));
  return absl::StrCat(text, ")");
}

// The first difference, in words; empty when there is none.
std::string difference(const Signature& before, const Signature& now) {
  if (before.arguments.size() != now.arguments.size()) {
    return absl::StrCat("the number of tensor arguments changed from ", before.arguments.size(),
                        " to ", now.arguments.size());
  }
  for (size_t i = 0; i < now.arguments.size(); ++i) {
    if (before.arguments[i] == now.arguments[i]) continue;
    return absl::StrCat("argument ", i, " changed from ", text_of(before.arguments[i]), " to ",
                        text_of(now.arguments[i]));
  }
  if (before.fixed == now.fixed) return "";
  return absl::StrCat("the host arguments changed from ", before.fixed, " to ", now.fixed);
}

std::string difference(const TensorGuard& guard) {
  const TensorImpl& now = *guard.tensor;
  std::string path = describe(now);
  if (guard.dtype != now.dtype || guard.shape != now.shape) {
    return absl::StrCat(path, " changed from ", describe_type(guard.dtype, guard.shape), " to ",
                        describe_type(now.dtype, now.shape));
  }
  if (std::string hooks = hook_ids(now); guard.hooks != hooks) {
    return absl::StrCat("the hooks of ", path, " changed from ", guard.hooks, " to ", hooks);
  }
  if (guard.requires_grad == now.requires_grad) return "";
  auto word = [](bool value) { return value ? "true" : "false"; };
  return absl::StrCat(path, ".requires_grad changed from ", word(guard.requires_grad), " to ",
                      word(now.requires_grad));
}

std::string difference(const Observation& observation) {
  std::shared_ptr<void> owner = observation.owner.lock();
  if (owner == nullptr) return absl::StrCat(observation.what, " is gone");
  std::string now = observation.read(owner.get());
  if (now == observation.value) return "";
  return absl::StrCat(observation.what, " changed from ", observation.value, " to ", now);
}

std::string difference(const GradGuard& guard, const std::vector<Tensor>& arguments) {
  const TensorImpl& tensor = guard.tensor ? *guard.tensor : *arguments[guard.argument].impl();
  bool is_empty = tensor.grad == nullptr;
  if (is_empty == guard.was_empty) return "";
  return absl::StrCat(guard.tensor ? describe(tensor) : absl::StrCat("argument ", guard.argument),
                      ".grad was ", guard.was_empty ? "empty" : "set", " and is ",
                      is_empty ? "empty" : "set", " now");
}

}  // namespace

struct CompiledFunction::Entry {
  Signature signature;
  std::string reason;
  TracedFunction function;
  std::shared_ptr<NativeProgram> program;
  std::shared_ptr<void> skeleton;
  size_t number = 0;  // in the order of compilation
  uint64_t checked_epoch = 0;

  // Why this program does not fit the state of things; empty when it does.
  std::string mismatch(const std::vector<Tensor>& arguments) {
    for (const GradGuard& guard : function.grad_guards)
      if (std::string text = difference(guard, arguments); !text.empty()) return text;
    // Everything else bumps the epoch when it changes.
    uint64_t epoch = structure_epoch();
    if (epoch == checked_epoch) return "";
    for (const TensorGuard& guard : function.tensor_guards)
      if (std::string text = difference(guard); !text.empty()) return text;
    for (const Observation& observation : function.observations)
      if (std::string text = difference(observation); !text.empty()) return text;
    checked_epoch = epoch;
    return "";
  }
};

struct CompiledFunction::Impl {
  CompileOptions options;
  mutable std::mutex mutex;
  std::vector<std::unique_ptr<Entry>> entries;  // the last used first
  std::map<std::pair<uint64_t, uint64_t>, std::shared_ptr<NativeProgram>>
      programs;  // by their text
  int64_t num_compilations = 0;

  Entry* find(const Signature& signature, const std::vector<Tensor>& arguments,
              std::string& reason) {
    bool told_by_state = false;
    for (auto it = entries.begin(); it != entries.end(); ++it) {
      std::string why = difference((*it)->signature, signature);
      if (why.empty()) why = (*it)->mismatch(arguments);
      if (why.empty()) {
        std::rotate(entries.begin(), it, std::next(it));
        return entries.front().get();
      }
      // The reason is told against the program used last, or else one of the same signature.
      bool same_signature = (*it)->signature == signature;
      if (reason.empty() || (same_signature && !told_by_state)) reason = std::move(why);
      told_by_state |= same_signature;
    }
    return nullptr;
  }

  Entry* find_or_add(Signature signature, const std::vector<Tensor>& arguments, const Body& body) {
    std::lock_guard<std::mutex> lock(mutex);
    std::string reason;
    Entry* entry = find(signature, arguments, reason);
    return entry != nullptr ? entry : &add(std::move(signature), std::move(reason), body);
  }

  // What was traced anew may be a program that exists: a hook that was taken off and put on again,
  // a mode that nothing reads.
  std::shared_ptr<NativeProgram> find_or_compile(mlir::ModuleOp module) {
    std::string text;
    llvm::raw_string_ostream os(text);
    module->print(os, mlir::OpPrintingFlags().useLocalScope().enableDebugInfo());
    llvm::XXH128_hash_t hash = llvm::xxh3_128bits(llvm::arrayRefFromStringRef(text));
    std::shared_ptr<NativeProgram>& known = programs[{hash.low64, hash.high64}];
    if (known != nullptr) return known;
    auto program = NativeProgram::compile(module, to_codegen(options), to_session(options));
    if (!program.ok()) {
      throw Error(absl::StrCat("compile: ", options.name,
                               " does not compile: ", std::string(program.status().message())));
    }
    ++num_compilations;
    return known = *std::move(program);
  }

  Entry& add(Signature signature, std::string reason, const Body& body) {
    auto entry = std::make_unique<Entry>();
    entry->checked_epoch = structure_epoch();
    entry->function = trace_function(
        signature.arguments,
        [&](const std::vector<Tensor>& arguments) { return body(arguments, entry->skeleton); });
    entry->program = find_or_compile(*entry->function.module);
    entry->function.module = nullptr;
    entry->function.context = nullptr;
    entry->signature = std::move(signature);
    entry->reason = reason.empty() ? "first call" : std::move(reason);
    entry->number = entries.size();
    entries.insert(entries.begin(), std::move(entry));
    return *entries.front();
  }
};

CompiledFunction::CompiledFunction(CompileOptions options) : impl_(std::make_unique<Impl>()) {
  impl_->options = std::move(options);
}
CompiledFunction::~CompiledFunction() = default;

CompiledFunction::Result CompiledFunction::call(const std::vector<Tensor>& arguments,
                                                const std::string& fixed, const Body& body) {
  Site site{"compile", kNoLine};
  flush_pending(site);
  Signature signature{{}, fixed};
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (!arguments[i].defined()) fail(site, absl::StrCat("argument ", i, " is an empty tensor"));
    const TensorImpl& argument = concrete(arguments[i], site);
    signature.arguments.push_back(
        {argument.dtype, argument.shape, argument.requires_grad, "", hook_ids(argument)});
  }
  // A placeholder has the gradient, and the hooks, of its argument.
  auto hooked_body = [&](const std::vector<Tensor>& placeholders, std::shared_ptr<void>& skeleton) {
    for (size_t i = 0; i < arguments.size(); ++i) {
      placeholders[i].impl()->grad = arguments[i].impl()->grad;
      if (arguments[i].is_leaf()) placeholders[i].impl()->hooks = arguments[i].impl()->hooks;
    }
    return body(placeholders, skeleton);
  };
  Entry* entry = impl_->find_or_add(std::move(signature), arguments, hooked_body);
  auto tensors = run_bound(entry->function, *entry->program, arguments);
  if (!tensors.ok()) {
    throw Error(absl::StrCat("compile: ", impl_->options.name,
                             " failed: ", std::string(tensors.status().message())));
  }
  return {*std::move(tensors), entry->skeleton};
}

int64_t CompiledFunction::num_compilations() const {
  std::lock_guard<std::mutex> lock(impl_->mutex);
  return impl_->num_compilations;
}

std::vector<runtime::KernelProfile> CompiledFunction::profile() const {
  std::lock_guard<std::mutex> lock(impl_->mutex);
  if (impl_->entries.empty()) return {};
  return impl_->entries.front()->program->profile();
}

std::string CompiledFunction::explain() const {
  std::lock_guard<std::mutex> lock(impl_->mutex);
  std::string text = absl::StrCat(impl_->options.name, ": compiled ", impl_->num_compilations,
                                  impl_->num_compilations == 1 ? " time\n" : " times\n");
  std::vector<const Entry*> by_age(impl_->entries.size());
  for (const auto& entry : impl_->entries) by_age[entry->number] = entry.get();
  for (const Entry* entry : by_age) {
    absl::StrAppend(&text, "[", entry->number, "] ", text_of(entry->signature), ": ", entry->reason,
                    "\n", describe_compilation(entry->function, *entry->program));
  }
  return text;
}

}  // namespace etch::frontend
