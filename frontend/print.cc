// Tensors as text, in the way of PyTorch: rows in brackets, long dimensions summarized.
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "etch/frontend/evaluate.h"
#include "etch/frontend/tensor.h"

namespace etch {
namespace {

constexpr int64_t kSummarizeFrom = 1000;  // elements
constexpr int64_t kEdge = 3;              // elements shown at each end of a summarized dimension

class Printer {
 public:
  Printer(const TensorView& view, bool summarize) : view_(view), summarize_(summarize) {}

  std::string run() {
    print(0, 0);
    return std::move(text_);
  }

 private:
  void element(int64_t index) {
    double value = view_.at(index);
    if (view_.dtype == boolean) {
      text_ += value != 0 ? "true" : "false";
    } else if (!is_floating(view_.dtype)) {
      absl::StrAppend(&text_, static_cast<int64_t>(value));
    } else if (std::isfinite(value) && value == std::trunc(value) && std::abs(value) < 1e7) {
      absl::StrAppendFormat(&text_, "%.0f.", value);
    } else {
      absl::StrAppendFormat(&text_, "%.6g", value);
    }
  }

  void print(size_t dim, int64_t offset) {
    if (dim == view_.shape.size()) return element(offset);
    int64_t extent = view_.shape[dim], stride = 1;
    for (size_t i = dim + 1; i < view_.shape.size(); ++i) stride *= view_.shape[i];
    bool last = dim + 1 == view_.shape.size();
    text_ += '[';
    for (int64_t i = 0; i < extent; ++i) {
      if (i > 0) text_ += last ? ", " : ",\n" + std::string(8 + dim, ' ');
      if (summarize_ && extent > 2 * kEdge && i == kEdge) {
        text_ += last ? "..., " : "...,\n" + std::string(8 + dim, ' ');
        i = extent - kEdge;
      }
      print(dim + 1, offset + i * stride);
    }
    text_ += ']';
  }

  const TensorView& view_;
  const bool summarize_;
  std::string text_;
};

}  // namespace

std::string Tensor::to_string(std::source_location loc) const {
  if (!defined()) return "tensor(undefined)";
  frontend::concrete(*this, {"to_string", loc});
  TensorView values = view(loc);
  std::string text = "tensor(" + Printer(values, numel() > kSummarizeFrom).run();
  if (dtype() != f32) absl::StrAppend(&text, ", dtype=", std::string(dtype_name(dtype())));
  if (requires_grad()) text += ", requires_grad=true";
  return text + ")";
}

std::ostream& operator<<(std::ostream& os, const Tensor& tensor) {
  return os << tensor.to_string(std::source_location());
}

}  // namespace etch
