#include "etch/runtime/program_runner.h"

#include <algorithm>
#include <set>
#include <utility>

#include "etch/runtime/derived_memory.h"
#include "etch/runtime/status.h"

namespace etch::runtime {
namespace {

// Unpins at the end of a run.
class Pin {
 public:
  explicit Pin(ModelState::Reader& reader) : reader_(reader), version_(reader.pin()) {}
  ~Pin() { reader_.unpin(); }
  Pin(const Pin&) = delete;
  Pin& operator=(const Pin&) = delete;

  StateVersion& version() const { return version_; }

 private:
  ModelState::Reader& reader_;
  StateVersion& version_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ProgramRunner>> ProgramRunner::create(
    std::shared_ptr<ModelImpl> model, size_t number, ModelState::Reader& reader,
    const SessionOptions& options) {
  ETCH_ASSIGN_OR_RETURN(auto session,
                        Session::create_bare(model->code->programs[number].compiled, options));
  return std::unique_ptr<ProgramRunner>(
      new ProgramRunner(std::move(model), number, reader, std::move(session), options));
}

ProgramRunner::ProgramRunner(std::shared_ptr<ModelImpl> model, size_t number,
                             ModelState::Reader& reader, std::unique_ptr<Session> session,
                             const SessionOptions& options)
    : model_(std::move(model)),
      number_(number),
      program_(model_->code->programs[number]),
      reader_(reader),
      session_(std::move(session)),
      trace_(options.trace),
      buffers_(*program_.compiled, options.budget),
      written_(program_.compiled->results.size()) {
  std::set<int32_t> read;
  for (const BundleValue& input : program_.described->inputs) read.insert(input.cell);
  // Else the program reads the old value while, or after, it writes the new one.
  for (const BundleValue& result : program_.described->results)
    over_value_.push_back(result.info.donated_input >= 0 || !read.contains(result.cell));
}

absl::Status ProgramRunner::run(std::span<const NamedInput> inputs,
                                std::span<const NamedOutput> outputs, const RunOptions& options) {
  ETCH_RETURN_IF_ERROR(buffers_.bind(inputs, outputs));
  ETCH_RETURN_IF_ERROR(program_.writes_state ? write(options) : read(options));
  buffers_.deliver(outputs);
  return absl::OkStatus();
}

absl::Status ProgramRunner::read(const RunOptions& options) {
  Pin pin(reader_);
  StateVersion& version = pin.version();
  DerivedMemory* ready = version.derived[number_].ready.load(std::memory_order_acquire);
  if (ready == nullptr && program_.compiled->prepare != nullptr) {
    ETCH_RETURN_IF_ERROR(model_->state.check_not_nested());
    ModelState::Writer writer(model_->state);
    ETCH_ASSIGN_OR_RETURN(ready, derived(writer, version));
  }
  bind_cells(version);
  return session_->run_on(ready, buffers_.inputs, buffers_.results, options);
}

absl::Status ProgramRunner::write(const RunOptions& options) {
  ETCH_RETURN_IF_ERROR(model_->state.check_not_nested());
  ModelState::Writer writer(model_->state);
  // What is written in place cannot be taken back when the run is told to stop.
  bool in_place = writer.has_alone(reader_) && !options.can_stop();
  StateVersion& now = writer.current();
  ETCH_ASSIGN_OR_RETURN(DerivedMemory * ready, derived(writer, now));
  bind_cells(now);
  StateVersion& next = in_place ? now : writer.next();
  absl::Status status = bind_written(next, in_place);
  if (status.ok()) status = session_->run_on(ready, buffers_.inputs, buffers_.results, options);
  if (!status.ok()) {
    // They are the version's spares again.
    std::ranges::fill(written_, nullptr);
    cleared_.clear();
    return status;
  }
  commit(next, in_place);
  if (!in_place) return model_->publish(writer, next, /*ahead=*/false);
  model_->forget_stale(now);
  return absl::OkStatus();
}

absl::StatusOr<DerivedMemory*> ProgramRunner::derived(const ModelState::Writer& writer,
                                                      StateVersion& version) {
  return model_->derived(writer, version, number_, *session_->executor(), trace_);
}

void ProgramRunner::bind_cells(const StateVersion& version) {
  const std::vector<BundleValue>& inputs = program_.described->inputs;
  for (size_t i = 0; i < inputs.size(); ++i)
    if (inputs[i].cell >= 0) buffers_.inputs[i] = version.cells[inputs[i].cell].storage->data();
}

absl::Status ProgramRunner::bind_written(StateVersion& version, bool in_place) {
  auto target = [&](int32_t index, bool over_value) -> absl::StatusOr<std::shared_ptr<Storage>> {
    CellValue& cell = version.cells[index];
    // The version holds the value, and nobody else; a mapped one would become memory that no budget
    // knows of.
    bool counted = model_->budget == nullptr || !cell.mapped;
    if (in_place && over_value && counted && is_sole(cell.storage)) return cell.storage;
    return model_->spare_of(version, index);
  };
  const std::vector<BundleValue>& results = program_.described->results;
  for (size_t i = 0; i < results.size(); ++i) {
    int32_t cell = results[i].cell;
    if (cell < 0) continue;
    ETCH_ASSIGN_OR_RETURN(written_[i], target(cell, over_value_[i] != 0));
    buffers_.results[i] = written_[i]->data();
  }
  cleared_.clear();
  for (int32_t cell : program_.described->cleared) {
    ETCH_ASSIGN_OR_RETURN(auto storage, target(cell, /*over_value=*/true));
    cleared_.push_back(std::move(storage));
  }
  return absl::OkStatus();
}

// Nothing can fail any more.
void ProgramRunner::commit(StateVersion& version, bool in_place) {
  auto assign = [&](int32_t index, std::shared_ptr<Storage>& storage) {
    CellValue& cell = version.cells[index];
    if (storage != cell.storage) {
      // Else the version before still has the old value.
      version.spares[index] = in_place && !cell.mapped ? std::move(cell.storage) : nullptr;
      cell.storage = std::move(storage);
      cell.mapped = false;
    }
    storage = nullptr;
    cell.version = next_version();
  };
  const std::vector<BundleValue>& results = program_.described->results;
  for (size_t i = 0; i < results.size(); ++i)
    if (results[i].cell >= 0) assign(results[i].cell, written_[i]);
  for (size_t i = 0; i < cleared_.size(); ++i) {
    std::ranges::fill(cleared_[i]->bytes(), std::byte{0});
    assign(program_.described->cleared[i], cleared_[i]);
  }
}

std::vector<KernelProfile> ProgramRunner::profile() const {
  return model_->profile(number_, session_->profile());
}

}  // namespace etch::runtime
