// Lookups in tables as functions.
#ifndef ETCH_NN_FUNCTIONAL_EMBEDDING_H_
#define ETCH_NN_FUNCTIONAL_EMBEDDING_H_

#include <cstdint>
#include <optional>
#include <source_location>

#include "etch/frontend/ops/indexing.h"
#include "etch/frontend/tensor.h"

namespace etch::nn::functional {

using Loc = std::source_location;

struct LookupOptions {
  // A row that gets no gradient; negative counts from the end.
  std::optional<int64_t> padding_idx = std::nullopt;
  // Rows that are looked up and whose norm is larger are first scaled to it, in `weight` itself.
  // Costs a pass over the whole table.
  std::optional<double> max_norm = std::nullopt;
  double norm_type = 2;
};

// Rows of `weight` [rows, n] at `indices` (i32 or i64, any shape); result [indices..., n]. Throws
// etch::Error for a padding_idx that is no row, and a max_norm or norm_type that is not above 0.
Tensor embedding(const Tensor& indices, const Tensor& weight, const LookupOptions& options = {},
                 Loc loc = Loc::current());

using etch::one_hot;

}  // namespace etch::nn::functional

#endif  // ETCH_NN_FUNCTIONAL_EMBEDDING_H_
