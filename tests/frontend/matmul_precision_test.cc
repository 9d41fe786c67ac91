// Products of f32 with narrower factors: against sums in f64 of the same factors, and the error
// against f32's own.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "etch/etch.h"

namespace etch {
namespace {

struct Case {
  int64_t batch, m, n, k;
  bool transpose_lhs = false, transpose_rhs = false;
};

// The root mean square of the error over that of the exact product.
double error_of(const Case& c, MatmulPrecision precision, const std::string& features) {
  bool batched = c.batch > 1;
  auto shape = [&](int64_t rows, int64_t columns) {
    return batched ? Shape{c.batch, rows, columns} : Shape{rows, columns};
  };
  Tensor a = randn(c.transpose_lhs ? shape(c.k, c.m) : shape(c.m, c.k));
  Tensor b = randn(c.transpose_rhs ? shape(c.n, c.k) : shape(c.k, c.n));
  auto product = [c](const Tensor& x, const Tensor& y) {
    return matmul(c.transpose_lhs ? transpose(x, -2, -1) : x,
                  c.transpose_rhs ? transpose(y, -2, -1) : y);
  };
  auto narrow = compile(product, {.num_threads = 1,
                                  .target_features = features,
                                  .matmul_precision = precision,
                                  .verify = true});
  std::vector<float> got = narrow(a, b).to_vector<float>();
  std::vector<double> exact = product(cast(a, f64), cast(b, f64)).to_vector<double>();
  double error = 0, size = 0;
  for (size_t i = 0; i < exact.size(); ++i) {
    error += (got[i] - exact[i]) * (got[i] - exact[i]);
    size += exact[i] * exact[i];
  }
  return std::sqrt(error / size);
}

const Case kCases[] = {
    {1, 64, 64, 64},       {1, 1, 96, 128},
    {1, 5, 200, 33},       {3, 17, 40, 64},
    {1, 37, 53, 70, true}, {2, 9, 100, 34, false, true},
    {1, 14, 16, 2},        {1, 100, 17, 1030, false, true},
};

// With the machine's features, and without the instructions on pairs, and with narrower vectors.
const char* const kFeatures[] = {"", "-avx512bf16", "-avx512f"};

void expect_errors(MatmulPrecision precision, double least, double most) {
  manual_seed(7);
  for (const char* features : kFeatures)
    for (const Case& c : kCases) {
      double error = error_of(c, precision, features);
      EXPECT_LT(error, most) << c.m << " " << c.n << " " << c.k << " " << features;
      // What is better than the precision allows was not computed with it.
      EXPECT_GT(error, least) << c.m << " " << c.n << " " << c.k << " " << features;
    }
}

TEST(MatmulPrecision, Bf16RoundsFactorsOnly) { expect_errors(MatmulPrecision::kBf16, 1e-3, 4e-3); }
TEST(MatmulPrecision, Bf16x3KeepsSixteenBits) {
  expect_errors(MatmulPrecision::kBf16x3, 5e-7, 1.5e-5);
}
// f32's own error at these depths is up to 6e-7.
TEST(MatmulPrecision, Bf16x6IsAsExactAsF32) { expect_errors(MatmulPrecision::kBf16x6, 0, 5e-7); }

TEST(MatmulPrecision, FactorsThatBf16HoldsGiveTheSameProduct) {
  Tensor a = cast(randint(-8, 8, {20, 48}), f32), b = cast(randint(-8, 8, {48, 33}), f32);
  auto product = [](const Tensor& x, const Tensor& y) { return matmul(x, y); };
  auto exact = compile(product);
  std::vector<float> wanted = exact(a, b).to_vector<float>();
  for (MatmulPrecision precision :
       {MatmulPrecision::kBf16, MatmulPrecision::kBf16x3, MatmulPrecision::kBf16x6}) {
    auto narrow = compile(product, {.matmul_precision = precision});
    EXPECT_EQ(narrow(a, b).to_vector<float>(), wanted);
  }
}

TEST(MatmulPrecision, ConvolutionsNarrowWhatTheyRead) {
  manual_seed(3);
  Tensor x = randn({2, 6, 9, 9}), w = randn({8, 6, 3, 3});
  auto convolve = [](const Tensor& image, const Tensor& filters) {
    return conv(image, filters, {.padding = {1, 1}});
  };
  auto narrow = compile(convolve, {.matmul_precision = MatmulPrecision::kBf16});
  auto rounded = [](const Tensor& t) { return cast(cast(t, bf16), f64); };
  std::vector<float> got = narrow(x, w).to_vector<float>();
  std::vector<double> wanted = convolve(rounded(x), rounded(w)).to_vector<double>();
  ASSERT_EQ(got.size(), wanted.size());
  for (size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], wanted[i], 1e-4);
}

}  // namespace
}  // namespace etch
