#include "etch/frontend/tap.h"

#include <algorithm>
#include <utility>

#include "etch/frontend/record.h"

namespace etch::frontend {
namespace {

// Concrete, and not given another value by the pending trace.
bool is_known(const Tensor& tensor, Trace* pending) {
  if (!tensor.impl()->is_concrete()) return false;
  if (pending == nullptr) return true;
  auto slot = pending->values().find(tensor.impl().get());
  return slot == pending->values().end() || !slot->second.written;
}

}  // namespace

void record_tap(std::string name, std::vector<Tensor> values, TapFunction fn) {
  Site site{"tap", std::source_location()};
  for (const Tensor& value : values)
    if (!value.defined()) fail(site, "a value is an empty tensor");
  std::shared_ptr<Trace> pending = Trace::pending();
  auto known = [&](const Tensor& value) { return is_known(value, pending.get()); };
  if (!Trace::in_explicit() && std::all_of(values.begin(), values.end(), known)) {
    std::vector<TensorView> views;
    for (const Tensor& value : values) views.push_back(value.view());
    return fn(views);
  }
  std::shared_ptr<Trace> trace = Trace::current();
  Tap tap{std::move(name), {}, std::move(fn)};
  for (const Tensor& value : values) tap.values.push_back(trace->read(value.impl(), site));
  trace->add_tap(std::move(tap), site);
}

}  // namespace etch::frontend
