#include "digits.h"

#include <cctype>
#include <stdexcept>
#include <vector>

namespace digits {

namespace data = etch::nn::data;

Dataset read_digits(const std::string& path) {
  auto text = data::read_file(path);
  if (!text.ok()) throw std::runtime_error(std::string(text.status().message()));
  bool header = !text->empty() && std::isalpha(static_cast<unsigned char>(text->front())) != 0;
  auto table = data::parse_csv(*text, path, {.header = header});
  if (!table.ok()) throw std::runtime_error(std::string(table.status().message()));
  int64_t rows = table->values.size(0), columns = table->values.size(1);
  constexpr int64_t kPixels = kSide * kSide;
  if (columns != kPixels + 1)
    throw std::runtime_error(path + " has " + std::to_string(columns) + " columns; it takes " +
                             std::to_string(kPixels) + " pixels and the digit");
  std::vector<float> values = table->values.to_vector<float>(), pixels;
  std::vector<int64_t> labels;
  for (int64_t row = 0; row < rows; ++row) {
    auto begin = values.begin() + row * columns;
    for (auto pixel = begin; pixel != begin + kPixels; ++pixel) pixels.push_back(*pixel / 16);
    float label = begin[kPixels];
    labels.push_back(static_cast<int64_t>(label));
    if (label != static_cast<float>(labels.back()) || label < 0 || label >= kClasses)
      throw std::runtime_error(path + ": row " + std::to_string(row + 1) + " has the digit " +
                               std::to_string(label) + ", which is none of 0 to 9");
  }
  return Dataset(etch::Tensor::from_data(pixels, {rows, 1, kSide, kSide}),
                 etch::Tensor::from_data(labels, {rows}));
}

etch::Tensor shifted(const etch::Tensor& image) {
  data::Random& random = data::random();
  if (random.chance(0.5)) return image;
  int64_t down = random.below(3) - 1, right = random.below(3) - 1;
  std::vector<float> from = image.to_vector<float>(), to(from.size());
  for (int64_t y = 0; y < kSide; ++y)
    for (int64_t x = 0; x < kSide; ++x) {
      int64_t above = y - down, left = x - right;
      if (above < 0 || above >= kSide || left < 0 || left >= kSide) continue;
      to[static_cast<size_t>(y * kSide + x)] = from[static_cast<size_t>(above * kSide + left)];
    }
  return etch::Tensor::from_data(to, image.shape());
}

}  // namespace digits
