// The functions of frontend/ops/ as members of Tensor: x.sum(0) is sum(x, 0). What they do, take
// and throw is said there; the comments name the header.
#ifndef ETCH_FRONTEND_TENSOR_FUNCTIONS_H_
#define ETCH_FRONTEND_TENSOR_FUNCTIONS_H_

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

#include "etch/frontend/ops/dims.h"
#include "etch/runtime/dtype.h"
#include "etch/runtime/shape.h"

namespace etch {

class Subscript;
class Tensor;
class TensorOrNumber;
struct Chosen;

// Base of Tensor only.
class TensorFunctions {
 public:
  // ops/elementwise.h
  Tensor abs(Loc loc = Loc::current()) const;
  Tensor neg(Loc loc = Loc::current()) const;
  Tensor sign(Loc loc = Loc::current()) const;
  Tensor square(Loc loc = Loc::current()) const;
  Tensor exp(Loc loc = Loc::current()) const;
  Tensor exp2(Loc loc = Loc::current()) const;
  Tensor expm1(Loc loc = Loc::current()) const;
  Tensor log(Loc loc = Loc::current()) const;
  Tensor log2(Loc loc = Loc::current()) const;
  Tensor log10(Loc loc = Loc::current()) const;
  Tensor log1p(Loc loc = Loc::current()) const;
  Tensor sqrt(Loc loc = Loc::current()) const;
  Tensor rsqrt(Loc loc = Loc::current()) const;
  Tensor reciprocal(Loc loc = Loc::current()) const;
  Tensor sin(Loc loc = Loc::current()) const;
  Tensor cos(Loc loc = Loc::current()) const;
  Tensor tan(Loc loc = Loc::current()) const;
  Tensor asin(Loc loc = Loc::current()) const;
  Tensor acos(Loc loc = Loc::current()) const;
  Tensor atan(Loc loc = Loc::current()) const;
  Tensor sinh(Loc loc = Loc::current()) const;
  Tensor cosh(Loc loc = Loc::current()) const;
  Tensor tanh(Loc loc = Loc::current()) const;
  Tensor erf(Loc loc = Loc::current()) const;
  Tensor floor(Loc loc = Loc::current()) const;
  Tensor ceil(Loc loc = Loc::current()) const;
  Tensor round(Loc loc = Loc::current()) const;
  Tensor trunc(Loc loc = Loc::current()) const;
  Tensor frac(Loc loc = Loc::current()) const;
  Tensor sigmoid(Loc loc = Loc::current()) const;
  Tensor relu(Loc loc = Loc::current()) const;
  Tensor to(DType dtype, Loc loc = Loc::current()) const;  // cast

  // ops/arithmetic.h
  Tensor add(const TensorOrNumber& b, Loc loc = Loc::current()) const;
  Tensor sub(const TensorOrNumber& b, Loc loc = Loc::current()) const;
  Tensor mul(const TensorOrNumber& b, Loc loc = Loc::current()) const;
  Tensor div(const TensorOrNumber& b, Loc loc = Loc::current()) const;
  Tensor floor_divide(const TensorOrNumber& b, Loc loc = Loc::current()) const;
  Tensor remainder(const TensorOrNumber& b, Loc loc = Loc::current()) const;
  Tensor fmod(const TensorOrNumber& b, Loc loc = Loc::current()) const;
  Tensor pow(const TensorOrNumber& b, Loc loc = Loc::current()) const;
  Tensor atan2(const TensorOrNumber& b, Loc loc = Loc::current()) const;
  Tensor maximum(const TensorOrNumber& b, Loc loc = Loc::current()) const;
  Tensor minimum(const TensorOrNumber& b, Loc loc = Loc::current()) const;
  Tensor div(const TensorOrNumber& b, std::string_view rounding_mode,
             Loc loc = Loc::current()) const;
  Tensor lerp(const Tensor& b, const TensorOrNumber& weight, Loc loc = Loc::current()) const;
  Tensor bitwise_and(const TensorOrNumber& b, Loc loc = Loc::current()) const;
  Tensor bitwise_or(const TensorOrNumber& b, Loc loc = Loc::current()) const;
  Tensor bitwise_xor(const TensorOrNumber& b, Loc loc = Loc::current()) const;
  Tensor bitwise_left_shift(const TensorOrNumber& b, Loc loc = Loc::current()) const;
  Tensor bitwise_right_shift(const TensorOrNumber& b, Loc loc = Loc::current()) const;
  Tensor bitwise_not(Loc loc = Loc::current()) const;

