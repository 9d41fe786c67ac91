#include "etch/nn/data/collate.h"

#include <cstring>

namespace etch::nn::data {

Tensor stack_samples(const std::vector<Tensor>& samples) {
  const Tensor& first = samples.front();
  std::vector<int64_t> extents = {static_cast<int64_t>(samples.size())};
  extents.insert(extents.end(), first.shape().begin(), first.shape().end());
  auto size = static_cast<size_t>(first.numel() * size_of(first.dtype()));
  std::vector<std::byte> bytes(samples.size() * size);
  for (size_t i = 0; i < samples.size(); ++i) {
    const Tensor& sample = samples[i];
    if (sample.dtype() != first.dtype() || sample.shape() != first.shape())
      throw Error("default_collate: sample " + std::to_string(i) + " of the batch is " +
                  std::string(dtype_name(sample.dtype())) + " " + sample.shape().to_string() +
                  ", the first is " + std::string(dtype_name(first.dtype())) + " " +
                  first.shape().to_string() +
                  "; make them alike in the dataset or give a collate function");
    if (size > 0) std::memcpy(bytes.data() + i * size, sample.view().data, size);
  }
  return Tensor::from_bytes(bytes.data(), first.dtype(), Shape(std::move(extents)));
}

void internal::fail_lengths(size_t first, size_t sample, size_t length) {
  throw Error("default_collate: sample " + std::to_string(sample) + " of the batch has " +
              std::to_string(length) + " elements, the first has " + std::to_string(first));
}

}  // namespace etch::nn::data
