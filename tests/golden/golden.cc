#include "etch/tests/golden/golden.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "etch/runtime/safetensors.h"

namespace etch::testing {
namespace {

std::vector<double> values_of(const Tensor& t) {
  TensorView view = t.view();
  std::vector<double> values;
  for (int64_t i = 0; i < view.num_elements(); ++i) values.push_back(view.at(i));
  return values;
}

Tensor rounded(const Tensor& t, DType dtype) {
  if (!is_floating(t.dtype()) || dtype == t.dtype()) return t;
  if (dtype != f32) throw std::runtime_error("golden values come as f64 or f32");
  std::vector<float> values;
  for (double value : values_of(t)) values.push_back(static_cast<float>(value));
  return Tensor::from_data(values, t.shape());
}

bool close(double actual, double expected, double rtol, double atol) {
  if (std::isnan(expected) || std::isinf(expected))
    return actual == expected || (std::isnan(actual) && std::isnan(expected));
  return std::abs(actual - expected) <= atol + rtol * std::abs(expected);
}

}  // namespace

std::string golden_path(const std::string& file) { return ETCH_GOLDEN_VALUES_DIR "/" + file; }

Golden::Golden(const std::string& file) : file_(file + ".safetensors") {
  auto contents = runtime::read_safetensors(golden_path(file_));
  if (!contents.ok()) throw std::runtime_error(std::string(contents.status().message()));
  texts_ = contents->metadata;
  for (const runtime::SafetensorsEntry& entry : contents->entries) {
    size_t slash = entry.name.rfind('/');
    cases_[entry.name.substr(0, slash)][entry.name.substr(slash + 1)] =
        Tensor::from_bytes(entry.bytes.data(), entry.dtype, entry.shape);
  }
}

Tensor Golden::tensor(const std::string& name, const std::string& key, DType dtype) const {
  if (!has(name, key)) throw std::runtime_error(file_ + " has no " + name + "/" + key);
  return rounded(cases_.at(name).at(key), dtype);
}

const std::string& Golden::text(const std::string& name, const std::string& key) const {
  auto found = texts_.find(name + "/" + key);
  if (found == texts_.end()) throw std::runtime_error(file_ + " has no text " + name + "/" + key);
  return found->second;
}

bool Golden::has(const std::string& name, const std::string& key) const {
  auto found = cases_.find(name);
  return found != cases_.end() && found->second.contains(key);
}

std::vector<std::string> Golden::cases(std::string_view prefix) const {
  std::vector<std::string> names;
  for (const auto& [name, tensors] : cases_)
    if (name.starts_with(prefix)) names.push_back(name);
  return names;
}

std::vector<std::string> Golden::keys(const std::string& name, std::string_view prefix) const {
  auto found = cases_.find(name);
  if (found == cases_.end()) throw std::runtime_error(file_ + " has no case " + name);
  std::vector<std::string> keys;
  for (const auto& [key, tensor] : found->second)
    if (key.starts_with(prefix)) keys.push_back(key);
  return keys;
}

double tolerance_of(DType dtype) { return dtype == f64 ? 1e-10 : 1e-5; }

void expect_close(const Tensor& actual, const Tensor& expected, double rtol, double atol,
                  std::string_view what) {
  if (!actual.defined()) {
    ADD_FAILURE() << what << ": the tensor is undefined";
    return;
  }
  EXPECT_EQ(actual.shape(), expected.shape()) << what;
  if (actual.shape() != expected.shape()) return;
  std::vector<double> a = values_of(actual), e = values_of(expected);
  size_t wrong = 0;
  for (size_t i = 0; i < a.size(); ++i)
    if (!close(a[i], e[i], rtol, atol) && ++wrong <= 3)
      ADD_FAILURE() << what << ": element " << i << " is " << a[i] << ", expected " << e[i]
                    << " (difference " << a[i] - e[i] << ")";
  EXPECT_LE(wrong, 3u) << what << ": that many elements of " << a.size() << " are wrong";
}

void expect_close(const Tensor& actual, const Tensor& expected, double rtol,
                  std::string_view what) {
  expect_close(actual, expected, rtol, rtol, what);
}

}  // namespace etch::testing
