// What a bundle says, as a model runs it.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "etch/runtime/json_reader.h"
#include "etch/runtime/log.h"
#include "etch/runtime/model_impl.h"
#include "etch/runtime/status.h"

namespace etch::runtime {
namespace {

std::vector<ValueInfo> infos(const std::vector<BundleValue>& values) {
  std::vector<ValueInfo> result;
  for (const BundleValue& value : values) result.push_back(value.info);
  return result;
}

CompiledProgram compiled_from(const BundleProgram& program) {
  CompiledProgram compiled;
  compiled.name = program.name;
  compiled.inputs = infos(program.inputs);
  compiled.results = infos(program.results);
  compiled.launches = program.launches;
  compiled.prepare_launches = program.prepare_launches;
  compiled.arena_bytes = program.arena_bytes;
  compiled.derived_bytes = program.derived_bytes;
  compiled.prepare_inputs = program.prepare_inputs;
  return compiled;
}

absl::StatusOr<EntryFunction> find_entry(const NativeImage& image, const std::string& symbol) {
  if (void* address = image.find(symbol)) return reinterpret_cast<EntryFunction>(address);
  return absl::InvalidArgumentError(
      absl::StrCat("the native code has no function ", json_quote(symbol)));
}

}  // namespace

absl::Status ModelCode::load_programs() {
  if (codes.size() != manifest.codes.size())
    return absl::InvalidArgumentError(absl::StrCat("it has ", codes.size(),
                                                   " pieces of code, the manifest describes ",
                                                   manifest.codes.size()));
  std::map<uint32_t, std::shared_ptr<NativeImage>> images;
  for (size_t i = 0; i < manifest.programs.size(); ++i) {
    const BundleProgram& described = manifest.programs[i];
    if (is_loaded(described.name)) continue;
    if (absl::Status status = check_target(manifest.codes[described.code]); !status.ok()) {
      if (has_alternative(i)) {
        log(LogLevel::kInfo, absl::StrCat("program ", described.name, ": code ", described.code,
                                          " is left aside, since it ", status.message()));
        continue;
      }
      return cannot_run(described.name, status);
    }
    std::shared_ptr<NativeImage>& image = images[described.code];
    if (image == nullptr) {
      ETCH_ASSIGN_OR_RETURN(image, NativeImage::load(codes[described.code]->bytes()));
    }
    auto compiled = std::make_shared<CompiledProgram>(compiled_from(described));
    ETCH_ASSIGN_OR_RETURN(compiled->entry, find_entry(*image, described.entry));
    if (!described.prepare.empty()) {
      ETCH_ASSIGN_OR_RETURN(compiled->prepare, find_entry(*image, described.prepare));
    }
    compiled->code = image;
    auto is_cell = [](const BundleValue& value) { return value.cell >= 0; };
    bool writes = !described.cleared.empty() || std::ranges::any_of(described.results, is_cell);
    programs.push_back({&described, std::move(compiled), writes});
  }
  return absl::OkStatus();
}

absl::Status ModelCode::check_packed(std::span<const std::shared_ptr<Storage>> packed) const {
  for (const BundleProgram& program : manifest.programs) {
    if (program.packed < 0) continue;
    auto number = static_cast<size_t>(program.packed);
    if (number >= packed.size() || packed[number]->size() != program.derived_bytes)
      return absl::InvalidArgumentError(absl::StrCat(
          "program ", json_quote(program.name), " has ", program.derived_bytes,
          " derived_bytes in packed ", number, ", which is missing or of another length"));
  }
  return absl::OkStatus();
}

bool ModelCode::is_loaded(std::string_view name) const {
  return std::ranges::any_of(
      programs, [&](const LoadedProgram& program) { return program.described->name == name; });
}

// Whether the same program comes again behind number `i`, in other code.
bool ModelCode::has_alternative(size_t i) const {
  return std::any_of(
      manifest.programs.begin() + static_cast<std::ptrdiff_t>(i) + 1, manifest.programs.end(),
      [&](const BundleProgram& other) { return other.name == manifest.programs[i].name; });
}

// `last` says what the last of its alternatives lacks.
absl::Status ModelCode::cannot_run(const std::string& name, const absl::Status& last) const {
  auto count = std::ranges::count(manifest.programs, name, &BundleProgram::name);
  if (count == 1) return last;
  return absl::Status(last.code(),
                      absl::StrCat("program ", json_quote(name), " has code for ", count,
                                   " kinds of processors; the least demanding ", last.message()));
}

absl::StatusOr<std::vector<CellValue>> ModelCode::take_state(
    const SafetensorsFile& state, const std::shared_ptr<MemoryBudget>& budget, bool mapped) {
  std::vector<CellValue> values(manifest.cells.size());
  size_t stored = 0;
  std::map<std::string_view, const SafetensorsEntry*> entries;
  for (const SafetensorsEntry& entry : state.entries) entries[entry.name] = &entry;
  for (size_t i = 0; i < values.size(); ++i) {
    const BundleCell& cell = manifest.cells[i];
    values[i].version = next_version();
    cells_by_name[cell.name] = static_cast<int32_t>(i);
    for (const std::string& alias : cell.aliases) cells_by_name[alias] = static_cast<int32_t>(i);
    if (!cell.stored) {
      int64_t bytes = cell.shape.num_elements() * size_of(cell.dtype);
      ETCH_ASSIGN_OR_RETURN(values[i].storage, Storage::allocate_zeroed(bytes, budget));
      continue;
    }
    auto entry = entries.find(cell.name);
    if (entry == entries.end() || entry->second->dtype != cell.dtype ||
        entry->second->shape != cell.shape)
      return absl::InvalidArgumentError(absl::StrCat(
          "the state has no ", json_quote(cell.name), " of ", to_absl(dtype_name(cell.dtype)), " ",
          cell.shape.to_string(), ", which the manifest describes"));
    values[i].storage = entry->second->storage;
    values[i].mapped = mapped;
    ++stored;
  }
  if (stored != entries.size())
    return absl::InvalidArgumentError(absl::StrCat("the state has ", entries.size(),
                                                   " tensors, the manifest describes ", stored));
  return values;
}

absl::StatusOr<const LoadedProgram*> ModelCode::program(std::string_view name) const {
  for (const LoadedProgram& program : programs)
    if (program.compiled->name == name) return &program;
  std::vector<std::string> names;
  for (const LoadedProgram& program : programs) names.push_back(program.compiled->name);
  return absl::NotFoundError(absl::StrCat("the bundle has no program ", json_quote(name),
                                          "; its programs are ", absl::StrJoin(names, ", ")));
}

absl::StatusOr<int32_t> ModelCode::cell(std::string_view name) const {
  auto found = cells_by_name.find(name);
  if (found != cells_by_name.end()) return found->second;
  constexpr size_t kExamples = 6;
  std::vector<std::string> paths;
  for (const BundleCell& cell : manifest.cells)
    if (paths.size() < kExamples) paths.push_back(cell.name);
  return absl::NotFoundError(absl::StrCat("the bundle has no state ", json_quote(name), "; it has ",
                                          absl::StrJoin(paths, ", "),
                                          manifest.cells.size() > kExamples ? ", ..." : ""));
}

}  // namespace etch::runtime
