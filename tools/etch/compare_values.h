// How far two arrays are apart.
#ifndef ETCH_TOOLS_ETCH_COMPARE_VALUES_H_
#define ETCH_TOOLS_ETCH_COMPARE_VALUES_H_

#include "etch/runtime/tensor_view.h"

namespace etch::tools {

struct Difference {
  // The norm of the difference, relative to that of the first array; of whole numbers and bools the
  // part of elements that differ. Infinite where one has a NaN, or an infinity, that the other has
  // not.
  double relative = 0;
  double largest = 0;  // of one element
};

// Both of one dtype and shape.
Difference compare_values(const TensorView& a, const TensorView& b);

// What rounding alone may make of values of this dtype.
double tolerance_of(DType dtype);

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_COMPARE_VALUES_H_
