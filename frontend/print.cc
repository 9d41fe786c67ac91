// Tensors as text, exactly as PyTorch prints them but for the names of dtypes: the rules are those
// of torch/_tensor_str.py with its default options.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "etch/frontend/evaluate.h"
#include "etch/frontend/tensor.h"

namespace etch {
namespace {

constexpr int64_t kSummarizeFrom = 1000;  // elements
constexpr int64_t kEdge = 3;              // elements shown at each end of a summarized dimension
constexpr size_t kLineWidth = 80;
constexpr int kPrecision = 4;

// How the elements that are shown are written: all alike, and of one width.
struct Format {
  bool whole = true;        // floats without digits behind the point
  bool scientific = false;  // 1.0000e+10
  size_t width = 1;
};

class Printer {
 public:
  explicit Printer(const TensorView& view)
      : view_(view), summarize_(view.num_elements() > kSummarizeFrom) {
    for (size_t i = view_.shape.size(); i-- > 0;) {
      strides_.insert(strides_.begin(),
                      i + 1 == view_.shape.size() ? 1 : strides_.front() * view_.shape[i + 1]);
    }
    choose_format();
  }

  // `indent` columns are left of the text.
  std::string run(size_t indent) const { return print(0, 0, indent); }

 private:
  // Indices of a dimension that are shown; -1 for those that are left out.
  std::vector<int64_t> shown(size_t dim) const {
    int64_t extent = view_.shape[dim];
    bool skips = summarize_ && extent > 2 * kEdge;
    std::vector<int64_t> indices;
    for (int64_t i = 0; i < extent; ++i) {
      if (skips && i == kEdge) {
        indices.push_back(-1);
        i = extent - kEdge;
      }
      indices.push_back(i);
    }
    return indices;
  }

  void for_each_shown(size_t dim, int64_t offset, const std::function<void(int64_t)>& fn) const {
    if (dim == view_.shape.size()) return fn(offset);
    for (int64_t i : shown(dim))
      if (i >= 0) for_each_shown(dim + 1, offset + i * strides_[dim], fn);
  }

  void choose_format() {
    if (is_floating(view_.dtype)) {
      double smallest = INFINITY, largest = 0;
      for_each_shown(0, 0, [&](int64_t i) {
        double value = view_.at(i);
        if (!std::isfinite(value) || value == 0) return;
        smallest = std::min(smallest, std::abs(value));
        largest = std::max(largest, std::abs(value));
        format_.whole = format_.whole && value == std::ceil(value);
      });
      if (largest == 0) return;
      format_.scientific =
          largest / smallest > 1000 || largest > 1e8 || (!format_.whole && smallest < 1e-4);
    }
    for_each_shown(0, 0, [&](int64_t i) {
      double value = view_.at(i);
      bool counts = !is_floating(view_.dtype) || (std::isfinite(value) && value != 0);
      if (counts) format_.width = std::max(format_.width, text_of(i).size());
    });
  }

  std::string text_of(int64_t index) const {
    if (view_.dtype == boolean) return view_.at(index) != 0 ? "True" : "False";
    if (view_.dtype == i64) {  // a double does not hold them all
      int64_t value;
      std::memcpy(&value, static_cast<const int64_t*>(view_.data) + index, sizeof value);
      return absl::StrCat(value);
    }
    double value = view_.at(index);
    if (!is_floating(view_.dtype)) return absl::StrCat(static_cast<int64_t>(value));
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
    if (format_.scientific) return absl::StrFormat("%.*e", kPrecision, value);
    if (format_.whole) return absl::StrFormat("%.0f.", value);
    return absl::StrFormat("%.*f", kPrecision, value);
  }

  std::string element(int64_t index) const {
    std::string text = text_of(index);
    return std::string(format_.width - std::min(format_.width, text.size()), ' ') + text;
  }

  // Broken into lines.
  std::string vector(int64_t offset, size_t indent) const {
    size_t room = kLineWidth > indent ? kLineWidth - indent : 0;
    size_t per_line = std::max<size_t>(1, room / (format_.width + 2));
    std::vector<std::string> lines, line;
    for (int64_t i : shown(view_.shape.size() - 1)) {
      if (line.size() == per_line) lines.push_back(absl::StrJoin(std::exchange(line, {}), ", "));
      line.push_back(i < 0 ? " ..." : element(offset + i));
    }
    lines.push_back(absl::StrJoin(line, ", "));
    return "[" + absl::StrJoin(lines, ",\n" + std::string(indent + 1, ' ')) + "]";
  }

  std::string print(size_t dim, int64_t offset, size_t indent) const {
    size_t rest = view_.shape.size() - dim;
    if (rest == 0) return element(offset);
    if (rest == 1) return vector(offset, indent);
    std::vector<std::string> parts;
    for (int64_t i : shown(dim))
      parts.push_back(i < 0 ? "..." : print(dim + 1, offset + i * strides_[dim], indent + 1));
    std::string separator = "," + std::string(rest - 1, '\n') + std::string(indent + 1, ' ');
    return "[" + absl::StrJoin(parts, separator) + "]";
  }

  const TensorView& view_;
  const bool summarize_;
  std::vector<int64_t> strides_;
  Format format_;
};

// What a reader cannot see from the elements.
std::vector<std::string> suffixes_of(const Tensor& x) {
  std::vector<std::string> suffixes;
  bool empty = x.numel() == 0;
  if (empty && x.dim() != 1) suffixes.push_back("size=(" + absl::StrJoin(x.shape(), ", ") + ")");
  bool plain = x.dtype() == f32 || (!empty && (x.dtype() == i64 || x.dtype() == boolean));
  if (!plain) suffixes.push_back(absl::StrCat("dtype=", std::string(dtype_name(x.dtype()))));
  if (x.requires_grad()) suffixes.push_back("requires_grad=True");
  return suffixes;
}

}  // namespace

std::string Tensor::to_string(std::source_location loc) const {
  if (!defined()) return "tensor(undefined)";
  frontend::concrete(*this, {"to_string", loc});
  const std::string prefix = "tensor(";
  TensorView values = view(loc);
  std::string text = prefix + (numel() == 0 ? "[]" : Printer(values).run(prefix.size()));
  // As if the last line were two columns longer, as PyTorch counts.
  size_t newline = text.rfind('\n');
  size_t column = newline == std::string::npos ? text.size() + 2 : text.size() - newline + 1;
  for (const std::string& suffix : suffixes_of(*this)) {
    if (column + suffix.size() + 2 > kLineWidth) {
      absl::StrAppend(&text, ",\n", std::string(prefix.size(), ' '), suffix);
      column = prefix.size() + suffix.size();
    } else {
      absl::StrAppend(&text, ", ", suffix);
      column += suffix.size() + 2;
    }
  }
  return text + ")";
}

std::ostream& operator<<(std::ostream& os, const Tensor& tensor) {
  return os << tensor.to_string(std::source_location());
}

}  // namespace etch
