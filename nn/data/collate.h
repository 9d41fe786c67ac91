// Batches of samples: tensors stacked, numbers as tensors, containers element by element.
#ifndef ETCH_NN_DATA_COLLATE_H_
#define ETCH_NN_DATA_COLLATE_H_

#include <array>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "etch/frontend/tensor.h"
#include "etch/frontend/tree.h"

namespace etch::nn::data {

// [B, ...] of B tensors of one shape and dtype. Throws etch::Error, naming the sample, otherwise.
Tensor stack_samples(const std::vector<Tensor>& samples);

namespace internal {

[[noreturn]] void fail_lengths(size_t first, size_t sample, size_t length);

template <typename T>
constexpr bool is_sample_struct = std::is_class_v<T> && !std::derived_from<T, Tensor>;

// A struct of tensors: its batch has the same type.
template <typename T>
struct Collate {
  using Batch = T;
  static_assert(is_sample_struct<T>,
                "DataLoader: samples of this type need a collate function of one's own");
  template <typename M>
  static constexpr void require_tensors(const M&) {
    static_assert(std::derived_from<M, Tensor> || std::is_same_v<M, std::optional<Tensor>>,
                  "DataLoader: a struct with members that are no tensors needs a collate function "
                  "of one's own");
  }
  static T collate(std::vector<T> samples) {
    if constexpr (!tree::detail::NamesFields<T>)
      tree::detail::for_each_member(samples.front(), [](auto& member) { require_tensors(member); });
    std::vector<std::vector<Tensor>> columns;
    for (size_t i = 0; i < samples.size(); ++i) {
      std::vector<Tensor> row = tree::tensors_of(samples[i]);
      if (i == 0) columns.resize(row.size());
      if (row.size() != columns.size()) fail_lengths(columns.size(), i, row.size());
      for (size_t c = 0; c < row.size(); ++c) columns[c].push_back(row[c]);
    }
    std::vector<Tensor> stacked;
    for (const std::vector<Tensor>& column : columns) stacked.push_back(stack_samples(column));
    T batch = std::move(samples.front());
    tree::replace_tensors(batch, stacked);
    return batch;
  }
};

template <>
struct Collate<Tensor> {
  using Batch = Tensor;
  static Tensor collate(const std::vector<Tensor>& samples) { return stack_samples(samples); }
};

// i64, f32, ...: the dtype of the number's type. [B].
template <typename T>
requires std::is_arithmetic_v<T>
struct Collate<T> {
  using Batch = Tensor;
  static Tensor collate(const std::vector<T>& samples) {
    std::vector<std::byte> bytes(samples.size() * sizeof(T));
    for (size_t i = 0; i < samples.size(); ++i) {
      T value = samples[i];
      std::memcpy(bytes.data() + i * sizeof(T), &value, sizeof(T));
    }
    return Tensor::from_bytes(bytes.data(), dtype_of<T>(), {static_cast<int64_t>(samples.size())});
  }
};

template <>
struct Collate<std::string> {
  using Batch = std::vector<std::string>;
  static Batch collate(std::vector<std::string> samples) { return samples; }
};

template <typename T, size_t... i>
auto collate_tuple(const std::vector<T>& samples, std::index_sequence<i...>) {
  auto column = [&]<size_t k>(std::integral_constant<size_t, k>) {
    using Element = std::tuple_element_t<k, T>;
    std::vector<Element> values;
    for (const T& sample : samples) values.push_back(std::get<k>(sample));
    return Collate<Element>::collate(std::move(values));
  };
  if constexpr (requires { samples.front().first; })
    return std::pair(column(std::integral_constant<size_t, i>())...);
  else
    return std::tuple(column(std::integral_constant<size_t, i>())...);
}

template <typename... T>
struct Collate<std::tuple<T...>> {
  using Batch = std::tuple<typename Collate<T>::Batch...>;
  static Batch collate(const std::vector<std::tuple<T...>>& samples) {
    return collate_tuple(samples, std::index_sequence_for<T...>());
  }
};
template <typename A, typename B>
struct Collate<std::pair<A, B>> {
  using Batch = std::pair<typename Collate<A>::Batch, typename Collate<B>::Batch>;
  static Batch collate(const std::vector<std::pair<A, B>>& samples) {
    return collate_tuple(samples, std::index_sequence<0, 1>());
  }
};

// Lists of equal length: element by element.
template <typename T>
struct Collate<std::vector<T>> {
  using Batch = std::vector<typename Collate<T>::Batch>;
  static Batch collate(const std::vector<std::vector<T>>& samples) {
    Batch batch;
    for (size_t k = 0; k < samples.front().size(); ++k) {
      std::vector<T> column;
      for (size_t i = 0; i < samples.size(); ++i) {
        if (samples[i].size() != samples.front().size())
          fail_lengths(samples.front().size(), i, samples[i].size());
        column.push_back(samples[i][k]);
      }
      batch.push_back(Collate<T>::collate(std::move(column)));
    }
    return batch;
  }
};

template <typename T>
struct Collate<std::map<std::string, T>> {
  using Batch = std::map<std::string, typename Collate<T>::Batch>;
  static Batch collate(const std::vector<std::map<std::string, T>>& samples) {
    Batch batch;
    for (const auto& [key, value] : samples.front()) {
      std::vector<T> column;
      for (size_t i = 0; i < samples.size(); ++i) {
        auto found = samples[i].find(key);
        if (found == samples[i].end() || samples[i].size() != samples.front().size())
          throw Error("default_collate: sample " + std::to_string(i) +
                      " of the batch has other keys than the first, which has \"" + key + "\"");
        column.push_back(found->second);
      }
      batch.emplace(key, Collate<T>::collate(std::move(column)));
    }
    return batch;
  }
};

}  // namespace internal

// What default_collate makes of samples of type S: Tensor -> Tensor, int64_t -> Tensor of i64,
// std::string -> std::vector<std::string>, and of containers the containers of that. A struct of
// tensors stays what it is.
template <typename S>
using Collated = typename internal::Collate<S>::Batch;

// A batch of samples. Throws etch::Error when they do not go together.
template <typename S>
Collated<S> default_collate(std::vector<S> samples) {
  return internal::Collate<S>::collate(std::move(samples));
}

}  // namespace etch::nn::data

#endif  // ETCH_NN_DATA_COLLATE_H_
