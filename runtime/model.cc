#include "etch/runtime/model.h"

#include <algorithm>
#include <new>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "etch/runtime/bundle_file.h"
#include "etch/runtime/byte_source.h"
#include "etch/runtime/json_reader.h"
#include "etch/runtime/model_impl.h"
#include "etch/runtime/status.h"
#include "etch/runtime/values.h"

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

// What `body` returns, or that memory is short.
template <typename Body>
auto guarded(const char* what, Body&& body) -> decltype(body()) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError(absl::StrCat("no memory ", what));
  }
}

absl::StatusOr<std::shared_ptr<ModelImpl>> read_model(const ByteSource& source,
                                                      const LoadOptions& options, bool mapped) {
  std::shared_ptr<MemoryBudget> budget;
  if (options.memory_limit > 0) budget = std::make_shared<MemoryBudget>(options.memory_limit);
  ETCH_ASSIGN_OR_RETURN(BundleFile file, read_bundle(source, {.verify_state = options.verify_state,
                                                              .budget = budget}));
  auto code = std::make_shared<ModelCode>();
  absl::StatusOr<BundleManifest> manifest = parse_manifest(file.manifest);
  if (!manifest.ok()) return with_place(manifest.status(), "InvalidManifest", source.name());
  code->manifest = *std::move(manifest);
  code->manifest_text = std::move(file.manifest);
  code->codes = std::move(file.codes);
  if (absl::Status status = code->check_packed(file.packed); !status.ok())
    return with_place(status, "InvalidManifest", source.name());
  if (absl::Status status = code->load_programs(); !status.ok())
    return with_place(status, "InvalidCode", source.name());
  absl::StatusOr<std::vector<CellValue>> cells = code->take_state(file.state, budget, mapped);
  if (!cells.ok()) return with_place(cells.status(), "InvalidState", source.name());
  auto model = std::make_shared<ModelImpl>(std::move(code), *std::move(cells), options, budget);
  model->adopt(file.packed);
  return model;
}

absl::Status same_cells(const BundleManifest& ours, const BundleManifest& theirs) {
  auto same = [](const BundleCell& a, const BundleCell& b) {
    return a.name == b.name && a.dtype == b.dtype && a.shape == b.shape;
  };
  if (std::ranges::equal(ours.cells, theirs.cells, same)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "the snapshot is of bundle ", json_quote(theirs.name), ", whose state has other ",
      "paths, dtypes or shapes than that of ", json_quote(ours.name)));
}

// The cell of each of `values`, after all have been found right.
absl::StatusOr<std::vector<int32_t>> check_update(const ModelCode& code,
                                                  std::span<const NamedInput> values) {
  std::vector<int32_t> cells;
  std::set<int32_t> seen;
  for (const NamedInput& value : values) {
    ETCH_ASSIGN_OR_RETURN(int32_t index, code.cell(value.name));
    const BundleCell& cell = code.manifest.cells[index];
    auto misuse = [&](const auto&... parts) {
      return absl::InvalidArgumentError(
          absl::StrCat("cannot update ", json_quote(value.name), ": ", parts..., "; nothing is"));
    };
    const TensorView& view = value.value;
    if (!has_type(view, cell.dtype, cell.shape))
      return misuse("it is ", type_text(cell.dtype, cell.shape), ", the value given ",
                    type_text(view.dtype, view.shape));
    if (view.data == nullptr && cell.shape.num_elements() > 0) return misuse("it has no data");
    if (!seen.insert(index).second) return misuse("it is given twice, perhaps by another path");
    cells.push_back(index);
  }
  return cells;
}

}  // namespace

ModelImpl::ModelImpl(std::shared_ptr<const ModelCode> shared, std::vector<CellValue> cells,
                     const LoadOptions& load_options, std::shared_ptr<MemoryBudget> limit)
    : code(std::move(shared)),
      options(load_options),
      budget(std::move(limit)),
      state(code->programs.size(), std::move(cells)) {
  for (const LoadedProgram& program : code->programs)
    scratch_.push_back({std::vector<void*>(program.compiled->inputs.size()),
                        std::vector<uint64_t>(program.compiled->inputs.size()),
                        std::vector<LaunchProfile>(program.compiled->prepare_launches.size())});
}

