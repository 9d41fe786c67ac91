#include "etch/tests/golden/zoo.h"

#include <cmath>
#include <set>
#include <string>
#include <vector>

namespace etch::testing {
namespace {

uint32_t name_hash(const std::string& name) {
  uint64_t value = 0;
  for (char c : name) value = (value * 131 + static_cast<unsigned char>(c)) % 0x7fffffff;
  return static_cast<uint32_t>(value);
}

// Number `i` in [0, 1) that follows from the name: MurmurHash3's finalizer of a counter.
double uniform(uint32_t hash, uint64_t i) {
  auto x = static_cast<uint32_t>(i * 0x9E3779B9 + hash);
  x ^= x >> 16;
  x *= 0x85EBCA6B;
  x ^= x >> 13;
  x *= 0xC2B2AE35;
  x ^= x >> 16;
  return static_cast<float>(x / 4294967296.0);
}

std::vector<double> values_for(const std::string& name, const Tensor& t) {
  std::vector<double> values;
  auto count = static_cast<double>(t.numel());
  for (int64_t i = 0; i < t.numel(); ++i) {
    double u = uniform(name_hash(name), static_cast<uint64_t>(i));
    if (t.dim() > 1)
      values.push_back((2 * u - 1) * std::sqrt(3 * static_cast<double>(t.size(0)) / count));
    else if (name.ends_with("running_var"))
      values.push_back(0.5 + u);
    else if (name.ends_with("weight"))
      values.push_back(1 + 0.2 * (u - 0.5));
    else
      values.push_back(0.2 * (u - 0.5));
  }
  return values;
}

}  // namespace

void fill_by_name(nn::Module& module) {
  nn::StateDict state;
  std::set<const void*> done;
  for (const auto& [name, cell] : module.state_dict())
    if (is_floating(cell.dtype()) && done.insert(cell.impl().get()).second)
      state.insert(name, Tensor::from_data(values_for(name, cell), cell.shape()));
  module.load_state_dict(state, {.strict = false});
}

}  // namespace etch::testing
