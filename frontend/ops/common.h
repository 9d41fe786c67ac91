// What the op families share: broadcasting, promotion, constants, checks of dimensions.
#ifndef ETCH_FRONTEND_OPS_COMMON_H_
#define ETCH_FRONTEND_OPS_COMMON_H_

#include <string>
#include <vector>

#include "etch/frontend/ops/arithmetic.h"
#include "etch/frontend/ops/comparison.h"
#include "etch/frontend/ops/elementwise.h"
#include "etch/frontend/record.h"

namespace etch::frontend {

// "f32 [2, 3]"
std::string type_of(const Tensor& x);

void require_defined(const Site& site, const Tensor& x);

// `dim` in [0, rank); negative ones count from the end. Throws for others.
int64_t wrap_dim(const Site& site, int64_t dim, int64_t rank);
// Wrapped, ascending; all dimensions when empty. Throws for repetitions.
std::vector<int64_t> wrap_dims(const Site& site, const std::vector<int64_t>& dims, int64_t rank);

// `given`, an option that has one number for each of `count` dimensions or a single one for all of
// them; throws where a number is below `least`.
std::vector<int64_t> one_for_each(const Site& site, const char* name,
                                  const std::vector<int64_t>& given, int64_t count, int64_t least);

Tensor reshape_to(const Site& site, const Tensor& x, const Shape& shape);
Tensor broadcast_to(const Site& site, const Tensor& x, const Shape& shape);
Tensor cast_to(const Site& site, const Tensor& x, DType dtype);
// f32 for integers and booleans, `x` otherwise.
Tensor as_float(const Site& site, const Tensor& x);
// f32 for f16 and bf16, `x` otherwise: composites compute in it and round once at the end.
Tensor widen(const Site& site, const Tensor& x);
// `x`; throws for integers and booleans.
Tensor require_float(const Site& site, const Tensor& x);

// The shape that NumPy's rule gives; throws where extents disagree.
Shape broadcast_shapes(const Site& site, const Shape& a, const Shape& b);
// PyTorch's result type: a tensor without dimensions does not widen one with dimensions of the same
// category.
DType result_type(const Tensor& a, const Tensor& b);
DType result_type(const Number& a, const Number& b);
// 0 for booleans, 1 for integers, 2 for floats.
int category(DType dtype);

// A value known while tracing, part of the program.
Tensor constant(const Site& site, double value, DType dtype, const Shape& shape);
// One value for each element.
Tensor constant(const Site& site, const std::vector<double>& values, DType dtype,
                const Shape& shape);
Tensor constant_like(const Site& site, double value, const Tensor& x);
// A host scalar: an input of the program in eager-looking code, a constant in an explicit trace.
Tensor number(const Site& site, double value, DType dtype, const Shape& shape);

// Elements offset, offset + stride, ... of a dimension, `size` of them.
struct Range {
  int64_t offset;
  int64_t size;
  int64_t stride = 1;
};
Tensor slice_along(const Site& site, const Tensor& x, int64_t dim, Range range);
// Dimension i of the result is dimension order[i] of x; `order` is a permutation.
Tensor permuted(const Site& site, const Tensor& x, const std::vector<int64_t>& order);
// Of one dtype and, but for `dim`, one shape.
Tensor join(const Site& site, const std::vector<Tensor>& tensors, int64_t dim);
// x, surrounded by zeros and with `interior` zeros between its elements.
Tensor pad_zeros(const Site& site, const Tensor& x, const std::vector<int64_t>& low,
                 const std::vector<int64_t>& high, const std::vector<int64_t>& interior = {});
// What x holds at `indices` (i32 or i64, of any shape, in range) of dimension `dim`, in whose place
// the dimensions of `indices` come.
Tensor take_along(const Site& site, const Tensor& x, int64_t dim, const Tensor& indices);

// Both operands in one shape and dtype.
struct Pair {
  Tensor a;
  Tensor b;
};
Pair align(const Site& site, const Tensor& a, const Tensor& b, DType dtype);
// `number` beside `x`, in the dtype that PyTorch gives the operation.
Pair align_number(const Site& site, const Tensor& x, const Number& number);
Pair align_operands(const Site& site, const Tensor& a, const TensorOrNumber& b);

template <typename Op>
Tensor unary(const Site& site, const Tensor& x) {
  return record<Op>(site, {x});
}
template <typename Op>
Tensor binary(const Site& site, const Tensor& a, const Tensor& b) {
  return record<Op>(site, {a, b});
}
template <typename Op>
Tensor binary(const Site& site, const Pair& pair) {
  return record<Op>(site, {pair.a, pair.b});
}

// Index of each element along `dim`.
Tensor iota(const Site& site, const Shape& shape, int64_t dim, DType dtype);
Tensor compare_with(const Site& site, ir::Comparison order, const Tensor& a, const Tensor& b);
Tensor select_where(const Site& site, const Tensor& condition, const Tensor& a, const Tensor& b);

}  // namespace etch::frontend

#endif  // ETCH_FRONTEND_OPS_COMMON_H_
