#include "etch/frontend/ops/common.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "etch/frontend/types.h"
#include "etch/ir/build.h"

namespace etch::frontend {
namespace {

// What a number is by itself.
DType type_of_kind(Number::Kind kind) {
  return kind == Number::Kind::kBool ? boolean : kind == Number::Kind::kInteger ? i64 : f32;
}

}  // namespace

int category(DType dtype) { return is_floating(dtype) ? 2 : dtype == boolean ? 0 : 1; }

std::string type_of(const Tensor& x) { return describe_type(x.dtype(), x.shape()); }

void require_defined(const Site& site, const Tensor& x) {
  if (!x.defined()) fail(site, "the operand is an empty tensor");
}

int64_t wrap_dim(const Site& site, int64_t dim, int64_t rank) {
  int64_t limit = std::max<int64_t>(rank, 1);  // a scalar accepts dimension 0, as in PyTorch
  if (dim < -limit || dim >= limit) {
    fail(site,
         absl::StrCat("dimension ", dim, " is out of range for a tensor of ", rank, " dimensions"));
  }
  return dim < 0 ? dim + limit : dim;
}

std::vector<int64_t> wrap_dims(const Site& site, const std::vector<int64_t>& dims, int64_t rank) {
  std::vector<int64_t> wrapped;
  for (int64_t dim : dims) wrapped.push_back(wrap_dim(site, dim, rank));
  if (dims.empty()) {
    for (int64_t dim = 0; dim < rank; ++dim) wrapped.push_back(dim);
  }
  std::sort(wrapped.begin(), wrapped.end());
  auto twice = std::adjacent_find(wrapped.begin(), wrapped.end());
  if (twice != wrapped.end()) fail(site, absl::StrCat("dimension ", *twice, " is named twice"));
  if (rank == 0) wrapped.clear();
  return wrapped;
}

std::vector<int64_t> one_for_each(const Site& site, const char* name,
                                  const std::vector<int64_t>& given, int64_t count, int64_t least) {
  if (given.size() != 1 && static_cast<int64_t>(given.size()) != count) {
    fail(site, absl::StrCat(name, " has ", given.size(), " numbers for ", count,
                            " spatial dimensions; give one, or one for each"));
  }
  for (int64_t number : given) {
    if (number < least) {
      fail(site, absl::StrCat(name, " must be ", least, " or more, not ", number));
    }
  }
  return given.size() == 1 ? std::vector<int64_t>(count, given[0]) : given;
}

Tensor reshape_to(const Site& site, const Tensor& x, const Shape& shape) {
  require_defined(site, x);
  if (x.shape() == shape) return x;
  return record<ir::ReshapeOp>(site, {x}, [&](auto& p, mlir::Builder& b) {
    p.shape = b.getDenseI64ArrayAttr(shape.extents());
  });
}

Tensor broadcast_to(const Site& site, const Tensor& x, const Shape& shape) {
  require_defined(site, x);
  if (x.shape() == shape) return x;
  std::vector<int64_t> padded(std::max<int64_t>(0, shape.rank() - x.dim()), 1);
  padded.insert(padded.end(), x.shape().begin(), x.shape().end());
  bool fits = static_cast<int64_t>(padded.size()) == shape.rank();
  for (int64_t i = 0; fits && i < shape.rank(); ++i) fits = padded[i] == 1 || padded[i] == shape[i];
  if (!fits) {
    fail(site, absl::StrCat("a tensor of shape ", x.shape().to_string(), " does not broadcast to ",
                            shape.to_string()));
  }
  Tensor spread = reshape_to(site, x, Shape(padded));
  if (spread.shape() == shape) return spread;
  return record<ir::BroadcastOp>(site, {spread}, [&](auto& p, mlir::Builder& b) {
    p.shape = b.getDenseI64ArrayAttr(shape.extents());
  });
}

Tensor cast_to(const Site& site, const Tensor& x, DType dtype) {
  require_defined(site, x);
  if (x.dtype() == dtype) return x;
  return record<ir::CastOp>(site, {x}, [&](auto& p, mlir::Builder& b) {
    p.dtype = mlir::TypeAttr::get(element_type(b.getContext(), dtype));
  });
}

Tensor as_float(const Site& site, const Tensor& x) {
  require_defined(site, x);
  return is_floating(x.dtype()) ? x : cast_to(site, x, f32);
}

Tensor widen(const Site& site, const Tensor& x) {
  require_defined(site, x);
  return x.dtype() == f16 || x.dtype() == bf16 ? cast_to(site, x, f32) : x;
}

Tensor require_float(const Site& site, const Tensor& x) {
  require_defined(site, x);
  if (!is_floating(x.dtype())) {
    fail(site, absl::StrCat("wants a floating tensor (f16, bf16, f32 or f64), not ", type_of(x),
                            "; cast first"));
  }
  return x;
}

Shape broadcast_shapes(const Site& site, const Shape& a, const Shape& b) {
  std::vector<int64_t> result(std::max(a.rank(), b.rank()));
  for (int64_t i = 1; i <= static_cast<int64_t>(result.size()); ++i) {
    int64_t x = i <= a.rank() ? a[-i] : 1, y = i <= b.rank() ? b[-i] : 1;
    if (x != y && x != 1 && y != 1) {
      fail(site,
           absl::StrCat("shapes ", a.to_string(), " and ", b.to_string(), " do not broadcast: ", x,
                        " against ", y, " in dimension ", static_cast<int64_t>(result.size()) - i));
    }
    result[result.size() - i] = x == 1 ? y : x;
  }
  return Shape(std::move(result));
}

DType result_type(const Tensor& a, const Tensor& b) {
  int ca = category(a.dtype()), cb = category(b.dtype());
  if (a.dim() > 0 && b.dim() == 0 && ca >= cb) return a.dtype();
  if (b.dim() > 0 && a.dim() == 0 && cb >= ca) return b.dtype();
  return promote(a.dtype(), b.dtype());
}

DType result_type(const Number& a, const Number& b) {
  return promote(type_of_kind(a.kind()), type_of_kind(b.kind()));
}

Tensor constant(const Site& site, double value, DType dtype, const Shape& shape) {
  return record<ir::ConstantOp>(site, {}, [&](auto& p, mlir::Builder& b) {
    p.value = ir::splatAttr(tensor_type(b.getContext(), dtype, shape), value);
  });
}

Tensor constant(const Site& site, const std::vector<double>& values, DType dtype,
                const Shape& shape) {
  return record<ir::ConstantOp>(site, {}, [&](auto& p, mlir::Builder& b) {
    mlir::RankedTensorType type = tensor_type(b.getContext(), dtype, shape);
    llvm::SmallVector<mlir::Attribute> elements;
    for (double value : values) {
      mlir::RankedTensorType scalar = type.clone(llvm::ArrayRef<int64_t>{});
      elements.push_back(ir::splatAttr(scalar, value).getSplatValue<mlir::Attribute>());
    }
    p.value = mlir::DenseElementsAttr::get(type, elements);
  });
}

Tensor constant_like(const Site& site, double value, const Tensor& x) {
  return constant(site, value, x.dtype(), x.shape());
}

Tensor number(const Site& site, double value, DType dtype, const Shape& shape) {
  if (is_tracing()) return constant(site, value, dtype, shape);
  std::shared_ptr<Trace> trace = trace_for(site, {});
  return broadcast_to(site, Tensor(trace->adopt(trace->number(value, dtype), false)), shape);
}

Pair align(const Site& site, const Tensor& a, const Tensor& b, DType dtype) {
  for (const Tensor* operand : {&a, &b})
    if (!operand->defined()) fail(site, "an operand is an empty tensor");
  Shape shape = broadcast_shapes(site, a.shape(), b.shape());
  return {broadcast_to(site, cast_to(site, a, dtype), shape),
          broadcast_to(site, cast_to(site, b, dtype), shape)};
}

Pair align_number(const Site& site, const Tensor& x, const Number& value) {
  DType kind = type_of_kind(value.kind());
  DType dtype = category(kind) > category(x.dtype()) ? kind : x.dtype();
  return {cast_to(site, x, dtype), number(site, value.value(), dtype, x.shape())};
}

Pair align_operands(const Site& site, const Tensor& a, const TensorOrNumber& b) {
  if (!a.defined()) fail(site, "the left operand is an empty tensor");
  if (!b.tensor()) return align_number(site, a, b.number());
  if (!b.tensor()->defined()) fail(site, "the right operand is an empty tensor");
  return align(site, a, *b.tensor(), result_type(a, *b.tensor()));
}

Tensor iota(const Site& site, const Shape& shape, int64_t dim, DType dtype) {
  return record<ir::IotaOp>(site, {}, [&](auto& p, mlir::Builder& b) {
    p.shape = b.getDenseI64ArrayAttr(shape.extents());
    p.dim = b.getI64IntegerAttr(dim);
    p.dtype = mlir::TypeAttr::get(element_type(b.getContext(), dtype));
  });
}

Tensor compare_with(const Site& site, ir::Comparison order, const Tensor& a, const Tensor& b) {
  return record<ir::CompareOp>(site, {a, b}, [&](auto& p, mlir::Builder& builder) {
    p.order = ir::ComparisonAttr::get(builder.getContext(), order);
  });
}

Tensor select_where(const Site& site, const Tensor& condition, const Tensor& a, const Tensor& b) {
  return record<ir::SelectOp>(site, {condition, a, b});
}

}  // namespace etch::frontend
