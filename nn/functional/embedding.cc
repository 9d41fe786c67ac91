#include "etch/nn/functional/embedding.h"

#include <string>

#include "etch/frontend/ops.h"
#include "etch/frontend/scope.h"
#include "etch/frontend/state.h"

namespace etch::nn::functional {

Tensor embedding(const Tensor& indices, const Tensor& weight, std::optional<int64_t> padding_idx,
                 Loc loc) {
  if (!padding_idx) return etch::embedding(weight, indices, loc);
  int64_t rows = weight.size(0), row = *padding_idx < 0 ? *padding_idx + rows : *padding_idx;
  if (row < 0 || row >= rows)
    frontend::fail({"embedding", loc}, "padding_idx " + std::to_string(*padding_idx) +
                                           " is none of " + std::to_string(rows) + " rows");
  frontend::LocScope line(loc);
  Tensor y = etch::embedding(weight, indices);
  Tensor number = full({}, static_cast<double>(row), indices.dtype());
  return where(unsqueeze(indices == number, -1), y.detach(), y);
}

Tensor one_hot(const Tensor& indices, int64_t num_classes, Loc loc) {
  return etch::one_hot(indices, num_classes, i64, loc);
}

}  // namespace etch::nn::functional
