// Random numbers on the host, the same on every machine: shuffling, sampling, augmentation.
#ifndef ETCH_NN_DATA_RANDOM_H_
#define ETCH_NN_DATA_RANDOM_H_

#include <cstdint>
#include <memory>
#include <vector>

namespace etch::nn::data {

// A sequence that its key determines (see runtime/philox.h). Not for several threads at a time.
class Random {
 public:
  // Keys that differ in a bit give unrelated sequences.
  explicit Random(uint64_t key);
  // The sequence of (seed, a, b): of an epoch, or a sample of an epoch.
  Random(uint64_t seed, uint64_t a, uint64_t b);

  uint64_t bits();
  double uniform(double low = 0, double high = 1);  // in [low, high)
  double normal(double mean = 0, double std = 1);
  int64_t below(int64_t n);  // in [0, n); n is above 0
  bool chance(double p) { return uniform() < p; }
  std::vector<int64_t> permutation(int64_t n);  // of 0 ... n - 1

 private:
  uint64_t key_;
  uint64_t counter_ = 0;
};

// For Dataset::get(): the numbers of the sample that is being loaded on this thread, a function of
// the loader's seed, the epoch and the sample's index, whichever thread loads it. Outside a loader
// a sequence of the thread's own.
//
//   image = data::random().chance(0.5) ? flipped(image) : image;
Random& random();

// Makes random() that of one sample, and this thread one of its own as to tensors: nothing recorded
// within reaches the traces outside, and etch::rand draws from a generator seeded alike.
class SampleScope {
 public:
  SampleScope(uint64_t seed, int64_t epoch, int64_t index);
  ~SampleScope();
  SampleScope(const SampleScope&) = delete;
  SampleScope& operator=(const SampleScope&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace etch::nn::data

#endif  // ETCH_NN_DATA_RANDOM_H_