  // ops/comparison.h
  Tensor eq(const TensorOrNumber& b, Loc loc = Loc::current()) const;
  Tensor ne(const TensorOrNumber& b, Loc loc = Loc::current()) const;
  Tensor lt(const TensorOrNumber& b, Loc loc = Loc::current()) const;
  Tensor le(const TensorOrNumber& b, Loc loc = Loc::current()) const;
  Tensor gt(const TensorOrNumber& b, Loc loc = Loc::current()) const;
  Tensor ge(const TensorOrNumber& b, Loc loc = Loc::current()) const;
  Tensor logical_and(const Tensor& b, Loc loc = Loc::current()) const;
  Tensor logical_or(const Tensor& b, Loc loc = Loc::current()) const;
  Tensor logical_xor(const Tensor& b, Loc loc = Loc::current()) const;
  Tensor isnan(Loc loc = Loc::current()) const;
  Tensor isinf(Loc loc = Loc::current()) const;
  Tensor isfinite(Loc loc = Loc::current()) const;
  Tensor logical_not(Loc loc = Loc::current()) const;
  Tensor masked_fill(const Tensor& mask, const TensorOrNumber& value,
                     Loc loc = Loc::current()) const;
  Tensor clamp(const std::optional<TensorOrNumber>& low, Loc loc = Loc::current()) const;
  Tensor clamp(const std::optional<TensorOrNumber>& low, const std::optional<TensorOrNumber>& high,
               Loc loc = Loc::current()) const;

  // ops/reduction.h
  Tensor sum(const Dims& dims = {}, bool keepdim = false, Loc loc = Loc::current()) const;
  Tensor prod(const Dims& dims = {}, bool keepdim = false, Loc loc = Loc::current()) const;
  Tensor mean(const Dims& dims = {}, bool keepdim = false, Loc loc = Loc::current()) const;
  Tensor amax(const Dims& dims = {}, bool keepdim = false, Loc loc = Loc::current()) const;
  Tensor amin(const Dims& dims = {}, bool keepdim = false, Loc loc = Loc::current()) const;
  Tensor any(const Dims& dims = {}, bool keepdim = false, Loc loc = Loc::current()) const;
  Tensor all(const Dims& dims = {}, bool keepdim = false, Loc loc = Loc::current()) const;
  Tensor var(const Dims& dims = {}, bool unbiased = true, bool keepdim = false,
             Loc loc = Loc::current()) const;
  Tensor std(const Dims& dims = {}, bool unbiased = true, bool keepdim = false,
             Loc loc = Loc::current()) const;
  Tensor max(Loc loc = Loc::current()) const;
  Tensor min(Loc loc = Loc::current()) const;
  Tensor norm(double p = 2, const Dims& dims = {}, bool keepdim = false,
              Loc loc = Loc::current()) const;
  Tensor logsumexp(const Dims& dims, bool keepdim = false, Loc loc = Loc::current()) const;
  Tensor count_nonzero(const Dims& dims = {}, Loc loc = Loc::current()) const;
  Tensor softmax(int64_t dim, Loc loc = Loc::current()) const;
  Tensor log_softmax(int64_t dim, Loc loc = Loc::current()) const;

  // ops/contraction.h
  Tensor matmul(const Tensor& b, Loc loc = Loc::current()) const;
  Tensor mm(const Tensor& b, Loc loc = Loc::current()) const;
  Tensor bmm(const Tensor& b, Loc loc = Loc::current()) const;
  Tensor mv(const Tensor& b, Loc loc = Loc::current()) const;
  Tensor dot(const Tensor& b, Loc loc = Loc::current()) const;
  Tensor outer(const Tensor& b, Loc loc = Loc::current()) const;

