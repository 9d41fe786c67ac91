// Dtypes: which functions take which, what they make of them, and what two of them make together,
// against PyTorch (tests/golden/dtypes.py).
#include <functional>
#include <map>

#include "etch/tests/golden/golden.h"
#include "testing.h"

namespace etch {
namespace {

namespace F = nn::functional;
using testing::Golden;

const std::vector<DType> kDTypes = {boolean, u8, i8, i32, i64, f16, bf16, f32, f64};

using Binary = std::function<Tensor(const Tensor&, const Tensor&)>;

std::map<std::string, Binary> binary_functions() {
  using X = const Tensor&;
  return {
      {"add", [](X a, X b) { return a + b; }},
      {"sub", [](X a, X b) { return a - b; }},
      {"mul", [](X a, X b) { return a * b; }},
      {"div", [](X a, X b) { return a / b; }},
      {"lt", [](X a, X b) { return a < b; }},
      {"eq", [](X a, X b) { return a == b; }},
      {"pow", [](X a, X b) { return pow(a, b); }},
      {"remainder", [](X a, X b) { return a % b; }},
      {"floor_divide", [](X a, X b) { return floor_divide(a, b); }},
      {"maximum", [](X a, X b) { return maximum(a, b); }},
      {"atan2", [](X a, X b) { return atan2(a, b); }},
      {"where", [](X a, X b) { return where(a > b, a, b); }},
      {"bitwise_and", [](X a, X b) { return a & b; }},
      {"logical_or", [](X a, X b) { return logical_or(a, b); }},
      {"clamp_min", [](X a, X b) { return clamp(a, b); }},
      {"cat",
       [](X a, X b) {
         return cat({a, b});
       }},
  };
}

std::map<std::string, std::function<Tensor(const Tensor&, const Number&)>> number_functions() {
  using X = const Tensor&;
  using N = const Number&;
  return {
      {"add", [](X x, N n) { return x + n; }},
      {"sub", [](X x, N n) { return x - n; }},
      {"rsub", [](X x, N n) { return n - x; }},
      {"mul", [](X x, N n) { return x * n; }},
      {"div", [](X x, N n) { return x / n; }},
      {"rdiv", [](X x, N n) { return n / x; }},
      {"lt", [](X x, N n) { return x < n; }},
      {"pow", [](X x, N n) { return pow(x, n); }},
      {"rpow", [](X x, N n) { return pow(n, x); }},
      {"remainder", [](X x, N n) { return x % n; }},
      {"bitwise_and", [](X x, N n) { return x & n; }},
      {"where", [](X x, N n) { return where(x > 0, x, n); }},
      {"clamp_min", [](X x, N n) { return clamp(x, n); }},
  };
}

Tensor places() { return Tensor::from_data(std::vector<int64_t>{2, 0, 1, 0}, {2, 2}); }

// Functions of one or two tensors of one dtype.
std::map<std::string, Binary> all_functions() {
  using X = const Tensor&;
  std::map<std::string, Binary> functions = binary_functions();
#define UNARY(name) std::pair<const std::string, Binary>(#name, [](X a, X) { return a.name(); })
  functions.merge(std::map<std::string, Binary>{
      UNARY(neg),         UNARY(abs),   UNARY(sign),  UNARY(square),        UNARY(exp),
      UNARY(exp2),        UNARY(expm1), UNARY(log),   UNARY(log2),          UNARY(log10),
      UNARY(log1p),       UNARY(sqrt),  UNARY(rsqrt), UNARY(reciprocal),    UNARY(sin),
      UNARY(cos),         UNARY(tan),   UNARY(asin),  UNARY(acos),          UNARY(atan),
      UNARY(sinh),        UNARY(cosh),  UNARY(tanh),  UNARY(erf),           UNARY(floor),
      UNARY(ceil),        UNARY(round), UNARY(trunc), UNARY(frac),          UNARY(sigmoid),
      UNARY(relu),        UNARY(isnan), UNARY(isinf), UNARY(isfinite),      UNARY(logical_not),
      UNARY(bitwise_not), UNARY(sum),   UNARY(mean),  UNARY(prod),          UNARY(var),
      UNARY(std),         UNARY(amax),  UNARY(amin),  UNARY(max),           UNARY(min),
      UNARY(norm),        UNARY(any),   UNARY(all),   UNARY(count_nonzero), UNARY(tril)});
#undef UNARY
  functions.merge(std::map<std::string, Binary>{
      {"logsumexp", [](X a, X) { return a.logsumexp(1); }},
      {"softmax", [](X a, X) { return a.softmax(1); }},
      {"matmul", [](X a, X b) { return a.matmul(b.t()); }},
      {"einsum",
       [](X a, X b) {
         return einsum("ij,kj->ik", {a, b});
       }},
      {"flip", [](X a, X) { return a.flip(1); }},
      {"roll", [](X a, X) { return a.roll(1, 1); }},
      {"stack",
       [](X a, X b) {
         return stack({a, b});
       }},
      {"slice",
       [](X a, X) {
         return a[{Slice(), Slice(None, None, 2)}];
       }},
      {"transpose", [](X a, X) { return a.t(); }},
      {"diagonal", [](X a, X) { return a.diagonal(1); }},
      {"diag", [](X a, X) { return a[0].diag(1); }},
      {"repeat",
       [](X a, X) {
         return a.repeat({2, 1});
       }},
      {"indices",
       [](X a, X) {
         return a[{Slice(), arange(2, -1, -2)}];
       }},
      {"pad",
       [](X a, X) {
         return pad(a, {1, 0, 0, 1});
       }},
      {"pad_value",
       [](X a, X) {
         return pad(a, {1, 0, 0, 1}, PadMode::kConstant, 1);
       }},
      {"masked_fill", [](X a, X b) { return a.masked_fill(b > 2, 1); }},
      {"fmod", [](X a, X b) { return fmod(a, b); }},
      {"minimum", [](X a, X b) { return minimum(a, b); }},
      {"bitwise_or", [](X a, X b) { return a | b; }},
      {"bitwise_xor", [](X a, X b) { return a ^ b; }},
      {"left_shift", [](X a, X b) { return a << b; }},
      {"right_shift", [](X a, X b) { return a >> b; }},
      {"lerp", [](X a, X b) { return lerp(a, b, 0.25); }},
      {"zeros_like", [](X a, X) { return zeros_like(a); }},
      {"sum_dim", [](X a, X) { return a.sum(0); }},
      {"gt", [](X a, X b) { return a > b; }},
      {"ne", [](X a, X b) { return a != b; }},
      {"isclose", [](X a, X b) { return isclose(a, b); }},
      {"argmax", [](X a, X) { return argmax(a, 1); }},
      {"argmin", [](X a, X) { return argmin(a, 1); }},
      {"max_dim", [](X a, X) { return max(a, 1).values; }},
      {"min_dim", [](X a, X) { return min(a, 0).values; }},
      {"cumsum", [](X a, X) { return cumsum(a, 1); }},
      {"sort", [](X a, X) { return sort(a, 1).values; }},
      {"topk", [](X a, X) { return topk(a, 2, 1).values; }},
      {"gather", [](X a, X) { return gather(a, 1, places()); }},
      {"scatter_add", [](X a, X b) { return scatter_add(a, 1, places(), b); }},
      {"index_select", [](X a, X) { return index_select(a, 1, places()[0]); }},
      {"embedding", [](X a, X) { return embedding(a, places()[1]); }},
      {"triu", [](X a, X) { return a.triu(); }},
      {"permute",
       [](X a, X) {
         return a.permute({1, 0});
       }},
      {"expand",
       [](X a, X) {
         return a.expand({2, 2, 3});
       }},
      {"squeeze", [](X a, X) { return a[{Slice(0, 1)}].squeeze(0); }},
      {"split", [](X a, X) { return a.split(2, 1)[0]; }},
      {"full_like", [](X a, X) { return full_like(a, 1); }},
      {"conv1d", [](X a, X b) { return F::conv1d(a.unsqueeze(0), b.t().unsqueeze(2)); }},
      {"layer_norm", [](X a, X) { return F::layer_norm(a, {3}); }},
      {"avg_pool1d", [](X a, X) { return F::avg_pool1d(a.unsqueeze(0), 2); }},
      {"max_pool1d", [](X a, X) { return F::max_pool1d(a.unsqueeze(0), 2); }},
      {"mse_loss", [](X a, X b) { return F::mse_loss(a, b); }},
      {"gelu", [](X a, X) { return F::gelu(a); }},
      {"cross_entropy", [](X a, X) { return F::cross_entropy(a, places()[{Slice(), 0}]); }},
  });
  return functions;
}

// In tables of types: PyTorch has no kernel for halves.
constexpr int64_t kUnknown = -2;

// The number of the dtype that `f` gives, -1 where it refuses.
template <typename F>
int64_t type_number(F&& f) {
  try {
    Tensor y = f();
    return std::find(kDTypes.begin(), kDTypes.end(), y.dtype()) - kDTypes.begin();
  } catch (const Error&) {
    return -1;
  }
}

// What PyTorch refuses and Etch takes, with the meaning it has for other dtypes.
bool is_extension(const std::string& function, DType a, DType b) {
  // "1 - mask": only two booleans have no difference.
  return (function == "sub" || function == "rsub") && (a == boolean) != (b == boolean);
}

// The same of functions of one dtype: what computes in f32 takes integers, what orders booleans.
bool is_extension(const std::string& function, DType dtype) {
  if (function == "topk") return dtype == boolean;
  if (function == "max_pool1d") return !is_floating(dtype) && dtype != boolean;
  return (function == "softmax" || function == "gelu") && !is_floating(dtype);
}

// PyTorch limits booleans by booleans, though not by numbers, and has means and convolutions of
// integers, though not of all of them and not their gradients.
bool is_refused(const std::string& function, DType a, DType b) {
  if (function == "conv1d" || function == "avg_pool1d") return !is_floating(a);
  return function == "clamp_min" && a == boolean && b == boolean;
}

TEST(Features, F10_result_types_of_two_tensors) {
  Golden golden("dtypes");
  for (const auto& [name, f] : binary_functions()) {
    for (const std::string& key : golden.cases("types/" + name + "/")) {
      if (key.ends_with("/numbers")) continue;
      Tensor left = ones({2}), right = ones({2});
      if (key.ends_with("scalars") || key.ends_with("left_scalar")) left = ones({});
      if (key.ends_with("scalars") || key.ends_with("right_scalar")) right = ones({});
      std::vector<int64_t> expected = golden.tensor(key, "types").to_vector<int64_t>();
      for (size_t i = 0; i < expected.size(); ++i) {
        if (expected[i] == kUnknown) continue;
        DType p = kDTypes[i / kDTypes.size()], q = kDTypes[i % kDTypes.size()];
        int64_t type = is_extension(name, p, q) ? static_cast<int64_t>(std::max(i / 9, i % 9))
                       : is_refused(name, p, q) ? -1
                                                : expected[i];
        EXPECT_EQ(type_number([&, &f = f] { return f(left.to(p), right.to(q)); }), type)
            << key << " of " << p << " and " << q;
      }
    }
  }
}

TEST(Features, F10_result_types_of_a_tensor_and_a_number) {
  Golden golden("dtypes");
  const Number numbers[] = {true, 1, 1.0};
  for (const auto& [name, f] : number_functions()) {
    std::string key = "types/" + name + "/numbers";
    std::vector<int64_t> expected = golden.tensor(key, "types").to_vector<int64_t>();
    for (size_t i = 0; i < expected.size(); ++i) {
      if (expected[i] == kUnknown) continue;
      DType dtype = kDTypes[i / 3];
      const DType kinds[] = {boolean, i64, f32};
      int64_t type = expected[i];
      if (is_extension(name, dtype, kinds[i % 3]))
        type = static_cast<int64_t>(dtype == boolean ? (i % 3 == 1 ? 4 : 7) : i / 3);
      EXPECT_EQ(type_number([&, &f = f] { return f(ones({2}, dtype), numbers[i % 3]); }), type)
          << key << " of " << dtype << " and number " << i % 3;
    }
  }
}

// Results in `dtype` carry this relative error: a few units in the last place.
double tolerance(DType dtype) {
  return dtype == bf16 ? 0.016 : dtype == f16 ? 2e-3 : dtype == f32 ? 1e-5 : 1e-10;
}

TEST(Features, F10_each_function_in_each_dtype) {
  Golden golden("dtypes");
  const std::vector<int64_t> a = {3, -1, 0, 2, 5, -4}, b = {1, 2, 3, 2, 1, 4};
  std::map<std::string, Tensor> results;
  for (const auto& [name, f] : all_functions()) {
    for (DType dtype : kDTypes) {
      std::string key = "values/" + name + "/" + std::string(dtype_name(dtype));
      Tensor x = Tensor::from_data(a, {2, 3}).to(dtype), y = Tensor::from_data(b, {2, 3}).to(dtype);
      bool accepted =
          is_extension(name, dtype) || (golden.has(key, "y") && !is_refused(name, dtype, dtype));
      try {
        results[key] = f(x, y);
        EXPECT_TRUE(accepted) << key << " is refused by PyTorch";
      } catch (const Error& error) {
        EXPECT_FALSE(accepted) << key << ": " << error.what();
        // Says what is wrong with the dtype, and what to do.
        EXPECT_THAT(error.what(), ::testing::ContainsRegex("boolean|float|integer")) << key;
      }
    }
  }
  std::vector<Tensor> all;
  for (const auto& [key, tensor] : results) all.push_back(tensor);
  eval(all);
  for (const auto& [key, tensor] : results) {
    if (!golden.has(key, "y")) continue;
    // For old programs' sake PyTorch's any and all of u8 are u8.
    bool old = key == "values/any/u8" || key == "values/all/u8";
    EXPECT_EQ(old ? "u8" : dtype_name(tensor.dtype()), golden.text(key, "dtype")) << key;
    testing::expect_close(tensor, golden.tensor(key, "y"), tolerance(tensor.dtype()), key);
  }
}

TEST(Features, F10_casts_between_all_dtypes) {
  Golden golden("dtypes");
  std::map<std::string, Tensor> results;
  for (DType from : kDTypes) {
    for (DType to : kDTypes) {
      std::string key =
          "casts/" + std::string(dtype_name(from)) + "/" + std::string(dtype_name(to));
      std::vector<double> values = {0, 1, 2, 100};
      if (is_floating(from)) values = {0, 1, -1, 100, 2.75, -2.75};
      if (is_floating(from) && to == u8)
        for (double& value : values) value = std::abs(value);
      auto size = static_cast<int64_t>(values.size());
      results[key] = Tensor::from_data(values, {size}).to(from).to(to);
    }
  }
  std::vector<Tensor> all;
  for (const auto& [key, tensor] : results) all.push_back(tensor);
  eval(all);
  for (const auto& [key, tensor] : results)
    testing::expect_close(tensor, golden.tensor(key, "y"), 1e-10, key);
}

}  // namespace
}  // namespace etch
