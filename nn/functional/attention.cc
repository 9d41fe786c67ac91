#include "etch/nn/functional/attention.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "etch/frontend/ops.h"
#include "etch/frontend/scope.h"
#include "etch/frontend/state.h"
#include "etch/nn/functional/dropout.h"
#include "etch/nn/host_values.h"

namespace etch::nn::functional {
namespace {

void check(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& options,
           const frontend::Site& site) {
  bool fits = q.dim() >= 2 && k.dim() == q.dim() && v.dim() == q.dim() &&
              q.size(-1) == k.size(-1) && k.size(-2) == v.size(-2);
  if (!fits)
    frontend::fail(site, "query " + q.shape().to_string() + ", key " + k.shape().to_string() +
                             " and value " + v.shape().to_string() +
                             " do not fit; they are [..., t, d], [..., s, d] and [..., s, dv]");
  if (options.causal && q.size(-2) != k.size(-2))
    frontend::fail(site, "causal attention wants as many queries as keys, got " +
                             std::to_string(q.size(-2)) + " and " + std::to_string(k.size(-2)));
  if (const auto& mask = options.attn_mask;
      mask && mask->dtype() != boolean && !is_floating(mask->dtype()))
    frontend::fail(site, "attn_mask is " + std::string(dtype_name(mask->dtype())) +
                             ", must be boolean or floating");
  if (!options.attn_mask) return;
  const Shape& mask = options.attn_mask->shape();
  Shape scores = q.shape();
  scores[-1] = k.size(-2);
  bool broadcasts = mask.rank() <= scores.rank();
  for (int64_t i = 1; broadcasts && i <= mask.rank(); ++i)
    broadcasts = mask[-i] == 1 || mask[-i] == scores[-i];
  if (!broadcasts)
    frontend::fail(site, "attn_mask " + mask.to_string() +
                             " does not broadcast to the scores [..., t, s], " +
                             scores.to_string());
}

Tensor masked(const Tensor& scores, const Tensor& mask) {
  if (mask.dtype() != boolean) return scores + mask;
  return where(mask, scores, -std::numeric_limits<double>::infinity());
}

AttentionResult attend(const Tensor& query, const Tensor& key, const Tensor& value,
                       const AttentionOptions& options) {
  int64_t t = query.size(-2), s = key.size(-2);
  double scale = options.scale.value_or(1.0 / std::sqrt(static_cast<double>(query.size(-1))));
  Tensor scores = matmul(query, transpose(key, -2, -1)) * scale;
  if (options.causal) {
    // A comparison of positions costs nothing where a mask would be read from memory.
    Tensor row = reshape(arange(t, i32), {t, 1});
    Tensor column = reshape(arange(s, i32), {1, s});
    scores = masked(scores, ge(row, column));
  }
  if (options.attn_mask) scores = masked(scores, *options.attn_mask);
  // A mask of another dtype does not decide that of the result.
  Tensor weights = cast(etch::softmax(scores, -1), promote(query.dtype(), key.dtype()));
  if (options.dropout > 0)
    weights = functional::dropout(weights, options.dropout, true, options.random_state);
  return {matmul(weights, value), weights};
}

}  // namespace

Tensor scaled_dot_product_attention(const Tensor& query, const Tensor& key, const Tensor& value,
                                    const AttentionOptions& options, Loc loc) {
  check(query, key, value, options, {"scaled_dot_product_attention", loc});
  frontend::LocScope line(loc);
  // One kernel where nothing is drawn for each weight; without keys the sum is empty.
  if (options.dropout > 0 || key.size(-2) == 0) return attend(query, key, value, options).output;
  return etch::attention(
      query, key, value,
      {.mask = options.attn_mask, .causal = options.causal, .scale = options.scale}, loc);
}

AttentionResult attention_with_weights(const Tensor& query, const Tensor& key, const Tensor& value,
                                       const AttentionOptions& options, Loc loc) {
  check(query, key, value, options, {"attention_with_weights", loc});
  frontend::LocScope line(loc);
  return attend(query, key, value, options);
}

Tensor rotary_embedding(const Tensor& x, const RotaryOptions& options, Loc loc) {
  if (x.dim() < 2 || x.size(-1) % 2 != 0)
    frontend::fail({"rotary_embedding", loc},
                   "x " + x.shape().to_string() + ", must be [..., t, d] with an even d");
  frontend::LocScope line(loc);
  int64_t t = x.size(-2), half = x.size(-1) / 2;
  std::vector<double> cosines, sines;
  for (int64_t p = 0; p < t; ++p)
    for (int64_t i = 0; i < half; ++i) {
      double angle = static_cast<double>(p + options.offset) *
                     std::pow(options.base, -static_cast<double>(i) / static_cast<double>(half));
      cosines.push_back(std::cos(angle));
      sines.push_back(std::sin(angle));
    }
  // One pair in dimensions `pair` and the one after or before it.
  int64_t pair = options.interleaved ? x.dim() : x.dim() - 1;
  Shape shape = x.shape();
  shape[-1] = half;
  std::vector<int64_t> paired = shape.extents();
  paired.insert(paired.begin() + pair, 2);
  Tensor pairs = reshape(x, Shape(paired));
  Tensor c = cast(Tensor::from_data(cosines, {t, half}), x.dtype());
  Tensor s = cast(Tensor::from_data(sines, {t, half}), x.dtype());
  Tensor a = select(pairs, pair, 0), b = select(pairs, pair, 1);
  Tensor first = a * c - b * s;
  Tensor second = b * c + a * s;
  return reshape(stack({first, second}, pair), x.shape());
}

Tensor sinusoidal_positions(int64_t length, int64_t dim, DType dtype) {
  std::vector<double> values;
  for (int64_t p = 0; p < length; ++p)
    for (int64_t i = 0; i < dim; ++i) {
      double angle = static_cast<double>(p) *
                     std::pow(10000.0, -static_cast<double>(i - i % 2) / static_cast<double>(dim));
      values.push_back(i % 2 == 0 ? std::sin(angle) : std::cos(angle));
    }
  return detail::converted(Tensor::from_data(values, {length, dim}), dtype);
}

}  // namespace etch::nn::functional
