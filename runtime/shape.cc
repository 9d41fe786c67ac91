#include "etch/runtime/shape.h"

#include <limits>

namespace etch {

int64_t Shape::num_elements() const {
  int64_t count = 1;
  for (int64_t extent : extents_) {
    if (__builtin_mul_overflow(count, extent, &count)) {
      count = std::numeric_limits<int64_t>::max();
    }
  }
  return count;
}

std::string Shape::to_string() const {
  std::string text = "[";
  for (int64_t extent : extents_) {
    if (text.size() > 1) text += ", ";
    text += std::to_string(extent);
  }
  return text + "]";
}

std::ostream& operator<<(std::ostream& os, const Shape& shape) { return os << shape.to_string(); }

}  // namespace etch