absl::StatusOr<std::shared_ptr<Storage>> ModelImpl::spare_of(StateVersion& version, int32_t cell) {
  std::shared_ptr<Storage>& spare = version.spares[cell];
  if (spare == nullptr || !is_sole(spare)) {
    ETCH_ASSIGN_OR_RETURN(spare, Storage::allocate(version.cells[cell].storage->size(), budget));
  }
  return spare;
}

SnapshotImpl ModelImpl::snapshot() {
  ModelState::Writer writer(state);
  return {code, writer.current().cells};
}

absl::StatusOr<SnapshotImpl> ModelImpl::snapshot_with_derived(
    const std::function<bool(const LoadedProgram&)>& wanted,
    std::vector<std::shared_ptr<DerivedMemory>>& memories) {
  ModelState::Writer writer(state);
  StateVersion& now = writer.current();
  for (size_t p = 0; p < code->programs.size(); ++p) {
    memories.emplace_back();
    if (!wanted(code->programs[p])) continue;
    ETCH_ASSIGN_OR_RETURN(DerivedMemory * made, derived(writer, now, p, executor(), nullptr));
    if (made != nullptr) memories.back() = now.derived[p].memory;
  }
  return SnapshotImpl{code, now.cells};
}

void ModelImpl::adopt(std::span<const std::shared_ptr<Storage>> packed) {
  ModelState::Writer writer(state);
  StateVersion& now = writer.current();
  for (size_t p = 0; p < code->programs.size(); ++p) {
    const LoadedProgram& program = code->programs[p];
    if (program.described->packed < 0) continue;
    DerivedSlot& slot = now.derived[p];
    slot.memory = DerivedMemory::adopt(program.compiled, packed[program.described->packed],
                                       versions_of(now, p));
    slot.ready.store(slot.memory.get());
  }
}

const std::vector<uint64_t>& ModelImpl::versions_of(const StateVersion& version, size_t number) {
  Scratch& scratch = scratch_[number];
  const std::vector<BundleValue>& inputs = code->programs[number].described->inputs;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].cell < 0) continue;
    const CellValue& cell = version.cells[inputs[i].cell];
    scratch.buffers[i] = cell.storage->data();
    scratch.versions[i] = cell.version;
  }
  return scratch.versions;
}

absl::StatusOr<DerivedMemory*> ModelImpl::derived(const ModelState::Writer& writer,
                                                  StateVersion& version, size_t number,
                                                  Executor& executor, LaunchTrace* trace) {
  const LoadedProgram& program = code->programs[number];
  if (program.compiled->prepare == nullptr) return nullptr;
  DerivedSlot& slot = version.derived[number];
  if (DerivedMemory* ready = slot.ready.load(std::memory_order_acquire)) return ready;
  if (slot.memory == nullptr || !is_sole(slot.memory)) {
    ETCH_ASSIGN_OR_RETURN(auto fresh, DerivedMemory::create(program.compiled, budget));
    const std::shared_ptr<DerivedMemory>& older = writer.current().derived[number].memory;
    if (older != nullptr) fresh->copy_from(*older);
    slot.memory = std::move(fresh);
  }
  const std::vector<uint64_t>& versions = versions_of(version, number);
  slot.memory->refresh(scratch_[number].buffers.data(), versions, executor,
                       scratch_[number].profile, trace);
  slot.ready.store(slot.memory.get(), std::memory_order_release);
  return slot.memory.get();
}

absl::Status ModelImpl::publish(ModelState::Writer& writer, StateVersion& next, bool ahead) {
  StateVersion& now = writer.current();
  for (size_t p = 0; p < code->programs.size(); ++p) {
    DerivedMemory* ready = now.derived[p].ready.load(std::memory_order_relaxed);
    if (ready == nullptr) continue;
    if (ready->is_current(versions_of(next, p))) {
      next.derived[p].memory = now.derived[p].memory;
      next.derived[p].ready.store(ready, std::memory_order_relaxed);
    } else if (ahead) {
      ETCH_RETURN_IF_ERROR(derived(writer, next, p, executor(), nullptr).status());
    }
  }
  writer.publish(next);
  return absl::OkStatus();
}