  // ops/movement.h
  Tensor reshape(const Shape& shape, Loc loc = Loc::current()) const;
  Tensor flatten(int64_t start = 0, int64_t end = -1, Loc loc = Loc::current()) const;
  Tensor unflatten(int64_t dim, const Shape& sizes, Loc loc = Loc::current()) const;
  Tensor squeeze(Loc loc = Loc::current()) const;
  Tensor squeeze(const Dims& dims, Loc loc = Loc::current()) const;
  Tensor unsqueeze(int64_t dim, Loc loc = Loc::current()) const;
  Tensor transpose(int64_t a, int64_t b, Loc loc = Loc::current()) const;
  Tensor swapaxes(int64_t a, int64_t b, Loc loc = Loc::current()) const;
  Tensor t(Loc loc = Loc::current()) const;
  Tensor permute(const std::vector<int64_t>& dims, Loc loc = Loc::current()) const;
  Tensor movedim(const Dims& from, const Dims& to, Loc loc = Loc::current()) const;
  Tensor expand(const Shape& shape, Loc loc = Loc::current()) const;
  Tensor expand_as(const Tensor& other, Loc loc = Loc::current()) const;
  Tensor repeat(const Shape& counts, Loc loc = Loc::current()) const;
  Tensor tile(const Shape& counts, Loc loc = Loc::current()) const;
  Tensor repeat_interleave(int64_t count, int64_t dim, Loc loc = Loc::current()) const;
  Tensor slice(int64_t dim, int64_t start, int64_t stop, int64_t step = 1,
               Loc loc = Loc::current()) const;
  Tensor narrow(int64_t dim, int64_t start, int64_t length, Loc loc = Loc::current()) const;
  Tensor select(int64_t dim, int64_t index, Loc loc = Loc::current()) const;
  Tensor flip(const Dims& dims, Loc loc = Loc::current()) const;
  Tensor roll(int64_t shift, int64_t dim, Loc loc = Loc::current()) const;

  // ops/joining.h
  std::vector<Tensor> split(int64_t size, int64_t dim = 0, Loc loc = Loc::current()) const;
  std::vector<Tensor> split(const std::vector<int64_t>& sizes, int64_t dim = 0,
                            Loc loc = Loc::current()) const;
  std::vector<Tensor> chunk(int64_t chunks, int64_t dim = 0, Loc loc = Loc::current()) const;
  std::vector<Tensor> unbind(int64_t dim = 0, Loc loc = Loc::current()) const;

  // ops/diagonal.h
  Tensor tril(int64_t diagonal = 0, Loc loc = Loc::current()) const;
  Tensor triu(int64_t diagonal = 0, Loc loc = Loc::current()) const;
  Tensor diag(int64_t diagonal = 0, Loc loc = Loc::current()) const;
  Tensor diagonal(int64_t offset = 0, int64_t dim1 = 0, int64_t dim2 = 1,
                  Loc loc = Loc::current()) const;

  // ops/choice.h
  Chosen max(int64_t dim, bool keepdim = false, Loc loc = Loc::current()) const;
  Chosen min(int64_t dim, bool keepdim = false, Loc loc = Loc::current()) const;
  Tensor argmax(std::optional<int64_t> dim = std::nullopt, bool keepdim = false,
                Loc loc = Loc::current()) const;
  Tensor argmin(std::optional<int64_t> dim = std::nullopt, bool keepdim = false,
                Loc loc = Loc::current()) const;

  // ops/ordering.h
  Tensor cumsum(int64_t dim, Loc loc = Loc::current()) const;
  Chosen sort(int64_t dim = -1, bool descending = false, Loc loc = Loc::current()) const;
  Tensor argsort(int64_t dim = -1, bool descending = false, Loc loc = Loc::current()) const;
  Chosen topk(int64_t k, int64_t dim = -1, bool largest = true, Loc loc = Loc::current()) const;

  // ops/indexing.h
  Tensor gather(int64_t dim, const Tensor& index, Loc loc = Loc::current()) const;
  Tensor scatter_add(int64_t dim, const Tensor& index, const Tensor& src,
                     Loc loc = Loc::current()) const;
  Tensor index_select(int64_t dim, const Tensor& index, Loc loc = Loc::current()) const;

  // ops/subscript.h
  Tensor operator[](int64_t i) const;
  Tensor operator[](std::initializer_list<Subscript> subscripts) const;
  Tensor index(const std::vector<Subscript>& subscripts, Loc loc = Loc::current()) const;

  // In place, as the operators of arithmetic.h.
  Tensor& add_(const TensorOrNumber& b);
  Tensor& sub_(const TensorOrNumber& b);
  Tensor& mul_(const TensorOrNumber& b);
  Tensor& div_(const TensorOrNumber& b);

 protected:
  TensorFunctions() = default;

 private:
  const Tensor& self() const;
};

}  // namespace etch

#endif  // ETCH_FRONTEND_TENSOR_FUNCTIONS_H_
