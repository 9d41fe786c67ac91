// Initial values with structure: identities, orthogonal rows, cut-off and sparse draws; and rules
// for whole trees.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "etch/frontend/state.h"
#include "etch/nn/host_values.h"
#include "etch/nn/init.h"
#include "etch/nn/layers/normalization.h"
#include "etch/nn/module.h"
#include "etch/runtime/executor.h"

namespace etch::nn::init {
namespace {

using Values = std::vector<double>;

Values values_of(const Tensor& t) {
  TensorView view = t.view();
  Values values(static_cast<size_t>(t.numel()));
  for (size_t i = 0; i < values.size(); ++i) values[i] = view.at(static_cast<int64_t>(i));
  return values;
}

Tensor set(Tensor t, const Values& values) {
  detail::set_value(t, detail::converted(Tensor::from_data(values, t.shape()), t.dtype()));
  return t;
}

// `count` numbers of the thread's generator, in double precision.
Values draw(Tensor (*fill)(Tensor, double, double), double a, double b, int64_t count) {
  return values_of(fill(detail::filled({count}, 0, f64), a, b));
}

void require_matrix(const char* name, const Tensor& t) {
  if (t.dim() != 2)
    throw Error(std::string("init: ") + name + " wants a matrix, got " + t.shape().to_string());
}

// The inverse of the normal distribution function, by bisection of the complement of erf: exact to
// rounding, and initial values are drawn once.
double normal_quantile(double p) {
  double low = -40, high = 40;
  while (true) {
    double middle = low + (high - low) / 2;
    if (middle == low || middle == high) return middle;
    (std::erfc(-middle / std::sqrt(2.0)) / 2 < p ? low : high) = middle;
  }
}

double normal_cdf(double x) { return std::erfc(-x / std::sqrt(2.0)) / 2; }

// Makes the rows of `a` [rows, columns], rows <= columns, orthonormal by Gram and Schmidt's method;
// each is projected twice, which makes up for what rounding leaves.
void orthonormalize(Values& a, size_t rows, size_t columns) {
  auto row = [&](size_t r) { return a.begin() + static_cast<std::ptrdiff_t>(r * columns); };
  auto dot = [&](size_t i, size_t j) {
    return std::inner_product(row(i), row(i) + static_cast<std::ptrdiff_t>(columns), row(j), 0.0);
  };
  for (size_t i = 0; i < rows; ++i) {
    for (int pass = 0; pass < 2; ++pass)
      for (size_t j = 0; j < i; ++j) {
        double overlap = dot(i, j);
        for (size_t c = 0; c < columns; ++c)
          row(i)[static_cast<std::ptrdiff_t>(c)] -=
              overlap * row(j)[static_cast<std::ptrdiff_t>(c)];
      }
    double length = std::sqrt(dot(i, i));
    for (size_t c = 0; c < columns; ++c) row(i)[static_cast<std::ptrdiff_t>(c)] /= length;
  }
}

void draw_by(Kind kind, const Tensor& t) {
  switch (kind) {
    case Kind::kXavierUniform:
      xavier_uniform_(t);
      return;
    case Kind::kXavierNormal:
      xavier_normal_(t);
      return;
    case Kind::kKaimingUniform:
      kaiming_uniform_(t, {.nonlinearity = Nonlinearity::kRelu});
      return;
    case Kind::kKaimingNormal:
      kaiming_normal_(t, {.nonlinearity = Nonlinearity::kRelu});
      return;
    case Kind::kOrthogonal:
      orthogonal_(t);
      return;
    case Kind::kNormal:
      normal_(t, 0, 0.02);
      return;
    case Kind::kTruncNormal:
      trunc_normal_(t, 0, 0.02);
      return;
  }
  throw Error("init: unknown kind");
}

// Whether `module` is a normalization; then it has been reset.
template <typename... M>
bool reset_if_any(Module& module) {
  return ([&] {
    auto* norm = module.as<M>();
    if (norm) norm->reset_parameters();
    return norm != nullptr;
  }() || ...);
}

}  // namespace

Tensor trunc_normal_(Tensor t, double mean, double std, double low, double high) {
  if (!(low < high)) throw Error("init: trunc_normal_ wants low < high");
  // Quantiles of numbers that are uniform between those of the bounds.
  Values values =
      draw(uniform_, normal_cdf((low - mean) / std), normal_cdf((high - mean) / std), t.numel());
  auto transform = [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      values[i] = std::clamp(mean + std * normal_quantile(values[i]), low, high);
  };
  runtime::default_executor()->parallel_for(static_cast<int64_t>(values.size()), transform);
  return set(std::move(t), values);
}

Tensor eye_(Tensor t) {
  require_matrix("eye_", t);
  Values values(static_cast<size_t>(t.numel()), 0.0);
  for (int64_t i = 0; i < std::min(t.size(0), t.size(1)); ++i)
    values[static_cast<size_t>(i * t.size(1) + i)] = 1;
  return set(std::move(t), values);
}

Tensor dirac_(Tensor t, int64_t groups) {
  if (t.dim() < 3 || t.dim() > 5)
    throw Error("init: dirac_ wants 3 to 5 dimensions, got " + t.shape().to_string());
  if (groups < 1 || t.size(0) % groups != 0)
    throw Error("init: dirac_ wants groups that divide " + std::to_string(t.size(0)) +
                " output channels, got " + std::to_string(groups));
  int64_t kernel = 1, middle = 0;
  for (int64_t i = 2; i < t.dim(); ++i) {
    middle = middle * t.size(i) + t.size(i) / 2;
    kernel *= t.size(i);
  }
  int64_t each = t.size(0) / groups;
  Values values(static_cast<size_t>(t.numel()), 0.0);
  for (int64_t g = 0; g < groups; ++g)
    for (int64_t i = 0; i < std::min(each, t.size(1)); ++i)
      values[static_cast<size_t>(((g * each + i) * t.size(1) + i) * kernel + middle)] = 1;
  return set(std::move(t), values);
}

Tensor orthogonal_(Tensor t, double gain) {
  if (t.dim() < 2)
    throw Error("init: orthogonal_ wants two dimensions or more, got " + t.shape().to_string());
  if (t.numel() == 0) return t;
  auto rows = static_cast<size_t>(t.size(0)), columns = static_cast<size_t>(t.numel()) / rows;
  Values drawn = draw(normal_, 0, 1, t.numel()), values(drawn.size());
  size_t less = std::min(rows, columns), more = std::max(rows, columns);
  orthonormalize(drawn, less, more);
  for (size_t r = 0; r < rows; ++r)
    for (size_t c = 0; c < columns; ++c)
      values[r * columns + c] =
          gain * (rows <= columns ? drawn[r * more + c] : drawn[c * more + r]);
  return set(std::move(t), values);
}

Tensor sparse_(Tensor t, double sparsity, double std) {
  require_matrix("sparse_", t);
  if (!(sparsity >= 0 && sparsity <= 1)) throw Error("init: sparse_ wants a sparsity in [0, 1]");
  auto rows = static_cast<size_t>(t.size(0)), columns = static_cast<size_t>(t.size(1));
  auto zeros = static_cast<size_t>(std::ceil(sparsity * static_cast<double>(rows)));
  Values values = draw(normal_, 0, std, t.numel());
  Values order = draw(uniform_, 0, 1, t.numel());
  std::vector<size_t> numbers(rows);
  for (size_t c = 0; c < columns; ++c) {
    std::iota(numbers.begin(), numbers.end(), size_t{0});
    std::ranges::sort(numbers, {}, [&](size_t r) { return order[r * columns + c]; });
    for (size_t i = 0; i < zeros; ++i) values[numbers[i] * columns + c] = 0;
  }
  return set(std::move(t), values);
}

void init_weights(Module& module, Kind kind) {
  module.apply([&](Module& each) {
    if (reset_if_any<detail::ChannelNorm, LayerNorm, RMSNorm, GroupNorm>(each)) return;
    for (auto& [name, parameter] : each.named_parameters(/*recurse=*/false)) {
      if (parameter.dim() >= 2)
        draw_by(kind, parameter);
      else if (name.find("bias") != std::string::npos)
        zeros_(parameter);
    }
  });
}

}  // namespace etch::nn::init