void ModelImpl::forget_stale(StateVersion& version) {
  for (size_t p = 0; p < code->programs.size(); ++p) {
    DerivedSlot& slot = version.derived[p];
    if (DerivedMemory* ready = slot.ready.load(std::memory_order_relaxed);
        ready != nullptr && !ready->is_current(versions_of(version, p)))
      slot.ready.store(nullptr, std::memory_order_relaxed);
  }
}

std::vector<KernelProfile> ModelImpl::profile(size_t number,
                                              std::span<const LaunchProfile> launches) {
  ModelState::Writer writer(state);
  return kernel_profiles(*code->programs[number].compiled, launches, scratch_[number].profile);
}

std::vector<SafetensorsEntry> SnapshotImpl::stored_values() const {
  std::vector<SafetensorsEntry> entries;
  for (size_t i = 0; i < cells.size(); ++i) {
    const BundleCell& cell = code->manifest.cells[i];
    if (cell.stored)
      entries.push_back({.name = cell.name,
                         .dtype = cell.dtype,
                         .shape = cell.shape,
                         .bytes = std::as_const(*cells[i].storage).bytes()});
  }
  return entries;
}

absl::StatusOr<Model> Model::load(const std::string& path, const LoadOptions& options) {
  return guarded("to load a bundle", [&]() -> absl::StatusOr<Model> {
    ETCH_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source, map_file(path));
    ETCH_ASSIGN_OR_RETURN(std::shared_ptr<ModelImpl> impl,
                          read_model(*source, options, /*mapped=*/true));
    return Model(std::move(impl));
  });
}

absl::StatusOr<Model> Model::parse(std::span<const std::byte> bytes, std::string_view source,
                                   const LoadOptions& options) {
  return guarded("to load a bundle", [&]() -> absl::StatusOr<Model> {
    ETCH_ASSIGN_OR_RETURN(std::shared_ptr<ModelImpl> impl,
                          read_model(*memory_source(bytes, source), options, /*mapped=*/false));
    return Model(std::move(impl));
  });
}

const std::string& Model::name() const { return impl_->code->manifest.name; }
const std::string& Model::producer() const { return impl_->code->manifest.producer; }

std::vector<std::string> Model::programs() const {
  std::vector<std::string> names;
  for (const LoadedProgram& program : impl_->code->programs)
    names.push_back(program.compiled->name);
  return names;
}

const CompiledProgram* Model::find_program(std::string_view name) const {
  auto program = impl_->code->program(name);
  return program.ok() ? (*program)->compiled.get() : nullptr;
}

absl::StatusOr<CodeInfo> Model::code(std::string_view program) const {
  ETCH_ASSIGN_OR_RETURN(const LoadedProgram* loaded, impl_->code->program(program));
  uint32_t index = loaded->described->code;
  const BundleCode& code = impl_->code->manifest.codes[index];
  return CodeInfo{code.triple, code.features, impl_->code->codes[index]->size()};
}

std::vector<StateInfo> Model::state() const {
  std::vector<StateInfo> infos;
  for (const BundleCell& cell : impl_->code->manifest.cells)
    infos.push_back({cell.name, cell.kind, cell.aliases, cell.dtype, cell.shape});
  return infos;
}

int64_t Model::memory_used() const { return impl_->budget != nullptr ? impl_->budget->used() : 0; }

absl::StatusOr<StateValue> Model::read(std::string_view name) const {
  ETCH_RETURN_IF_ERROR(impl_->state.check_not_nested());
  ETCH_ASSIGN_OR_RETURN(int32_t index, impl_->code->cell(name));
  const BundleCell& cell = impl_->code->manifest.cells[index];
  StateValue value{cell.dtype, cell.shape, nullptr};
  std::shared_ptr<const Storage> current;
  {
    ModelState::Writer writer(impl_->state);
    current = writer.current().cells[index].storage;
  }
  ETCH_ASSIGN_OR_RETURN(value.storage, Storage::from_bytes(current->bytes()));
  return value;
}

