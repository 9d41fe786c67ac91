// Views of a tensor's values at run time: what a tap is given, and what a service passes to a
// model.
#ifndef ETCH_RUNTIME_TENSOR_VIEW_H_
#define ETCH_RUNTIME_TENSOR_VIEW_H_

#include <cstdint>
#include <span>

#include "absl/status/statusor.h"
#include "etch/runtime/dtype.h"
#include "etch/runtime/shape.h"

namespace etch {

// Values that somebody else owns: dense, row-major, of `dtype` and `shape`. A scalar has an empty
// shape. Bools are bytes, 0 or 1; f16 and bf16 are their 16 bits.
//
// Ownership: none. A view given to a tap is valid during that call only; copy what should stay.
// Threads: safe while nobody writes the values.
struct TensorView {
  const void* data = nullptr;
  DType dtype = DType::kF32;
  std::span<const int64_t> shape;

  // 1 for a scalar, 2^63 - 1 where the product is larger than that.
  int64_t num_elements() const;
  int64_t size_bytes() const { return num_elements() * size_of(dtype); }

  // The values as a T. Error: INVALID_ARGUMENT when `dtype` is another than T's.
  template <typename T>
  absl::StatusOr<std::span<const T>> values() const {
    if (absl::Status status = check_dtype(dtype_of<T>()); !status.ok()) return status;
    return std::span<const T>(static_cast<const T*>(data), static_cast<size_t>(num_elements()));
  }

  // Element `i` in row-major order, of any dtype, converted to double (i64 beyond 2^53 rounds).
  // `i` must be in [0, num_elements()).
  double at(int64_t i) const;

  // Over all elements, computed in double, one after the other.
  double norm() const;  // sqrt(sum of squares); 0 when there are none
  double sum() const;   // 0 when there are none
  double mean() const;  // NaN when there are none
  // NaN when an element is NaN, or when there are none.
  double min() const;
  double max() const;
  // Whether every element is finite.
  bool all_finite() const;

 private:
  absl::Status check_dtype(DType expected) const;
};

// As TensorView, for values that the callee writes.
struct MutableTensorView {
  void* data = nullptr;
  DType dtype = DType::kF32;
  std::span<const int64_t> shape;

  operator TensorView() const { return {data, dtype, shape}; }
  int64_t num_elements() const { return TensorView(*this).num_elements(); }
  int64_t size_bytes() const { return TensorView(*this).size_bytes(); }

  // The values as a T. Error: INVALID_ARGUMENT when `dtype` is another than T's.
  template <typename T>
  absl::StatusOr<std::span<T>> values() const {
    auto view = TensorView(*this).values<T>();
    if (!view.ok()) return view.status();
    return std::span<T>(static_cast<T*>(data), view->size());
  }
};

}  // namespace etch

#endif  // ETCH_RUNTIME_TENSOR_VIEW_H_
