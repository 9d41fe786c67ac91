#include "etch/nn/init.h"

#include <cmath>
#include <string>
#include <vector>

#include "etch/frontend/state.h"
#include "etch/nn/host_values.h"
#include "etch/runtime/executor.h"
#include "etch/runtime/philox.h"

namespace etch::nn::init {
namespace {

void check_floating(const Tensor& t) {
  if (!is_floating(t.dtype()))
    throw Error("init: wants a floating dtype, got " + std::string(dtype_name(t.dtype())));
}

// Takes `count` numbers from the thread's default generator: the key, and the first counter.
struct Draw {
  uint64_t key;
  uint64_t counter;
};
Draw take(int64_t count) {
  Tensor state = frontend::default_random_state();
  std::vector<int64_t> words = state.to_vector<int64_t>();
  Draw draw{static_cast<uint64_t>(words[0]), static_cast<uint64_t>(words[1])};
  words[1] = static_cast<int64_t>(draw.counter + static_cast<uint64_t>(count));
  detail::set_value(state, Tensor::from_data(words, {2}));
  return draw;
}

Tensor set(Tensor t, const std::vector<float>& values) {
  detail::set_value(t, detail::from_floats(values, t.shape(), t.dtype()));
  return t;
}

double kaiming_scale(const Tensor& t, const KaimingOptions& options) {
  Fan fan = calculate_fan(t.shape());
  auto n = static_cast<double>(options.mode == FanMode::kFanIn ? fan.in : fan.out);
  return calculate_gain(options.nonlinearity, options.a) / std::sqrt(n);
}

double xavier_scale(const Tensor& t, double gain) {
  Fan fan = calculate_fan(t.shape());
  return gain * std::sqrt(2.0 / static_cast<double>(fan.in + fan.out));
}

}  // namespace

Tensor constant_(Tensor t, double value) {
  detail::set_value(t, detail::filled(t.shape(), value, t.dtype()));
  return t;
}
Tensor zeros_(Tensor t) { return constant_(std::move(t), 0); }
Tensor ones_(Tensor t) { return constant_(std::move(t), 1); }

Tensor uniform_(Tensor t, double low, double high) {
  check_floating(t);
  Draw draw = take(t.numel());
  std::vector<float> values(static_cast<size_t>(t.numel()));
  runtime::fill_random_uniform(draw.key, draw.counter, values, *runtime::default_executor());
  for (float& value : values) value = static_cast<float>(low + (high - low) * value);
  return set(std::move(t), values);
}

Tensor normal_(Tensor t, double mean, double std) {
  check_floating(t);
  Draw draw = take(2 * t.numel());
  std::vector<float> values(static_cast<size_t>(t.numel()));
  runtime::fill_random_normal(draw.key, draw.counter, values, *runtime::default_executor());
  for (float& value : values) value = static_cast<float>(mean + std * value);
  return set(std::move(t), values);
}

Fan calculate_fan(const Shape& shape) {
  if (shape.rank() < 2)
    throw Error("init: fan in and fan out need two dimensions or more, got shape " +
                shape.to_string());
  int64_t rest = 1;
  for (int64_t i = 2; i < shape.rank(); ++i) rest *= shape[i];
  return {.in = shape[1] * rest, .out = shape[0] * rest};
}

double calculate_gain(Nonlinearity nonlinearity, double slope) {
  switch (nonlinearity) {
    case Nonlinearity::kLinear:
    case Nonlinearity::kSigmoid:
      return 1.0;
    case Nonlinearity::kTanh:
      return 5.0 / 3.0;
    case Nonlinearity::kRelu:
      return std::sqrt(2.0);
    case Nonlinearity::kLeakyRelu:
      return std::sqrt(2.0 / (1.0 + slope * slope));
    case Nonlinearity::kSelu:
      return 3.0 / 4.0;
  }
  throw Error("init: unknown nonlinearity");
}

Tensor xavier_uniform_(Tensor t, double gain) {
  double bound = std::sqrt(3.0) * xavier_scale(t, gain);
  return uniform_(std::move(t), -bound, bound);
}
Tensor xavier_normal_(Tensor t, double gain) {
  double std = xavier_scale(t, gain);
  return normal_(std::move(t), 0, std);
}
Tensor kaiming_uniform_(Tensor t, const KaimingOptions& options) {
  double bound = std::sqrt(3.0) * kaiming_scale(t, options);
  return uniform_(std::move(t), -bound, bound);
}
Tensor kaiming_normal_(Tensor t, const KaimingOptions& options) {
  double std = kaiming_scale(t, options);
  return normal_(std::move(t), 0, std);
}

}  // namespace etch::nn::init
