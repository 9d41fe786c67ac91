// Host numbers among the operands of functions on tensors.
#ifndef ETCH_FRONTEND_OPS_NUMBER_H_
#define ETCH_FRONTEND_OPS_NUMBER_H_

#include <cstdint>
#include <optional>
#include <type_traits>

#include "etch/frontend/ops/dims.h"
#include "etch/frontend/tensor.h"

namespace etch {

// A host number, with its category: beside a tensor it has none of the width of its C++ type, as in
// PyTorch. In eager-looking code it is an input of the program, so that another value does not
// compile again; inside compile and trace it is a constant.
class Number {
 public:
  enum class Kind : uint8_t { kBool, kInteger, kFloat };

  template <typename T>
  requires std::is_arithmetic_v<T> Number(T number, Loc loc = Loc::current())
      : value_(static_cast<double>(number)),
        kind_(std::is_same_v<T, bool> ? Kind::kBool
              : std::is_integral_v<T> ? Kind::kInteger
                                      : Kind::kFloat),
        loc_(loc) {}
  double value() const { return value_; }
  Kind kind() const { return kind_; }
  bool is_integer() const { return kind_ != Kind::kFloat; }
  Loc loc() const { return loc_; }

 private:
  double value_;
  Kind kind_;
  Loc loc_;
};

class TensorOrNumber {
 public:
  TensorOrNumber(const Tensor& tensor, Loc loc = Loc::current())
      : tensor_(tensor), number_(0, loc) {}
  template <typename T>
  requires std::is_arithmetic_v<T> TensorOrNumber(T number, Loc loc = Loc::current())
      : number_(number, loc) {}
  TensorOrNumber(const Number& number) : number_(number) {}

  // None for a number.
  const std::optional<Tensor>& tensor() const { return tensor_; }
  const Number& number() const { return number_; }
  Loc loc() const { return number_.loc(); }

 private:
  std::optional<Tensor> tensor_;
  Number number_;
};

}  // namespace etch

#endif  // ETCH_FRONTEND_OPS_NUMBER_H_
