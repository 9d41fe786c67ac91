#include "etch/nn/models/transformer.h"

#include "etch/frontend/ops.h"
#include "etch/frontend/scope.h"
#include "etch/frontend/state.h"
#include "etch/nn/functional/attention.h"
#include "etch/nn/host_values.h"
#include "etch/nn/init.h"

namespace etch::nn::models {
namespace {

const TransformerOptions& checked(const TransformerOptions& o) {
  if (o.dim < 1 || o.heads < 1 || o.dim % o.heads != 0)
    frontend::fail({"Transformer"}, "heads = " + std::to_string(o.heads) +
                                        " does not divide dim = " + std::to_string(o.dim));
  return o;
}

ModuleHandle<Linear> make_head(const TransformerOptions& o) {
  if (!o.head) return {};
  return make<Linear>({.in_features = o.dim, .out_features = o.vocab, .bias = false});
}

}  // namespace

TransformerBlock::TransformerBlock(Options o)
    : heads_(checked(o).heads),
      causal_(o.causal),
      pre_norm_(o.pre_norm),
      ln_1(this, "ln_1", {.normalized_shape = {o.dim}}),
      ln_2(this, "ln_2", {.normalized_shape = {o.dim}}),
      qkv(this, "qkv", {.in_features = o.dim, .out_features = 3 * o.dim}),
      proj(this, "proj", {.in_features = o.dim, .out_features = o.dim}),
      fc(this, "fc", {.in_features = o.dim, .out_features = 4 * o.dim}),
      out(this, "out", {.in_features = 4 * o.dim, .out_features = o.dim}),
      attn_drop(this, "attn_drop", {.p = o.dropout}),
      resid_drop(this, "resid_drop", {.p = o.dropout}) {}

Tensor TransformerBlock::attend(const Tensor& x, const CachedPositions* cached) {
  int64_t batch = x.size(0), t = x.size(1), width = x.size(2) / heads_;
  std::vector<Tensor> parts = chunk(qkv(x), 3, -1);
  auto by_head = [&](const Tensor& part) {
    return part.reshape({batch, t, heads_, width}).transpose(1, 2);
  };
  Tensor q = by_head(parts[0]), k = by_head(parts[1]), v = by_head(parts[2]);
  functional::AttentionOptions options{
      .causal = causal_, .dropout = attn_drop->rate(), .random_state = attn_drop->random_state()};
  if (cached) {
    auto [keys, values] = cached->cache->append(k, v, cached->first);
    k = keys, v = values;
    options.attn_mask = cached->visible;
    options.causal = false;
  }
  Tensor y = functional::scaled_dot_product_attention(q, k, v, options);
  return proj(y.transpose(1, 2).reshape({batch, t, heads_ * width}));
}

Tensor TransformerBlock::perceive(const Tensor& x) { return out(gelu(fc(x))); }

Tensor TransformerBlock::forward(Tensor x, const CachedPositions* cached) {
  if (pre_norm_) {
    x = x + resid_drop(attend(ln_1(x), cached));
    return x + resid_drop(perceive(ln_2(x)));
  }
  x = ln_1(x + resid_drop(attend(x, cached)));
  return ln_2(x + resid_drop(perceive(x)));
}

Transformer::Transformer(Options o)
    : options_(checked(o)),
      wte(this, "wte", {.num_embeddings = o.vocab, .embedding_dim = o.dim}),
      wpe(this, "wpe", {.num_embeddings = o.context, .embedding_dim = o.dim}),
      drop(this, "drop", {.p = o.dropout}),
      h(this, "h", o.layers, [o] { return make<TransformerBlock>(o); }),
      ln_f(this, "ln_f", {.normalized_shape = {o.dim}}),
      head(this, "head", make_head(o)) {}

void Transformer::init_weights(double std) {
  for (Tensor& p : parameters())
    if (p.dim() > 1) init::normal_(p, 0, std);
}

void Transformer::check(const Tensor& ids, int64_t context) const {
  if (ids.dim() != 2 || ids.size(1) > context)
    frontend::fail({type_name().c_str()}, "ids have shape " + ids.shape().to_string() +
                                              "; wanted [batch, t], t up to " +
                                              std::to_string(context));
}

Tensor Transformer::forward(Tensor ids) {
  check(ids, options_.context);
  Tensor x = drop(wte(ids) + wpe(arange(ids.size(1))));
  for (auto& block : h) x = block(x);
  x = ln_f(x);
  return options_.head ? head(x) : x;
}

Tensor Transformer::extend(Tensor ids, TransformerMemory& memory) {
  int64_t capacity = memory.options().capacity;
  check(ids, capacity);
  if (!options_.causal) frontend::fail({type_name().c_str()}, "extend() wants a causal model");
  // Inside of a program the length is not known while it is recorded; in eager code it is.
  if (int64_t t = ids.size(1); !frontend::is_tracing()) {
    int64_t length = memory.length.item<int64_t>();
    if (length + t > capacity)
      frontend::fail({type_name().c_str()},
                     "extend() by " + std::to_string(t) + " after " + std::to_string(length) +
                         " positions, the memory holds " + std::to_string(capacity));
  }
  Tensor first = memory.length;
  CachedPositions positions{nullptr, first, KeyValueCache::visible(ids.size(1), capacity, first)};
  Tensor x = drop(wte(ids) + wpe(arange(ids.size(1)) + first));
  for (int64_t i = 0; i < h->size(); ++i) {
    positions.cache = (*memory.layers.get())[i].get();
    x = (*h.get())[i](x, &positions);
  }
  memory.length = first + ids.size(1);
  x = ln_f(x);
  return options_.head ? head(x) : x;
}

namespace {

TransformerMemoryOptions with_capacity(TransformerMemoryOptions o) {
  if (o.capacity == 0) o.capacity = o.model.context;
  if (o.capacity < 1 || o.capacity > o.model.context)
    frontend::fail({"TransformerMemory"},
                   "capacity = " + std::to_string(o.capacity) +
                       " must be from 1 to context = " + std::to_string(o.model.context));
  return o;
}

KeyValueCacheOptions cache_options(const TransformerMemoryOptions& o) {
  return {.batch = o.batch,
          .heads = o.model.heads,
          .capacity = o.capacity,
          .width = checked(o.model).dim / o.model.heads,
          .dtype = o.dtype};
}

}  // namespace

TransformerMemory::TransformerMemory(Options o)
    : options_(with_capacity(o)),
      length(this, "length", detail::filled({}, 0, i64), {.persistent = false}),
      layers(this, "layers", o.model.layers,
             [this] { return make<KeyValueCache>(cache_options(options_)); }) {}

void TransformerMemory::clear() { length = zeros({}, i64); }

}  // namespace etch::nn::models
