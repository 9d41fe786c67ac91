#include "etch/frontend/state.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "etch/frontend/evaluate.h"
#include "etch/frontend/structure.h"
#include "etch/frontend/trace.h"
#include "etch/runtime/philox.h"

namespace etch {
namespace frontend {
namespace {

std::atomic<uint64_t> g_structure_epoch{1};

struct RandomDefaults {
  uint64_t seed = 0;
  Tensor generator;
};

RandomDefaults& random_defaults() {
  thread_local RandomDefaults defaults;
  return defaults;
}

Tensor random_values(uint64_t seed, const std::string& path) {
  auto key = static_cast<int64_t>(runtime::derive_key(seed, path));
  return Tensor::from_data(std::vector<int64_t>{key, 0}, {2});
}

}  // namespace

uint64_t structure_epoch() { return g_structure_epoch.load(std::memory_order_acquire); }
void structure_changed() { g_structure_epoch.fetch_add(1, std::memory_order_acq_rel); }

Tensor make_cell(const Tensor& initial, CellKind kind, std::string path) {
  Site site{"make_cell", std::source_location()};
  if (!initial.defined()) fail(site, "the initial value is an empty tensor");
  std::shared_ptr<Trace> trace = initial.impl()->trace;
  TensorPtr value = initial.impl();
  if (trace != nullptr && trace->is_explicit() && trace->state() == Trace::State::kRecording) {
    value = evaluate_apart(initial, site);
  } else if (trace != nullptr || !is_tracing()) {
    concrete(initial, site);
  }
  auto cell = std::make_shared<TensorImpl>();
  cell->dtype = value->dtype;
  cell->shape = value->shape;
  cell->storage = value->storage;
  cell->version = value->version;
  cell->cell = std::make_unique<Cell>(Cell{kind, std::move(path)});
  return Tensor(std::move(cell));
}

void set_cell_path(const Tensor& cell, std::string path) {
  if (!cell.is_cell()) throw Error("set_cell_path: the tensor is no state cell");
  cell.impl()->cell->path = std::move(path);
  cell.impl()->cell->aliases.clear();
}

void add_cell_alias(const Tensor& cell, std::string path) {
  if (!cell.is_cell()) throw Error("add_cell_alias: the tensor is no state cell");
  Cell& named = *cell.impl()->cell;
  if (path != named.path && std::ranges::find(named.aliases, path) == named.aliases.end())
    named.aliases.push_back(std::move(path));
}

CellKind cell_kind(const Tensor& cell) {
  if (!cell.is_cell()) throw Error("cell_kind: the tensor is no state cell");
  return cell.impl()->cell->kind;
}

void reset_cell(const Tensor& cell, const Tensor& value) {
  Site site{"reset_cell", std::source_location()};
  if (!cell.is_cell()) fail(site, "the tensor is no state cell");
  if (is_tracing()) {
    fail(site, absl::StrCat(cell.path(),
                            " cannot change its type while etch::compile or "
                            "etch::trace records"));
  }
  flush_pending(site);
  const TensorImpl& source = concrete(value, site);
  TensorImpl& target = *cell.impl();
  // Programs ask for the type when the structure has changed; the value they read in each call.
  if (target.dtype != source.dtype || target.shape != source.shape) structure_changed();
  target.dtype = source.dtype;
  target.shape = source.shape;
  target.storage = source.storage;
  target.version = source.version;
  target.grad = nullptr;
}

void observe(std::string what, std::weak_ptr<void> owner, std::string (*read)(const void* owner)) {
  if (!Trace::in_explicit()) return;
  // What a branch depends on, the program that it is part of depends on.
  Trace* trace = &Trace::current()->root();
  if (!trace->is_explicit()) return;
  std::shared_ptr<void> alive = owner.lock();
  for (const Observation& known : trace->observations())
    if (known.read == read && known.owner.lock() == alive && known.what == what) return;
  std::string value = alive != nullptr ? read(alive.get()) : "";
  trace->observations().push_back({std::move(what), std::move(owner), read, std::move(value)});
}

struct FreshThreadScope::State {
  SeparateTraceScope traces;
  RandomDefaults outside;
  EnableGradGuard grad;
};

FreshThreadScope::FreshThreadScope(uint64_t seed) : state_(std::make_unique<State>()) {
  state_->outside = std::exchange(random_defaults(), {seed, Tensor()});
}

FreshThreadScope::~FreshThreadScope() {
  if (std::shared_ptr<Trace> pending = Trace::pending())
    pending->finish_failed("the scope it was recorded in has ended; call etch::eval there first");
  random_defaults() = std::move(state_->outside);
}

Tensor make_random_state(std::string path) {
  Tensor initial = random_values(random_defaults().seed, path);
  return make_cell(initial, CellKind::kRandom, std::move(path));
}

Tensor default_random_state() {
  Tensor& generator = random_defaults().generator;
  if (!generator.defined()) generator = make_random_state("rng.default");
  return generator;
}

}  // namespace frontend

void manual_seed(uint64_t seed) {
  frontend::random_defaults().seed = seed;
  frontend::default_random_state().assign(frontend::random_values(seed, "rng.default"));
}

}  // namespace etch
