// Brackets on tensors.
#include "testing.h"

namespace etch {
namespace {

using ::testing::ElementsAre;
using testing::error_of;
using ::testing::HasSubstr;

TEST(Features, F10_subscripts_slice_and_index) {
  Tensor x = arange(24).reshape({2, 3, 4});
  EXPECT_EQ(x[1].shape(), Shape({3, 4}));
  EXPECT_EQ((x[{1, -1, 0}].item<int64_t>()), 20);
  EXPECT_THAT((x[{0, Slice(1, 3), -1}].to_vector<int64_t>()), ElementsAre(7, 11));
  EXPECT_EQ((x[{Ellipsis, None, Slice(None, None, 2)}].shape()), Shape({2, 3, 1, 2}));
  Tensor rows = Tensor::from_data(std::vector<int64_t>{2, 0, -1}, {3});
  EXPECT_THAT((x[{1, rows, 0}].to_vector<int64_t>()), ElementsAre(20, 12, 20));
  EXPECT_EQ(x.index({Slice(), rows}).shape(), Shape({2, 3, 4}));
}

TEST(Features, F10_subscripts_of_a_loss_pick_the_targets) {
  Tensor scores = arange(6.0).reshape({2, 3}).requires_grad_();
  Tensor target = Tensor::from_data(std::vector<int64_t>{2, 0}, {2});
  Tensor picked = scores[{arange(2), target}];
  picked.sum().backward();
  EXPECT_THAT(testing::floats(picked), ElementsAre(2, 3));
  EXPECT_THAT(testing::floats(scores.grad()), ElementsAre(0, 0, 1, 1, 0, 0));
}

TEST(Features, F10_subscripts_that_do_not_fit_are_errors) {
  Tensor x = zeros({2, 3});
  EXPECT_THAT(error_of([&] { x[2]; }), HasSubstr("index 2 is out of range for dimension 0"));
  EXPECT_THAT(error_of([&] {
                x[{0, 0, 0}];
              }),
              HasSubstr("too many subscripts: 3 for a tensor of 2 dimensions"));
  EXPECT_THAT(error_of([&] { x[{Ellipsis, Ellipsis}]; }), HasSubstr("only one Ellipsis"));
  EXPECT_THAT(error_of([&] { x[{x > 0}]; }), HasSubstr("use where or masked_fill"));
  EXPECT_THAT(error_of([&] { x[{x}]; }), HasSubstr("indices must be i32 or i64, not f32 [2, 3]"));
  EXPECT_THAT(error_of([&] { x[{Slice(0, 2, -1)}]; }), HasSubstr("the step must be positive"));
}

}  // namespace
}  // namespace etch
