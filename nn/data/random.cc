#include "etch/nn/data/random.h"

#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

#include "etch/frontend/state.h"
#include "etch/runtime/philox.h"

namespace etch::nn::data {
namespace {

uint64_t mix(uint64_t seed, uint64_t a, uint64_t b) {
  using runtime::splitmix64;
  return splitmix64(splitmix64(splitmix64(seed) ^ a) ^ b);
}

thread_local Random* t_random = nullptr;

}  // namespace

Random::Random(uint64_t key) : key_(runtime::splitmix64(key)) {}
Random::Random(uint64_t seed, uint64_t a, uint64_t b) : Random(mix(seed, a, b)) {}

uint64_t Random::bits() {
  uint64_t high = runtime::random_bits(key_, counter_);
  uint64_t low = runtime::random_bits(key_, counter_ + 1);
  counter_ += 2;
  return high << 32 | low;
}

double Random::uniform(double low, double high) {
  return low + (high - low) * (static_cast<double>(bits() >> 11) * 0x1p-53);
}

double Random::normal(double mean, double std) {
  double radius = std::sqrt(-2 * std::log(1 - uniform()));
  return mean + std * radius * std::cos(2 * std::numbers::pi * uniform());
}

// The bias is below n / 2^64.
int64_t Random::below(int64_t n) {
  return static_cast<int64_t>(static_cast<unsigned __int128>(bits()) * static_cast<uint64_t>(n) >>
                              64);
}

std::vector<int64_t> Random::permutation(int64_t n) {
  std::vector<int64_t> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  for (int64_t i = n - 1; i > 0; --i)
    std::swap(order[static_cast<size_t>(i)], order[static_cast<size_t>(below(i + 1))]);
  return order;
}

Random& random() {
  thread_local Random own(0);
  return t_random != nullptr ? *t_random : own;
}

struct SampleScope::State {
  Random random;
  Random* previous;
  frontend::FreshThreadScope thread;
};

SampleScope::SampleScope(uint64_t seed, int64_t epoch, int64_t index) {
  auto e = static_cast<uint64_t>(epoch), i = static_cast<uint64_t>(index);
  state_.reset(
      new State{Random(seed, e, i), t_random, frontend::FreshThreadScope(mix(seed, e, i))});
  t_random = &state_->random;
}

SampleScope::~SampleScope() { t_random = state_->previous; }

}  // namespace etch::nn::data
