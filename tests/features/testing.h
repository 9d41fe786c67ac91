// Helpers of the tests of features.
#ifndef ETCH_TESTS_FEATURES_TESTING_H_
#define ETCH_TESTS_FEATURES_TESTING_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "etch/etch.h"
#include "etch/tests/error_of.h"

namespace etch::testing {

inline Tensor vec(const std::vector<float>& values) {
  return Tensor::from_data(values, {static_cast<int64_t>(values.size())});
}
inline std::vector<float> floats(const Tensor& x) { return x.to_vector<float>(); }

inline std::vector<double> values_of(const Tensor& x) {
  TensorView view = x.view();
  std::vector<double> values;
  for (int64_t i = 0; i < view.num_elements(); ++i) values.push_back(view.at(i));
  return values;
}
// Numbers in [-1, 1) that look like noise.
inline Tensor ramp(const Shape& shape) {
  std::vector<float> values;
  for (int64_t i = 0; i < shape.num_elements(); ++i)
    values.push_back(static_cast<float>(static_cast<double>((i * 37 + 11) % 101) / 50.5 - 1));
  return Tensor::from_data(values, shape);
}

// The first of each pair.
template <typename Pairs>
std::vector<std::string> names(const Pairs& pairs) {
  std::vector<std::string> result;
  for (const auto& [name, value] : pairs) result.push_back(name);
  return result;
}

}  // namespace etch::testing

#endif  // ETCH_TESTS_FEATURES_TESTING_H_
