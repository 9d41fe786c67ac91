// What attention remembers while a sequence is generated: the keys and values of its positions.
#ifndef ETCH_NN_LAYERS_KEY_VALUE_CACHE_H_
#define ETCH_NN_LAYERS_KEY_VALUE_CACHE_H_

#include <cstdint>

#include "etch/nn/module.h"
#include "etch/nn/parameter.h"

namespace etch::nn {

struct KeyValueCacheOptions {
  int64_t batch = 1;
  int64_t heads = 1;
  int64_t capacity = 0;  // positions
  int64_t width = 0;     // features of a head
  DType dtype = f32;
};

// Rows of keys and values by position. The shapes stay the same from step to step, so that one
// compiled program makes all steps; its kernels write the buffers in place.
//
//   auto [keys, values] = cache.append(k, v, position);
//   Tensor mask = KeyValueCache::visible(k.size(-2), cache.options().capacity, position);
//   Tensor y = nn::functional::scaled_dot_product_attention(q, keys, values, {.attn_mask = mask});
class KeyValueCache : public LibraryModule {
 public:
  using Options = KeyValueCacheOptions;
  // Throws etch::Error for an extent below 1.
  explicit KeyValueCache(Options options);

  struct Entries {
    Tensor keys, values;  // [batch, heads, capacity, width]
  };
  // Writes `key` and `value` [batch, heads, t, width] to the rows position, ..., position + t - 1
  // and returns all rows; rows beyond the capacity are dropped. `position` is a scalar of i32 or
  // i64. Throws etch::Error when a shape or a dtype differs.
  Entries append(const Tensor& key, const Tensor& value, const Tensor& position);

  // Boolean [t, capacity]: whether query i, at position + i, sees row j, that is j <= position + i.
  static Tensor visible(int64_t t, int64_t capacity, const Tensor& position);

  const Options& options() const { return options_; }
  std::string extra_repr() const override;

 private:
  Options options_;

 public:
  Buffer keys, values;  // zeros; not part of the state dict
};

}  // namespace etch::nn

#endif  // ETCH_NN_LAYERS_KEY_VALUE_CACHE_H_
