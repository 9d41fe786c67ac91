// Concrete tensors: making, reading, printing them.
#include <sstream>

#include "etch/frontend/ops.h"
#include "testing.h"

namespace etch {
namespace {

using testing::at;
using testing::error_of;
using testing::ints;
using testing::mat;
using testing::vec;

TEST(Tensor, KeepsTheValuesItWasMadeOf) {
  Tensor x = mat(2, 3, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(x.shape(), Shape({2, 3}));
  EXPECT_EQ(x.dtype(), f32);
  EXPECT_EQ(x.dim(), 2);
  EXPECT_EQ(x.numel(), 6);
  EXPECT_EQ(x.size(-1), 3);
  EXPECT_EQ(x.to_vector<float>(), (std::vector<float>{1, 2, 3, 4, 5, 6}));
}

TEST(Tensor, RefusesValuesThatDoNotFillTheShape) {
  EXPECT_EQ(error_of([] {
              Tensor::from_data(std::vector<float>{1, 2, 3}, {2, 2});
            }),
            "from_data: 3 values do not fill shape [2, 2], which has 4 elements");
}

TEST(Tensor, ReadsIntoAnotherType) {
  EXPECT_EQ(ints({1, 2}).to_vector<float>(), (std::vector<float>{1, 2}));
  EXPECT_EQ(vec({2.75f}).item<int64_t>(), 2);
  EXPECT_TRUE(Tensor::scalar(1, boolean).item<bool>());
}

TEST(Tensor, ScalarsOfEveryDtype) {
  for (DType dtype : {boolean, u8, i8, i32, i64, f16, bf16, f32, f64}) {
    Tensor one = Tensor::scalar(1, dtype);
    EXPECT_EQ(one.shape(), Shape());
    EXPECT_EQ(one.item<double>(), 1.0) << dtype;
  }
}

TEST(Tensor, ItemWantsOneElement) {
  Tensor x = vec({1, 2});
  int line = __LINE__ + 1;
  std::string text = error_of([&] { x.item<float>(); });
  EXPECT_EQ(text, "item: a tensor of shape [2] has 2 elements, not one" + at(__FILE__, line));
}

TEST(Tensor, EmptyTensorsThrow) {
  Tensor empty;
  EXPECT_FALSE(empty.defined());
  EXPECT_EQ(error_of([&] { empty.shape(); }), "the tensor is empty");
  int line = __LINE__ + 1;
  std::string text = error_of([&] { relu(empty); });
  EXPECT_EQ(text, "relu: the operand is an empty tensor" + at(__FILE__, line));
  line = __LINE__ + 1;
  text = error_of([&] { vec({1}) + empty; });
  EXPECT_EQ(text, "add: the right operand is an empty tensor" + at(__FILE__, line));
}

TEST(Tensor, SizeChecksItsDimension) {
  EXPECT_EQ(error_of([] {
              vec({1, 2}).size(1);
            }),
            "size: dimension 1 is out of range for shape [2]");
}

TEST(Tensor, PrintsAsPyTorchDoes) {
  EXPECT_EQ(mat(2, 2, {1, 2.5f, -3, 4}).to_string(),
            "tensor([[ 1.0000,  2.5000],\n        [-3.0000,  4.0000]])");
  EXPECT_EQ(ints({1, 2}).to_string(), "tensor([1, 2])");
  EXPECT_EQ(Tensor::scalar(0.5).to_string(), "tensor(0.5000)");
  std::ostringstream os;
  os << vec({1}).requires_grad_();
  EXPECT_EQ(os.str(), "tensor([1.], requires_grad=True)");
}

TEST(Tensor, PrintsLongOnesInShort) {
  std::vector<float> many(2000, 1);
  EXPECT_EQ(vec(many).to_string(), "tensor([1., 1., 1.,  ..., 1., 1., 1.])");
}

TEST(Tensor, CopiesAreTheSameTensor) {
  Tensor x = vec({1}), same = x, other = vec({1});
  EXPECT_TRUE(x.is_same(same));
  EXPECT_FALSE(x.is_same(other));
}

TEST(Tensor, TruthOfOneElement) {
  EXPECT_TRUE(static_cast<bool>(vec({2})));
  EXPECT_FALSE(static_cast<bool>(vec({0})));
  EXPECT_EQ(error_of([] {
              static_cast<void>(static_cast<bool>(vec({1, 2})));
            }),
            "bool: the truth of a tensor of shape [2] is ambiguous; it has 2 elements, not one");
}

}  // namespace
}  // namespace etch
