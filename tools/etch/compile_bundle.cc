#include <filesystem>
#include <iostream>

#include "absl/strings/str_join.h"
#include "etch/runtime/status.h"
#include "etch/tools/etch/builtin_models.h"
#include "etch/tools/etch/bundle_commands.h"
#include "etch/tools/etch/command_options.h"
#include "etch/tools/etch/commands.h"

namespace etch::tools {

absl::Status compile_bundle(const CompileBundleOptions& options) {
  if (options.model.ends_with(".mlir"))
    return absl::NotFoundError(
        options.model +
        " is a program without values of its state; `etch compile` takes a "
        "built-in model, a program of yours makes a bundle with etch::Bundle");
  const std::vector<std::string>& names =
      options.programs.empty() ? builtin_programs() : options.programs;
  ETCH_ASSIGN_OR_RETURN(std::vector<Program> programs, trace_builtin(options.model, names));
  Bundle bundle(options.model, options.targets);
  CompileOptions compile_options;
  compile_options.target_features = options.target_features;
  compile_options.matmul_precision = matmul_precision_of(options.matmul_precision);
  try {
    for (size_t i = 0; i < names.size(); ++i) bundle.add(names[i], programs[i], compile_options);
  } catch (const Error& error) {
    return absl::InvalidArgumentError(error.what());
  }
  ETCH_RETURN_IF_ERROR(of_file(bundle.write(options.output)));
  std::cout << options.output << ": " << absl::StrJoin(names, ", ") << "; "
            << std::filesystem::file_size(options.output) << " bytes\n";
  return absl::OkStatus();
}

}  // namespace etch::tools
