#include "etch/runtime/shape.h"

#include <gtest/gtest.h>

#include <limits>
#include <sstream>

namespace etch {
namespace {

TEST(Shape, CountsElements) {
  EXPECT_EQ(Shape().num_elements(), 1);
  EXPECT_EQ(Shape({3, 4}).num_elements(), 12);
  EXPECT_EQ(Shape({3, 0, 4}).num_elements(), 0);
}

TEST(Shape, CountSaturatesInsteadOfOverflowing) {
  EXPECT_EQ(Shape({int64_t{1} << 40, int64_t{1} << 40}).num_elements(),
            std::numeric_limits<int64_t>::max());
  EXPECT_EQ(Shape({int64_t{1} << 40, int64_t{1} << 40, 0}).num_elements(), 0);
}

TEST(Shape, NegativeIndicesCountFromTheEnd) {
  Shape shape = {2, 3, 5};
  EXPECT_EQ(shape[-1], 5);
  EXPECT_EQ(shape[0], 2);
  shape[-2] = 7;
  EXPECT_EQ(shape, Shape({2, 7, 5}));
}

TEST(Shape, Prints) {
  std::ostringstream os;
  os << Shape({32, 10}) << Shape();
  EXPECT_EQ(os.str(), "[32, 10][]");
}

}  // namespace
}  // namespace etch
