#include "testing.h"

#include <cmath>
#include <fstream>
#include <map>
#include <sstream>

namespace etch::nn::testing {
namespace {

std::ifstream open(const std::string& file) {
  std::ifstream stream(std::string(ETCH_GOLDEN_DIR) + "/" + file);
  if (!stream) throw std::runtime_error("cannot read golden/" + file);
  return stream;
}

std::map<std::string, Golden> read_values() {
  std::map<std::string, Golden> all;
  std::ifstream stream = open("values.txt");
  for (std::string line; std::getline(stream, line);) {
    std::istringstream words(line);
    std::string name, extents;
    words >> name >> extents;
    Golden& entry = all[name];
    std::istringstream extent_words(extents == "-" ? "" : extents);
    for (std::string extent; std::getline(extent_words, extent, 'x');)
      entry.shape.push_back(std::stoll(extent));
    for (std::string value; words >> value;) entry.values.push_back(std::stod(value));
  }
  return all;
}

}  // namespace

Golden golden(const std::string& name) {
  static const std::map<std::string, Golden> all = read_values();
  return all.at(name);
}

std::string golden_text(const std::string& file) {
  std::ostringstream text;
  text << open(file).rdbuf();
  return text.str();
}

Tensor ramp(const Shape& shape) {
  std::vector<float> values;
  for (int64_t i = 0; i < shape.num_elements(); ++i)
    values.push_back(static_cast<float>(static_cast<double>((i * 37 + 11) % 101) / 50.5 - 1));
  return Tensor::from_data(values, shape);
}

std::vector<double> values_of(const Tensor& t) {
  TensorView view = t.view();
  std::vector<double> values;
  for (int64_t i = 0; i < view.num_elements(); ++i) values.push_back(view.at(i));
  return values;
}

void expect_golden(const Tensor& actual, const std::string& name, double tolerance) {
  Golden expected = golden(name);
  EXPECT_EQ(actual.shape(), expected.shape) << name;
  std::vector<double> values = values_of(actual);
  ASSERT_EQ(values.size(), expected.values.size()) << name;
  for (size_t i = 0; i < values.size(); ++i)
    EXPECT_NEAR(values[i], expected.values[i], tolerance * (1 + std::abs(expected.values[i])))
        << name << " element " << i;
}

}  // namespace etch::nn::testing
