#include "etch/nn/host_values.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "etch/frontend/state.h"
#include "etch/nn/formats/strided.h"
#include "etch/runtime/half.h"

namespace etch::nn::detail {
namespace {

// Bits of a 16-bit float, apart from integers of that width.
struct Half {
  uint16_t bits;
  explicit Half(double value) : bits(float_to_f16(static_cast<float>(value))) {}
};
struct Bfloat {
  uint16_t bits;
  explicit Bfloat(double value) : bits(float_to_bf16(static_cast<float>(value))) {}
};

// Calls `f` with a null pointer of the element type of `dtype`.
template <typename F>
auto with_type(DType dtype, F&& f) {
  switch (dtype) {
    case DType::kBool:
      return f(static_cast<bool*>(nullptr));
    case DType::kU8:
      return f(static_cast<uint8_t*>(nullptr));
    case DType::kI8:
      return f(static_cast<int8_t*>(nullptr));
    case DType::kI32:
      return f(static_cast<int32_t*>(nullptr));
    case DType::kI64:
      return f(static_cast<int64_t*>(nullptr));
    case DType::kF16:
      return f(static_cast<Half*>(nullptr));
    case DType::kBF16:
      return f(static_cast<Bfloat*>(nullptr));
    case DType::kF32:
      return f(static_cast<float*>(nullptr));
    case DType::kF64:
      return f(static_cast<double*>(nullptr));
  }
  throw Error("nn: unknown dtype");
}

// A concrete tensor of `n` elements, element i being value(i) as a double.
template <typename Value>
Tensor generate(const Shape& shape, DType dtype, Value&& value) {
  return with_type(dtype, [&]<typename T>(T*) {
    auto n = static_cast<size_t>(shape.num_elements());
    std::vector<std::byte> bytes(n * sizeof(T));
    for (size_t i = 0; i < n; ++i) {
      T element(value(i));
      std::memcpy(bytes.data() + i * sizeof(T), &element, sizeof(T));
    }
    return Tensor::from_bytes(bytes.data(), dtype, shape);
  });
}

}  // namespace

Tensor filled(const Shape& shape, double value, DType dtype) {
  return generate(shape, dtype, [&](size_t) { return value; });
}

Tensor from_floats(std::span<const float> values, const Shape& shape, DType dtype) {
  if (dtype == f32) return Tensor::from_data(values, shape);
  return generate(shape, dtype, [&](size_t i) { return static_cast<double>(values[i]); });
}

Tensor converted(const Tensor& tensor, DType dtype) {
  TensorView view = tensor.view();
  if (dtype == tensor.dtype()) return Tensor::from_bytes(view.data, dtype, tensor.shape());
  return generate(tensor.shape(), dtype,
                  [&](size_t i) { return view.at(static_cast<int64_t>(i)); });
}

Tensor transposed(const Tensor& matrix) {
  TensorView view = matrix.view();
  auto element = static_cast<size_t>(size_of(view.dtype));
  std::vector<std::byte> bytes(static_cast<size_t>(view.size_bytes()));
  std::vector<int64_t> shape = {matrix.size(1), matrix.size(0)}, strides = {1, matrix.size(1)};
  formats::copy_strided({static_cast<const std::byte*>(view.data), bytes.size()}, shape, strides,
                        element, bytes);
  return Tensor::from_bytes(bytes.data(), view.dtype, Shape(shape));
}

bool same_bytes(const Tensor& a, const Tensor& b) {
  TensorView x = a.view(), y = b.view();
  return x.dtype == y.dtype && std::ranges::equal(x.shape, y.shape) &&
         std::memcmp(x.data, y.data, static_cast<size_t>(x.size_bytes())) == 0;
}

void set_value(const Tensor& target, const Tensor& value) {
  if (target.is_cell())
    frontend::reset_cell(target, value);
  else
    Tensor(target).assign(value);
}

}  // namespace etch::nn::detail
