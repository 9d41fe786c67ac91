#include "etch/frontend/tensor.h"

#include <cstring>
#include <limits>

#include "absl/strings/str_cat.h"
#include "etch/frontend/evaluate.h"
#include "etch/frontend/host_values.h"
#include "etch/frontend/ops.h"
#include "etch/frontend/trace.h"

namespace etch {

using frontend::Site;
using frontend::TensorImpl;
using frontend::TensorPtr;
using frontend::Trace;

namespace frontend {

std::shared_ptr<runtime::Storage> allocate_storage(DType dtype, const Shape& shape) {
  int64_t elements = shape.num_elements();
  bool too_large = elements > std::numeric_limits<int64_t>::max() / size_of(dtype);
  auto storage = runtime::Storage::allocate(too_large ? std::numeric_limits<int64_t>::max()
                                                      : elements * size_of(dtype));
  if (!storage.ok()) throw Error(std::string(storage.status().message()));
  return *std::move(storage);
}

TensorPtr new_concrete(DType dtype, Shape shape) {
  auto tensor = std::make_shared<TensorImpl>();
  tensor->storage = allocate_storage(dtype, shape);
  tensor->version = runtime::next_version();
  tensor->dtype = dtype;
  tensor->shape = std::move(shape);
  return tensor;
}

std::string describe_type(DType dtype, const Shape& shape) {
  return absl::StrCat(std::string(dtype_name(dtype)), " ", shape.to_string());
}

std::string describe(const TensorImpl& tensor) {
  if (tensor.cell != nullptr && !tensor.cell->path.empty()) return tensor.cell->path;
  return absl::StrCat("tensor ", describe_type(tensor.dtype, tensor.shape));
}

}  // namespace frontend

namespace {

TensorImpl& require(const std::shared_ptr<TensorImpl>& impl) {
  if (impl == nullptr) throw Error("the tensor is empty");
  return *impl;
}

}  // namespace

Tensor Tensor::from_bytes(const void* data, DType dtype, Shape shape) {
  TensorPtr tensor = frontend::new_concrete(dtype, std::move(shape));
  if (tensor->storage->size() > 0) {
    std::memcpy(tensor->storage->data(), data, static_cast<size_t>(tensor->storage->size()));
  }
  return Tensor(std::move(tensor));
}

Tensor Tensor::from_storage(std::shared_ptr<runtime::Storage> storage, DType dtype, Shape shape) {
  if (storage->size() != shape.num_elements() * size_of(dtype))
    throw Error(absl::StrCat("from_storage: ", storage->size(), " bytes do not fill ",
                             frontend::describe_type(dtype, shape)));
  auto tensor = std::make_shared<TensorImpl>();
  tensor->dtype = dtype;
  tensor->shape = std::move(shape);
  tensor->storage = std::move(storage);
  tensor->version = runtime::next_version();
  return Tensor(std::move(tensor));
}

template <typename T>
Tensor Tensor::from_data(std::span<const T> values, Shape shape) {
  if (static_cast<int64_t>(values.size()) != shape.num_elements()) {
    throw Error(absl::StrCat("from_data: ", values.size(), " values do not fill shape ",
                             shape.to_string(), ", which has ", shape.num_elements(), " elements"));
  }
  return from_bytes(values.data(), dtype_of<T>(), std::move(shape));
}

Tensor Tensor::scalar(double value, DType dtype) {
  TensorPtr tensor = frontend::new_concrete(dtype, {});
  frontend::write_element(value, dtype, tensor->storage->data());
  return Tensor(std::move(tensor));
}

const Shape& Tensor::shape() const { return require(impl_).shape; }
DType Tensor::dtype() const { return require(impl_).dtype; }
int64_t Tensor::dim() const { return shape().rank(); }
int64_t Tensor::numel() const { return shape().num_elements(); }

int64_t Tensor::size(int64_t dim) const {
  int64_t rank = shape().rank();
  if (dim < -rank || dim >= rank) {
    throw Error(
        absl::StrCat("size: dimension ", dim, " is out of range for shape ", shape().to_string()));
  }
  return shape()[dim];
}

template <typename T>
T Tensor::item(std::source_location loc) const {
  Site site{"item", loc};
  const TensorImpl& tensor = frontend::concrete(*this, site);
  if (numel() != 1) {
    frontend::fail(site, absl::StrCat("a tensor of shape ", shape().to_string(), " has ", numel(),
                                      " elements, not one"));
  }
  if (tensor.dtype == dtype_of<T>()) {
    T value;
    std::memcpy(&value, tensor.storage->data(), sizeof value);
    return value;
  }
  return static_cast<T>(view(loc).at(0));
}

template <typename T>
std::vector<T> Tensor::to_vector(std::source_location loc) const {
  frontend::concrete(*this, {"to_vector", loc});
  TensorView values = view(loc);
  std::vector<T> result(static_cast<size_t>(numel()));
  bool same = dtype() == dtype_of<T>();
  for (size_t i = 0; i < result.size(); ++i) {
    result[i] = same ? static_cast<const T*>(values.data)[i]
                     : static_cast<T>(values.at(static_cast<int64_t>(i)));
  }
  return result;
}

#define ETCH_INSTANTIATE(T)                                        \
  template Tensor Tensor::from_data<T>(std::span<const T>, Shape); \
  template T Tensor::item<T>(std::source_location) const;          \
  template std::vector<T> Tensor::to_vector<T>(std::source_location) const;
ETCH_INSTANTIATE(bool)
ETCH_INSTANTIATE(uint8_t)
ETCH_INSTANTIATE(int8_t)
ETCH_INSTANTIATE(int32_t)
ETCH_INSTANTIATE(int64_t)
ETCH_INSTANTIATE(float)
ETCH_INSTANTIATE(double)
#undef ETCH_INSTANTIATE

TensorView Tensor::view(std::source_location loc) const {
  const TensorImpl& tensor = frontend::concrete(*this, {"view", loc});
  return {tensor.storage->data(), tensor.dtype, tensor.shape};
}

Tensor::operator bool() const {
  Site site{"bool", std::source_location()};
  frontend::concrete(*this, site);
  if (numel() != 1) {
    frontend::fail(site, absl::StrCat("the truth of a tensor of shape ", shape().to_string(),
                                      " is ambiguous; it has ", numel(), " elements, not one"));
  }
  return view().at(0) != 0;
}

std::string Tensor::path() const { return is_cell() ? impl_->cell->path : ""; }
bool Tensor::is_cell() const { return impl_ != nullptr && impl_->cell != nullptr; }

Tensor Tensor::view(Shape shape, std::source_location loc) const {
  return etch::reshape(*this, shape, loc);
}

}  // namespace etch
