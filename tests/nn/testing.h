// Helpers of the tests of nn.
#ifndef ETCH_TESTS_NN_TESTING_H_
#define ETCH_TESTS_NN_TESTING_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "etch/frontend/tensor.h"
#include "etch/tests/error_of.h"

namespace etch::nn::testing {

struct Golden {
  Shape shape;
  std::vector<double> values;
};

// An entry of golden/values.txt, made by golden/make_golden.py with PyTorch.
Golden golden(const std::string& name);
// A file of golden/.
std::string golden_text(const std::string& file);

// The values that make_golden.py calls ramp().
Tensor ramp(const Shape& shape);

std::vector<double> values_of(const Tensor& t);

// Shape and values, absolutely and relatively within `tolerance`.
void expect_golden(const Tensor& actual, const std::string& name, double tolerance = 2e-6);

using etch::testing::error_of;

}  // namespace etch::nn::testing

#endif  // ETCH_TESTS_NN_TESTING_H_
