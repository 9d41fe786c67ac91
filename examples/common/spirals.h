// A data set to learn without a download: points on the arms of a spiral, with noise.
#ifndef ETCH_EXAMPLES_COMMON_SPIRALS_H_
#define ETCH_EXAMPLES_COMMON_SPIRALS_H_

#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

#include "etch/frontend/tensor.h"
#include "etch/runtime/philox.h"

namespace examples {

struct Points {
  etch::Tensor x;       // f32 [n, 2]
  etch::Tensor target;  // i64 [n]: the arm that each point is on
};

// `n` points drawn at random from `arms` arms; `batch` numbers the draw.
inline Points spirals(int64_t n, int64_t arms, uint64_t batch) {
  uint64_t key = etch::runtime::derive_key(batch, "spirals");
  std::vector<float> x;
  std::vector<int64_t> target;
  for (int64_t i = 0; i < n; ++i) {
    auto index = static_cast<uint64_t>(4 * i);
    float radius = 0.1f + 0.9f * etch::runtime::random_uniform(key, index);
    int64_t arm = i % arms;
    double turn = 2 * std::numbers::pi *
                      (static_cast<double>(arm) / static_cast<double>(arms) +
                       0.8 * static_cast<double>(radius)) +
                  0.15 * static_cast<double>(etch::runtime::random_normal(key, index + 1));
    x.push_back(radius * static_cast<float>(std::cos(turn)));
    x.push_back(radius * static_cast<float>(std::sin(turn)));
    target.push_back(arm);
  }
  return {etch::Tensor::from_data(x, {n, 2}), etch::Tensor::from_data(target, {n})};
}

}  // namespace examples

#endif  // ETCH_EXAMPLES_COMMON_SPIRALS_H_
