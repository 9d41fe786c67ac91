// Linear maps, changes of shape, tables and encodings of positions against PyTorch
// (tests/golden/layers.py).
#include "etch/etch.h"
#include "etch/tests/features/testing.h"
#include "etch/tests/golden/cases.h"

namespace etch::nn {
namespace {

namespace F = functional;
using etch::testing::Case;
using etch::testing::check_cases;
using etch::testing::error_of;
using etch::testing::of_function;
using etch::testing::of_module;
using etch::testing::ramp;
using etch::testing::Tensors;
using etch::testing::values_of;
using ::testing::DoubleNear;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pointwise;

template <typename M>
Case layer(std::string name, typename M::Options options) {
  return {std::move(name), [options] { return of_module(make<M>(options)); }};
}

TEST(Features, F1_linear_maps_and_shapes_equal_pytorch) {
  check_cases("layers", "linear/",
              {layer<Linear>("linear", {3, 5}),
               layer<Linear>("linear_matrix", {3, 2}),
               layer<Linear>("linear_row", {3, 4, false}),
               layer<Linear>("linear_one", {1, 1}),
               layer<Linear>("linear_empty", {3, 5}),
               layer<Bilinear>("bilinear", {3, 5, 4}),
               layer<Bilinear>("bilinear_plain", {3, 5, 2, false}),
               {"identity", [] { return of_module(make<Identity>()); }},
               layer<Flatten>("flatten", {}),
               layer<Flatten>("flatten_dims", {.start_dim = 0, .end_dim = 1}),
               layer<Unflatten>("unflatten", {1, {2, 2}}),
               layer<Unflatten>("unflatten_rest", {-2, {-1, 2}}),
               layer<Linear>("linear_none", {3, 5, false}),
               layer<Bilinear>("bilinear_one", {1, 1, 1}),
               layer<Bilinear>("bilinear_row", {3, 5, 2}),
               layer<Flatten>("flatten_empty", {}),
               layer<Flatten>("flatten_last", {.start_dim = -2, .end_dim = -1})});
}

TEST(Features, F5_embeddings_equal_pytorch) {
  check_cases("layers", "embedding/",
              {layer<Embedding>("plain", {5, 3}), layer<Embedding>("row", {5, 3}),
               layer<Embedding>("scalar", {5, 3}), layer<Embedding>("padding", {5, 3, 4}),
               layer<Embedding>("padding_last", {5, 2, -4}), layer<Embedding>("empty", {5, 3}),
               layer<Embedding>("cube", {5, 2, 0}), layer<Embedding>("one", {1, 1})});
}

TEST(Features, F5_padding_rows_are_zero_at_first) {
  auto table = make<Embedding>({.num_embeddings = 4, .embedding_dim = 3, .padding_idx = -1});
  auto values = table->weight.to_vector<float>();
  EXPECT_THAT(std::vector(values.end() - 3, values.end()), Each(0));
  EXPECT_NE(values[0], 0);
}

// Values of PyTorch.
TEST(Features, F5_max_norm_shortens_the_rows_looked_up) {
  auto layer = nn::make<nn::Embedding>(
      {.num_embeddings = 4, .embedding_dim = 2, .padding_idx = 1, .max_norm = 1});
  EXPECT_EQ(layer->to_string(), "Embedding(4, 2, padding_idx=1, max_norm=1.0)");
  {
    no_grad guard;
    layer->weight.assign(Tensor::from_data<float>({3, 4, 0, 0, .3, .4, 6, 8}, {4, 2}));
  }
  auto step = etch::compile([&](Tensor ids, Tensor dy) {
    Tensor y = layer(ids);
    (y * dy).sum().backward();
    return y;
  });
  Tensor y =
      step(Tensor::from_data<int64_t>({0, 2, 0}, {3}), reshape(arange(1, 7, 1, f32), {3, 2}));
  EXPECT_THAT(values_of(y), Pointwise(DoubleNear(1e-6), {.6, .8, .3, .4, .6, .8}));
  EXPECT_THAT(values_of(layer->weight),
              Pointwise(DoubleNear(1e-6), {.6, .8, .0, .0, .3, .4, 6., 8.}));
  EXPECT_THAT(values_of(layer->weight.grad()), ElementsAre(6, 8, 0, 0, 3, 4, 0, 0));
}

TEST(Features, F5_rotary_embeddings_equal_the_formula) {
  check_cases(
      "layers", "rotary/",
      {{"halves",
        [] { return of_function([](const Tensors& x) { return make<RotaryEmbedding>()(x[0]); }); }},
       {"interleaved", [] {
          return of_function([](const Tensors& x) {
            return F::rotary_embedding(x[0], {.offset = 3, .interleaved = true});
          });
        }}});
}

TEST(Features, F5_scores_of_rotated_vectors_depend_on_distance_alone) {
  Tensor q = ramp({1, 8}), k = ramp({1, 8}) * 0.5 + 0.1;
  auto score = [&](int64_t i, int64_t j) {
    return sum(F::rotary_embedding(q, {.offset = i}) * F::rotary_embedding(k, {.offset = j}))
        .item<float>();
  };
  EXPECT_NEAR(score(3, 1), score(103, 101), 1e-5);
  EXPECT_GT(std::abs(score(3, 1) - score(3, 2)), 1e-3);
}

TEST(Features, F5_positions_are_sines_and_cosines_or_learned) {
  auto fixed = make<SinusoidalPositionalEncoding>({.embed_dim = 4, .max_len = 10});
  std::vector<double> y = etch::testing::values_of(fixed(zeros({2, 3, 4})));
  for (size_t p = 0; p < 3; ++p) {
    auto position = static_cast<double>(p);
    EXPECT_NEAR(y[4 * p], std::sin(position), 1e-6);
    EXPECT_NEAR(y[4 * p + 1], std::cos(position), 1e-6);
    EXPECT_NEAR(y[4 * p + 2], std::sin(position / 100), 1e-6);
    EXPECT_NEAR(y[4 * p + 3], std::cos(position / 100), 1e-6);
  }
  EXPECT_TRUE(fixed->state_dict().empty());
  auto learned =
      make<LearnedPositionalEncoding>({.embed_dim = 4, .max_len = 10, .batch_first = false});
  std::vector<double> z = etch::testing::values_of(learned(zeros({3, 2, 4})));
  std::vector<double> w = etch::testing::values_of(learned->weight);
  for (size_t i = 0; i < z.size(); ++i) EXPECT_NEAR(z[i], w[i / 8 * 4 + i % 4], 1e-7);
  EXPECT_THAT(error_of([&] { learned(zeros({11, 2, 4})); }), HasSubstr("10 positions"));
}

TEST(Features, F1_refuse_what_does_not_fit) {
  EXPECT_THAT(error_of([] {
                make<Bilinear>({2, 3, 4})(ones({5, 2}), ones({4, 3}));
              }),
              HasSubstr("do not fit weight [4, 2, 3]"));
  EXPECT_THAT(error_of([] {
                make<Unflatten>({1, {2, 2}})(ones({2, 5}));
              }),
              HasSubstr("does not multiply to 5"));
  EXPECT_THAT(error_of([] {
                make<Embedding>({.num_embeddings = 3, .embedding_dim = 2, .padding_idx = 3});
              }),
              HasSubstr("padding_idx = 3"));
  EXPECT_THAT(error_of([] { F::rotary_embedding(ones({2, 3})); }), HasSubstr("even d"));
}

}  // namespace
}  // namespace etch::nn
