// Mistakes with layers, losses and their functions.
#include "mistake.h"

namespace etch {
namespace {

namespace F = nn::functional;

struct Net : nn::Module {
  nn::Child<nn::MultiheadAttention> attn{this, "attn", {.embed_dim = 8, .num_heads = 2}};
  nn::Child<nn::LSTM> lstm{this, "lstm", {.input_size = 3, .hidden_size = 4}};
  nn::Child<nn::GRUCell> cell{this, "cell", {.input_size = 3, .hidden_size = 4}};
  nn::Child<nn::BatchNorm2d> bn{this, "bn", {.num_features = 4}};
  nn::Child<nn::Unflatten> unflatten{this, "unflatten", {.dim = 1, .unflattened_size = {2, 3}}};
  nn::Child<nn::Conv2d> conv{this, "conv", {.in_channels = 3, .out_channels = 4, .kernel_size = 3}};
  nn::Child<nn::SinusoidalPositionalEncoding> pe{this, "pe", {.embed_dim = 4, .max_len = 3}};
  nn::Child<nn::MaxPool2d> pool{this, "pool", {.kernel_size = 4}};
};

TEST(Errors, convolution_of_another_number_of_channels) {
  auto net = nn::make<Net>();
  EXPECT_MISTAKE(net->conv(ones({2, 4, 8, 8})),
                 "conv: conv: x [2, 4, 8, 8] has 4 channels, weight [4, 3, 3, 3] in 1 groups wants "
                 "3 (@)");
}

TEST(Errors, convolution_of_an_image_without_channels) {
  auto net = nn::make<Net>();
  EXPECT_MISTAKE(net->conv(ones({8, 8})),
                 "conv: conv2d: x [8, 8] and weight [4, 3, 3, 3] do not fit 2 spatial dimensions; "
                 "x is [N, C, extents...] or [C, extents...], weight [O, C / groups, kernel...] "
                 "(@)");
}

TEST(Errors, filter_larger_than_the_image) {
  EXPECT_MISTAKE(F::conv2d(ones({1, 3, 2, 2}), ones({4, 3, 3, 3})),
                 "conv: a filter of 3 elements does not fit into 2 of [1, 3, 2, 2] with its "
                 "padding, in spatial dimension 0 (@)");
}

TEST(Errors, strides_for_too_many_dimensions) {
  EXPECT_MISTAKE(F::conv2d(ones({1, 3, 8, 8}), ones({4, 3, 3, 3}), {}, {.stride = {1, 2, 3}}),
                 "conv2d: stride has 3 numbers for 2 spatial dimensions; give one, or one for "
                 "each (@)");
}

TEST(Errors, paddings_that_do_not_fit_the_convolution) {
  EXPECT_MISTAKE(F::conv2d(ones({1, 3, 8, 8}), ones({4, 3, 3, 3}), {}, {.padding = {1, 2, 3}}),
                 "conv2d: padding has 3 numbers for 2 spatial dimensions; give one, or one for "
                 "each (@)");
  EXPECT_MISTAKE(F::conv2d(ones({1, 3, 8, 8}), ones({4, 3, 3, 3}), {},
                           {.stride = {1, 2, 3}, .padding = "same"}),
                 "conv2d: stride has 3 numbers for 2 spatial dimensions; give one, or one for "
                 "each (@)");
}

TEST(Errors, groups_that_do_not_divide_the_channels) {
  EXPECT_MISTAKE(
      nn::make<nn::Conv2d>({.in_channels = 3, .out_channels = 4, .kernel_size = 3, .groups = 2}),
      "Conv2d: in_channels 3 is not divisible by groups 2");
}

TEST(Errors, pooling_windows_larger_than_the_image) {
  auto net = nn::make<Net>();
  EXPECT_MISTAKE(net->pool(ones({1, 1, 3, 3})),
                 "pool: max_pool_with_indices: a window of 4 elements does not fit into 3 of "
                 "[1, 1, 3, 3] with its padding, in pooled dimension 0 (@)");
}

TEST(Errors, adaptive_pooling_to_too_many_extents) {
  EXPECT_MISTAKE(F::adaptive_avg_pool2d(ones({1, 1, 8, 8}), {1, 2, 3}),
                 "adaptive_avg_pool2d: output_size has 3 numbers for 2 spatial dimensions; give "
                 "one, or one for each (@)");
}

TEST(Errors, attention_over_another_number_of_features) {
  auto net = nn::make<Net>();
  Tensor x = ones({5, 2, 8});
  EXPECT_MISTAKE(net->attn(ones({5, 2, 7}), x, x),
                 "attn: MultiheadAttention: query [5, 2, 7], must be [5, 2, 8] (@)");
}

TEST(Errors, attention_over_keys_and_values_of_two_lengths) {
  auto net = nn::make<Net>();
  Tensor x = ones({5, 2, 8});
  EXPECT_MISTAKE(net->attn(x, ones({6, 2, 8}), x),
                 "attn: MultiheadAttention: value [5, 2, 8], must be [6, 2, 8] (@)");
}

TEST(Errors, attention_masks_that_do_not_fit) {
  Tensor q = ones({2, 4}), k = ones({3, 4});
  EXPECT_MISTAKE(F::scaled_dot_product_attention(q, k, k, {.attn_mask = ones({7, 7})}),
                 "scaled_dot_product_attention: attn_mask [7, 7] does not broadcast to the scores "
                 "[..., t, s], [2, 3] (@)");
}

TEST(Errors, recurrent_layer_over_another_number_of_features) {
  auto net = nn::make<Net>();
  EXPECT_MISTAKE(net->lstm(ones({5, 2, 4})),
                 "lstm: lstm: input has 4 features, the first layer wants 3 (@)");
}

TEST(Errors, recurrent_state_of_another_batch) {
  auto net = nn::make<Net>();
  nn::LstmState state{zeros({1, 3, 4}), zeros({1, 2, 4})};
  EXPECT_MISTAKE(net->lstm(ones({5, 2, 3}), state),
                 "lstm: lstm: expected hidden state 0 of shape [1, 2, 4], got [1, 3, 4] (@)");
}

TEST(Errors, recurrent_cell_beside_a_state_of_another_batch) {
  auto net = nn::make<Net>();
  EXPECT_MISTAKE(net->cell(ones({2, 3}), ones({3, 4})),
                 "cell: gru_cell: the state is [3, 4] beside an input [2, 3] and 4 hidden units "
                 "(@)");
}

TEST(Errors, norm_of_a_matrix_where_images_are_wanted) {
  auto net = nn::make<Net>();
  EXPECT_MISTAKE(net->bn(ones({2, 4})), "bn: BatchNorm2d: expected 4D input, got [2, 4] (@)");
}

TEST(Errors, norm_of_a_single_value) {
  auto net = nn::make<Net>();
  EXPECT_MISTAKE(net->bn(ones({1, 4, 1, 1})),
                 "bn: batch_norm: wants more than 1 value per channel in training, got "
                 "[1, 4, 1, 1] (@)");
}

TEST(Errors, unflatten_into_another_number_of_elements) {
  auto net = nn::make<Net>();
  EXPECT_MISTAKE(net->unflatten(ones({2, 7})),
                 "unflatten: Unflatten: [2, 3] does not multiply to 7, dimension 1 of [2, 7] (@)");
}

TEST(Errors, more_positions_than_a_table_has) {
  auto net = nn::make<Net>();
  EXPECT_MISTAKE(net->pe(ones({1, 9, 4})),
                 "pe: SinusoidalPositionalEncoding: x [1, 9, 4] does not fit 3 positions of 4 "
                 "features (@)");
}

TEST(Errors, embedding_rows_without_length) {
  EXPECT_MISTAKE(F::embedding(zeros({2}, i64), ones({4, 2}), {.max_norm = 0}),
                 "embedding: max_norm 0 and norm_type 2 must be above 0 (@)");
}

TEST(Errors, classes_of_integers) {
  EXPECT_MISTAKE(F::cross_entropy(zeros({2, 3}, i64), zeros({2}, i64)),
                 "cross_entropy: wants a floating input with a dimension of classes, not i64 "
                 "[2, 3] (@)");
}

TEST(Errors, label_smoothing_of_more_than_all) {
  EXPECT_MISTAKE(F::cross_entropy(ones({2, 3}), zeros({2}, i64), {.label_smoothing = 2}),
                 "cross_entropy: label_smoothing 2 is not in [0, 1] (@)");
}

TEST(Errors, huber_loss_without_a_middle) {
  Tensor x = ones({2, 3});
  EXPECT_MISTAKE(F::huber_loss(x, x, {.delta = 0}), "huber_loss: delta is 0, must be above 0 (@)");
}

TEST(Errors, padding_of_no_known_mode) {
  EXPECT_MISTAKE(F::pad(ones({2, 3}), {1, 1}, "mirror"),
                 "pad: mode \"mirror\", must be \"constant\", \"reflect\", \"replicate\" or "
                 "\"circular\" (@)");
}

TEST(Errors, reflection_of_more_than_there_is) {
  EXPECT_MISTAKE(F::pad(ones({2, 3}), {3, 3}, "reflect"),
                 "pad: a border of 3 is too wide for dimension 1 of extent 3 (@)");
}

TEST(Errors, gather_of_more_rows_than_there_are) {
  EXPECT_MISTAKE(gather(ones({2, 3}), 0, zeros({2, 5}, i64)),
                 "gather: index [2, 5] must have the rank of [2, 3] and be no larger in dimensions "
                 "other than 0 (@)");
}

TEST(Errors, scatter_of_another_dtype) {
  EXPECT_MISTAKE(scatter_add(ones({2, 3}), 1, zeros({2, 3}, i64), ones({2, 3}, i64)),
                 "scatter_add: src is i64 [2, 3], x is f32 [2, 3]; cast one of them (@)");
}

TEST(Errors, topk_of_more_than_there_are) {
  EXPECT_MISTAKE(topk(ones({2, 3}), 7, 1),
                 "topk: k = 7 elements of 3 along dimension 1 of [2, 3] (@)");
}

TEST(Errors, cat_of_two_ranks) {
  EXPECT_MISTAKE(cat({ones({2, 3}), ones({2})}, 1),
                 "cat: wants one rank and one element type, not f32 [2, 3] and f32 [2] (@)");
}

TEST(Errors, scan_whose_carry_changes_shape) {
  auto step = [](Tensor, Tensor row) { return std::pair(ones({7}), row); };
  EXPECT_MISTAKE(scan(step, ones({2, 3}), ones({5, 2})),
                 "scan: carry 0 after a step is f32 [7], not f32 [2, 3] as before it (@)");
}

TEST(Errors, dataset_of_tensors_of_two_lengths) {
  using Dataset = nn::data::TensorDataset<Tensor, Tensor>;
  EXPECT_MISTAKE(Dataset(ones({2, 3}), ones({3})), "TensorDataset: the tensors have 2 and 3 rows");
}

}  // namespace
}  // namespace etch
