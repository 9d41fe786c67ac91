#include "etch/frontend/ops/joining.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "etch/frontend/ops/common.h"
#include "etch/frontend/ops/movement.h"

namespace etch {

using namespace frontend;  // NOLINT

namespace {

// In one dtype.
std::vector<Tensor> promoted(const Site& site, const std::vector<Tensor>& tensors) {
  if (tensors.empty()) fail(site, "wants at least one tensor");
  DType dtype = boolean;
  for (const Tensor& tensor : tensors) {
    if (!tensor.defined()) fail(site, "an operand is an empty tensor");
    dtype = promote(dtype, tensor.dtype());
  }
  std::vector<Tensor> operands;
  for (const Tensor& tensor : tensors) operands.push_back(cast_to(site, tensor, dtype));
  return operands;
}

int64_t require_dim(const Site& site, const Tensor& x, int64_t dim) {
  require_defined(site, x);
  if (x.dim() == 0) fail(site, "a tensor without dimensions cannot be split");
  return wrap_dim(site, dim, x.dim());
}

}  // namespace

Tensor cat(const std::vector<Tensor>& tensors, int64_t dim, Loc loc) {
  Site site{"cat", loc};
  std::vector<Tensor> operands = promoted(site, tensors);
  if (operands.front().dim() == 0) fail(site, "tensors without dimensions have to be stacked");
  return join(site, operands, wrap_dim(site, dim, operands.front().dim()));
}

Tensor stack(const std::vector<Tensor>& tensors, int64_t dim, Loc loc) {
  Site site{"stack", loc};
  std::vector<Tensor> operands = promoted(site, tensors);
  Shape shape = operands.front().shape();
  for (Tensor& operand : operands) {
    if (operand.shape() != shape) {
      fail(site, absl::StrCat("shapes ", shape.to_string(), " and ", operand.shape().to_string(),
                              " differ"));
    }
    operand = unsqueeze(operand, dim, loc);
  }
  dim = wrap_dim(site, dim, shape.rank() + 1);
  return join(site, operands, dim);
}

std::vector<Tensor> split(const Tensor& x, int64_t size, int64_t dim, Loc loc) {
  Site site{"split", loc};
  if (size <= 0) fail(site, absl::StrCat("the size must be positive, not ", size));
  dim = require_dim(site, x, dim);
  int64_t extent = x.shape()[dim];
  std::vector<Tensor> parts;
  for (int64_t start = 0; start < std::max<int64_t>(extent, 1); start += size) {
    parts.push_back(slice_along(site, x, dim, {start, std::min(size, extent - start)}));
  }
  return parts;
}

std::vector<Tensor> split(const Tensor& x, const std::vector<int64_t>& sizes, int64_t dim,
                          Loc loc) {
  Site site{"split", loc};
  dim = require_dim(site, x, dim);
  int64_t total = 0;
  bool negative = false;
  for (int64_t size : sizes) {
    total += size;
    negative = negative || size < 0;
  }
  if (negative || total != x.shape()[dim]) {
    fail(site,
         absl::StrCat("sizes ", Shape(sizes).to_string(), " do not add up to ", x.shape()[dim],
                      ", the extent of dimension ", dim, " of ", x.shape().to_string()));
  }
  std::vector<Tensor> parts;
  int64_t start = 0;
  for (int64_t size : sizes) {
    parts.push_back(slice_along(site, x, dim, {start, size}));
    start += size;
  }
  return parts;
}

std::vector<Tensor> chunk(const Tensor& x, int64_t chunks, int64_t dim, Loc loc) {
  Site site{"chunk", loc};
  if (chunks <= 0) fail(site, absl::StrCat("wants one chunk or more, not ", chunks));
  int64_t extent = x.shape()[require_dim(site, x, dim)];
  return split(x, std::max<int64_t>(1, (extent + chunks - 1) / chunks), dim, loc);
}

std::vector<Tensor> unbind(const Tensor& x, int64_t dim, Loc loc) {
  dim = require_dim({"unbind", loc}, x, dim);
  std::vector<Tensor> parts;
  for (int64_t i = 0; i < x.shape()[dim]; ++i) parts.push_back(select(x, dim, i, loc));
  return parts;
}

}  // namespace etch
