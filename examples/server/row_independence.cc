#include "row_independence.h"

#include <cstring>
#include <functional>
#include <random>
#include <vector>

#include "etch/runtime/half.h"
#include "etch/runtime/status.h"

namespace server {
namespace {

using etch::DType;
using etch::runtime::Model;
using etch::runtime::ModelSession;
using etch::runtime::NamedInput;
using etch::runtime::NamedOutput;
using Bytes = std::vector<std::byte>;

// Floats in [-magnitude, magnitude], integers 0 and 1, which are indices of any table.
void fill_random(std::span<std::byte> bytes, DType dtype, float magnitude, std::mt19937& random) {
  auto put = [&](size_t i, auto value) {
    std::memcpy(bytes.data() + i * sizeof(value), &value, sizeof(value));
  };
  size_t count = bytes.size() / static_cast<size_t>(etch::size_of(dtype));
  std::uniform_real_distribution<float> uniform(-magnitude, magnitude);
  for (size_t i = 0; i < count; ++i) {
    float number = uniform(random);
    int bit = number > 0;
    switch (dtype) {
      case DType::kBool:
      case DType::kU8:
      case DType::kI8:
        put(i, static_cast<uint8_t>(bit));
        break;
      case DType::kI32:
        put(i, static_cast<int32_t>(bit));
        break;
      case DType::kI64:
        put(i, static_cast<int64_t>(bit));
        break;
      case DType::kF16:
        put(i, etch::float_to_f16(number));
        break;
      case DType::kBF16:
        put(i, etch::float_to_bf16(number));
        break;
      case DType::kF32:
        put(i, number);
        break;
      case DType::kF64:
        put(i, static_cast<double>(number));
        break;
    }
  }
}

std::vector<Bytes> buffers(const std::vector<TensorSpec>& specs) {
  std::vector<Bytes> result;
  for (const TensorSpec& spec : specs) result.emplace_back(spec.bytes());
  return result;
}

class Trial {
 public:
  Trial(const Model& model, const Signature& signature)
      : signature_(signature),
        rows_(signature.inputs.front().shape[0]),
        session_(model.new_session()),
        inputs_(buffers(signature.inputs)) {}

  // Gives the rows that `changed` names new values.
  void draw(float magnitude, const std::function<bool(int64_t row)>& changed) {
    for (size_t i = 0; i < inputs_.size(); ++i)
      for (int64_t row = 0; row < rows_; ++row)
        if (changed(row))
          fill_random(slice(inputs_[i], signature_.inputs[i], row), signature_.inputs[i].dtype,
                      magnitude, random_);
  }

  absl::StatusOr<std::vector<Bytes>> run() {
    std::vector<Bytes> results = buffers(signature_.outputs);
    std::vector<NamedInput> inputs;
    std::vector<NamedOutput> outputs;
    for (size_t i = 0; i < inputs_.size(); ++i) {
      const TensorSpec& spec = signature_.inputs[i];
      inputs.push_back({spec.name, {inputs_[i].data(), spec.dtype, spec.shape}});
    }
    for (size_t i = 0; i < results.size(); ++i) {
      const TensorSpec& spec = signature_.outputs[i];
      outputs.push_back({spec.name, {results[i].data(), spec.dtype, spec.shape}});
    }
    ETCH_RETURN_IF_ERROR(session_.run(signature_.program, inputs, outputs));
    return results;
  }

  // Whether the rows that did not change have the results that they had.
  bool same_results(std::vector<Bytes>& before, std::vector<Bytes>& after,
                    const std::function<bool(int64_t row)>& changed) const {
    for (size_t i = 0; i < before.size(); ++i)
      for (int64_t row = 0; row < rows_; ++row) {
        auto old_row = slice(before[i], signature_.outputs[i], row);
        auto new_row = slice(after[i], signature_.outputs[i], row);
        if (!changed(row) && std::memcmp(old_row.data(), new_row.data(), old_row.size()) != 0)
          return false;
      }
    return true;
  }

 private:
  std::span<std::byte> slice(Bytes& bytes, const TensorSpec& spec, int64_t row) const {
    auto size = static_cast<size_t>(spec.bytes() / rows_);
    return std::span(bytes).subspan(static_cast<size_t>(row) * size, size);
  }

  const Signature& signature_;
  const int64_t rows_;
  ModelSession session_;
  std::vector<Bytes> inputs_;
  std::mt19937 random_{1};
};

}  // namespace

absl::StatusOr<bool> rows_are_independent(const Model& model, const Signature& signature) {
  int64_t rows = signature.inputs.front().shape[0];
  Trial trial(model, signature);
  const std::function<bool(int64_t)> patterns[] = {
      [](int64_t row) { return row % 2 == 1; },      // neighbours
      [=](int64_t row) { return row >= rows / 2; },  // halves
  };
  // The large values pass thresholds that the small ones do not reach.
  for (float magnitude : {1.0f, 100.0f}) {
    trial.draw(magnitude, [](int64_t) { return true; });
    ETCH_ASSIGN_OR_RETURN(std::vector<Bytes> before, trial.run());
    for (const auto& changed : patterns) {
      trial.draw(magnitude, changed);
      ETCH_ASSIGN_OR_RETURN(std::vector<Bytes> after, trial.run());
      if (!trial.same_results(before, after, changed)) return false;
      before = std::move(after);
    }
  }
  return true;
}

}  // namespace server
