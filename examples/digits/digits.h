// The handwritten digits: 8 by 8 pixels of 0 to 16, then the digit, as in the UCI "optdigits"
// files.
#ifndef ETCH_EXAMPLES_DIGITS_DIGITS_H_
#define ETCH_EXAMPLES_DIGITS_DIGITS_H_

#include <cstdint>
#include <string>

#include "etch/frontend/tensor.h"
#include "etch/nn/data.h"

namespace digits {

constexpr int64_t kSide = 8;
constexpr int64_t kClasses = 10;

// image f32 [1, 8, 8] in [0, 1], label i64 [].
using Dataset = etch::nn::data::TensorDataset<etch::Tensor, etch::Tensor>;

// Reads a CSV file with 65 columns, with or without a line of names. Throws std::runtime_error with
// what is wrong with it.
Dataset read_digits(const std::string& path);

// `image` moved by up to one pixel each way, half of the time: by data::random().
etch::Tensor shifted(const etch::Tensor& image);

}  // namespace digits

#endif  // ETCH_EXAMPLES_DIGITS_DIGITS_H_
