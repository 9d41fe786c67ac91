// Points to tell apart: on the right above, on the right below, on the left.
#ifndef ETCH_DOCS_GUIDE_POINTS_H_
#define ETCH_DOCS_GUIDE_POINTS_H_

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

constexpr int64_t kBatch = 64, kClasses = 3;

struct Batch {
  std::vector<float> x;         // [kBatch, 2]
  std::vector<int64_t> target;  // [kBatch]
};

inline Batch make_batch(std::mt19937& random) {
  std::uniform_real_distribution<float> uniform(-1, 1);
  Batch batch;
  for (int64_t i = 0; i < kBatch; ++i) {
    float a = uniform(random), b = uniform(random);
    batch.x.insert(batch.x.end(), {a, b});
    batch.target.push_back(a < 0 ? 2 : b < 0 ? 1 : 0);
  }
  return batch;
}

// The share of points whose class has the highest of `probabilities`, [kBatch, kClasses], in %.
inline double accuracy(const std::vector<float>& probabilities, const Batch& batch) {
  int right = 0;
  for (int64_t i = 0; i < kBatch; ++i) {
    auto row = probabilities.begin() + i * kClasses;
    right += std::max_element(row, row + kClasses) - row == batch.target[i];
  }
  return 100.0 * right / kBatch;
}

#endif  // ETCH_DOCS_GUIDE_POINTS_H_
