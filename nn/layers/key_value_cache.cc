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
  if (position.dim() != 0 || (position.dtype() != i32 && position.dtype() != i64))
    frontend::fail({"KeyValueCache"}, "position is " + std::string(dtype_name(position.dtype())) +
                                          " " + position.shape().to_string() +
                                          ", must be a scalar of i32 or i64");
  keys = update_slice(keys, -2, position, key);
  values = update_slice(values, -2, position, value);
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
