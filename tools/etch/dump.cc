#include "etch/tools/etch/dump.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "etch/codegen/compiler.h"
#include "etch/runtime/status.h"
#include "etch/tools/etch/closest_match.h"
#include "etch/tools/etch/commands.h"
#include "etch/tools/etch/figures.h"
#include "etch/tools/etch/graph_page.h"
#include "etch/tools/etch/graph_writer.h"
#include "etch/tools/etch/json_text.h"
#include "etch/tools/etch/pass_watch.h"
#include "etch/tools/etch/program_printer.h"
#include "etch/tools/etch/text_file.h"
#include "mlir/Bytecode/BytecodeWriter.h"

namespace etch::tools {
namespace {

absl::Status check_name(const char* kind, const char* plural, const std::string& name,
                        const std::vector<std::string>& names) {
  if (std::find(names.begin(), names.end(), name) != names.end()) return absl::OkStatus();
  return absl::NotFoundError(unknown_name_message(kind, plural, name, names));
}

// Wrong names are told before a model is traced.
absl::Status check_names(const DumpOptions& options, const std::string& stage) {
  const std::vector<std::string>& stages = codegen::stageNames();
  ETCH_RETURN_IF_ERROR(check_name("stage", "stages", stage, stages));
  ETCH_RETURN_IF_ERROR(check_name("format", "formats", options.format, dump_formats()));
  auto place = [&](const std::string& name) {
    return std::find(stages.begin(), stages.end(), name) - stages.begin();
  };
  bool picture = options.format != "text" && options.format != "bytecode";
  if (picture && place(stage) > place("fuse"))
    return absl::NotFoundError("a picture shows the stages up to fuse; --format=text shows " +
                               stage);
  bool prints = options.print_changed || !options.before.empty() || !options.after.empty();
  if (options.timing && prints)
    return absl::NotFoundError(
        "--timing prints a table: not with --before, --after or --print-changed");
  if (options.format == "text") return absl::OkStatus();
  if (options.watches_passes())
    return absl::NotFoundError("--before, --after, --print-changed and --timing print text");
  if (options.format != "bytecode") return absl::OkStatus();
  if (stage == "asm" || !options.filter.empty() || options.json)
    return absl::NotFoundError(
        "bytecode is of a whole program in MLIR: not with --stage=asm, "
        "--filter or --json");
  if (options.output.empty() && isatty(STDOUT_FILENO) == 1)
    return absl::NotFoundError("bytecode is not for terminals; --output names a file for it");
  return absl::OkStatus();
}

absl::StatusOr<std::string> bytecode_of(mlir::ModuleOp module) {
  std::string bytes;
  llvm::raw_string_ostream os(bytes);
  if (mlir::failed(mlir::writeBytecodeToFile(module, os)))
    return absl::InternalError("MLIR cannot write the program as bytecode");
  return bytes;
}

// What is shown: which program, after which stage.
struct Shown {
  std::string program, stage;
};

absl::StatusOr<std::string> picture_of(mlir::ModuleOp module, const Shown& shown,
                                       const DumpOptions& options,
                                       const codegen::CompileOptions& compile_options) {
  if (options.format == "html")
    return write_page(module,
                      {.model = std::filesystem::path(options.request.model).filename(),
                       .program = shown.program,
                       .stage = shown.stage,
                       .filter = options.filter},
                      compile_options);
  std::string dot = write_dot(module, options.filter);
  return options.format == "svg" ? render_svg(dot) : dot;
}

// The program after the stage, whose text is `text`.
absl::StatusOr<std::string> show(mlir::ModuleOp module, const Shown& shown, std::string text,
                                 const DumpOptions& options,
                                 const codegen::CompileOptions& compile_options) {
  ETCH_RETURN_IF_ERROR(check_filter(module, options.filter));
  if (options.format == "bytecode") return bytecode_of(module);
  if (options.format != "text") return picture_of(module, shown, options, compile_options);
  if (shown.stage == "asm")
    return options.filter.empty() ? text : print_filtered_assembly(module, text, options.filter);
  return options.filter.empty() ? print_program(module, options.locations)
                                : print_filtered(module, options.filter);
}

std::string timing_text(const std::vector<PassTime>& times) {
  std::string text = absl::StrFormat("%10s  pass\n", "ms");
  double total = 0;
  for (const PassTime& row : times) {
    if (row.depth == 0) total += row.ms;
    absl::StrAppendFormat(&text, "%10s  %s%s\n", format_ms(row.ms), row.depth == 0 ? "" : "  ",
                          row.name);
  }
  return text + absl::StrFormat("%10s  all passes\n", format_ms(total));
}

std::string timing_json(const std::vector<PassTime>& times) {
  llvm::json::Array passes;
  std::string stage;
  for (const PassTime& row : times) {
    if (row.depth == 0)
      stage = row.name;
    else
      passes.push_back(llvm::json::Object{{"stage", stage}, {"pass", row.name}, {"ms", row.ms}});
  }
  return json_text(llvm::json::Object{{"passes", std::move(passes)}});
}

}  // namespace

const std::vector<std::string>& dump_formats() {
  static const std::vector<std::string> formats = {"text", "bytecode", "dot", "svg", "html"};
  return formats;
}

absl::Status dump(const DumpOptions& options) {
  std::string stage = !options.stage.empty()     ? options.stage
                      : options.watches_passes() ? "llvm"
                                                 : "trace";
  ETCH_RETURN_IF_ERROR(check_names(options, stage));
  ETCH_ASSIGN_OR_RETURN(auto traced, trace_program(options.request));
  mlir::OwningOpRef<mlir::ModuleOp> module = module_of(traced.second);
  codegen::CompileOptions compile_options;
  compile_options.matmul_precision = options.matmul_precision;
  compile_options.warn = print_warning;
  PassWatch watch({options.before, options.after, options.print_changed, options.filter},
                  options.timing);
  auto instrument = [&](mlir::PassManager& passes, llvm::StringRef name) {
    watch.watch(passes, name);
  };
  codegen::Instrument none = nullptr;
  ETCH_ASSIGN_OR_RETURN(
      std::string text,
      codegen::dumpStage(*module, stage, compile_options,
                         options.watches_passes() ? codegen::Instrument(instrument) : none));
  if (absl::Status known = watch.check_names(); !known.ok())
    return options.stage.empty()
               ? known
               : absl::NotFoundError(absl::StrCat("--stage=", stage,
                                                  " stops before other passes: ", known.message()));
  if (options.timing) {
    std::vector<PassTime> times = watch.times();
    text = options.json ? timing_json(times) : timing_text(times);
    return write_text_file(options.output, text);
  }
  if (options.watches_passes()) {
    text = watch.text();
  } else {
    ETCH_ASSIGN_OR_RETURN(
        text, show(*module, {traced.first, stage}, std::move(text), options, compile_options));
  }
  if (options.json)
    text = json_text(llvm::json::Object{{"model", options.request.model},
                                        {"program", traced.first},
                                        {"stage", stage},
                                        {"format", options.format},
                                        {"text", text}});
  else if (options.format != "bytecode" && !text.ends_with('\n'))
    text += '\n';
  return write_text_file(options.output, text);
}

}  // namespace etch::tools
