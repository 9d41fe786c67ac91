#include "etch/frontend/ops/contraction.h"

#include "absl/strings/str_cat.h"
#include "etch/frontend/ops/common.h"
#include "etch/frontend/ops/movement.h"

namespace etch {

using namespace frontend;  // NOLINT

namespace {

std::vector<int64_t> leading(const Shape& shape) { return {shape.begin(), shape.end() - 2}; }

Shape joined(std::vector<int64_t> lead, int64_t rows, int64_t columns) {
  lead.push_back(rows);
  lead.push_back(columns);
  return Shape(std::move(lead));
}

// Integers are multiplied out in one fused loop; nobody has asked for speed there.
Tensor integer_product(const Site& site, const Tensor& a, const Tensor& b) {
  Pair pair = align(site, unsqueeze(a, -1, site.loc), unsqueeze(b, -3, site.loc), a.dtype());
  Tensor terms = binary<ir::MulOp>(site, pair);
  int64_t inner = terms.dim() - 2;
  Tensor sums = record<ir::ReduceSumOp>(site, {terms}, [&](auto& p, mlir::Builder& builder) {
    p.dims = builder.getDenseI64ArrayAttr(inner);
  });
  std::vector<int64_t> shape = sums.shape().extents();
  shape.erase(shape.begin() + inner);
  return reshape_to(site, sums, Shape(std::move(shape)));
}

Tensor product(const Site& site, const Tensor& a, const Tensor& b, bool transpose_b) {
  if (!is_floating(a.dtype()))
    return integer_product(site, a, transpose_b ? transpose(b, -1, -2, site.loc) : b);
  return record<ir::MatmulOp>(site, {a, b}, [&](auto& p, mlir::Builder& builder) {
    if (transpose_b) p.transpose_rhs = builder.getUnitAttr();
    p.depth_dims = builder.getI64IntegerAttr(1);
  });
}

// Operands of rank 2 or more, of one dtype.
Tensor batched(const Site& site, const Tensor& a, const Tensor& b) {
  if (b.dim() == 2) return product(site, a, b, false);
  Shape lead = broadcast_shapes(site, Shape(leading(a.shape())), Shape(leading(b.shape())));
  return product(site, broadcast_to(site, a, joined(lead.extents(), a.shape()[-2], a.shape()[-1])),
                 broadcast_to(site, b, joined(lead.extents(), b.shape()[-2], b.shape()[-1])),
                 false);
}

void require_matrices(const Site& site, const Tensor& a, const Tensor& b) {
  if (!a.defined() || !b.defined()) fail(site, "an operand is an empty tensor");
  if (a.dim() == 0 || b.dim() == 0) {
    fail(site, absl::StrCat("wants operands of one dimension or more, not ", a.shape().to_string(),
                            " and ", b.shape().to_string()));
  }
  int64_t inner = b.dim() == 1 ? b.shape()[0] : b.shape()[-2];
  if (a.shape()[-1] != inner) {
    fail(site, absl::StrCat("the last dimension of ", a.shape().to_string(), " is ", a.shape()[-1],
                            ", ", b.shape().to_string(), " wants ", inner));
  }
}

void require_ranks(const Site& site, const Tensor& a, int64_t rank_a, const Tensor& b,
                   int64_t rank_b) {
  if (!a.defined() || !b.defined()) fail(site, "an operand is an empty tensor");
  if (a.dim() == rank_a && b.dim() == rank_b) return;
  fail(site, absl::StrCat("wants operands of ", rank_a, " and ", rank_b, " dimensions, not ",
                          a.shape().to_string(), " and ", b.shape().to_string()));
}

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b, Loc loc) {
  Site site{"matmul", loc};
  require_matrices(site, a, b);
  DType dtype = promote(a.dtype(), b.dtype());
  if (dtype == boolean) fail(site, "not defined for two booleans; cast first");

  Tensor x = cast_to(site, a, dtype), y = cast_to(site, b, dtype);
  if (a.dim() == 1) x = reshape_to(site, x, {1, a.shape()[0]});
  if (b.dim() == 1) y = reshape_to(site, y, {b.shape()[0], 1});
  Tensor result = batched(site, x, y);

  std::vector<int64_t> shape = result.shape().extents();
  if (b.dim() == 1) shape.pop_back();
  if (a.dim() == 1) shape.erase(shape.end() - (b.dim() == 1 ? 1 : 2));
  return reshape_to(site, result, Shape(std::move(shape)));
}

Tensor mm(const Tensor& a, const Tensor& b, Loc loc) {
  require_ranks({"mm", loc}, a, 2, b, 2);
  return matmul(a, b, loc);
}
Tensor bmm(const Tensor& a, const Tensor& b, Loc loc) {
  Site site{"bmm", loc};
  require_ranks(site, a, 3, b, 3);
  if (a.shape()[0] != b.shape()[0]) {
    fail(site, absl::StrCat(a.shape().to_string(), " and ", b.shape().to_string(), " have ",
                            a.shape()[0], " and ", b.shape()[0], " matrices"));
  }
  return matmul(a, b, loc);
}
Tensor mv(const Tensor& a, const Tensor& b, Loc loc) {
  require_ranks({"mv", loc}, a, 2, b, 1);
  return matmul(a, b, loc);
}
Tensor dot(const Tensor& a, const Tensor& b, Loc loc) {
  require_ranks({"dot", loc}, a, 1, b, 1);
  return matmul(a, b, loc);
}
Tensor outer(const Tensor& a, const Tensor& b, Loc loc) {
  require_ranks({"outer", loc}, a, 1, b, 1);
  return mul(unsqueeze(a, 1, loc), b, loc);
}

Tensor addmm(const Tensor& input, const Tensor& a, const Tensor& b, const Number& beta,
             const Number& alpha, Loc loc) {
  Site site{"addmm", loc};
  LocScope scope(loc);
  require_ranks(site, a, 2, b, 2);
  Tensor product = matmul(a, b, loc);
  Tensor term = broadcast_to(site, input, product.shape());
  if (alpha.value() != 1) product = alpha * product;
  // A beta of 0 leaves NaNs of the input behind.
  if (beta.value() == 0) return product;
  return add(beta.value() == 1 ? term : beta * term, product, loc);
}

Tensor linear(const Tensor& x, const Tensor& weight, const std::optional<Tensor>& bias, Loc loc) {
  Site site{"linear", loc};
  if (!x.defined() || !weight.defined()) fail(site, "an operand is an empty tensor");
  if (weight.dim() != 2) {
    fail(site, absl::StrCat("weight must be [out, in], not ", weight.shape().to_string()));
  }
  if (x.dim() == 0 || x.shape()[-1] != weight.shape()[1]) {
    fail(site, absl::StrCat("input ", x.shape().to_string(), " has ",
                            x.dim() == 0 ? 1 : x.shape()[-1], " features, weight ",
                            weight.shape().to_string(), " wants ", weight.shape()[1]));
  }
  if (bias && bias->shape() != Shape({weight.shape()[0]})) {
    fail(site, absl::StrCat("bias has shape ", bias->shape().to_string(), ", weight ",
                            weight.shape().to_string(), " wants [", weight.shape()[0], "]"));
  }
  DType dtype = promote(x.dtype(), weight.dtype());
  Tensor rows = x.dim() == 1 ? reshape_to(site, x, {1, x.shape()[0]}) : x;
  Tensor y = product(site, cast_to(site, rows, dtype), cast_to(site, weight, dtype), true);
  if (x.dim() == 1) y = reshape_to(site, y, {weight.shape()[0]});
  if (!bias) return y;
  return binary<ir::AddOp>(site, align(site, y, *bias, dtype));
}

}  // namespace etch
