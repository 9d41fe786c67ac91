// Values made and moved on the host, without a program. Used by the .cc files of nn only.
#ifndef ETCH_NN_HOST_VALUES_H_
#define ETCH_NN_HOST_VALUES_H_

#include <span>

#include "etch/frontend/tensor.h"

namespace etch::nn::detail {

// A concrete tensor with every element `value`.
Tensor filled(const Shape& shape, double value, DType dtype);

// Concrete `values`, rounded to `dtype`.
Tensor from_floats(std::span<const float> values, const Shape& shape, DType dtype);

// A concrete copy of `tensor` in `dtype`, rounded to nearest where it is narrower.
Tensor converted(const Tensor& tensor, DType dtype);

// A concrete copy of a matrix with rows for columns.
Tensor transposed(const Tensor& matrix);

// Whether two concrete tensors of equal type have the same bytes.
bool same_bytes(const Tensor& a, const Tensor& b);

// Gives `target` (a cell or a leaf) the concrete `value` of equal type, outside any trace.
void set_value(const Tensor& target, const Tensor& value);

}  // namespace etch::nn::detail

#endif  // ETCH_NN_HOST_VALUES_H_
