// The parts of common.h that move elements.
#include <numeric>

#include "etch/frontend/ops/common.h"

namespace etch::frontend {

Tensor slice_along(const Site& site, const Tensor& x, int64_t dim, Range range) {
  if (range.offset == 0 && range.size == x.shape()[dim] && range.stride == 1) return x;
  std::vector<int64_t> offsets(x.dim(), 0), sizes = x.shape().extents(), strides(x.dim(), 1);
  offsets[dim] = range.offset;
  sizes[dim] = range.size;
  strides[dim] = range.stride;
  return record<ir::SliceOp>(site, {x}, [&](auto& p, mlir::Builder& b) {
    p.offsets = b.getDenseI64ArrayAttr(offsets);
    p.sizes = b.getDenseI64ArrayAttr(sizes);
    p.strides = b.getDenseI64ArrayAttr(strides);
  });
}

Tensor permuted(const Site& site, const Tensor& x, const std::vector<int64_t>& order) {
  if (std::is_sorted(order.begin(), order.end())) return x;
  return record<ir::TransposeOp>(
      site, {x}, [&](auto& p, mlir::Builder& b) { p.permutation = b.getDenseI64ArrayAttr(order); });
}

Tensor join(const Site& site, const std::vector<Tensor>& tensors, int64_t dim) {
  if (tensors.size() == 1) return tensors.front();
  return record<ir::ConcatOp>(site, tensors,
                              [&](auto& p, mlir::Builder& b) { p.dim = b.getI64IntegerAttr(dim); });
}

Tensor pad_zeros(const Site& site, const Tensor& x, const std::vector<int64_t>& low,
                 const std::vector<int64_t>& high, const std::vector<int64_t>& interior) {
  std::vector<int64_t> between = interior;
  between.resize(x.dim(), 0);
  return record<ir::PadOp>(site, {x}, [&](auto& p, mlir::Builder& b) {
    p.low = b.getDenseI64ArrayAttr(low);
    p.high = b.getDenseI64ArrayAttr(high);
    p.interior = b.getDenseI64ArrayAttr(between);
  });
}

Tensor take_along(const Site& site, const Tensor& x, int64_t dim, const Tensor& indices) {
  std::vector<int64_t> first(x.dim());
  std::iota(first.begin(), first.end(), 0);
  std::rotate(first.begin(), first.begin() + dim, first.begin() + dim + 1);
  Tensor taken = record<ir::GatherOp>(site, {permuted(site, x, first), indices});
  // The dimensions of `indices` are in front, those that were before `dim` behind them.
  std::vector<int64_t> back(taken.dim());
  std::iota(back.begin(), back.end(), 0);
  std::rotate(back.begin(), back.begin() + indices.dim(), back.begin() + indices.dim() + dim);
  return permuted(site, taken, back);
}

}  // namespace etch::frontend
