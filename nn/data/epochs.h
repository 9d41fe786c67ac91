// What of a DataLoader does not depend on the types of samples: options, order, position, errors.
#ifndef ETCH_NN_DATA_EPOCHS_H_
#define ETCH_NN_DATA_EPOCHS_H_

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "etch/nn/data/prefetcher.h"
#include "etch/nn/data/random.h"
#include "etch/nn/data/sampler.h"
#include "etch/nn/state_dict.h"

namespace etch::nn {
class HostFields;
}

namespace etch::nn::data {

struct DataLoaderOptions {
  int64_t batch_size = 1;
  bool shuffle = false;     // another order in each epoch
  bool drop_last = false;   // leaves out a last batch that is not full
  uint64_t seed = 0;        // of the order and of data::random()
  int64_t num_workers = 0;  // threads that load; none: loading happens when a batch is asked for
  int64_t prefetch = 2;     // batches ahead, for each worker
  std::shared_ptr<const Sampler> sampler = nullptr;  // in place of `shuffle`
};

// One epoch: which samples each batch has.
class EpochPlan {
 public:
  EpochPlan(const DataLoaderOptions& options, int64_t epoch, std::vector<int64_t> order)
      : seed_(options.seed),
        batch_size_(options.batch_size),
        drop_last_(options.drop_last),
        epoch_(epoch),
        order_(std::make_shared<const std::vector<int64_t>>(std::move(order))) {}

  int64_t epoch() const { return epoch_; }
  int64_t batch_size() const { return batch_size_; }
  bool drop_last() const { return drop_last_; }
  std::span<const int64_t> indices_of(int64_t batch) const;

  // Calls `f` as of a sample: with its random numbers, its errors saying which it is.
  template <typename F>
  auto at_sample(int64_t batch, int64_t index, F&& f) const {
    SampleScope scope(seed_, epoch_, index);
    try {
      return f();
    } catch (...) {
      rethrow(batch, &index);
    }
  }
  // The same for what is done with all samples of a batch.
  template <typename F>
  auto at_batch(int64_t batch, F&& f) const {
    SampleScope scope(seed_, epoch_, ~batch);
    try {
      return f();
    } catch (...) {
      rethrow(batch, nullptr);
    }
  }

 private:
  // Throws the exception at hand as an etch::Error that begins with the place.
  [[noreturn]] void rethrow(int64_t batch, const int64_t* index) const;

  uint64_t seed_;
  int64_t batch_size_;
  bool drop_last_;
  int64_t epoch_;
  std::shared_ptr<const std::vector<int64_t>> order_;
};

// The epoch that is running, and how far it is. Shared by a loader and its iterators.
struct EpochPosition {
  int64_t epoch = 0;
  int64_t batches = 0;  // handed out
  // Whether the next epoch is this one: not yet begun, or loaded.
  bool is_next = true;
};

// A run through an epoch.
class EpochRun {
 public:
  EpochRun(Prefetcher::Make make, const Prefetcher::Options& options,
           std::shared_ptr<EpochPosition> position)
      : epoch_(position->epoch), position_(std::move(position)), prefetcher_(make, options) {}
  Prefetcher::Item next();

 private:
  int64_t epoch_;
  std::shared_ptr<EpochPosition> position_;
  Prefetcher prefetcher_;
};

class Epochs {
 public:
  // How the batches of an epoch are made.
  using MakeEpoch = std::function<Prefetcher::Make(const EpochPlan&)>;

  // `samples`: of the dataset; -1 for an iterable one. Throws for options out of range.
  Epochs(DataLoaderOptions options, int64_t samples);

  int64_t num_batches() const;
  int64_t epoch() const { return position_->epoch; }
  void set_epoch(int64_t epoch) { *position_ = {epoch, 0, true}; }
  std::shared_ptr<EpochRun> begin(const MakeEpoch& make);

  StateDict state_dict() const;
  LoadReport load_state_dict(const StateDict& state, const LoadOptions& options);

 private:
  // What state_dict() holds.
  struct Saved {
    EpochPosition at;
    int64_t seed, batch_size;
    void fields(HostFields& fields);
  };
  Saved saved() const;
  bool is_iterable() const { return options_.sampler == nullptr; }
  std::shared_ptr<const Sampler> default_sampler() const;

  DataLoaderOptions options_;
  int64_t samples_;
  bool own_sampler_;  // made from `shuffle` and the seed
  std::shared_ptr<EpochPosition> position_ = std::make_shared<EpochPosition>();
};

}  // namespace etch::nn::data

#endif  // ETCH_NN_DATA_EPOCHS_H_
