#include "etch/frontend/bundle.h"

#include <algorithm>
#include <functional>
#include <set>
#include <span>
#include <utility>

#include "absl/strings/str_cat.h"
#include "etch/codegen/link.h"
#include "etch/frontend/bound_call.h"
#include "etch/frontend/bundle_state.h"
#include "etch/frontend/evaluate.h"
#include "etch/frontend/program_impl.h"
#include "etch/runtime/bundle_file.h"
#include "etch/runtime/bundle_manifest.h"
#include "etch/runtime/hash.h"
#include "etch/runtime/json_reader.h"
#include "etch/runtime/status.h"
#include "mlir/Bytecode/BytecodeWriter.h"

namespace etch {
namespace frontend {

namespace {

// What identifies a program whoever compiles it, as hexadecimal digits.
std::string hash_of(mlir::ModuleOp module) {
  std::string bytecode;
  llvm::raw_string_ostream os(bytecode);
  if (failed(mlir::writeBytecodeToFile(module, os))) return "";
  return absl::StrCat(
      absl::Hex(runtime::hash_of(std::as_bytes(std::span(bytecode))), absl::kZeroPad16));
}

}  // namespace

class BundleImpl {
 public:
  BundleImpl(std::string name, std::vector<std::string> targets)
      : name_(std::move(name)), targets_(std::move(targets)) {}

  void add(std::string name, std::shared_ptr<ProgramImpl> program, const CompileOptions& options,
           const Site& site) {
    if (name.empty()) fail(site, "a program needs a name");
    if (!runtime::is_utf8(name)) fail(site, "the program's name is not UTF-8");
    for (const Entry& entry : entries_)
      if (entry.name == name) fail(site, absl::StrCat("there is a program \"", name, "\" already"));
    check_arguments(name, *program, site);
    BundleState state = state_;
    state.add(name, program->function, site);
    state_ = std::move(state);
    std::string source = hash_of(*program->function.module);
    entries_.push_back({std::move(name), std::move(program), options, std::move(source)});
  }

  absl::Status write(const std::string& path) const {
    if (entries_.empty())
      return absl::FailedPreconditionError(
          absl::StrCat("bundle \"", name_, "\" has no program; add one before writing ", path));
    runtime::BundleManifest manifest;
    manifest.name = name_;
    manifest.producer = "etch " ETCH_VERSION;
    manifest.cells = state_.cells();
    std::vector<codegen::SharedObject> objects;
    for (const Entry& entry : entries_) {
      ETCH_ASSIGN_OR_RETURN(std::vector<codegen::SharedObject> alternatives, compile(entry));
      for (codegen::SharedObject& object : alternatives) {
        manifest.codes.push_back({object.triple, object.features});
        manifest.programs.push_back(describe(entry, object, manifest.programs.size()));
        objects.push_back(std::move(object));
      }
    }
    // Compiling takes long: the values are those at its end.
    flush_pending({"Bundle::write", std::source_location()});
    runtime::BundleContents contents;
    ETCH_ASSIGN_OR_RETURN(contents.state, state_.values());
    for (const codegen::SharedObject& object : objects)
      contents.codes.push_back(std::as_bytes(std::span(object.elf)));
    std::string json = to_json(manifest);
    // What is written can be read.
    ETCH_RETURN_IF_ERROR(runtime::parse_manifest(json).status());
    contents.manifest = json;
    return runtime::write_bundle(path, contents);
  }

 private:
  struct Entry {
    std::string name;
    std::shared_ptr<ProgramImpl> program;
    CompileOptions options;
    std::string source;  // see runtime::BundleProgram
  };

  static void check_arguments(const std::string& name, const ProgramImpl& program,
                              const Site& site) {
    std::set<std::string> names;
    for (const runtime::ValueInfo& input : program.function.input_types)
      if (input.kind == runtime::ValueKind::kArgument && !names.insert(input.name).second)
        fail(site, absl::StrCat("two arguments of program \"", name, "\" are called \"", input.name,
                                "\"; give their specs different names"));
  }

  // For each target, the most demanding first.
  absl::StatusOr<std::vector<codegen::SharedObject>> compile(const Entry& entry) const {
    std::vector<codegen::SharedObject> objects;
    for (const std::string& target :
         targets_.empty() ? std::vector{entry.options.target} : targets_) {
      mlir::OwningOpRef<mlir::ModuleOp> module = entry.program->function.module->clone();
      CompileOptions options = entry.options;
      options.target = target;
      auto object = codegen::compileToSharedObject(*module, to_codegen(options));
      if (!object.ok())
        return absl::Status(
            object.status().code(),
            absl::StrCat("program \"", entry.name, "\": ", object.status().message()));
      objects.push_back(*std::move(object));
    }
    std::ranges::sort(objects, std::greater(),
                      [](const codegen::SharedObject& object) { return object.features.size(); });
    return objects;
  }

  runtime::BundleProgram describe(const Entry& entry, const codegen::SharedObject& object,
                                  size_t code) const {
    const runtime::CompiledProgram& compiled = *object.program;
    const TracedFunction& function = entry.program->function;
    runtime::BundleProgram program;
    program.name = entry.name;
    program.code = static_cast<uint32_t>(code);
    program.source = entry.source;
    program.matmul_precision = to_codegen(entry.options).matmul_precision;
    program.inputs = describe(compiled.inputs, function.inputs);
    program.results = describe(compiled.results, function.results);
    program.cleared = state_.cleared_by(function);
    program.launches = compiled.launches;
    program.prepare_launches = compiled.prepare_launches;
    program.arena_bytes = compiled.arena_bytes;
    program.derived_bytes = compiled.derived_bytes;
    program.prepare_inputs = compiled.prepare_inputs;
    program.entry = object.entry;
    program.prepare = object.prepare;
    return program;
  }

  std::vector<runtime::BundleValue> describe(const std::vector<runtime::ValueInfo>& infos,
                                             const std::vector<Binding>& bindings) const {
    std::vector<runtime::BundleValue> values;
    for (size_t i = 0; i < infos.size(); ++i) {
      values.push_back({infos[i], state_.cell_of(bindings[i])});
      values.back().info.is_tap = bindings[i].kind == Binding::Kind::kTap;
    }
    return values;
  }

  const std::string name_;
  const std::vector<std::string> targets_;
  std::vector<Entry> entries_;
  BundleState state_;
};

}  // namespace frontend

Bundle::Bundle(std::string name, std::vector<std::string> targets)
    : impl_(std::make_shared<frontend::BundleImpl>(std::move(name), std::move(targets))) {}

Bundle& Bundle::add(std::string name, const Program& program, const CompileOptions& options,
                    std::source_location loc) {
  impl_->add(std::move(name), program.impl(), options, {"Bundle::add", loc});
  return *this;
}

Bundle& Bundle::add(std::string name, const Executable& executable, std::source_location loc) {
  impl_->add(std::move(name), executable.impl()->program, executable.impl()->options,
             {"Bundle::add", loc});
  return *this;
}

absl::Status Bundle::write(const std::string& path) const {
  try {
    return impl_->write(path);
  } catch (const Error& error) {
    return absl::InvalidArgumentError(error.what());
  }
}

}  // namespace etch
