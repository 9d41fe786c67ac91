// Datasets: samples by number, or one after the other.
//
//   struct Squares : nn::data::Dataset<std::pair<etch::Tensor, int64_t>> {
//     int64_t size() const override { return 100; }
//     Sample get(int64_t i) const override { return {etch::full({1}, i), i * i}; }
//   };
//
// A sample is a tensor, a number, a string, or a pair, tuple, vector, map or struct of such.
#ifndef ETCH_NN_DATA_DATASET_H_
#define ETCH_NN_DATA_DATASET_H_

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "etch/frontend/tensor.h"
#include "etch/nn/data/random.h"

namespace etch::nn::data {

// Samples 0 ... size() - 1. get() is called by several threads at a time, each with an index of its
// own; what it draws comes from data::random(). Tensors it returns may be deferred.
template <typename S>
class Dataset {
 public:
  using Sample = S;
  virtual ~Dataset() = default;
  virtual int64_t size() const = 0;
  virtual S get(int64_t index) const = 0;
};

// Samples that come one after the other, such as lines of a file too large to index. Each epoch
// calls iterate() for a function that gives the next sample, nullopt at the end.
template <typename S>
class IterableDataset {
 public:
  using Sample = S;
  using Stream = std::function<std::optional<S>()>;
  virtual ~IterableDataset() = default;
  virtual Stream iterate(int64_t epoch) const = 0;
};

template <typename S>
using DatasetPtr = std::shared_ptr<const Dataset<S>>;

// Shares a dataset that is given by value or by pointer.
template <typename D>
auto share(D dataset) {
  return std::make_shared<const D>(std::move(dataset));
}
template <typename D>
std::shared_ptr<const D> share(std::shared_ptr<D> dataset) {
  if (dataset == nullptr) throw Error("data: the dataset is a null pointer");
  return dataset;
}
template <typename D>
using SampleOf = typename std::remove_const_t<
    std::remove_pointer_t<decltype(std::to_address(share(std::declval<D>())))>>::Sample;

namespace internal {
// Row `index` of a concrete tensor, copied.
Tensor row_of(const Tensor& tensor, int64_t index);
// Concrete tensors of which each has `rows` rows; throws etch::Error otherwise.
Tensor as_column(const Tensor& tensor, const Tensor& first);
// Sizes that add up to `total`; fractions, which add up to 1, are rounded down and the rest is
// handed out one by one. Throws etch::Error for others.
std::vector<int64_t> split_sizes(const std::vector<double>& parts, int64_t total);
[[noreturn]] void fail_index(const char* dataset, int64_t index, int64_t size);
}  // namespace internal

// Sample i is the tuple of the rows i of tensors with equally many rows. Values are those of now.
template <std::same_as<Tensor>... T>
requires(sizeof...(T) > 0) class TensorDataset : public Dataset<std::tuple<T...>> {
 public:
  explicit TensorDataset(const T&... columns)
      : columns_{internal::as_column(columns, std::get<0>(std::tie(columns...)))...} {}
  int64_t size() const override { return columns_.front().size(0); }
  std::tuple<T...> get(int64_t index) const override {
    if (index < 0 || index >= size()) internal::fail_index("TensorDataset", index, size());
    return row(index, std::index_sequence_for<T...>());
  }

 private:
  template <size_t... i>
  std::tuple<T...> row(int64_t index, std::index_sequence<i...>) const {
    return {internal::row_of(columns_[i], index)...};
  }
  std::vector<Tensor> columns_;
};

// Some samples of a dataset, by their numbers there.
template <typename S>
class Subset : public Dataset<S> {
 public:
  template <typename D>
  Subset(D dataset, std::vector<int64_t> indices)
      : dataset_(share(std::move(dataset))), indices_(std::move(indices)) {
    for (int64_t index : indices_)
      if (index < 0 || index >= dataset_->size())
        internal::fail_index("Subset", index, dataset_->size());
  }
  int64_t size() const override { return static_cast<int64_t>(indices_.size()); }
  S get(int64_t index) const override {
    if (index < 0 || index >= size()) internal::fail_index("Subset", index, size());
    return dataset_->get(indices_[static_cast<size_t>(index)]);
  }
  const std::vector<int64_t>& indices() const { return indices_; }

 private:
  DatasetPtr<S> dataset_;
  std::vector<int64_t> indices_;
};
template <typename D>
Subset(D dataset, std::vector<int64_t>) -> Subset<SampleOf<D>>;

// Datasets of one type of sample, one behind the other.
template <typename S>
class ConcatDataset : public Dataset<S> {
 public:
  template <typename... D>
  explicit ConcatDataset(D... datasets) : datasets_{share(std::move(datasets))...} {
    for (const DatasetPtr<S>& dataset : datasets_) size_ += dataset->size();
  }
  int64_t size() const override { return size_; }
  S get(int64_t index) const override {
    if (index < 0 || index >= size_) internal::fail_index("ConcatDataset", index, size_);
    size_t i = 0;
    for (; index >= datasets_[i]->size(); ++i) index -= datasets_[i]->size();
    return datasets_[i]->get(index);
  }

 private:
  std::vector<DatasetPtr<S>> datasets_;
  int64_t size_ = 0;
};

template <typename D, typename... More>
ConcatDataset(D, More...) -> ConcatDataset<SampleOf<D>>;

// fn(sample) for each sample of a dataset; see transform().
template <typename S, typename Fn>
class TransformedDataset : public Dataset<std::decay_t<std::invoke_result_t<const Fn&, S>>> {
 public:
  using Sample = std::decay_t<std::invoke_result_t<const Fn&, S>>;
  TransformedDataset(DatasetPtr<S> dataset, Fn fn)
      : dataset_(std::move(dataset)), fn_(std::move(fn)) {}
  int64_t size() const override { return dataset_->size(); }
  Sample get(int64_t index) const override { return fn_(dataset_->get(index)); }

 private:
  DatasetPtr<S> dataset_;
  Fn fn_;
};

// `dataset`, given by value or shared_ptr, with `fn` called on each sample when it is loaded.
template <typename D, typename Fn>
TransformedDataset<SampleOf<D>, Fn> transform(D dataset, Fn fn) {
  return {share(std::move(dataset)), std::move(fn)};
}

// Parts of a dataset without a sample in common, drawn by `seed`: of given sizes, which add up to
// the dataset's, or of fractions, which add up to 1.
//
//   auto parts = nn::data::random_split(dataset, {0.9, 0.1}, /*seed=*/1);
template <typename D>
std::vector<Subset<SampleOf<D>>> random_split(D dataset, const std::vector<double>& parts,
                                              uint64_t seed) {
  DatasetPtr<SampleOf<D>> shared = share(std::move(dataset));
  std::vector<int64_t> order = Random(seed).permutation(shared->size());
  std::vector<Subset<SampleOf<D>>> subsets;
  auto begin = order.begin();
  for (int64_t size : internal::split_sizes(parts, shared->size())) {
    subsets.emplace_back(shared, std::vector<int64_t>(begin, begin + size));
    begin += size;
  }
  return subsets;
}

}  // namespace etch::nn::data

#endif  // ETCH_NN_DATA_DATASET_H_
