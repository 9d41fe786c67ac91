#include "etch/nn/functional/embedding.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "etch/frontend/ops.h"
#include "etch/frontend/scope.h"
#include "etch/frontend/state.h"

namespace etch::nn::functional {
namespace {

using frontend::fail;
using frontend::Site;

// The rows of `weight` at `indices`, none longer than `max_norm`.
void shorten_rows(Tensor weight, const Tensor& indices, double max_norm, double norm_type) {
  no_grad guard;
  Tensor flat = reshape(indices, {-1});
  Tensor used = scatter_add(zeros({weight.size(0)}, i32), 0, flat, ones(flat.shape(), i32)) > 0;
  Tensor length = norm(weight, norm_type, {1}, /*keepdim=*/true);
  Tensor is_long = logical_and(unsqueeze(used, 1), length > max_norm);
  weight.assign(where(is_long, weight * (max_norm / (length + 1e-7)), weight));
}

void check(const Site& site, const Tensor& weight, const LookupOptions& options) {
  int64_t rows = weight.size(0), row = options.padding_idx.value_or(0);
  if (options.padding_idx && (row < -rows || row >= rows))
    fail(site,
         "padding_idx " + std::to_string(row) + " is none of " + std::to_string(rows) + " rows");
  if (!options.max_norm) return;
  if (!(*options.max_norm > 0) || !(options.norm_type > 0))
    fail(site, "max_norm " + absl::StrCat(*options.max_norm) + " and norm_type " +
                   absl::StrCat(options.norm_type) + " must be above 0");
}

}  // namespace

Tensor embedding(const Tensor& indices, const Tensor& weight, const LookupOptions& options,
                 Loc loc) {
  check({"embedding", loc}, weight, options);
  frontend::LocScope line(loc);
  if (options.max_norm) shorten_rows(weight, indices, *options.max_norm, options.norm_type);
  Tensor y = etch::embedding(weight, indices);
  if (!options.padding_idx) return y;
  int64_t row = *options.padding_idx;
  if (row < 0) row += weight.size(0);
  Tensor number = full({}, static_cast<double>(row), indices.dtype());
  return where(unsqueeze(indices == number, -1), y.detach(), y);
}

}  // namespace etch::nn::functional
