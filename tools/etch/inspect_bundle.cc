#include <iomanip>
#include <iostream>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "etch/runtime/bundle_file.h"
#include "etch/runtime/bundle_manifest.h"
#include "etch/runtime/byte_source.h"
#include "etch/runtime/status.h"
#include "etch/tools/etch/bundle_commands.h"
#include "etch/tools/etch/commands.h"

namespace etch::tools {
namespace {

using runtime::BundleCell;
using runtime::BundleManifest;
using runtime::BundleProgram;
using runtime::BundleValue;

std::string type_of(DType dtype, const Shape& shape) {
  return absl::StrCat(runtime::to_absl(dtype_name(dtype)), " ", shape.to_string());
}

void print_row(const std::string& name, const std::string& rest) {
  std::cout << "  " << std::left << std::setw(32) << name << ' ' << rest << '\n';
}

int count_cells(const std::vector<BundleValue>& values) {
  int count = 0;
  for (const BundleValue& value : values) count += value.cell >= 0;
  return count;
}

// `taken`: programs of this name that a reader here has taken before.
void print_program(const BundleProgram& program, const BundleManifest& manifest, size_t code_bytes,
                   std::set<std::string>& taken) {
  std::cout << "\nprogram " << program.name << '\n';
  for (const BundleValue& input : program.inputs)
    if (input.cell < 0) print_row(input.info.name, type_of(input.info.dtype, input.info.shape));
  for (const BundleValue& result : program.results)
    if (result.cell < 0)
      print_row("-> " + result.info.name, type_of(result.info.dtype, result.info.shape));
  std::cout << "  reads " << count_cells(program.inputs) << " values of the state, writes "
            << count_cells(program.results) << "; " << program.launches.size()
            << " launches; scratch memory " << program.arena_bytes << " bytes, derived "
            << program.derived_bytes << "\n  " << code_bytes << " bytes of code for "
            << manifest.codes[program.code].triple;
  absl::Status here = check_target(manifest.codes[program.code]);
  if (!here.ok())
    std::cout << "; " << here.message() << '\n';
  else
    std::cout << (taken.insert(program.name).second ? ", runs here\n"
                                                    : ", would run here; better code is taken\n");
  std::cout << "  needs " << absl::StrJoin(manifest.codes[program.code].features, " ") << '\n';
}

void print_state(const BundleManifest& manifest) {
  int64_t bytes = 0;
  for (const BundleCell& cell : manifest.cells)
    if (cell.stored) bytes += cell.shape.num_elements() * size_of(cell.dtype);
  std::cout << "\nstate: " << manifest.cells.size() << " values, " << bytes << " bytes\n";
  for (const BundleCell& cell : manifest.cells) {
    std::string rest = type_of(cell.dtype, cell.shape);
    if (!cell.aliases.empty()) absl::StrAppend(&rest, ", also ", absl::StrJoin(cell.aliases, ", "));
    if (!cell.stored) rest += ", not in the file";
    print_row(cell.name, rest);
  }
}

}  // namespace

absl::Status inspect_bundle(const InspectOptions& options) {
  auto source = runtime::open_file(options.bundle);
  if (!source.ok()) return of_file(source.status());
  ETCH_ASSIGN_OR_RETURN(runtime::BundleFile file, runtime::read_bundle(**source));
  auto manifest = runtime::parse_manifest(file.manifest);
  if (!manifest.ok())
    return absl::InvalidArgumentError(
        absl::StrCat(options.bundle, ": ", manifest.status().message()));
  if (options.json) {
    std::cout << file.manifest;
    return absl::OkStatus();
  }
  std::cout << options.bundle << ": bundle \"" << manifest->name << "\", format "
            << runtime::kBundleFormat << ", by " << manifest->producer << '\n';
  std::set<std::string> taken;
  for (const BundleProgram& program : manifest->programs) {
    if (program.code >= file.codes.size())
      return absl::InvalidArgumentError(options.bundle + ": the code of a program is missing");
    print_program(program, *manifest, static_cast<size_t>(file.codes[program.code]->size()), taken);
  }
  print_state(*manifest);
  return absl::OkStatus();
}

}  // namespace etch::tools
