#include "etch/nn/data/dataset.h"

#include "absl/strings/str_cat.h"
#include "etch/nn/host_values.h"

namespace etch::nn::data::internal {

Tensor row_of(const Tensor& tensor, int64_t index) {
  TensorView view = tensor.view();
  Shape shape(std::vector<int64_t>(tensor.shape().begin() + 1, tensor.shape().end()));
  auto bytes = static_cast<size_t>(shape.num_elements() * size_of(tensor.dtype()));
  const auto* rows = static_cast<const std::byte*>(view.data);
  return Tensor::from_bytes(rows + static_cast<size_t>(index) * bytes, tensor.dtype(),
                            std::move(shape));
}

// A copy of cells, whose values change, and of deferred tensors, which belong to this thread.
Tensor as_column(const Tensor& tensor, const Tensor& first) {
  if (tensor.dim() == 0) throw Error("TensorDataset: a tensor without dimensions has no rows");
  if (tensor.size(0) != first.size(0))
    throw Error("TensorDataset: the tensors have " + std::to_string(first.size(0)) + " and " +
                std::to_string(tensor.size(0)) + " rows");
  return detail::converted(tensor, tensor.dtype());
}

std::vector<int64_t> split_sizes(const std::vector<double>& parts, int64_t total) {
  double sum = 0;
  for (double part : parts) {
    if (!(part >= 0)) throw Error("random_split: a part of " + absl::StrCat(part));
    sum += part;
  }
  std::vector<int64_t> sizes;
  if (sum == static_cast<double>(total) && (total != 1 || parts.size() == 1)) {
    for (double part : parts) {
      if (part != std::floor(part))
        throw Error("random_split: a part of " + absl::StrCat(part) + " samples");
      sizes.push_back(static_cast<int64_t>(part));
    }
    return sizes;
  }
  if (std::abs(sum - 1) > 1e-6)
    throw Error("random_split: the parts add up to " + absl::StrCat(sum) + ", neither to the " +
                std::to_string(total) + " samples of the dataset nor to 1");
  int64_t rest = total;
  for (double part : parts) {
    sizes.push_back(static_cast<int64_t>(std::floor(part * static_cast<double>(total))));
    rest -= sizes.back();
  }
  for (size_t i = 0; rest > 0; i = (i + 1) % sizes.size(), --rest) ++sizes[i];
  return sizes;
}

void fail_index(const char* dataset, int64_t index, int64_t size) {
  throw Error(std::string(dataset) + ": there is no sample " + std::to_string(index) + ", only " +
              std::to_string(size));
}

}  // namespace etch::nn::data::internal
