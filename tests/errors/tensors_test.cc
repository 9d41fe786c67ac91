// Mistakes with shapes, dimensions and dtypes of tensors.
#include "mistake.h"

namespace etch {
namespace {

TEST(Errors, shapes_that_do_not_broadcast) {
  Tensor x = ones({2, 3});
  EXPECT_MISTAKE(x + ones({4}),
                 "add: shapes [2, 3] and [4] do not broadcast: 3 against 4 in dimension 1 (@)");
}

TEST(Errors, product_of_matrices_that_do_not_fit) {
  Tensor x = ones({2, 3});
  EXPECT_MISTAKE(matmul(x, ones({4, 5})),
                 "matmul: the last dimension of [2, 3] is 3, [4, 5] wants 4 (@)");
}

TEST(Errors, product_of_a_scalar) {
  Tensor x = ones({2, 3});
  EXPECT_MISTAKE(matmul(x, ones({})),
                 "matmul: wants operands of one dimension or more, not [2, 3] and [] (@)");
}

TEST(Errors, batches_of_a_product_that_do_not_broadcast) {
  EXPECT_MISTAKE(matmul(ones({2, 4, 3}), ones({5, 3, 4})),
                 "matmul: shapes [2] and [5] do not broadcast: 2 against 5 in dimension 0 (@)");
}

TEST(Errors, linear_with_another_number_of_features) {
  Tensor x = ones({2, 3});
  EXPECT_MISTAKE(linear(x, ones({8, 4})),
                 "linear: input [2, 3] has 3 features, weight [8, 4] wants 4 (@)");
}

TEST(Errors, linear_with_a_bias_that_does_not_fit) {
  Tensor x = ones({2, 3});
  EXPECT_MISTAKE(linear(x, ones({8, 3}), ones({3})),
                 "linear: bias has shape [3], weight [8, 3] wants [8] (@)");
}

TEST(Errors, reshape_to_another_number_of_elements) {
  Tensor x = ones({2, 3});
  EXPECT_MISTAKE(x.reshape({4, 2}),
                 "reshape: shape [4, 2] does not fit [2, 3], which has 6 elements (@)");
}

TEST(Errors, reshape_with_two_unknown_extents) {
  Tensor x = ones({2, 3});
  EXPECT_MISTAKE(x.reshape({-1, -1}),
                 "reshape: shape [-1, -1] does not fit [2, 3], which has 6 elements (@)");
}

TEST(Errors, reshape_with_an_unknown_extent_that_does_not_divide) {
  Tensor x = ones({2, 3});
  EXPECT_MISTAKE(x.reshape({4, -1}),
                 "reshape: shape [4, -1] does not fit [2, 3], which has 6 elements (@)");
}

TEST(Errors, transpose_of_a_dimension_that_is_not_there) {
  Tensor x = ones({2, 3});
  EXPECT_MISTAKE(x.transpose(0, 2),
                 "transpose: dimension 2 is out of range for a tensor of 2 dimensions (@)");
}

TEST(Errors, permute_with_a_dimension_missing) {
  Tensor x = ones({2, 3});
  EXPECT_MISTAKE(x.permute({1}), "permute: 1 dimensions are named, [2, 3] has 2 (@)");
}

TEST(Errors, permute_with_a_dimension_twice) {
  Tensor x = ones({2, 3});
  EXPECT_MISTAKE(x.permute({0, 0}), "permute: dimension 0 is named twice (@)");
}

TEST(Errors, expand_of_an_extent_that_is_not_one) {
  Tensor x = ones({2, 3});
  EXPECT_MISTAKE(expand(x, {2, 4}),
                 "expand: a tensor of shape [2, 3] does not broadcast to [2, 4] (@)");
}

TEST(Errors, expand_to_fewer_dimensions) {
  Tensor x = ones({2, 3});
  EXPECT_MISTAKE(expand(x, {3}), "expand: a tensor of shape [2, 3] does not broadcast to [3] (@)");
}

TEST(Errors, cat_of_extents_that_disagree) {
  Tensor x = ones({2, 3});
  EXPECT_MISTAKE(cat({x, ones({2, 4})}, 0),
                 "cat: along dimension 0 has extents 3 and 4 in dimension 1 (f32 [2, 3] and "
                 "f32 [2, 4]) (@)");
}

TEST(Errors, cat_of_nothing) { EXPECT_MISTAKE(cat({}, 0), "cat: wants at least one tensor (@)"); }

TEST(Errors, stack_of_shapes_that_disagree) {
  Tensor x = ones({2, 3});
  EXPECT_MISTAKE(stack({x, ones({3, 2})}), "stack: shapes [2, 3] and [3, 2] differ (@)");
}

TEST(Errors, slice_with_step_zero) {
  Tensor x = ones({2, 3});
  EXPECT_MISTAKE(slice(x, 0, 0, 2, 0), "slice: the step must be positive, not 0 (@)");
}

TEST(Errors, select_of_an_index_that_is_not_there) {
  Tensor x = ones({2, 3});
  EXPECT_MISTAKE(select(x, 1, 3),
                 "select: index 3 is out of range for dimension 1 of extent 3 (@)");
}

TEST(Errors, split_into_pieces_of_no_size) {
  Tensor x = ones({2, 3});
  EXPECT_MISTAKE(split(x, 0), "split: the size must be positive, not 0 (@)");
}

TEST(Errors, pad_of_more_dimensions_than_there_are) {
  Tensor x = ones({2, 3});
  EXPECT_MISTAKE(
      pad(x, {1, 1, 1, 1, 1, 1}),
      "pad: padding has 6 numbers; a tensor of 2 dimensions takes two for each dimension (@)");
}

TEST(Errors, sum_over_a_dimension_that_is_not_there) {
  Tensor x = ones({2, 3});
  EXPECT_MISTAKE(x.sum({2}), "sum: dimension 2 is out of range for a tensor of 2 dimensions (@)");
}

TEST(Errors, sum_over_a_dimension_twice) {
  Tensor x = ones({2, 3});
  EXPECT_MISTAKE(x.sum({0, -2}), "sum: dimension 0 is named twice (@)");
}

TEST(Errors, mean_of_integers) {
  EXPECT_MISTAKE(
      mean(ones({2}, i64)),
      "mean: wants a floating tensor (f16, bf16, f32 or f64), not i64 [2]; cast first (@)");
}

TEST(Errors, softmax_over_a_dimension_that_is_not_there) {
  Tensor x = ones({2, 3});
  EXPECT_MISTAKE(softmax(x, -3),
                 "softmax: dimension -3 is out of range for a tensor of 2 dimensions (@)");
}

TEST(Errors, embedding_with_indices_that_are_no_integers) {
  Tensor x = ones({2, 3});
  EXPECT_MISTAKE(embedding(x, x), "embedding: indices must be i32 or i64, not f32 [2, 3] (@)");
}

TEST(Errors, one_hot_of_floats) {
  Tensor x = ones({2, 3});
  EXPECT_MISTAKE(one_hot(x, 3), "one_hot: indices must be i32 or i64, not f32 [2, 3] (@)");
}

TEST(Errors, where_with_a_condition_of_numbers) {
  Tensor x = ones({2, 3});
  EXPECT_MISTAKE(where(x, x, 0),
                 "where: expected condition to be a boolean tensor, but got f32 [2, 3]; compare it "
                 "with a number (mask != 0) or cast it (.to(etch::boolean)) (@)");
}

TEST(Errors, masked_fill_with_a_mask_of_numbers) {
  Tensor x = ones({2, 3});
  EXPECT_MISTAKE(x.masked_fill(ones({3}, u8), 0),
                 "masked_fill: expected mask to be a boolean tensor, but got u8 [3]; compare it "
                 "with a number (mask != 0) or cast it (.to(etch::boolean)) (@)");
}

TEST(Errors, arange_with_step_zero) {
  EXPECT_MISTAKE(arange(0, 10, 0), "arange: the step is 0 (@)");
}

TEST(Errors, a_negative_extent) {
  EXPECT_MISTAKE(zeros({2, -1}), "full: shape [2, -1] has a negative extent (@)");
}

TEST(Errors, an_empty_tensor_as_operand) {
  Tensor x = ones({2, 3});
  EXPECT_MISTAKE(x + Tensor(), "add: the right operand is an empty tensor (@)");
}

TEST(Errors, data_of_another_size) {
  EXPECT_MISTAKE(Tensor::from_data(std::vector<float>{1, 2, 3}, {2, 2}),
                 "from_data: 3 values do not fill shape [2, 2], which has 4 elements");
}

TEST(Errors, item_of_many_elements) {
  Tensor x = ones({2, 3});
  EXPECT_MISTAKE(x.item<float>(), "item: a tensor of shape [2, 3] has 6 elements, not one (@)");
}

TEST(Errors, if_on_many_elements) {
  Tensor x = ones({2, 3});
  EXPECT_MISTAKE(
      static_cast<bool>(x),
      "bool: the truth of a tensor of shape [2, 3] is ambiguous; it has 6 elements, not one");
}

TEST(Errors, size_of_a_dimension_that_is_not_there) {
  Tensor x = ones({2, 3});
  EXPECT_MISTAKE(x.size(2), "size: dimension 2 is out of range for shape [2, 3]");
}

TEST(Errors, randint_without_a_range) {
  EXPECT_MISTAKE(randint(3, 3, {2}), "randint: the range [3, 3) is empty (@)");
}

}  // namespace
}  // namespace etch
