#include "etch/nn/data/sampler.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "etch/frontend/error.h"
#include "etch/nn/data/random.h"

namespace etch::nn::data {
namespace {

// Sets the default number of samples; `available` can be drawn without replacement.
void complete(RandomSamplerOptions& options, int64_t size, int64_t available, const char* who) {
  if (options.num_samples == 0) options.num_samples = options.replacement ? size : available;
  if (options.num_samples < 0 || (size == 0 && options.num_samples > 0) ||
      (!options.replacement && options.num_samples > available))
    throw Error(std::string(who) + ": " + std::to_string(options.num_samples) +
                " samples are wanted of " + std::to_string(available) +
                (options.replacement ? "" : " without replacement"));
}

Random random_of(uint64_t seed, int64_t epoch) {
  constexpr uint64_t kOrder = 0x6F72646572;  // apart from the numbers of samples
  return {seed, static_cast<uint64_t>(epoch), kOrder};
}

}  // namespace

std::vector<int64_t> SequentialSampler::order(int64_t) const {
  std::vector<int64_t> order(static_cast<size_t>(size_));
  std::iota(order.begin(), order.end(), 0);
  return order;
}

RandomSampler::RandomSampler(int64_t size, const Options& options)
    : size_(size), options_(options) {
  complete(options_, size, size, "RandomSampler");
}

std::vector<int64_t> RandomSampler::order(int64_t epoch) const {
  Random random = random_of(options_.seed, epoch);
  auto samples = static_cast<size_t>(options_.num_samples);
  std::vector<int64_t> order;
  if (options_.replacement)
    while (order.size() < samples) order.push_back(random.below(size_));
  else
    order = random.permutation(size_);
  order.resize(samples);
  return order;
}

WeightedRandomSampler::WeightedRandomSampler(std::vector<double> weights, const Options& options)
    : weights_(std::move(weights)), options_(options) {
  int64_t positive = 0;
  for (double weight : weights_) {
    if (!(weight >= 0) || std::isinf(weight))
      throw Error("WeightedRandomSampler: the weight " + std::to_string(weight) +
                  " is negative or not finite");
    positive += weight > 0;
  }
  if (positive == 0) throw Error("WeightedRandomSampler: no weight is above 0");
  complete(options_, static_cast<int64_t>(weights_.size()), positive, "WeightedRandomSampler");
}

std::vector<int64_t> WeightedRandomSampler::order(int64_t epoch) const {
  Random random = random_of(options_.seed, epoch);
  std::vector<int64_t> order;
  if (options_.replacement) {
    std::vector<double> ends(weights_.size());
    std::partial_sum(weights_.begin(), weights_.end(), ends.begin());
    for (int64_t i = 0; i < options_.num_samples; ++i) {
      auto found = std::ranges::upper_bound(ends, random.uniform(0, ends.back()));
      // Rounded up to the total.
      if (found == ends.end()) found = std::ranges::lower_bound(ends, ends.back());
      order.push_back(found - ends.begin());
    }
    return order;
  }
  // The smallest of exponential times with these rates come first with the right probabilities.
  // Source: Efraimidis, Spirakis, "Weighted random sampling with a reservoir", IPL 2006.
  std::vector<std::pair<double, int64_t>> times;
  for (size_t i = 0; i < weights_.size(); ++i)
    if (double u = 1 - random.uniform(); weights_[i] > 0)
      times.emplace_back(-std::log(u) / weights_[i], static_cast<int64_t>(i));
  std::ranges::sort(times);
  for (int64_t i = 0; i < options_.num_samples; ++i)
    order.push_back(times[static_cast<size_t>(i)].second);
  return order;
}

}  // namespace etch::nn::data
