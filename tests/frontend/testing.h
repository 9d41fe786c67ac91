// Helpers of the tests of the frontend.
#ifndef ETCH_TESTS_FRONTEND_TESTING_H_
#define ETCH_TESTS_FRONTEND_TESTING_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "etch/frontend/error.h"
#include "etch/frontend/program.h"
#include "etch/frontend/state.h"
#include "etch/frontend/tensor.h"
#include "etch/tests/error_of.h"

namespace etch::testing {

// Values and shape, written as they read.
inline Tensor vec(const std::vector<float>& values) {
  return Tensor::from_data(values, {static_cast<int64_t>(values.size())});
}
inline Tensor mat(int64_t rows, int64_t columns, const std::vector<float>& values) {
  return Tensor::from_data(values, {rows, columns});
}
inline Tensor ints(const std::vector<int64_t>& values) {
  return Tensor::from_data(values, {static_cast<int64_t>(values.size())});
}
inline Tensor parameter(const Tensor& initial, const std::string& path) {
  Tensor cell = frontend::make_cell(initial, CellKind::kParameter, path);
  cell.requires_grad_();
  return cell;
}
inline Tensor buffer(const Tensor& initial, const std::string& path) {
  return frontend::make_cell(initial, CellKind::kBuffer, path);
}

inline std::vector<float> floats(const Tensor& tensor) { return tensor.to_vector<float>(); }

MATCHER_P(IsNear, expected, "") {
  return ::testing::ExplainMatchResult(
      ::testing::Pointwise(::testing::FloatNear(1e-5f), std::vector<float>(expected)),
      arg.template to_vector<float>(), result_listener);
}
inline auto Near(std::vector<float> expected) { return IsNear(std::move(expected)); }

// The program's text; a failure to trace fails the test.
template <typename Fn>
std::string text_of(Fn&& fn, const std::vector<TensorSpec>& specs) {
  absl::StatusOr<Program> program = trace(fn, specs);
  EXPECT_TRUE(program.ok()) << program.status();
  return program.ok() ? program->mlir_text() : "";
}

// "line" as it stands in errors, for a statement on line `line` of the calling test's file.
inline std::string at(const char* file, int line) {
  std::string name = file;
  return " (" + name.substr(name.rfind('/') + 1) + ":" + std::to_string(line) + ")";
}

}  // namespace etch::testing

#endif  // ETCH_TESTS_FRONTEND_TESTING_H_
