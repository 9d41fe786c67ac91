// DataLoader: batches of a dataset, shuffled, loaded ahead on threads.
//
//   nn::data::DataLoader loader(nn::data::TensorDataset(images, labels),
//                               {.batch_size = 64, .shuffle = true, .num_workers = 2});
//   for (int64_t epoch = 0; epoch < 10; ++epoch)
//     for (auto [x, target] : loader) step(x, target);
//
// The batches of an epoch are a function of the seed and the epoch's number alone: the same
// whatever the number of threads, also where samples are augmented by data::random().
#ifndef ETCH_NN_DATA_LOADER_H_
#define ETCH_NN_DATA_LOADER_H_

#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "etch/nn/data/collate.h"
#include "etch/nn/data/dataset.h"
#include "etch/nn/data/epochs.h"
#include "etch/nn/data/prefetcher.h"
#include "etch/nn/data/sampler.h"

namespace etch::nn::data {

// Batches of type B of samples of type S. Not for several threads at a time.
template <typename S, typename B = Collated<S>>
class DataLoader {
 public:
  using Options = DataLoaderOptions;
  using Collator = std::function<B(std::vector<S>)>;

  // `dataset`: a Dataset or an IterableDataset, by value or by shared_ptr. An iterable one has no
  // shuffle and no sampler, and is read by one thread at most. `collate` is called by workers.
  // Throws etch::Error for options out of range.
  template <typename D>
  explicit DataLoader(D dataset, const Options& options = {}, Collator collate = default_collate<S>)
      : DataLoader(share(std::move(dataset)), options, std::move(collate), 0) {}

  // Batches of an epoch; not known of an iterable dataset.
  int64_t size() const { return epochs_.num_batches(); }
  // The epoch that is running, or else the next.
  int64_t epoch() const { return epochs_.epoch(); }
  void set_epoch(int64_t epoch) { epochs_.set_epoch(epoch); }

  // The position, for exact resuming: a loader that got this state first goes on behind the batches
  // that were handed out, the current one included. {"epoch", "position", "seed", "batch_size"}.
  StateDict state_dict() const { return epochs_.state_dict(); }
  // Throws etch::Error, and changes nothing, when the state is of another batch size.
  LoadReport load_state_dict(const StateDict& state, const LoadOptions& options = {}) {
    return epochs_.load_state_dict(state, options);
  }

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = B;
    using difference_type = std::ptrdiff_t;
    using reference = B&;
    using pointer = B*;

    B& operator*() const { return *static_cast<B*>(item_.get()); }
    B* operator->() const { return &**this; }
    Iterator& operator++() {
      item_ = run_->next();
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return item_ == nullptr; }

   private:
    friend class DataLoader;
    explicit Iterator(std::shared_ptr<EpochRun> run) : run_(std::move(run)) { ++*this; }
    std::shared_ptr<EpochRun> run_;
    Prefetcher::Item item_;
  };

  // Begins the next epoch, or goes on with the one that was loaded. An error of a sample is thrown
  // where its batch is due: "DataLoader: sample 17 (batch 3 of epoch 0): ...". Iterators end with
  // the loader; dropping the last one stops the threads. Throws within a trace.
  Iterator begin() { return Iterator(epochs_.begin(make_)); }
  std::default_sentinel_t end() const { return {}; }

 private:
  template <typename D>
  requires std::derived_from<D, Dataset<S>> DataLoader(std::shared_ptr<const D> dataset,
                                                       const Options& options, Collator collate,
                                                       int)
      : epochs_(options, dataset->size()) {
    make_ = [dataset = std::move(dataset), collate = std::move(collate)](const EpochPlan& plan) {
      return [=](int64_t number, const std::stop_token& stop) -> Prefetcher::Item {
        std::vector<S> samples;
        for (int64_t index : plan.indices_of(number)) {
          if (stop.stop_requested()) return nullptr;
          samples.push_back(load(plan, number, index, [&] { return dataset->get(index); }));
        }
        return collated(plan, number, collate, std::move(samples));
      };
    };
  }

  template <typename D>
  requires std::derived_from<D, IterableDataset<S>> DataLoader(std::shared_ptr<const D> dataset,
                                                               const Options& options,
                                                               Collator collate, int)
      : epochs_(options, -1) {
    make_ = [dataset = std::move(dataset), collate = std::move(collate)](const EpochPlan& plan) {
      auto stream = std::make_shared<typename D::Stream>();
      auto count = std::make_shared<int64_t>(0);
      return [=](int64_t number, const std::stop_token& stop) -> Prefetcher::Item {
        if (!*stream) *stream = dataset->iterate(plan.epoch());
        // The batches before the first are read over.
        std::vector<S> samples;
        while (!stop.stop_requested()) {
          std::optional<S> sample = load(plan, number, *count, [&] { return (*stream)(); });
          bool ended = !sample;
          if (sample && (*count)++ / plan.batch_size() >= number)
            samples.push_back(*std::move(sample));
          bool full = static_cast<int64_t>(samples.size()) == plan.batch_size();
          if (full || (ended && !samples.empty() && !plan.drop_last()))
            return collated(plan, number, collate, std::move(samples));
          if (ended) return nullptr;
        }
        return nullptr;
      };
    };
  }

  // Tensors leave the thread that made them.
  template <typename T>
  static void evaluate(T& value) {
    tree::for_each_tensor<tree::Others::kSkip>(value, [](Tensor& tensor) {
      if (tensor.defined()) eval(tensor);
    });
  }

  // What `get` gives, concrete.
  template <typename Get>
  static auto load(const EpochPlan& plan, int64_t batch, int64_t index, Get&& get) {
    return plan.at_sample(batch, index, [&] {
      auto sample = get();
      evaluate(sample);
      return sample;
    });
  }

  static Prefetcher::Item collated(const EpochPlan& plan, int64_t batch, const Collator& collate,
                                   std::vector<S> samples) {
    return plan.at_batch(batch, [&] {
      auto item = std::make_shared<B>(collate(std::move(samples)));
      evaluate(*item);
      return item;
    });
  }

  Epochs epochs_;
  Epochs::MakeEpoch make_;
};

template <typename D>
explicit DataLoader(D, const DataLoaderOptions& = {}) -> DataLoader<SampleOf<D>>;
template <typename D, typename C>
DataLoader(D, const DataLoaderOptions&, C)
    -> DataLoader<SampleOf<D>, std::invoke_result_t<C&, std::vector<SampleOf<D>>>>;

}  // namespace etch::nn::data

#endif  // ETCH_NN_DATA_LOADER_H_
