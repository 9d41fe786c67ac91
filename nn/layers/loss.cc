#include "etch/nn/layers/loss.h"

#include "etch/nn/layers/checks.h"

namespace etch::nn {
namespace {

// A weight of the options as the initial value of a buffer: undefined without one.
Tensor value_or_none(const std::optional<Tensor>& weight) { return weight ? *weight : Tensor(); }

// Options whose weight is the module's buffer.
template <typename Options>
Options with_weight(Options options, const Buffer& weight) {
  options.weight = detail::if_defined(weight);
  return options;
}

}  // namespace

Tensor MSELoss::forward(const Tensor& x, const Tensor& target) {
  return functional::mse_loss(x, target, options_.reduction);
}

Tensor L1Loss::forward(const Tensor& x, const Tensor& target) {
  return functional::l1_loss(x, target, options_.reduction);
}

Tensor SmoothL1Loss::forward(const Tensor& x, const Tensor& target) {
  return functional::smooth_l1_loss(x, target, options_);
}

Tensor HuberLoss::forward(const Tensor& x, const Tensor& target) {
  return functional::huber_loss(x, target, options_);
}

Tensor KLDivLoss::forward(const Tensor& x, const Tensor& target) {
  return functional::kl_div(x, target, options_);
}

Tensor PoissonNLLLoss::forward(const Tensor& x, const Tensor& target) {
  return functional::poisson_nll_loss(x, target, options_);
}

Tensor GaussianNLLLoss::forward(const Tensor& x, const Tensor& target, const Tensor& var) {
  return functional::gaussian_nll_loss(x, target, var, options_);
}

CrossEntropyLoss::CrossEntropyLoss(Options options)
    : LossModule(std::move(options)), weight(this, "weight", value_or_none(options_.weight)) {}

Tensor CrossEntropyLoss::forward(const Tensor& logits, const Tensor& target) {
  return functional::cross_entropy(logits, target, with_weight(options_, weight));
}

NLLLoss::NLLLoss(Options options)
    : LossModule(std::move(options)), weight(this, "weight", value_or_none(options_.weight)) {}

Tensor NLLLoss::forward(const Tensor& log_probabilities, const Tensor& target) {
  return functional::nll_loss(log_probabilities, target, with_weight(options_, weight));
}

BCELoss::BCELoss(Options options)
    : LossModule(std::move(options)), weight(this, "weight", value_or_none(options_.weight)) {}

Tensor BCELoss::forward(const Tensor& p, const Tensor& target) {
  return functional::binary_cross_entropy(p, target, with_weight(options_, weight));
}

BCEWithLogitsLoss::BCEWithLogitsLoss(Options options)
    : LossModule(std::move(options)),
      weight(this, "weight", value_or_none(options_.weight)),
      pos_weight(this, "pos_weight", value_or_none(options_.pos_weight)) {}

Tensor BCEWithLogitsLoss::forward(const Tensor& logits, const Tensor& target) {
  Options options = with_weight(options_, weight);
  options.pos_weight = detail::if_defined(pos_weight);
  return functional::binary_cross_entropy_with_logits(logits, target, options);
}

Tensor CosineSimilarity::forward(const Tensor& x1, const Tensor& x2) {
  return functional::cosine_similarity(x1, x2, options_);
}

Tensor PairwiseDistance::forward(const Tensor& x1, const Tensor& x2) {
  return functional::pairwise_distance(x1, x2, options_);
}

Tensor CosineEmbeddingLoss::forward(const Tensor& x1, const Tensor& x2, const Tensor& target) {
  return functional::cosine_embedding_loss(x1, x2, target, options_);
}

Tensor MarginRankingLoss::forward(const Tensor& x1, const Tensor& x2, const Tensor& target) {
  return functional::margin_ranking_loss(x1, x2, target, options_);
}

Tensor HingeEmbeddingLoss::forward(const Tensor& x, const Tensor& target) {
  return functional::hinge_embedding_loss(x, target, options_);
}

Tensor TripletMarginLoss::forward(const Tensor& anchor, const Tensor& positive,
                                  const Tensor& negative) {
  return functional::triplet_margin_loss(anchor, positive, negative, options_);
}

}  // namespace etch::nn
