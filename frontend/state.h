// State cells: storage with an identity and a dotted path, from which modules, optimizers and
// random generators are built.
#ifndef ETCH_FRONTEND_STATE_H_
#define ETCH_FRONTEND_STATE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>

#include "etch/frontend/tensor.h"

namespace etch {

enum class CellKind : uint8_t { kParameter, kBuffer, kOptimizer, kRandom };

namespace frontend {

// A cell holding `initial` (concrete, or deferred: evaluated first). `path` may be set later, when
// the module that owns it gets its place in a tree.
Tensor make_cell(const Tensor& initial, CellKind kind, std::string path);
void set_cell_path(const Tensor& cell, std::string path);
// Another path of the same cell, which set_cell_path forgets.
void add_cell_alias(const Tensor& cell, std::string path);
CellKind cell_kind(const Tensor& cell);
// Replaces value, shape and dtype of a cell outside any trace (Module::to, loading): programs
// compiled for the old type are not used again.
void reset_cell(const Tensor& cell, const Tensor& value);

// While a ModuleScope lives, ops recorded on this thread carry `name` appended to the module path,
// and errors name it. Module calls use it; nested scopes join with dots.
class ModuleScope {
 public:
  explicit ModuleScope(std::string_view name);
  ~ModuleScope();
  ModuleScope(const ModuleScope&) = delete;
  ModuleScope& operator=(const ModuleScope&) = delete;
  static std::string current_path();

 private:
  size_t previous_length_;
  uint64_t previous_id_;
};

// Says whose source line ops recorded on this thread carry while it lives. With a line: all ops
// carry that one instead of their own, so that what a library module records points at the line of
// the user that called the module; within such a scope further lines are ignored. With nullopt: ops
// carry their own line again, as inside the forward() of a user's module that a library module
// calls.
class LocScope {
 public:
  explicit LocScope(std::optional<std::source_location> loc);
  ~LocScope();
  LocScope(const LocScope&) = delete;
  LocScope& operator=(const LocScope&) = delete;

 private:
  std::optional<std::source_location> previous_;
};

// True inside etch::compile and etch::trace on this thread.
bool is_tracing();

// Must be called after every change that an observation would see (train/eval, hooks, a module
// added or replaced): until the next call of this function, compiled programs may be used without
// looking at their observations. Cheap.
void structure_changed();

// Called by whatever a trace depends on besides its arguments and cells (train/eval mode, hooks,
// requires_grad flags). `read` gives the current value as text; a compiled program is used again
// only while every observation reads as it did when the program was traced; `what` names it in
// explain(), such as "fc1.training". `owner` keeps nothing alive: when it expires, the observation
// counts as changed. Does nothing outside etch::compile.
void observe(std::string what, std::weak_ptr<void> owner, std::string (*read)(const void* owner));

}  // namespace frontend

// Seeds this thread's default generator (cell "rng.default") and the keys of random states made
// afterwards. Default seed: 0.
void manual_seed(uint64_t seed);

namespace frontend {

// While it lives, this thread records as a new one would: its pending trace and the explicit ones
// are out of reach, gradients are on, and its default generator is another one, seeded with `seed`.
// What is recorded within must be evaluated within.
class FreshThreadScope {
 public:
  explicit FreshThreadScope(uint64_t seed);
  ~FreshThreadScope();
  FreshThreadScope(const FreshThreadScope&) = delete;
  FreshThreadScope& operator=(const FreshThreadScope&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A new random-state cell, tensor [2] of i64 {key, counter} (see runtime/philox.h), keyed from the
// seed and the path.
Tensor make_random_state(std::string path);
Tensor default_random_state();
}  // namespace frontend

}  // namespace etch

#endif  // ETCH_FRONTEND_STATE_H_
