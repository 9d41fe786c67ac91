// Which dimensions of a tensor a function works on.
#ifndef ETCH_FRONTEND_OPS_DIMS_H_
#define ETCH_FRONTEND_OPS_DIMS_H_

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <source_location>
#include <type_traits>
#include <utility>
#include <vector>

namespace etch {

using Loc = std::source_location;

// Dimensions of a tensor; negative ones count from the end. Made of one, of a list, or of nothing,
// which means all of them: sum(x, 1), sum(x, {0, -1}), sum(x).
class Dims {
 public:
  Dims() = default;
  template <typename T>
  requires(std::is_integral_v<T> && !std::is_same_v<T, bool>) Dims(T dim)
      : dims_{static_cast<int64_t>(dim)} {}
  Dims(std::initializer_list<int64_t> dims) : dims_(dims) {}
  Dims(std::vector<int64_t> dims) : dims_(std::move(dims)) {}

  operator const std::vector<int64_t>&() const { return dims_; }
  bool empty() const { return dims_.empty(); }
  size_t size() const { return dims_.size(); }
  auto begin() const { return dims_.begin(); }
  auto end() const { return dims_.end(); }

 private:
  std::vector<int64_t> dims_;
};

}  // namespace etch

#endif  // ETCH_FRONTEND_OPS_DIMS_H_
