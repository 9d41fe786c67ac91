#include "etch/runtime/model.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "etch/runtime/bundle_file.h"
#include "etch/runtime/byte_source.h"
#include "etch/runtime/json_reader.h"
#include "etch/runtime/model_impl.h"
#include "etch/runtime/status.h"

namespace etch::runtime {
namespace {

// The error of `status` with a rule, and the file's name, before it.
absl::Status with_place(const absl::Status& status, std::string_view rule,
                        const std::string& source) {
  if (status.code() == absl::StatusCode::kInvalidArgument)
    return broken_bundle(rule, source,
                         std::string_view(status.message().data(), status.message().size()));
  return absl::Status(status.code(), absl::StrCat(source, ": ", status.message()));
}

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

absl::StatusOr<std::shared_ptr<ModelImpl>> read_model(const ByteSource& source) {
  ETCH_ASSIGN_OR_RETURN(BundleFile file, read_bundle(source));
  auto model = std::make_shared<ModelImpl>();
  absl::StatusOr<BundleManifest> manifest = parse_manifest(file.manifest);
  if (!manifest.ok()) return with_place(manifest.status(), "InvalidManifest", source.name());
  model->manifest = *std::move(manifest);
  model->manifest_text = std::move(file.manifest);
  model->codes = std::move(file.codes);
  if (absl::Status status = model->load_programs(); !status.ok())
    return with_place(status, "InvalidCode", source.name());
  if (absl::Status status = model->take_state(file.state); !status.ok())
    return with_place(status, "InvalidState", source.name());
  return model;
}

}  // namespace

absl::Status ModelImpl::load_programs() {
  if (codes.size() != manifest.codes.size())
    return absl::InvalidArgumentError(absl::StrCat("it has ", codes.size(),
                                                   " pieces of code, the manifest describes ",
                                                   manifest.codes.size()));
  std::map<uint32_t, std::shared_ptr<NativeImage>> images;
  for (size_t i = 0; i < manifest.programs.size(); ++i) {
    const BundleProgram& described = manifest.programs[i];
    if (is_loaded(described.name)) continue;
    if (absl::Status status = check_target(manifest.codes[described.code]); !status.ok()) {
      if (has_alternative(i)) continue;
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

bool ModelImpl::is_loaded(std::string_view name) const {
  return std::ranges::any_of(
      programs, [&](const LoadedProgram& program) { return program.described->name == name; });
}

// Whether the same program comes again behind number `i`, in other code.
bool ModelImpl::has_alternative(size_t i) const {
  return std::any_of(
      manifest.programs.begin() + static_cast<std::ptrdiff_t>(i) + 1, manifest.programs.end(),
      [&](const BundleProgram& other) { return other.name == manifest.programs[i].name; });
}

// `last` says what the last of its alternatives lacks.
absl::Status ModelImpl::cannot_run(const std::string& name, const absl::Status& last) const {
  auto count = std::ranges::count(manifest.programs, name, &BundleProgram::name);
  if (count == 1) return last;
  return absl::Status(last.code(),
                      absl::StrCat("program ", json_quote(name), " has code for ", count,
                                   " kinds of processors; the least demanding ", last.message()));
}

absl::Status ModelImpl::take_state(const SafetensorsFile& state) {
  cells.resize(manifest.cells.size());
  size_t stored = 0;
  std::map<std::string_view, const SafetensorsEntry*> entries;
  for (const SafetensorsEntry& entry : state.entries) entries[entry.name] = &entry;
  for (size_t i = 0; i < cells.size(); ++i) {
    const BundleCell& cell = manifest.cells[i];
    cells[i].version = next_version();
    cells_by_name[cell.name] = static_cast<int32_t>(i);
    for (const std::string& alias : cell.aliases) cells_by_name[alias] = static_cast<int32_t>(i);
    if (!cell.stored) {
      ETCH_ASSIGN_OR_RETURN(cells[i].storage, Storage::allocate_zeroed(cell.shape.num_elements() *
                                                                       size_of(cell.dtype)));
      continue;
    }
    auto entry = entries.find(cell.name);
    if (entry == entries.end() || entry->second->dtype != cell.dtype ||
        entry->second->shape != cell.shape)
      return absl::InvalidArgumentError(absl::StrCat(
          "the state has no ", json_quote(cell.name), " of ", to_absl(dtype_name(cell.dtype)), " ",
          cell.shape.to_string(), ", which the manifest describes"));
    cells[i].storage = entry->second->storage;
    ++stored;
  }
  if (stored != entries.size())
    return absl::InvalidArgumentError(absl::StrCat("the state has ", entries.size(),
                                                   " tensors, the manifest describes ", stored));
  return absl::OkStatus();
}

absl::StatusOr<const LoadedProgram*> ModelImpl::program(std::string_view name) const {
  for (const LoadedProgram& program : programs)
    if (program.compiled->name == name) return &program;
  std::vector<std::string> names;
  for (const LoadedProgram& program : programs) names.push_back(program.compiled->name);
  return absl::NotFoundError(absl::StrCat("the bundle has no program ", json_quote(name),
                                          "; its programs are ", absl::StrJoin(names, ", ")));
}

std::vector<SafetensorsEntry> ModelImpl::stored_values() const {
  std::vector<SafetensorsEntry> entries;
  for (size_t i = 0; i < cells.size(); ++i) {
    const BundleCell& cell = manifest.cells[i];
    if (cell.stored)
      entries.push_back({.name = cell.name,
                         .dtype = cell.dtype,
                         .shape = cell.shape,
                         .bytes = std::as_const(*cells[i].storage).bytes()});
  }
  return entries;
}

absl::StatusOr<Model> Model::load(const std::string& path) {
  ETCH_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source, open_file(path));
  ETCH_ASSIGN_OR_RETURN(std::shared_ptr<ModelImpl> impl, read_model(*source));
  return Model(std::move(impl));
}

absl::StatusOr<Model> Model::parse(std::span<const std::byte> bytes, std::string_view source) {
  ETCH_ASSIGN_OR_RETURN(std::shared_ptr<ModelImpl> impl, read_model(*memory_source(bytes, source)));
  return Model(std::move(impl));
}

const std::string& Model::name() const { return impl_->manifest.name; }
const std::string& Model::producer() const { return impl_->manifest.producer; }

std::vector<std::string> Model::programs() const {
  std::vector<std::string> names;
  for (const LoadedProgram& program : impl_->programs) names.push_back(program.compiled->name);
  return names;
}

const CompiledProgram* Model::find_program(std::string_view name) const {
  auto program = impl_->program(name);
  return program.ok() ? (*program)->compiled.get() : nullptr;
}

absl::StatusOr<CodeInfo> Model::code(std::string_view program) const {
  ETCH_ASSIGN_OR_RETURN(const LoadedProgram* loaded, impl_->program(program));
  uint32_t index = loaded->described->code;
  const BundleCode& code = impl_->manifest.codes[index];
  return CodeInfo{code.triple, code.features, impl_->codes[index]->size()};
}

std::vector<StateInfo> Model::state() const {
  std::vector<StateInfo> infos;
  for (const BundleCell& cell : impl_->manifest.cells)
    infos.push_back({cell.name, cell.kind, cell.aliases, cell.dtype, cell.shape});
  return infos;
}

absl::StatusOr<StateValue> Model::read(std::string_view name) const {
  auto found = impl_->cells_by_name.find(name);
  if (found == impl_->cells_by_name.end())
    return absl::NotFoundError(absl::StrCat("the bundle has no state ", json_quote(name)));
  const BundleCell& cell = impl_->manifest.cells[found->second];
  StateValue value{cell.dtype, cell.shape, nullptr};
  std::shared_lock<std::shared_mutex> lock(impl_->state_mutex);
  const Storage& current = *impl_->cells[found->second].storage;
  ETCH_ASSIGN_OR_RETURN(value.storage, Storage::from_bytes(current.bytes()));
  return value;
}

absl::Status Model::save_state(const std::string& path) const {
  std::shared_lock<std::shared_mutex> lock(impl_->state_mutex);
  return write_safetensors(path, impl_->stored_values());
}

absl::Status Model::save(const std::string& path) const {
  BundleContents contents{.manifest = impl_->manifest_text, .codes = {}, .state = {}};
  for (const std::shared_ptr<Storage>& code : impl_->codes) contents.codes.push_back(code->bytes());
  std::shared_lock<std::shared_mutex> lock(impl_->state_mutex);
  contents.state = impl_->stored_values();
  return write_bundle(path, contents);
}

}  // namespace etch::runtime
