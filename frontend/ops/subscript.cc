#include "etch/frontend/ops/subscript.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "etch/frontend/ops/common.h"
#include "etch/frontend/ops/movement.h"

namespace etch {

using namespace frontend;  // NOLINT

namespace {

// An integer tensor and the dimension that it indexes.
struct Indexed {
  int64_t dim;
  Tensor indices;
};

Tensor require_indices(const Site& site, const Tensor& indices) {
  require_defined(site, indices);
  if (indices.dtype() == boolean) {
    fail(site,
         "a boolean mask chooses a number of elements that nobody knows before the program runs; "
         "use where or masked_fill");
  }
  if (indices.dtype() != i32 && indices.dtype() != i64) {
    fail(site, absl::StrCat("indices must be i32 or i64, not ", type_of(indices)));
  }
  return indices;
}

// Negative indices count from the end.
Tensor counted(const Site& site, const Tensor& indices, int64_t extent) {
  Tensor index = cast_to(site, indices, i64);
  Tensor from_end =
      binary<ir::AddOp>(site, index, constant_like(site, static_cast<double>(extent), index));
  Tensor negative = compare_with(site, ir::Comparison::lt, index, constant_like(site, 0, index));
  return select_where(site, negative, from_end, index);
}

// Several dimensions at once: as one, indexed by the position in it.
Tensor take_together(const Site& site, const Tensor& x, const std::vector<Indexed>& indexed) {
  Shape shape = indexed.front().indices.shape();
  for (const Indexed& each : indexed) shape = broadcast_shapes(site, shape, each.indices.shape());
  std::vector<int64_t> order, rest;
  Tensor position;
  int64_t together = 1;
  for (const Indexed& each : indexed) {
    int64_t extent = x.shape()[each.dim];
    Tensor index = broadcast_to(site, counted(site, each.indices, extent), shape);
    if (position.defined()) {
      Tensor width = constant_like(site, static_cast<double>(extent), position);
      index = binary<ir::AddOp>(site, binary<ir::MulOp>(site, position, width), index);
    }
    position = index;
    together *= extent;
    order.push_back(each.dim);
  }
  for (int64_t dim = 0; dim < x.dim(); ++dim)
    if (std::find(order.begin(), order.end(), dim) == order.end()) rest.push_back(dim);
  bool adjacent = order.back() - order.front() + 1 == static_cast<int64_t>(order.size());
  int64_t place = adjacent ? order.front() : 0;

  // [rest before, together, rest behind], and then as one dimension.
  std::vector<int64_t> arranged(rest.begin(), rest.begin() + place), extents;
  arranged.insert(arranged.end(), order.begin(), order.end());
  arranged.insert(arranged.end(), rest.begin() + place, rest.end());
  for (int64_t dim : rest) extents.push_back(x.shape()[dim]);
  extents.insert(extents.begin() + place, together);
  Tensor flat = reshape_to(site, permuted(site, x, arranged), Shape(extents));
  return take_along(site, flat, place, position);
}

// Walks over the subscripts; `dim` is where the next one applies.
class Walk {
 public:
  Walk(const Site& site, const Tensor& x) : site_(site), y_(x) {}

  void operator()(int64_t i) { y_ = select(y_, dim_, i, site_.loc); }
  void operator()(const Slice& s) {
    y_ = slice(y_, dim_, s.start.value_or(0), s.stop.value_or(std::numeric_limits<int64_t>::max()),
               s.step.value_or(1), site_.loc);
    ++dim_;
  }
  void operator()(NoneType) { y_ = unsqueeze(y_, dim_++, site_.loc); }
  void operator()(EllipsisType) { dim_ += left_out_; }
  void operator()(const Tensor& indices) {
    indexed_.push_back({dim_++, require_indices(site_, indices)});
  }

  void set_left_out(int64_t dims) { left_out_ = dims; }
  Tensor result() const {
    if (indexed_.empty()) return y_;
    if (indexed_.size() > 1) return take_together(site_, y_, indexed_);
    const auto& [dim, indices] = indexed_.front();
    return take_along(site_, y_, dim, counted(site_, indices, y_.shape()[dim]));
  }

 private:
  const Site& site_;
  Tensor y_;
  int64_t dim_ = 0;
  int64_t left_out_ = 0;
  std::vector<Indexed> indexed_;
};

}  // namespace

Tensor index(const Tensor& x, const std::vector<Subscript>& subscripts, Loc loc) {
  Site site{"index", loc};
  require_defined(site, x);
  int64_t used = 0, ellipses = 0;
  for (const Subscript& subscript : subscripts) {
    bool is_ellipsis = std::holds_alternative<EllipsisType>(subscript.value());
    if (is_ellipsis)
      ++ellipses;
    else if (!std::holds_alternative<NoneType>(subscript.value()))
      ++used;
  }
  if (ellipses > 1) fail(site, "only one Ellipsis can stand for what is left out");
  if (used > x.dim()) {
    fail(site,
         absl::StrCat("too many subscripts: ", used, " for a tensor of ", x.dim(), " dimensions"));
  }
  Walk walk(site, x);
  walk.set_left_out(x.dim() - used);
  for (const Subscript& subscript : subscripts) std::visit(walk, subscript.value());
  return walk.result();
}

}  // namespace etch
