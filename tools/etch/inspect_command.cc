#include <CLI/CLI.hpp>
#include <algorithm>
#include <iomanip>
#include <iostream>
#include <memory>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "etch/codegen/target.h"
#include "etch/runtime/bundle_file.h"
#include "etch/runtime/bundle_manifest.h"
#include "etch/runtime/byte_source.h"
#include "etch/runtime/model.h"
#include "etch/runtime/status.h"
#include "etch/tools/etch/command_options.h"
#include "etch/tools/etch/commands.h"
#include "etch/tools/etch/program_inputs.h"
#include "etch/tools/etch/terminal.h"

namespace etch::tools {
namespace {

using runtime::BundleCell;
using runtime::BundleCode;
using runtime::BundleManifest;
using runtime::BundleProgram;
using runtime::BundleValue;
using runtime::SectionKind;

const char kNotes[] =
    "Hashes are XXH64 with seed 0, as `xxhsum -H64` prints them: of each program's code and of "
    "the\n"
    "whole state, as they stand in the file, and of the bytecode of the program that was "
    "compiled.\n"
    "Every byte of the file is checked before anything is printed. --verify also loads the code, "
    "as\n"
    "a run would. Results called tapN are values that hooks look at.\n"
    "\n"
    "JSON: the manifest as it stands in the file; docs/bundle_format.md describes it.\n";

struct Options {
  std::string bundle;
  bool json = false;
  bool verify = false;
};

void print_row(const std::string& name, const std::string& rest) {
  std::cout << "  " << std::left << std::setw(32) << name << ' ' << rest << '\n';
}

int count_cells(const std::vector<BundleValue>& values) {
  int count = 0;
  for (const BundleValue& value : values) count += value.cell >= 0;
  return count;
}

std::string hash_of(const runtime::BundleFile& file, SectionKind kind, uint32_t index) {
  for (const runtime::BundleSection& section : file.sections)
    if (section.kind == kind && section.index == index)
      return absl::StrFormat("%016x", section.checksum);
  return "";
}

// The highest level of the x86-64 ABI whose processors all run the code; empty where it wants what
// no level promises.
std::string level_of(const BundleCode& code) {
  for (const std::string& name : codegen::Target::names()) {
    if (name == "native") continue;
    auto target = codegen::Target::create(name);
    if (!target.ok()) continue;
    std::vector<std::string> has = target->enabledFeatures();
    bool enough = std::ranges::all_of(code.features, [&](const std::string& feature) {
      return std::ranges::find(has, feature) != has.end();
    });
    if (enough) return name;
  }
  return "";
}

// `taken`: programs of this name that a reader here has taken before.
void print_code(const BundleProgram& program, const BundleManifest& manifest,
                const runtime::BundleFile& file, std::set<std::string>& taken) {
  const BundleCode& code = manifest.codes[program.code];
  std::cout << "  " << file.codes[program.code]->size() << " bytes of code for " << code.triple;
  absl::Status here = check_target(code);
  if (!here.ok())
    std::cout << "; " << here.message() << '\n';
  else
    std::cout << (taken.insert(program.name).second ? ", runs here\n"
                                                    : ", would run here; better code is taken\n");
  std::string level = level_of(code);
  std::cout << "  target " << (level.empty() ? "beyond the levels of x86-64" : level)
            << ", products of "
            << (program.matmul_precision.empty() ? "f32" : program.matmul_precision)
            << "; code hash " << hash_of(file, SectionKind::kCode, program.code);
  if (!program.source.empty()) std::cout << ", of the traced program " << program.source;
  std::cout << "\n  needs " << absl::StrJoin(code.features, " ") << '\n';
}

void print_program(const BundleProgram& program, const BundleManifest& manifest,
                   const runtime::BundleFile& file, std::set<std::string>& taken) {
  std::cout << "\nprogram " << coloured(program.name, Colour::kBold) << '\n';
  for (const BundleValue& input : program.inputs)
    if (input.cell < 0) print_row(input.info.name, type_text(input.info.dtype, input.info.shape));
  for (const BundleValue& result : program.results) {
    if (result.cell >= 0) continue;
    print_row("-> " + result.info.name, type_text(result.info.dtype, result.info.shape));
  }
  std::cout << "  reads " << count_cells(program.inputs) << " values of the state, writes "
            << count_cells(program.results) << "; " << program.launches.size()
            << " launches; scratch memory " << program.arena_bytes << " bytes, derived "
            << program.derived_bytes << '\n';
  print_code(program, manifest, file, taken);
}

void print_state(const BundleManifest& manifest) {
  int64_t bytes = 0;
  for (const BundleCell& cell : manifest.cells)
    if (cell.stored) bytes += cell.shape.num_elements() * size_of(cell.dtype);
  std::cout << "\nstate: " << manifest.cells.size() << " values, " << bytes << " bytes\n";
  for (const BundleCell& cell : manifest.cells) {
    std::string rest = type_text(cell.dtype, cell.shape);
    if (!cell.aliases.empty()) absl::StrAppend(&rest, ", also ", absl::StrJoin(cell.aliases, ", "));
    if (!cell.stored) rest += ", not in the file";
    print_row(cell.name, rest);
  }
}

absl::Status check_kind(const std::string& bundle) {
  ModelKind kind = parse_model_name(bundle).kind;
  if (kind == ModelKind::kBundle ||
      (kind == ModelKind::kProgram && !bundle.ends_with(".mlir") && !bundle.ends_with(".mlirbc")))
    return absl::OkStatus();
  if (kind == ModelKind::kBuiltin && bundle.find('.') != std::string::npos) return absl::OkStatus();
  return absl::NotFoundError(bundle +
                             " is no bundle; `etch compile` makes one, `etch trace MODEL --json -o "
                             "FILE` tells the signature of other models");
}

absl::Status inspect_bundle(const Options& options) {
  ETCH_RETURN_IF_ERROR(check_kind(options.bundle));
  auto source = runtime::open_file(options.bundle);
  if (!source.ok()) return of_file(source.status());
  ETCH_ASSIGN_OR_RETURN(runtime::BundleFile file, runtime::read_bundle(**source));
  auto manifest = runtime::parse_manifest(file.manifest);
  if (!manifest.ok())
    return absl::InvalidArgumentError(
        absl::StrCat(options.bundle, ": ", manifest.status().message()));
  for (const BundleProgram& program : manifest->programs)
    if (program.code >= file.codes.size())
      return absl::InvalidArgumentError(options.bundle + ": the code of a program is missing");
  if (options.verify)
    ETCH_RETURN_IF_ERROR(
        of_file(runtime::Model::load(options.bundle, {.verify_state = true}).status()));
  if (options.json) {
    std::cout << file.manifest;
    return absl::OkStatus();
  }
  std::cout << options.bundle << ": bundle \"" << manifest->name << "\", format "
            << runtime::kBundleFormat << ", by " << manifest->producer << "; hash of the state "
            << hash_of(file, SectionKind::kState, 0) << '\n';
  std::set<std::string> taken;
  for (const BundleProgram& program : manifest->programs)
    print_program(program, *manifest, file, taken);
  print_state(*manifest);
  if (options.verify)
    std::cout << '\n'
              << coloured("verified", Colour::kGreen)
              << ": all checksums are right, and the code loads here\n";
  return absl::OkStatus();
}

}  // namespace

void add_inspect_command(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("inspect", "Shows the programs of a bundle, its state, and what it needs");
  auto options = std::make_shared<Options>();
  command->add_option("FILE", options->bundle, "a file that `etch compile` has written")
      ->required();
  command->add_flag("--verify", options->verify, "loads the code, as a run would");
  add_json_flag(*command, options->json);
  command->footer(kNotes);
  command->callback([options, &exit_code] { exit_code = report(inspect_bundle(*options)); });
}

}  // namespace etch::tools
