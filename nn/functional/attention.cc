#include "etch/nn/functional/attention.h"

#include <cmath>
#include <limits>

#include "etch/frontend/ops.h"
#include "etch/frontend/scope.h"
#include "etch/frontend/state.h"
#include "etch/nn/functional/dropout.h"

namespace etch::nn::functional {
namespace {

void check(const Tensor& q, const Tensor& k, const Tensor& v, bool causal,
           const frontend::Site& site) {
  bool fits = q.dim() >= 2 && k.dim() == q.dim() && v.dim() == q.dim() &&
              q.size(-1) == k.size(-1) && k.size(-2) == v.size(-2);
  if (!fits)
    frontend::fail(site, "query " + q.shape().to_string() + ", key " + k.shape().to_string() +
                             " and value " + v.shape().to_string() +
                             " do not fit; they are [..., t, d], [..., s, d] and [..., s, dv]");
  if (causal && q.size(-2) != k.size(-2))
    frontend::fail(site, "causal attention wants as many queries as keys, got " +
                             std::to_string(q.size(-2)) + " and " + std::to_string(k.size(-2)));
}

}  // namespace

Tensor scaled_dot_product_attention(const Tensor& query, const Tensor& key, const Tensor& value,
                                    const AttentionOptions& options, Loc loc) {
  check(query, key, value, options.causal, {"scaled_dot_product_attention", loc});
  frontend::LocScope line(loc);
  int64_t t = query.size(-2), s = key.size(-2);
  double scale = options.scale.value_or(1.0 / std::sqrt(static_cast<double>(query.size(-1))));
  Tensor scores = matmul(query, transpose(key, -2, -1)) * scale;
  if (options.causal) {
    // A comparison of positions costs nothing where a mask would be read from memory.
    Tensor row = reshape(arange(t, i32), {t, 1});
    Tensor column = reshape(arange(s, i32), {1, s});
    scores = where(ge(row, column), scores, -std::numeric_limits<double>::infinity());
  }
  Tensor weights = etch::softmax(scores, -1);
  if (options.dropout > 0)
    weights = functional::dropout(weights, options.dropout, true, options.random_state);
  return matmul(weights, value);
}

}  // namespace etch::nn::functional
