#include "etch/tools/etch/figures.h"

#include <gtest/gtest.h>

#include <limits>

#include "etch/tools/etch/compare_values.h"
#include "etch/tools/etch/model_name.h"
#include "etch/tools/measure/timing.h"

namespace etch::tools {
namespace {

TEST(Figures, MillisecondsKeepFourDigits) {
  EXPECT_EQ(format_ms(1234.56), "1235");
  EXPECT_EQ(format_ms(8.28812), "8.288");
  EXPECT_EQ(format_ms(0.0125), "0.01250");
  EXPECT_EQ(format_ms(0.000125), "0.0001250");
  EXPECT_EQ(format_ms(0), "0");
}

TEST(Figures, NounsAgreeWithTheirNumber) {
  EXPECT_EQ(counted(1, "thread"), "1 thread");
  EXPECT_EQ(counted(2, "thread"), "2 threads");
  EXPECT_EQ(format_bytes(1), "1 byte");
  EXPECT_EQ(format_bytes(999), "999 bytes");
  EXPECT_EQ(format_bytes(999'999), "1.0 MB");
  EXPECT_EQ(format_bytes(1'500'000'000), "1.5 GB");
}

TEST(Figures, PercentilesAreValuesThatWereMeasured) {
  std::vector<double> values = {5, 1, 4, 2, 3};
  EXPECT_EQ(percentile(values, 0), 1);
  EXPECT_EQ(percentile(values, 20), 1);
  EXPECT_EQ(percentile(values, 50), 3);
  EXPECT_EQ(percentile(values, 81), 5);
  EXPECT_EQ(percentile(values, 100), 5);
  EXPECT_EQ(percentile({}, 50), 0);
}

Difference difference(std::vector<float> a, std::vector<float> b) {
  int64_t shape[] = {static_cast<int64_t>(a.size())};
  return compare_values({a.data(), DType::kF32, shape}, {b.data(), DType::kF32, shape});
}

TEST(CompareValues, IsRelativeToTheFirst) {
  Difference two = difference({3, 4}, {3, 5});
  EXPECT_DOUBLE_EQ(two.relative, 0.2);
  EXPECT_DOUBLE_EQ(two.largest, 1);
  EXPECT_EQ(difference({1, 2}, {1, 2}).relative, 0);
}

TEST(CompareValues, WhatIsNotFiniteMustBeInBoth) {
  float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  EXPECT_EQ(difference({nan, inf, 1}, {nan, inf, 1}).relative, 0);
  EXPECT_EQ(difference({nan}, {1}).relative, std::numeric_limits<double>::infinity());
  EXPECT_EQ(difference({inf}, {-inf}).relative, std::numeric_limits<double>::infinity());
}

TEST(CompareValues, CountsWholeNumbersThatDiffer) {
  std::vector<int64_t> a = {1, 2, 3, 4}, b = {1, 2, 3, 5};
  int64_t shape[] = {4};
  EXPECT_DOUBLE_EQ(
      compare_values({a.data(), DType::kI64, shape}, {b.data(), DType::kI64, shape}).relative,
      0.25);
}

TEST(ModelNames, TellFilesLibrariesAndBuiltinModelsApart) {
  auto expect = [](const char* text, ModelKind kind, const char* file, const char* model) {
    ModelName name = parse_model_name(text);
    EXPECT_EQ(name.kind, kind) << text;
    EXPECT_EQ(name.file, file) << text;
    EXPECT_EQ(name.model, model) << text;
  };
  expect("resnet18", ModelKind::kBuiltin, "", "resnet18");
  expect("./libmine.so:Mlp", ModelKind::kLibrary, "./libmine.so", "Mlp");
  expect("libmine.so.1.2:Mlp", ModelKind::kLibrary, "libmine.so.1.2", "Mlp");
  expect("libmine.so", ModelKind::kLibrary, "libmine.so", "");
  expect("a/b.mlir", ModelKind::kProgram, "a/b.mlir", "");
  expect("b.mlirbc", ModelKind::kProgram, "b.mlirbc", "");
  expect("b.etch", ModelKind::kBundle, "b.etch", "");
  expect("/no/such/file", ModelKind::kProgram, "/no/such/file", "");
}

}  // namespace
}  // namespace etch::tools