absl::Status Model::update(std::span<const NamedInput> values) const {
  ETCH_RETURN_IF_ERROR(impl_->state.check_not_nested());
  return guarded("for an update", [&]() -> absl::Status {
    ETCH_ASSIGN_OR_RETURN(std::vector<int32_t> cells, check_update(*impl_->code, values));
    ModelState::Writer writer(impl_->state);
    StateVersion& next = writer.next();
    for (size_t i = 0; i < cells.size(); ++i) {
      ETCH_ASSIGN_OR_RETURN(auto storage, impl_->spare_of(next, cells[i]));
      copy_values(values[i].value, *storage);
      next.spares[cells[i]] = nullptr;
      next.cells[cells[i]] = {std::move(storage), next_version()};
    }
    ETCH_RETURN_IF_ERROR(impl_->publish(writer, next, /*ahead=*/true));
    writer.trim(/*keep=*/1);
    return absl::OkStatus();
  });
}

absl::Status Model::load_state(const std::string& path) const {
  return guarded("to load weights", [&]() -> absl::Status {
    ETCH_ASSIGN_OR_RETURN(SafetensorsFile file, read_safetensors(path));
    std::vector<NamedInput> values;
    for (const SafetensorsEntry& entry : file.entries) values.push_back({entry.name, entry.view()});
    absl::Status status = update(values);
    if (status.ok()) return status;
    return absl::Status(status.code(), absl::StrCat(path, ": ", status.message()));
  });
}

StateSnapshot Model::snapshot() const {
  return StateSnapshot(std::make_shared<SnapshotImpl>(impl_->snapshot()));
}

absl::Status Model::restore(const StateSnapshot& snapshot) const {
  if (snapshot.impl_ == nullptr) return absl::InvalidArgumentError("an empty snapshot");
  ETCH_RETURN_IF_ERROR(impl_->state.check_not_nested());
  const SnapshotImpl& taken = *snapshot.impl_;
  if (taken.code != impl_->code)
    ETCH_RETURN_IF_ERROR(same_cells(impl_->code->manifest, taken.code->manifest));
  return guarded("to restore a snapshot", [&]() -> absl::Status {
    ModelState::Writer writer(impl_->state);
    StateVersion& next = writer.next();
    std::ranges::copy(taken.cells, next.cells.begin());
    std::ranges::fill(next.spares, nullptr);
    ETCH_RETURN_IF_ERROR(impl_->publish(writer, next, /*ahead=*/true));
    writer.trim(/*keep=*/0);
    return absl::OkStatus();
  });
}

Model Model::fork() const {
  SnapshotImpl taken = impl_->snapshot();
  return Model(std::make_shared<ModelImpl>(taken.code, std::move(taken.cells), impl_->options,
                                           impl_->budget));
}

absl::Status Model::save_state(const std::string& path) const {
  ETCH_RETURN_IF_ERROR(impl_->state.check_not_nested());
  SnapshotImpl taken = impl_->snapshot();
  return write_safetensors(path, taken.stored_values());
}

absl::Status Model::save(const std::string& path, const SaveOptions& options) const {
  ETCH_RETURN_IF_ERROR(impl_->state.check_not_nested());
  return guarded("to save a bundle", [&] { return impl_->save(path, options); });
}

absl::Status ModelImpl::save(const std::string& path, const SaveOptions& save_options) {
  auto wanted = [&](const LoadedProgram& program) {
    return save_options.packed || program.described->packed >= 0;
  };
  std::vector<std::shared_ptr<DerivedMemory>> derived;
  ETCH_ASSIGN_OR_RETURN(SnapshotImpl taken, snapshot_with_derived(wanted, derived));
  BundleManifest manifest = code->manifest;
  bool had_packed = false;
  for (BundleProgram& program : manifest.programs)
    had_packed |= std::exchange(program.packed, -1) >= 0;
  BundleContents contents;
  for (size_t p = 0; p < derived.size(); ++p) {
    if (derived[p] == nullptr) continue;
    size_t number = code->programs[p].described - code->manifest.programs.data();
    manifest.programs[number].packed = static_cast<int32_t>(contents.packed.size());
    contents.packed.push_back(derived[p]->bytes());
  }
  // As it was read where that is still true, with keys that this library does not know.
  bool same = !had_packed && contents.packed.empty();
  std::string text = same ? code->manifest_text : to_json(manifest);
  contents.manifest = text;
  for (const std::shared_ptr<Storage>& piece : code->codes)
    contents.codes.push_back(piece->bytes());
  contents.state = taken.stored_values();
  return write_bundle(path, contents);
}

}  // namespace etch::runtime
