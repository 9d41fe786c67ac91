// Samplers: which samples an epoch visits, in which order.
#ifndef ETCH_NN_DATA_SAMPLER_H_
#define ETCH_NN_DATA_SAMPLER_H_

#include <cstdint>
#include <vector>

namespace etch::nn::data {

// Pure: the order is a function of the epoch, so that an interrupted one can be taken up again.
class Sampler {
 public:
  virtual ~Sampler() = default;
  virtual int64_t size() const = 0;  // samples of an epoch
  virtual std::vector<int64_t> order(int64_t epoch) const = 0;
};

// 0 ... size - 1.
class SequentialSampler : public Sampler {
 public:
  explicit SequentialSampler(int64_t size) : size_(size) {}
  int64_t size() const override { return size_; }
  std::vector<int64_t> order(int64_t epoch) const override;

 private:
  int64_t size_;
};

struct RandomSamplerOptions {
  uint64_t seed = 0;
  bool replacement = false;  // draws each sample from all
  int64_t num_samples = 0;   // 0: as many as there are; more than that with replacement only
};
// Another order in each epoch.
class RandomSampler : public Sampler {
 public:
  using Options = RandomSamplerOptions;
  // Throws etch::Error when more samples are wanted than there are.
  explicit RandomSampler(int64_t size, const Options& options = {});
  int64_t size() const override { return options_.num_samples; }
  std::vector<int64_t> order(int64_t epoch) const override;

 private:
  int64_t size_;
  Options options_;
};

// Sample i with a probability proportional to weights[i].
class WeightedRandomSampler : public Sampler {
 public:
  using Options = RandomSamplerOptions;
  // Throws etch::Error for weights that are negative, not finite or all 0, and when more samples
  // are wanted without replacement than have a weight above 0.
  explicit WeightedRandomSampler(std::vector<double> weights,
                                 const Options& options = {.replacement = true});
  int64_t size() const override { return options_.num_samples; }
  std::vector<int64_t> order(int64_t epoch) const override;

 private:
  std::vector<double> weights_;
  Options options_;
};

}  // namespace etch::nn::data

#endif  // ETCH_NN_DATA_SAMPLER_H_
