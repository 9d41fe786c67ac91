#include "etch/runtime/dtype.h"

#include <gtest/gtest.h>

#include <sstream>
#include <vector>

namespace etch {
namespace {

const std::vector<DType> kAll = {boolean, u8, i8, i32, i64, f16, bf16, f32, f64};

TEST(DType, NamesReadBack) {
  for (DType dtype : kAll) EXPECT_EQ(dtype_from_name(dtype_name(dtype)), dtype);
  EXPECT_EQ(dtype_from_name("float32"), std::nullopt);
  EXPECT_EQ(dtype_from_name(""), std::nullopt);
}

TEST(DType, PrintsItsName) {
  std::ostringstream os;
  os << bf16;
  EXPECT_EQ(os.str(), "bf16");
  EXPECT_EQ(dtype_name(static_cast<DType>(200)), "?");
}

TEST(DType, PromotionIsSymmetricAndKeepsEqualTypes) {
  for (DType a : kAll) {
    EXPECT_EQ(promote(a, a), a);
    for (DType b : kAll) EXPECT_EQ(promote(a, b), promote(b, a));
  }
}

// PyTorch's torch.promote_types, for the dtypes that Etch has.
TEST(DType, PromotionFollowsPyTorch) {
  EXPECT_EQ(promote(boolean, u8), u8);
  EXPECT_EQ(promote(u8, i32), i32);
  EXPECT_EQ(promote(i8, i64), i64);
  EXPECT_EQ(promote(i64, f16), f16);
  EXPECT_EQ(promote(i64, f32), f32);
  EXPECT_EQ(promote(f16, bf16), f32);
  EXPECT_EQ(promote(bf16, f32), f32);
  EXPECT_EQ(promote(f32, f64), f64);
}

// PyTorch says i16, which Etch lacks; i32 holds both as well.
TEST(DType, SignedAndUnsignedBytesPromoteToI32) { EXPECT_EQ(promote(u8, i8), i32); }

}  // namespace
}  // namespace etch
