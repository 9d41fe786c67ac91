#include "etch/frontend/tensor_functions.h"

#include "etch/frontend/ops.h"

namespace etch {

// ops/elementwise.h
Tensor TensorFunctions::abs(Loc loc) const { return etch::abs(self(), loc); }
Tensor TensorFunctions::neg(Loc loc) const { return etch::neg(self(), loc); }
Tensor TensorFunctions::sign(Loc loc) const { return etch::sign(self(), loc); }
Tensor TensorFunctions::square(Loc loc) const { return etch::square(self(), loc); }
Tensor TensorFunctions::exp(Loc loc) const { return etch::exp(self(), loc); }
Tensor TensorFunctions::exp2(Loc loc) const { return etch::exp2(self(), loc); }
Tensor TensorFunctions::expm1(Loc loc) const { return etch::expm1(self(), loc); }
Tensor TensorFunctions::log(Loc loc) const { return etch::log(self(), loc); }
Tensor TensorFunctions::log2(Loc loc) const { return etch::log2(self(), loc); }
Tensor TensorFunctions::log10(Loc loc) const { return etch::log10(self(), loc); }
Tensor TensorFunctions::log1p(Loc loc) const { return etch::log1p(self(), loc); }
Tensor TensorFunctions::sqrt(Loc loc) const { return etch::sqrt(self(), loc); }
Tensor TensorFunctions::rsqrt(Loc loc) const { return etch::rsqrt(self(), loc); }
Tensor TensorFunctions::reciprocal(Loc loc) const { return etch::reciprocal(self(), loc); }
Tensor TensorFunctions::sin(Loc loc) const { return etch::sin(self(), loc); }
Tensor TensorFunctions::cos(Loc loc) const { return etch::cos(self(), loc); }
Tensor TensorFunctions::tan(Loc loc) const { return etch::tan(self(), loc); }
Tensor TensorFunctions::asin(Loc loc) const { return etch::asin(self(), loc); }
Tensor TensorFunctions::acos(Loc loc) const { return etch::acos(self(), loc); }
Tensor TensorFunctions::atan(Loc loc) const { return etch::atan(self(), loc); }
Tensor TensorFunctions::sinh(Loc loc) const { return etch::sinh(self(), loc); }
Tensor TensorFunctions::cosh(Loc loc) const { return etch::cosh(self(), loc); }
Tensor TensorFunctions::tanh(Loc loc) const { return etch::tanh(self(), loc); }
Tensor TensorFunctions::erf(Loc loc) const { return etch::erf(self(), loc); }
Tensor TensorFunctions::floor(Loc loc) const { return etch::floor(self(), loc); }
Tensor TensorFunctions::ceil(Loc loc) const { return etch::ceil(self(), loc); }
Tensor TensorFunctions::round(Loc loc) const { return etch::round(self(), loc); }
Tensor TensorFunctions::trunc(Loc loc) const { return etch::trunc(self(), loc); }
Tensor TensorFunctions::frac(Loc loc) const { return etch::frac(self(), loc); }
Tensor TensorFunctions::sigmoid(Loc loc) const { return etch::sigmoid(self(), loc); }
Tensor TensorFunctions::relu(Loc loc) const { return etch::relu(self(), loc); }
Tensor TensorFunctions::to(DType dtype, Loc loc) const { return cast(self(), dtype, loc); }

// ops/arithmetic.h
Tensor TensorFunctions::add(const TensorOrNumber& b, Loc loc) const {
  return etch::add(self(), b, loc);
}
Tensor TensorFunctions::sub(const TensorOrNumber& b, Loc loc) const {
  return etch::sub(self(), b, loc);
}
Tensor TensorFunctions::mul(const TensorOrNumber& b, Loc loc) const {
  return etch::mul(self(), b, loc);
}
Tensor TensorFunctions::div(const TensorOrNumber& b, Loc loc) const {
  return etch::div(self(), b, loc);
}
Tensor TensorFunctions::floor_divide(const TensorOrNumber& b, Loc loc) const {
  return etch::floor_divide(self(), b, loc);
}
Tensor TensorFunctions::remainder(const TensorOrNumber& b, Loc loc) const {
  return etch::remainder(self(), b, loc);
}
Tensor TensorFunctions::fmod(const TensorOrNumber& b, Loc loc) const {
  return etch::fmod(self(), b, loc);
}
Tensor TensorFunctions::pow(const TensorOrNumber& b, Loc loc) const {
  return etch::pow(self(), b, loc);
}
Tensor TensorFunctions::atan2(const TensorOrNumber& b, Loc loc) const {
  return etch::atan2(self(), b, loc);
}
Tensor TensorFunctions::maximum(const TensorOrNumber& b, Loc loc) const {
  return etch::maximum(self(), b, loc);
}
Tensor TensorFunctions::minimum(const TensorOrNumber& b, Loc loc) const {
  return etch::minimum(self(), b, loc);
}
Tensor TensorFunctions::div(const TensorOrNumber& b, std::string_view rounding_mode,
                            Loc loc) const {
  return etch::div(self(), b, rounding_mode, loc);
}
Tensor TensorFunctions::lerp(const Tensor& b, const TensorOrNumber& weight, Loc loc) const {
  return etch::lerp(self(), b, weight, loc);
}
Tensor TensorFunctions::bitwise_and(const TensorOrNumber& b, Loc loc) const {
  return etch::bitwise_and(self(), b, loc);
}
Tensor TensorFunctions::bitwise_or(const TensorOrNumber& b, Loc loc) const {
  return etch::bitwise_or(self(), b, loc);
}
Tensor TensorFunctions::bitwise_xor(const TensorOrNumber& b, Loc loc) const {
  return etch::bitwise_xor(self(), b, loc);
}
Tensor TensorFunctions::bitwise_left_shift(const TensorOrNumber& b, Loc loc) const {
  return etch::bitwise_left_shift(self(), b, loc);
}
Tensor TensorFunctions::bitwise_right_shift(const TensorOrNumber& b, Loc loc) const {
  return etch::bitwise_right_shift(self(), b, loc);
}
Tensor TensorFunctions::bitwise_not(Loc loc) const { return etch::bitwise_not(self(), loc); }

// ops/comparison.h
Tensor TensorFunctions::eq(const TensorOrNumber& b, Loc loc) const {
  return etch::eq(self(), b, loc);
}
Tensor TensorFunctions::ne(const TensorOrNumber& b, Loc loc) const {
  return etch::ne(self(), b, loc);
}
Tensor TensorFunctions::lt(const TensorOrNumber& b, Loc loc) const {
  return etch::lt(self(), b, loc);
}
Tensor TensorFunctions::le(const TensorOrNumber& b, Loc loc) const {
  return etch::le(self(), b, loc);
}
Tensor TensorFunctions::gt(const TensorOrNumber& b, Loc loc) const {
  return etch::gt(self(), b, loc);
}
Tensor TensorFunctions::ge(const TensorOrNumber& b, Loc loc) const {
  return etch::ge(self(), b, loc);
}
Tensor TensorFunctions::logical_and(const Tensor& b, Loc loc) const {
  return etch::logical_and(self(), b, loc);
}
Tensor TensorFunctions::logical_or(const Tensor& b, Loc loc) const {
  return etch::logical_or(self(), b, loc);
}
Tensor TensorFunctions::logical_xor(const Tensor& b, Loc loc) const {
  return etch::logical_xor(self(), b, loc);
}
Tensor TensorFunctions::isnan(Loc loc) const { return etch::isnan(self(), loc); }
Tensor TensorFunctions::isinf(Loc loc) const { return etch::isinf(self(), loc); }
Tensor TensorFunctions::isfinite(Loc loc) const { return etch::isfinite(self(), loc); }
Tensor TensorFunctions::logical_not(Loc loc) const { return etch::logical_not(self(), loc); }
Tensor TensorFunctions::masked_fill(const Tensor& mask, const TensorOrNumber& value,
                                    Loc loc) const {
  return etch::masked_fill(self(), mask, value, loc);
}
Tensor TensorFunctions::clamp(const std::optional<TensorOrNumber>& low, Loc loc) const {
  return etch::clamp(self(), low, std::nullopt, loc);
}
Tensor TensorFunctions::clamp(const std::optional<TensorOrNumber>& low,
                              const std::optional<TensorOrNumber>& high, Loc loc) const {
  return etch::clamp(self(), low, high, loc);
}

// ops/reduction.h
Tensor TensorFunctions::sum(const Dims& dims, bool keepdim, Loc loc) const {
  return etch::sum(self(), dims, keepdim, loc);
}
Tensor TensorFunctions::prod(const Dims& dims, bool keepdim, Loc loc) const {
  return etch::prod(self(), dims, keepdim, loc);
}
Tensor TensorFunctions::mean(const Dims& dims, bool keepdim, Loc loc) const {
  return etch::mean(self(), dims, keepdim, loc);
}
Tensor TensorFunctions::amax(const Dims& dims, bool keepdim, Loc loc) const {
  return etch::amax(self(), dims, keepdim, loc);
}
Tensor TensorFunctions::amin(const Dims& dims, bool keepdim, Loc loc) const {
  return etch::amin(self(), dims, keepdim, loc);
}
Tensor TensorFunctions::any(const Dims& dims, bool keepdim, Loc loc) const {
  return etch::any(self(), dims, keepdim, loc);
}
Tensor TensorFunctions::all(const Dims& dims, bool keepdim, Loc loc) const {
  return etch::all(self(), dims, keepdim, loc);
}
Tensor TensorFunctions::var(const Dims& dims, bool unbiased, bool keepdim, Loc loc) const {
  return etch::var(self(), dims, unbiased, keepdim, loc);
}
Tensor TensorFunctions::std(const Dims& dims, bool unbiased, bool keepdim, Loc loc) const {
  return etch::std(self(), dims, unbiased, keepdim, loc);
}
Tensor TensorFunctions::max(Loc loc) const { return etch::max(self(), loc); }
Tensor TensorFunctions::min(Loc loc) const { return etch::min(self(), loc); }
Tensor TensorFunctions::norm(double p, const Dims& dims, bool keepdim, Loc loc) const {
  return etch::norm(self(), p, dims, keepdim, loc);
}
Tensor TensorFunctions::logsumexp(const Dims& dims, bool keepdim, Loc loc) const {
  return etch::logsumexp(self(), dims, keepdim, loc);
}
Tensor TensorFunctions::count_nonzero(const Dims& dims, Loc loc) const {
  return etch::count_nonzero(self(), dims, loc);
}
Tensor TensorFunctions::softmax(int64_t dim, Loc loc) const {
  return etch::softmax(self(), dim, loc);
}
Tensor TensorFunctions::log_softmax(int64_t dim, Loc loc) const {
  return etch::log_softmax(self(), dim, loc);
}

// ops/contraction.h
Tensor TensorFunctions::matmul(const Tensor& b, Loc loc) const {
  return etch::matmul(self(), b, loc);
}
Tensor TensorFunctions::mm(const Tensor& b, Loc loc) const { return etch::mm(self(), b, loc); }
Tensor TensorFunctions::bmm(const Tensor& b, Loc loc) const { return etch::bmm(self(), b, loc); }
Tensor TensorFunctions::mv(const Tensor& b, Loc loc) const { return etch::mv(self(), b, loc); }
Tensor TensorFunctions::dot(const Tensor& b, Loc loc) const { return etch::dot(self(), b, loc); }
Tensor TensorFunctions::outer(const Tensor& b, Loc loc) const {
  return etch::outer(self(), b, loc);
}

// ops/movement.h
Tensor TensorFunctions::reshape(const Shape& shape, Loc loc) const {
  return etch::reshape(self(), shape, loc);
}
Tensor TensorFunctions::flatten(int64_t start, int64_t end, Loc loc) const {
  return etch::flatten(self(), start, end, loc);
}
Tensor TensorFunctions::unflatten(int64_t dim, const Shape& sizes, Loc loc) const {
  return etch::unflatten(self(), dim, sizes, loc);
}
Tensor TensorFunctions::squeeze(Loc loc) const { return etch::squeeze(self(), loc); }
Tensor TensorFunctions::squeeze(const Dims& dims, Loc loc) const {
  return etch::squeeze(self(), dims, loc);
}
Tensor TensorFunctions::unsqueeze(int64_t dim, Loc loc) const {
  return etch::unsqueeze(self(), dim, loc);
}
Tensor TensorFunctions::transpose(int64_t a, int64_t b, Loc loc) const {
  return etch::transpose(self(), a, b, loc);
}
Tensor TensorFunctions::swapaxes(int64_t a, int64_t b, Loc loc) const {
  return etch::swapaxes(self(), a, b, loc);
}
Tensor TensorFunctions::t(Loc loc) const { return etch::t(self(), loc); }
Tensor TensorFunctions::permute(const std::vector<int64_t>& dims, Loc loc) const {
  return etch::permute(self(), dims, loc);
}
Tensor TensorFunctions::movedim(const Dims& from, const Dims& to, Loc loc) const {
  return etch::movedim(self(), from, to, loc);
}
Tensor TensorFunctions::expand(const Shape& shape, Loc loc) const {
  return etch::expand(self(), shape, loc);
}
Tensor TensorFunctions::expand_as(const Tensor& other, Loc loc) const {
  return etch::expand_as(self(), other, loc);
}
Tensor TensorFunctions::repeat(const Shape& counts, Loc loc) const {
  return etch::repeat(self(), counts, loc);
}
Tensor TensorFunctions::tile(const Shape& counts, Loc loc) const {
  return etch::tile(self(), counts, loc);
}
Tensor TensorFunctions::repeat_interleave(int64_t count, int64_t dim, Loc loc) const {
  return etch::repeat_interleave(self(), count, dim, loc);
}
Tensor TensorFunctions::slice(int64_t dim, int64_t start, int64_t stop, int64_t step,
                              Loc loc) const {
  return etch::slice(self(), dim, start, stop, step, loc);
}
Tensor TensorFunctions::narrow(int64_t dim, int64_t start, int64_t length, Loc loc) const {
  return etch::narrow(self(), dim, start, length, loc);
}
Tensor TensorFunctions::select(int64_t dim, int64_t index, Loc loc) const {
  return etch::select(self(), dim, index, loc);
}
Tensor TensorFunctions::flip(const Dims& dims, Loc loc) const {
  return etch::flip(self(), dims, loc);
}
Tensor TensorFunctions::roll(int64_t shift, int64_t dim, Loc loc) const {
  return etch::roll(self(), shift, dim, loc);
}

// ops/joining.h
std::vector<Tensor> TensorFunctions::split(int64_t size, int64_t dim, Loc loc) const {
  return etch::split(self(), size, dim, loc);
}
std::vector<Tensor> TensorFunctions::split(const std::vector<int64_t>& sizes, int64_t dim,
                                           Loc loc) const {
  return etch::split(self(), sizes, dim, loc);
}
std::vector<Tensor> TensorFunctions::chunk(int64_t chunks, int64_t dim, Loc loc) const {
  return etch::chunk(self(), chunks, dim, loc);
}
std::vector<Tensor> TensorFunctions::unbind(int64_t dim, Loc loc) const {
  return etch::unbind(self(), dim, loc);
}

// ops/diagonal.h
Tensor TensorFunctions::tril(int64_t diagonal, Loc loc) const {
  return etch::tril(self(), diagonal, loc);
}
Tensor TensorFunctions::triu(int64_t diagonal, Loc loc) const {
  return etch::triu(self(), diagonal, loc);
}
Tensor TensorFunctions::diag(int64_t diagonal, Loc loc) const {
  return etch::diag(self(), diagonal, loc);
}
Tensor TensorFunctions::diagonal(int64_t offset, int64_t dim1, int64_t dim2, Loc loc) const {
  return etch::diagonal(self(), offset, dim1, dim2, loc);
}

// ops/choice.h
Chosen TensorFunctions::max(int64_t dim, bool keepdim, Loc loc) const {
  return etch::max(self(), dim, keepdim, loc);
}
Chosen TensorFunctions::min(int64_t dim, bool keepdim, Loc loc) const {
  return etch::min(self(), dim, keepdim, loc);
}
Tensor TensorFunctions::argmax(std::optional<int64_t> dim, bool keepdim, Loc loc) const {
  return etch::argmax(self(), dim, keepdim, loc);
}
Tensor TensorFunctions::argmin(std::optional<int64_t> dim, bool keepdim, Loc loc) const {
  return etch::argmin(self(), dim, keepdim, loc);
}

// ops/ordering.h
Tensor TensorFunctions::cumsum(int64_t dim, Loc loc) const {
  return etch::cumsum(self(), dim, loc);
}
Chosen TensorFunctions::sort(int64_t dim, bool descending, Loc loc) const {
  return etch::sort(self(), dim, descending, loc);
}
Tensor TensorFunctions::argsort(int64_t dim, bool descending, Loc loc) const {
  return etch::argsort(self(), dim, descending, loc);
}
Chosen TensorFunctions::topk(int64_t k, int64_t dim, bool largest, Loc loc) const {
  return etch::topk(self(), k, dim, largest, loc);
}

// ops/indexing.h
Tensor TensorFunctions::gather(int64_t dim, const Tensor& index, Loc loc) const {
  return etch::gather(self(), dim, index, loc);
}
Tensor TensorFunctions::scatter_add(int64_t dim, const Tensor& index, const Tensor& src,
                                    Loc loc) const {
  return etch::scatter_add(self(), dim, index, src, loc);
}
Tensor TensorFunctions::index_select(int64_t dim, const Tensor& index, Loc loc) const {
  return etch::index_select(self(), dim, index, loc);
}

// ops/subscript.h
Tensor TensorFunctions::operator[](int64_t i) const {
  return etch::select(self(), 0, i, std::source_location());
}
Tensor TensorFunctions::operator[](std::initializer_list<Subscript> subscripts) const {
  return etch::index(self(), subscripts, std::source_location());
}
Tensor TensorFunctions::index(const std::vector<Subscript>& subscripts, Loc loc) const {
  return etch::index(self(), subscripts, loc);
}

Tensor& TensorFunctions::add_(const TensorOrNumber& b) { return static_cast<Tensor&>(*this) += b; }
Tensor& TensorFunctions::sub_(const TensorOrNumber& b) { return static_cast<Tensor&>(*this) -= b; }
Tensor& TensorFunctions::mul_(const TensorOrNumber& b) { return static_cast<Tensor&>(*this) *= b; }
Tensor& TensorFunctions::div_(const TensorOrNumber& b) { return static_cast<Tensor&>(*this) /= b; }

const Tensor& TensorFunctions::self() const { return static_cast<const Tensor&>(*this); }

}  // namespace etch
