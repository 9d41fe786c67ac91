// Elementwise functions: operands broadcast as in NumPy, dtypes promote as in PyTorch.
#ifndef ETCH_FRONTEND_OPS_ELEMENTWISE_H_
#define ETCH_FRONTEND_OPS_ELEMENTWISE_H_

#include <optional>
#include <source_location>
#include <vector>

#include "etch/frontend/tensor.h"

namespace etch {

using Loc = std::source_location;

Tensor neg(const Tensor& x, Loc loc = Loc::current());
Tensor abs(const Tensor& x, Loc loc = Loc::current());
Tensor sign(const Tensor& x, Loc loc = Loc::current());
Tensor exp(const Tensor& x, Loc loc = Loc::current());
Tensor log(const Tensor& x, Loc loc = Loc::current());
// exp(x) - 1 and log(1 + x), exact where x is small.
Tensor expm1(const Tensor& x, Loc loc = Loc::current());
Tensor log1p(const Tensor& x, Loc loc = Loc::current());
Tensor sqrt(const Tensor& x, Loc loc = Loc::current());
Tensor rsqrt(const Tensor& x, Loc loc = Loc::current());
Tensor tanh(const Tensor& x, Loc loc = Loc::current());
Tensor erf(const Tensor& x, Loc loc = Loc::current());
Tensor sin(const Tensor& x, Loc loc = Loc::current());
Tensor cos(const Tensor& x, Loc loc = Loc::current());
Tensor floor(const Tensor& x, Loc loc = Loc::current());
Tensor ceil(const Tensor& x, Loc loc = Loc::current());
Tensor round(const Tensor& x, Loc loc = Loc::current());
Tensor sigmoid(const Tensor& x, Loc loc = Loc::current());
Tensor relu(const Tensor& x, Loc loc = Loc::current());
Tensor silu(const Tensor& x, Loc loc = Loc::current());
Tensor square(const Tensor& x, Loc loc = Loc::current());
Tensor logical_not(const Tensor& x, Loc loc = Loc::current());
// Gaussian error linear unit, x * Phi(x); with `tanh_approximation` as GPT-2 has it.
// Source: Hendrycks, Gimpel, "Gaussian Error Linear Units", 2016, arXiv:1606.08415.
Tensor gelu(const Tensor& x, bool tanh_approximation = false, Loc loc = Loc::current());

Tensor add(const Tensor& a, const Tensor& b, Loc loc = Loc::current());
Tensor sub(const Tensor& a, const Tensor& b, Loc loc = Loc::current());
Tensor mul(const Tensor& a, const Tensor& b, Loc loc = Loc::current());
Tensor div(const Tensor& a, const Tensor& b, Loc loc = Loc::current());
Tensor pow(const Tensor& a, const Tensor& b, Loc loc = Loc::current());
Tensor maximum(const Tensor& a, const Tensor& b, Loc loc = Loc::current());
Tensor minimum(const Tensor& a, const Tensor& b, Loc loc = Loc::current());
Tensor logical_and(const Tensor& a, const Tensor& b, Loc loc = Loc::current());
Tensor logical_or(const Tensor& a, const Tensor& b, Loc loc = Loc::current());
Tensor logical_xor(const Tensor& a, const Tensor& b, Loc loc = Loc::current());
Tensor pow(const Tensor& a, double exponent, Loc loc = Loc::current());
Tensor clamp(const Tensor& x, double low, double high, Loc loc = Loc::current());
Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b, Loc loc = Loc::current());
Tensor where(const Tensor& condition, const Tensor& a, double b, Loc loc = Loc::current());
Tensor cast(const Tensor& x, DType dtype, Loc loc = Loc::current());

// Comparisons give booleans.
Tensor eq(const Tensor& a, const Tensor& b, Loc loc = Loc::current());
Tensor ne(const Tensor& a, const Tensor& b, Loc loc = Loc::current());
Tensor lt(const Tensor& a, const Tensor& b, Loc loc = Loc::current());
Tensor le(const Tensor& a, const Tensor& b, Loc loc = Loc::current());
Tensor gt(const Tensor& a, const Tensor& b, Loc loc = Loc::current());
Tensor ge(const Tensor& a, const Tensor& b, Loc loc = Loc::current());

// A host number beside a tensor. In eager-looking code it is an input of the program, so that
// another value does not compile again; inside compile and trace it is a constant.
class TensorOrNumber {
 public:
  TensorOrNumber(const Tensor& tensor, Loc loc = Loc::current()) : tensor_(tensor), loc_(loc) {}
  template <typename T>
  requires std::is_arithmetic_v<T> TensorOrNumber(T number, Loc loc = Loc::current())
      : number_(static_cast<double>(number)), is_integer_(std::is_integral_v<T>), loc_(loc) {}
  const std::optional<Tensor>& tensor() const { return tensor_; }
  double number() const { return number_; }
  bool is_integer() const { return is_integer_; }
  Loc loc() const { return loc_; }

 private:
  std::optional<Tensor> tensor_;
  double number_ = 0;
  bool is_integer_ = false;
  Loc loc_;
};

// A host number on the left of an operator.
class Number {
 public:
  template <typename T>
  requires std::is_arithmetic_v<T> Number(T number, Loc loc = Loc::current())
      : value_(static_cast<double>(number)), is_integer_(std::is_integral_v<T>), loc_(loc) {}
  double value() const { return value_; }
  bool is_integer() const { return is_integer_; }
  Loc loc() const { return loc_; }

 private:
  double value_;
  bool is_integer_;
  Loc loc_;
};

Tensor operator+(const Tensor& a, const TensorOrNumber& b);
Tensor operator-(const Tensor& a, const TensorOrNumber& b);
Tensor operator*(const Tensor& a, const TensorOrNumber& b);
Tensor operator/(const Tensor& a, const TensorOrNumber& b);
Tensor operator<(const Tensor& a, const TensorOrNumber& b);
Tensor operator<=(const Tensor& a, const TensorOrNumber& b);
Tensor operator>(const Tensor& a, const TensorOrNumber& b);
Tensor operator>=(const Tensor& a, const TensorOrNumber& b);
Tensor operator==(const Tensor& a, const TensorOrNumber& b);
Tensor operator!=(const Tensor& a, const TensorOrNumber& b);
// Exact matches, since C++20 also tries `==` with its operands swapped; they carry no source line.
Tensor operator==(const Tensor& a, const Tensor& b);
Tensor operator!=(const Tensor& a, const Tensor& b);
Tensor operator+(const Number& a, const Tensor& b);
Tensor operator-(const Number& a, const Tensor& b);
Tensor operator*(const Number& a, const Tensor& b);
Tensor operator/(const Number& a, const Tensor& b);
Tensor operator-(const Tensor& a);

}  // namespace etch

#endif  // ETCH_FRONTEND_OPS_ELEMENTWISE_H_
