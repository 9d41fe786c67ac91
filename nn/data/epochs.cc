#include "etch/nn/data/epochs.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "etch/frontend/state.h"
#include "etch/nn/host_fields.h"

namespace etch::nn::data {
namespace {

void require(bool condition, const std::string& problem) {
  if (!condition) throw Error("DataLoader: " + problem);
}

std::string what_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& exception) {
    return exception.what();
  } catch (...) {
    return "an exception of an unknown type";
  }
}

}  // namespace

std::span<const int64_t> EpochPlan::indices_of(int64_t batch) const {
  std::span<const int64_t> order = *order_;
  auto begin = static_cast<size_t>(batch * batch_size_);
  return order.subspan(begin, std::min(static_cast<size_t>(batch_size_), order.size() - begin));
}

void EpochPlan::rethrow(int64_t batch, const int64_t* index) const {
  std::string place = index != nullptr ? "sample " + std::to_string(*index) + " (" : "";
  place += "batch " + std::to_string(batch) + " of epoch " + std::to_string(epoch_);
  throw Error("DataLoader: " + place + (index != nullptr ? "): " : ": ") +
              what_of(std::current_exception()));
}

Prefetcher::Item EpochRun::next() {
  Prefetcher::Item item = prefetcher_.next();
  // An epoch that was begun later has the say.
  if (position_->epoch != epoch_ || position_->is_next) return item;
  if (item != nullptr)
    ++position_->batches;
  else
    *position_ = {epoch_ + 1, 0, true};
  return item;
}

Epochs::Epochs(DataLoaderOptions options, int64_t samples)
    : options_(std::move(options)), samples_(samples), own_sampler_(!options_.sampler) {
  require(options_.batch_size > 0,
          "batch_size " + std::to_string(options_.batch_size) + " is not above 0");
  require(options_.num_workers >= 0,
          "num_workers " + std::to_string(options_.num_workers) + " is negative");
  require(options_.num_workers == 0 || options_.prefetch > 0,
          "prefetch " + std::to_string(options_.prefetch) + " is not above 0");
  require(own_sampler_ || !options_.shuffle, "either shuffle or a sampler can be had");
  if (samples < 0) {
    require(own_sampler_ && !options_.shuffle,
            "an iterable dataset gives the order itself; it has no shuffle and no sampler");
    options_.num_workers = std::min<int64_t>(options_.num_workers, 1);
  } else if (own_sampler_) {
    options_.sampler = default_sampler();
  }
}

std::shared_ptr<const Sampler> Epochs::default_sampler() const {
  if (options_.shuffle)
    return std::make_shared<RandomSampler>(samples_, RandomSamplerOptions{.seed = options_.seed});
  return std::make_shared<SequentialSampler>(samples_);
}

int64_t Epochs::num_batches() const {
  require(!is_iterable(), "the number of batches of an iterable dataset is not known");
  int64_t size = options_.sampler->size(), batch = options_.batch_size;
  return size / batch + (!options_.drop_last && size % batch != 0 ? 1 : 0);
}

std::shared_ptr<EpochRun> Epochs::begin(const MakeEpoch& make) {
  if (frontend::is_tracing())
    throw Error(
        "DataLoader: a loop over batches inside etch::compile or etch::trace would run once, while "
        "tracing; make the loop outside and pass the batches as arguments");
  EpochPosition& at = *position_;
  if (!at.is_next) at = {at.epoch + 1, 0, true};
  std::vector<int64_t> order;
  if (!is_iterable()) order = options_.sampler->order(at.epoch);
  for (int64_t index : order)
    require(index >= 0 && index < samples_, "the sampler wants sample " + std::to_string(index) +
                                                " of " + std::to_string(samples_));
  Prefetcher::Options prefetch{
      .first = at.batches,
      .end = is_iterable() ? std::numeric_limits<int64_t>::max() : num_batches(),
      .workers = options_.num_workers,
      .ahead = options_.num_workers * options_.prefetch};
  at.is_next = false;
  return std::make_shared<EpochRun>(make(EpochPlan(options_, at.epoch, std::move(order))), prefetch,
                                    position_);
}

void Epochs::Saved::fields(HostFields& fields) {
  fields.add("epoch", at.epoch);
  fields.add("position", at.batches);
  fields.add("seed", seed);
  fields.add("batch_size", batch_size);
}

Epochs::Saved Epochs::saved() const {
  return {*position_, static_cast<int64_t>(options_.seed), options_.batch_size};
}

StateDict Epochs::state_dict() const {
  Saved now = saved();
  HostFields fields;
  now.fields(fields);
  return fields.save();
}

LoadReport Epochs::load_state_dict(const StateDict& state, const LoadOptions& options) {
  Saved loaded = saved();
  HostFields fields;
  loaded.fields(fields);
  // Into the copies, which say whether it fits.
  LoadReport report = fields.load(state, {.strict = options.strict}, "DataLoader: load_state_dict");
  const EpochPosition& at = loaded.at;
  require(loaded.batch_size == options_.batch_size,
          "the state is of batches of " + std::to_string(loaded.batch_size) +
              " samples, these have " + std::to_string(options_.batch_size));
  require(at.epoch >= 0 && at.batches >= 0 && (is_iterable() || at.batches <= num_batches()),
          "the state is at batch " + std::to_string(at.batches) + " of epoch " +
              std::to_string(at.epoch) + ", which there is not");
  if (options.dry_run) return report;
  *position_ = {at.epoch, at.batches, true};
  options_.seed = static_cast<uint64_t>(loaded.seed);
  if (own_sampler_ && !is_iterable()) options_.sampler = default_sampler();
  return report;
}

}  // namespace etch::nn::data
