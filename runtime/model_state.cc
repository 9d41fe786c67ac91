#include "etch/runtime/model_state.h"

#include <algorithm>
#include <utility>

namespace etch::runtime {

StateVersion& ModelState::Reader::pin() {
  StateVersion* version = state_.current_.load();
  // Once the pin is written and the version still the current one, writers will see the pin before
  // they take the version for unused.
  for (;;) {
    pinned_.store(version);
    StateVersion* now = state_.current_.load();
    if (now == version) return *version;
    version = now;
  }
}

ModelState::ModelState(size_t programs, std::vector<CellValue> cells) : programs_(programs) {
  versions_.push_back(std::make_unique<StateVersion>(programs));
  StateVersion& first = *versions_.back();
  first.cells = std::move(cells);
  first.spares.resize(first.cells.size());
  current_.store(&first);
}

absl::Status ModelState::check_not_nested() const {
  if (writer_.load(std::memory_order_relaxed) != std::this_thread::get_id())
    return absl::OkStatus();
  return absl::FailedPreconditionError(
      "this thread is in a run that writes the model's state already, and its executor called the "
      "model; return from the executor first");
}

void ModelState::add(Reader& reader) {
  Writer writer(*this);
  readers_.push_back(&reader);
}

void ModelState::remove(Reader& reader) {
  Writer writer(*this);
  std::erase(readers_, &reader);
}

bool ModelState::is_pinned(const StateVersion& version) const {
  return std::ranges::any_of(
      readers_, [&](const Reader* reader) { return reader->pinned_.load() == &version; });
}

StateVersion& ModelState::unused() {
  const StateVersion* current = current_.load(std::memory_order_relaxed);
  for (const std::unique_ptr<StateVersion>& version : versions_)
    if (version.get() != current && !is_pinned(*version)) return *version;
  versions_.push_back(std::make_unique<StateVersion>(programs_));
  StateVersion& version = *versions_.back();
  version.cells.resize(current->cells.size());
  version.spares.resize(current->cells.size());
  return version;
}

bool ModelState::Writer::has_alone(const Reader& reader) {
  if (state_.readers_.size() != 1 || state_.readers_.front() != &reader) return false;
  const StateVersion& now = current();
  for (const std::unique_ptr<StateVersion>& version : state_.versions_) {
    if (version.get() == &now) continue;
    for (size_t i = 0; i < now.cells.size(); ++i)
      if (version->cells[i].storage == now.cells[i].storage) version->cells[i].storage = nullptr;
  }
  return true;
}

StateVersion& ModelState::Writer::next() {
  const StateVersion& now = current();
  StateVersion& next = state_.unused();
  for (size_t i = 0; i < now.cells.size(); ++i) {
    CellValue& cell = next.cells[i];
    if (cell.storage != nullptr && cell.storage != now.cells[i].storage && !cell.mapped)
      next.spares[i] = std::move(cell.storage);
    cell = now.cells[i];
  }
  for (size_t p = 0; p < now.derived.size(); ++p) {
    DerivedSlot& slot = next.derived[p];
    slot.ready.store(nullptr, std::memory_order_relaxed);
    // What the current version reads is no memory to work on.
    if (slot.memory == now.derived[p].memory) slot.memory = nullptr;
  }
  return next;
}

void ModelState::Writer::trim(size_t keep) {
  const StateVersion* now = &current();
  std::erase_if(state_.versions_, [&](const std::unique_ptr<StateVersion>& version) {
    if (version.get() == now || state_.is_pinned(*version)) return false;
    if (keep == 0) return true;
    --keep;
    return false;
  });
}

void ModelState::Writer::publish(StateVersion& version) { state_.current_.store(&version); }

}  // namespace etch::runtime
