// The extents of a tensor, outermost first. Prints as [32, 10].
#ifndef ETCH_RUNTIME_SHAPE_H_
#define ETCH_RUNTIME_SHAPE_H_

#include <cstdint>
#include <initializer_list>
#include <ostream>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace etch {

class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<int64_t> extents) : extents_(extents) {}
  explicit Shape(std::span<const int64_t> extents) : extents_(extents.begin(), extents.end()) {}
  Shape(std::vector<int64_t> extents) : extents_(std::move(extents)) {}

  int64_t rank() const { return static_cast<int64_t>(extents_.size()); }
  size_t size() const { return extents_.size(); }
  bool empty() const { return extents_.empty(); }
  // `i` in [0, rank); negative values count from the end, as in PyTorch.
  int64_t operator[](int64_t i) const { return extents_[i < 0 ? i + rank() : i]; }
  int64_t& operator[](int64_t i) { return extents_[i < 0 ? i + rank() : i]; }
  // The product of the extents; 1 for a scalar, 2^63 - 1 where the product is larger than that.
  int64_t num_elements() const;

  auto begin() const { return extents_.begin(); }
  auto end() const { return extents_.end(); }
  void push_back(int64_t extent) { extents_.push_back(extent); }
  const std::vector<int64_t>& extents() const { return extents_; }
  operator std::span<const int64_t>() const { return extents_; }

  bool operator==(const Shape&) const = default;
  std::string to_string() const;

 private:
  std::vector<int64_t> extents_;
};

std::ostream& operator<<(std::ostream& os, const Shape& shape);

}  // namespace etch

#endif  // ETCH_RUNTIME_SHAPE_H_
