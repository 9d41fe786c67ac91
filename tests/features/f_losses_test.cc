// Every loss against PyTorch (tests/golden/losses.py), by reductions, weights, ignored and soft
// targets, scalars and images.
#include "etch/etch.h"
#include "etch/tests/features/testing.h"
#include "etch/tests/golden/cases.h"

namespace etch::nn {
namespace {

namespace F = functional;
using etch::testing::Case;
using etch::testing::check_cases;
using etch::testing::error_of;
using etch::testing::of_module;
using ::testing::HasSubstr;

// A case of a loss of options; weights come from the file and stand for themselves.
template <typename Loss>
Case loss(std::string name, typename Loss::Options options = {}) {
  return {std::move(name), [options] { return of_module(make<Loss>(options)); }};
}

// The same by each reduction.
template <typename Loss>
void add(std::vector<Case>& cases, const std::string& name, typename Loss::Options options = {}) {
  for (auto [suffix, reduction] : {std::pair{"_none", Reduction::kNone},
                                   {"_mean", Reduction::kMean},
                                   {"_sum", Reduction::kSum}}) {
    options.reduction = reduction;
    cases.push_back(loss<Loss>(name + suffix, options));
  }
}

TEST(Features, F9_values_gradients_and_prints_equal_pytorch) {
  Tensor w3 = ones({3}), w4 = ones({4}), w5 = ones({5});
  std::vector<Case> cases = {
      loss<SmoothL1Loss>("smooth_l1_default"),
      loss<SmoothL1Loss>("smooth_l1_beta0", {.beta = 0}),
      loss<MSELoss>("mse_scalar"),
      loss<KLDivLoss>("kl_div_batchmean", {.reduction = Reduction::kBatchMean}),
      loss<KLDivLoss>("kl_div_log_target",
                      {.reduction = Reduction::kBatchMean, .log_target = true}),
      loss<PoissonNLLLoss>("poisson_nll_full", {.full = true}),
      loss<PoissonNLLLoss>("poisson_nll_rate", {.log_input = false}),
      loss<GaussianNLLLoss>("gaussian_nll_full", {.full = true}),
      loss<GaussianNLLLoss>("gaussian_nll_rows"),
      loss<GaussianNLLLoss>("gaussian_nll_bound", {.eps = 0.5}),
      loss<CrossEntropyLoss>("cross_entropy_weight", {.weight = w5}),
      loss<CrossEntropyLoss>("cross_entropy_ignore", {.ignore_index = 0}),
      loss<CrossEntropyLoss>("cross_entropy_smooth", {.label_smoothing = 0.25}),
      loss<CrossEntropyLoss>("cross_entropy_row"),
      loss<CrossEntropyLoss>("cross_entropy_far"),
      loss<CrossEntropyLoss>("cross_entropy_image_soft", {.label_smoothing = 0.125}),
      loss<NLLLoss>("nll_image"),
      loss<BCELoss>("bce_weight", {.weight = w4}),
      loss<BCELoss>("bce_certain", {.reduction = Reduction::kNone}),
      loss<BCEWithLogitsLoss>("bce_logits_far"),
      loss<CosineEmbeddingLoss>("cosine_embedding_row"),
      loss<TripletMarginLoss>("triplet_swap", {.margin = 2, .swap = true}),
      loss<TripletMarginLoss>("triplet_p1", {.p = 1}),
      loss<CosineSimilarity>("cosine_similarity"),
      loss<CosineSimilarity>("cosine_similarity_dim", {.dim = 0, .eps = 0.5}),
      loss<PairwiseDistance>("pairwise_distance"),
      loss<PairwiseDistance>("pairwise_distance_p3", {.p = 3, .keepdim = true}),
      loss<PairwiseDistance>("pairwise_distance_inf",
                             {.p = std::numeric_limits<double>::infinity()}),
      loss<HuberLoss>("huber_default"),
      loss<CosineEmbeddingLoss>("cosine_embedding_default"),
      loss<MarginRankingLoss>("margin_ranking_default"),
      loss<HingeEmbeddingLoss>("hinge_embedding_margin", {.margin = 0.5}),
      loss<NLLLoss>("nll_ignore"),
      loss<BCEWithLogitsLoss>("bce_logits_pos", {.pos_weight = w4}),
      loss<KLDivLoss>("kl_div_log_none", {.reduction = Reduction::kNone, .log_target = true}),
      loss<L1Loss>("l1_scalar"),
      loss<BCELoss>("bce_point"),
      loss<CrossEntropyLoss>("cross_entropy_class", {.label_smoothing = 0.25}),
  };
  add<MSELoss>(cases, "mse_empty");
  add<CrossEntropyLoss>(cases, "cross_entropy_empty");
  add<BCEWithLogitsLoss>(cases, "bce_logits_empty");
  add<MSELoss>(cases, "mse");
  add<L1Loss>(cases, "l1");
  add<SmoothL1Loss>(cases, "smooth_l1", {.beta = 0.5});
  add<HuberLoss>(cases, "huber", {.delta = 0.75});
  add<KLDivLoss>(cases, "kl_div");
  add<PoissonNLLLoss>(cases, "poisson_nll");
  add<GaussianNLLLoss>(cases, "gaussian_nll");
  add<CrossEntropyLoss>(cases, "cross_entropy");
  add<CrossEntropyLoss>(cases, "cross_entropy_all", {.weight = w5, .label_smoothing = 0.125});
  add<CrossEntropyLoss>(cases, "cross_entropy_soft");
  add<CrossEntropyLoss>(cases, "cross_entropy_soft_all", {.weight = w5, .label_smoothing = 0.125});
  add<CrossEntropyLoss>(cases, "cross_entropy_image", {.weight = w3});
  add<NLLLoss>(cases, "nll");
  add<NLLLoss>(cases, "nll_weight", {.weight = w5, .ignore_index = 2});
  add<BCELoss>(cases, "bce");
  add<BCEWithLogitsLoss>(cases, "bce_logits");
  add<BCEWithLogitsLoss>(cases, "bce_logits_all", {.weight = w4, .pos_weight = w4});
  add<CosineEmbeddingLoss>(cases, "cosine_embedding", {.margin = 0.25});
  add<MarginRankingLoss>(cases, "margin_ranking", {.margin = 0.25});
  add<HingeEmbeddingLoss>(cases, "hinge_embedding");
  add<TripletMarginLoss>(cases, "triplet");
  check_cases("losses", "loss/", cases);
}

TEST(Features, F9_a_weighted_mean_of_nothing_is_nan) {
  Tensor ignored = Tensor::from_data(std::vector<int64_t>{-100, -100}, {2});
  EXPECT_TRUE(std::isnan(F::cross_entropy(zeros({2, 3}), ignored).item<float>()));
  EXPECT_TRUE(std::isnan(F::mse_loss(zeros({0, 3}), zeros({0, 3})).item<float>()));
  EXPECT_EQ(F::mse_loss(zeros({0, 3}), zeros({0, 3}), Reduction::kSum).item<float>(), 0);
}

TEST(Features, F9_weights_are_buffers_but_not_saved_without_one) {
  auto with = make<CrossEntropyLoss>({.weight = ones({3})});
  EXPECT_EQ(with->state_dict().size(), 1u);
  EXPECT_TRUE(make<CrossEntropyLoss>()->state_dict().empty());
}

TEST(Features, F9_refuses_what_does_not_fit) {
  Tensor x = zeros({4, 6}), classes = zeros({4}, i64);
  EXPECT_THAT(error_of([&] {
                F::l1_loss(x, zeros({4, 1}));
              }),
              AllOf(HasSubstr("l1_loss"), HasSubstr("[4, 6]"), HasSubstr("[4, 1]")));
  EXPECT_THAT(error_of([&] { F::cross_entropy(x, classes, {.weight = ones({5})}); }),
              AllOf(HasSubstr("weight [5]"), HasSubstr("6 classes")));
  EXPECT_THAT(error_of([&] { F::cross_entropy(x, zeros({3}, i64)); }), HasSubstr("do not fit"));
  EXPECT_THAT(error_of([&] { F::nll_loss(x, zeros({4, 2}, i64)); }), HasSubstr("nll_loss"));
  EXPECT_THAT(error_of([&] { F::huber_loss(x, x, {.delta = 0}); }), HasSubstr("above 0"));
  EXPECT_THAT(error_of([&] { F::smooth_l1_loss(x, x, {.beta = -1}); }), HasSubstr("0 or more"));
  EXPECT_THAT(error_of([&] { F::gaussian_nll_loss(x, x, zeros({6})); }), HasSubstr("row by row"));
  EXPECT_THAT(error_of([&] { F::cosine_embedding_loss(x, x, zeros({6})); }),
              HasSubstr("do not fit"));
  EXPECT_THAT(error_of([&] { F::pairwise_distance(x, x, {.p = 0}); }), HasSubstr("above 0"));
}

}  // namespace
}  // namespace etch::nn
