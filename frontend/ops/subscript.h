// Parts of tensors as in Python's brackets:
//
//   x[3]                                 x[3]
//   x[{Slice(0, 2), -1}]                 x[0:2, -1]
//   x[{Ellipsis, None, Slice(None, None, 2)}]   x[..., None, ::2]
//   x[{Slice(), indices}]                x[:, indices], with an integer tensor
//
// Results are values of their own; nothing can be assigned to them (where and scatter_add make the
// changed tensor).
#ifndef ETCH_FRONTEND_OPS_SUBSCRIPT_H_
#define ETCH_FRONTEND_OPS_SUBSCRIPT_H_

#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "etch/frontend/ops/dims.h"
#include "etch/frontend/tensor.h"

namespace etch {

// A new dimension of extent 1; in a slice, the end that is left out.
struct NoneType {};
inline constexpr NoneType None{};
// As many whole dimensions as the other subscripts leave.
struct EllipsisType {};
inline constexpr EllipsisType Ellipsis{};

// An end of a slice.
class Bound {
 public:
  Bound(NoneType) {}
  template <typename T>
  requires std::is_integral_v<T> Bound(T value) : value_(static_cast<int64_t>(value)) {}
  int64_t value_or(int64_t absent) const { return value_.value_or(absent); }

 private:
  std::optional<int64_t> value_;
};

// start:stop:step. Negative ends count from the end, ends past the tensor are its ends. The step
// is positive.
struct Slice {
  Slice(Bound start = None, Bound stop = None, Bound step = None)
      : start(start), stop(stop), step(step) {}
  Bound start, stop, step;
};

// What stands between two commas. Negative integers count from the end. Tensors are i32 or i64 and
// broadcast against each other; their dimensions come in the place of the one they index, or, where
// several with others between them do, in front. Their negative elements count from the end; those
// out of range are the caller's mistake, and read the nearest element.
class Subscript {
 public:
  template <typename T>
  requires std::is_integral_v<T> Subscript(T index) : value_(static_cast<int64_t>(index)) {}
  Subscript(Slice slice) : value_(slice) {}
  Subscript(NoneType none) : value_(none) {}
  Subscript(EllipsisType ellipsis) : value_(ellipsis) {}
  Subscript(Tensor indices) : value_(std::move(indices)) {}

  using Value = std::variant<int64_t, Slice, NoneType, EllipsisType, Tensor>;
  const Value& value() const { return value_; }

 private:
  Value value_;
};

// x[subscripts...].
Tensor index(const Tensor& x, const std::vector<Subscript>& subscripts, Loc loc = Loc::current());

}  // namespace etch

#endif  // ETCH_FRONTEND_OPS_SUBSCRIPT_H_
