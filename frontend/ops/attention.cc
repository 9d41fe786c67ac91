#include "etch/frontend/ops/attention.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "etch/frontend/ops/common.h"

namespace etch {

using namespace frontend;  // NOLINT

namespace {

Shape leading(const Tensor& x) {
  return Shape(std::vector<int64_t>(x.shape().begin(), x.shape().end() - 2));
}

// `x` with the leading dimensions `lead`.
Tensor spread(const Site& site, const Tensor& x, const Shape& lead) {
  std::vector<int64_t> shape = lead.extents();
  shape.push_back(x.size(-2));
  shape.push_back(x.size(-1));
  return broadcast_to(site, x, Shape(shape));
}

// `mask` with as many dimensions as the scores.
Tensor lifted(const Site& site, const Tensor& mask, const Shape& scores, DType dtype) {
  if (mask.dtype() != boolean && !is_floating(mask.dtype()))
    fail(site,
         "the mask is " + std::string(dtype_name(mask.dtype())) + ", must be boolean or floating");
  std::vector<int64_t> shape(scores.rank() - std::min(scores.rank(), mask.dim()), 1);
  for (int64_t extent : mask.shape()) shape.push_back(extent);
  Tensor result = reshape_to(site, mask, Shape(shape));
  return mask.dtype() == boolean ? result : cast_to(site, result, dtype);
}

}  // namespace

Tensor attention(const Tensor& query, const Tensor& key, const Tensor& value,
                 const AttentionScores& options, Loc loc) {
  Site site{"attention", loc};
  for (const Tensor* x : {&query, &key, &value}) {
    require_defined(site, *x);
    require_float(site, *x);
    if (x->dim() < 2)
      fail(site, absl::StrCat("wants matrices [..., rows, features], not ", type_of(*x)));
  }
  DType dtype = promote(promote(query.dtype(), key.dtype()), value.dtype());
  Shape lead =
      broadcast_shapes(site, leading(query), broadcast_shapes(site, leading(key), leading(value)));
  auto operand = [&](const Tensor& x) { return spread(site, cast_to(site, x, dtype), lead); };
  std::vector<Tensor> operands = {operand(query), operand(key), operand(value)};
  if (options.mask) {
    Shape scores = operands[0].shape();
    scores[-1] = key.size(-2);
    operands.push_back(lifted(site, *options.mask, scores, dtype));
  }
  double scale = options.scale.value_or(1.0 / std::sqrt(static_cast<double>(query.size(-1))));
  return record<ir::AttentionOp>(site, operands, [&](auto& p, mlir::Builder& b) {
    p.scale = b.getF64FloatAttr(scale);
    if (options.causal) p.causal = b.getUnitAttr();
  });
}

}  // namespace etch
