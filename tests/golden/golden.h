// Expected values from PyTorch, as the scripts of this folder write them (golden.py), and
// comparison with them.
//
//   Golden golden("losses");                          // tests/golden/losses.safetensors
//   for (const std::string& name : golden.cases("mse/"))
//     expect_close(mse_loss(golden.tensor(name, "x", f32), ...), golden.tensor(name, "y"), 1e-5);
#ifndef ETCH_TESTS_GOLDEN_GOLDEN_H_
#define ETCH_TESTS_GOLDEN_GOLDEN_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "etch/frontend/tensor.h"

namespace etch::testing {

// One file of expected values. Throws std::runtime_error for what is not there, so that a test
// which asks for too much fails with a name.
class Golden {
 public:
  explicit Golden(const std::string& file);

  // Tensor "<name>/<key>". A floating one, stored as f64, is rounded to `dtype`; integers and
  // booleans come as they are.
  Tensor tensor(const std::string& name, const std::string& key, DType dtype = f64) const;
  // A text that the script keeps beside the tensors.
  const std::string& text(const std::string& name, const std::string& key) const;
  bool has(const std::string& name, const std::string& key) const;
  // Names of cases, or keys of one case, that begin with `prefix`, sorted.
  std::vector<std::string> cases(std::string_view prefix = "") const;
  std::vector<std::string> keys(const std::string& name, std::string_view prefix = "") const;

 private:
  std::string file_;
  std::map<std::string, std::map<std::string, Tensor>> cases_;  // by case, by key
  std::map<std::string, std::string> texts_;
};

// The path of a file in this folder, such as "formats/views.pt".
std::string golden_path(const std::string& file);

// The relative error that is asked of results in `dtype`: 1e-10 in f64, 1e-5 in f32.
double tolerance_of(DType dtype);

// Fails the test unless shapes are equal and every element has
// |actual - expected| <= atol + rtol * |expected|. Infinities equal themselves, NaN equals NaN;
// dtypes may differ. `what` stands in the message.
void expect_close(const Tensor& actual, const Tensor& expected, double rtol, double atol,
                  std::string_view what = "");
// With atol = rtol: for values around 1.
void expect_close(const Tensor& actual, const Tensor& expected, double rtol,
                  std::string_view what = "");

}  // namespace etch::testing

#endif  // ETCH_TESTS_GOLDEN_GOLDEN_H_
