#include "etch/nn/layers/key_value_cache.h"

#include "etch/frontend/ops.h"
#include "etch/frontend/scope.h"
#include "etch/nn/host_values.h"
#include "etch/nn/layers/checks.h"

namespace etch::nn {
namespace {

KeyValueCacheOptions checked(const KeyValueCacheOptions& options) {
  detail::at_least_1("KeyValueCache", "batch", options.batch);
  detail::at_least_1("KeyValueCache", "heads", options.heads);
  detail::at_least_1("KeyValueCache", "capacity", options.capacity);
  detail::at_least_1("KeyValueCache", "width", options.width);
  return options;
}

Tensor empty_rows(const KeyValueCacheOptions& o) {
  return detail::filled({o.batch, o.heads, o.capacity, o.width}, 0, o.dtype);
}

// `rows` with `added` from `position` on. What is not written is written as it was, which costs no
// copy where a program updates the state in place.
Tensor with_rows(const Tensor& rows, const Tensor& added, const Tensor& position) {
  int64_t t = added.size(-2);
  // The row of `added` for each row.
  Tensor source = arange(rows.size(-2), position.dtype()) - position;
  Tensor is_new = logical_and(ge(source, 0), source < t);
  Tensor from = t == 1 ? added : index_select(added, -2, clamp(source, 0, t - 1));
  return where(unsqueeze(is_new, -1), from, rows);
}

}  // namespace

KeyValueCache::KeyValueCache(Options o)
    : options_(checked(o)),
      keys(this, "keys", empty_rows(o), {.persistent = false}),
      values(this, "values", empty_rows(o), {.persistent = false}) {}

KeyValueCache::Entries KeyValueCache::append(const Tensor& key, const Tensor& value,
                                             const Tensor& position) {
  for (const Tensor* rows : {&key, &value}) {
    Shape wanted{options_.batch, options_.heads, rows->dim() < 2 ? 1 : rows->size(-2),
                 options_.width};
    if (rows->shape() != wanted)
      frontend::fail({"KeyValueCache"}, std::string(rows == &key ? "key " : "value ") +
                                            rows->shape().to_string() + ", must be " +
                                            wanted.to_string() + " for any number of positions");
  }
  if (position.dim() != 0 || is_floating(position.dtype()) || position.dtype() == boolean)
    frontend::fail({"KeyValueCache"}, "position is " + std::string(dtype_name(position.dtype())) +
                                          " " + position.shape().to_string() +
                                          ", must be an integer scalar");
  keys = with_rows(keys, key, position);
  values = with_rows(values, value, position);
  return {keys, values};
}

Tensor KeyValueCache::visible(int64_t t, int64_t capacity, const Tensor& position) {
  Tensor row = arange(capacity, position.dtype());
  return unsqueeze(arange(t, position.dtype()) + position, -1) >= row;
}

std::string KeyValueCache::extra_repr() const {
  return "batch=" + std::to_string(options_.batch) + ", heads=" + std::to_string(options_.heads) +
         ", capacity=" + std::to_string(options_.capacity) +
         ", width=" + std::to_string(options_.width);
}

}  // namespace etch::nn
