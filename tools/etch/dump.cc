#include "etch/tools/etch/dump.h"

#include <algorithm>
#include <filesystem>

#include "etch/codegen/compiler.h"
#include "etch/runtime/status.h"
#include "etch/tools/etch/closest_match.h"
#include "etch/tools/etch/graph_page.h"
#include "etch/tools/etch/graph_writer.h"
#include "etch/tools/etch/program_printer.h"
#include "etch/tools/etch/program_source.h"
#include "etch/tools/etch/text_file.h"

namespace etch::tools {
namespace {

absl::Status check_name(const char* kind, const char* plural, const std::string& name,
                        const std::vector<std::string>& names) {
  if (std::find(names.begin(), names.end(), name) != names.end()) return absl::OkStatus();
  return absl::NotFoundError(unknown_name_message(kind, plural, name, names));
}

// Wrong names are told before a model is traced.
absl::Status check_names(const DumpOptions& options) {
  const std::vector<std::string>& stages = codegen::stageNames();
  ETCH_RETURN_IF_ERROR(check_name("stage", "stages", options.stage, stages));
  ETCH_RETURN_IF_ERROR(
      check_name("format", "formats", options.format, {"text", "dot", "svg", "html"}));
  auto place = [&](const std::string& stage) {
    return std::find(stages.begin(), stages.end(), stage) - stages.begin();
  };
  if (options.format != "text" && place(options.stage) > place("fuse")) {
    return absl::NotFoundError("a picture shows the stages up to fuse; --format=text shows " +
                               options.stage);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status dump(const DumpOptions& options) {
  ETCH_RETURN_IF_ERROR(check_names(options));
  ETCH_ASSIGN_OR_RETURN(LoadedProgram program, load_program(options.model, options.program));
  mlir::ModuleOp module = *program.module;
  codegen::CompileOptions compile_options;
  compile_options.matmul_precision = options.matmul_precision;
  ETCH_ASSIGN_OR_RETURN(std::string text,
                        codegen::dumpStage(module, options.stage, compile_options));
  ETCH_RETURN_IF_ERROR(check_filter(module, options.filter));
  if (options.format == "html") {
    GraphPage page{.model = std::filesystem::path(options.model).filename(),
                   .program = options.program,
                   .stage = options.stage,
                   .filter = options.filter};
    ETCH_ASSIGN_OR_RETURN(text, write_page(module, page, compile_options));
  } else if (options.format != "text") {
    text = write_dot(module, options.filter);
    if (options.format == "svg") {
      ETCH_ASSIGN_OR_RETURN(text, render_svg(text));
    }
  } else if (options.stage == "asm") {
    if (!options.filter.empty()) text = print_filtered_assembly(module, text, options.filter);
  } else {
    text = options.filter.empty() ? print_program(module, options.locations)
                                  : print_filtered(module, options.filter);
  }
  if (!text.ends_with('\n')) text += '\n';
  return write_text_file(options.output, text);
}

}  // namespace etch::tools
