#include "etch/nn/functional/distance.h"

#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "etch/frontend/ops.h"
#include "etch/frontend/scope.h"
#include "etch/frontend/state.h"
#include "etch/nn/functional/common.h"

namespace etch::nn::functional {
namespace {

using detail::check_same_shape;
using detail::constant;
using detail::gathered;
using frontend::fail;
using frontend::LocScope;

// max(x, 0); unlike relu, with the derivative 1 at 0.
Tensor hinge(const Tensor& x) { return where(x < 0.0, constant(x, 0), x); }

// |x| along `dim`, at least eps.
Tensor bounded_length(const Tensor& x, int64_t dim, double eps) {
  return sqrt(detail::raised_to(sum(square(x), {dim}, /*keepdim=*/true), eps * eps));
}

}  // namespace

Tensor cosine_similarity(const Tensor& x1, const Tensor& x2, const CosineSimilarityOptions& options,
                         Loc loc) {
  LocScope line(loc);
  int64_t dim = options.dim;
  return sum(
      (x1 / bounded_length(x1, dim, options.eps)) * (x2 / bounded_length(x2, dim, options.eps)),
      {dim});
}

Tensor pairwise_distance(const Tensor& x1, const Tensor& x2, const PairwiseDistanceOptions& options,
                         Loc loc) {
  if (!(options.p > 0))
    fail({"pairwise_distance", loc}, "p is " + absl::StrCat(options.p) + ", must be above 0");
  LocScope line(loc);
  Tensor difference = x1 - x2 + options.eps;
  if (options.p == 2) return sqrt(sum(square(difference), {-1}, options.keepdim));
  Tensor sizes = abs(difference);
  if (std::isinf(options.p)) return amax(sizes, {-1}, options.keepdim);
  if (options.p == 1) return sum(sizes, {-1}, options.keepdim);
  return pow(sum(pow(sizes, options.p), {-1}, options.keepdim), 1 / options.p);
}

Tensor cosine_embedding_loss(const Tensor& x1, const Tensor& x2, const Tensor& target,
                             const MarginOptions& options, Loc loc) {
  check_same_shape("cosine_embedding_loss", x1, x2, loc);
  bool fits = x1.dim() == target.dim() + 1 && x1.dim() <= 2 &&
              (target.dim() == 0 || target.size(0) == x1.size(0));
  if (!fits)
    fail({"cosine_embedding_loss", loc}, "inputs " + x1.shape().to_string() + " and target " +
                                             target.shape().to_string() +
                                             " do not fit; they are [n, d] and [n], or [d] and []");
  LocScope line(loc);
  constexpr double kEps = 1e-12;
  Tensor squares = (sum(square(x1), {-1}) + kEps) * (sum(square(x2), {-1}) + kEps);
  Tensor cosine = sum(x1 * x2, {-1}) / sqrt(squares);
  Tensor zero = constant(cosine, 0);
  return gathered(where(target == 1.0, 1.0 - cosine, zero) +
                      where(target == -1.0, hinge(cosine - options.margin), zero),
                  options.reduction);
}

Tensor margin_ranking_loss(const Tensor& x1, const Tensor& x2, const Tensor& target,
                           const MarginOptions& options, Loc loc) {
  check_same_shape("margin_ranking_loss", x1, x2, loc);
  check_same_shape("margin_ranking_loss", x1, target, loc);
  LocScope line(loc);
  return gathered(hinge(options.margin - target * (x1 - x2)), options.reduction);
}

Tensor hinge_embedding_loss(const Tensor& x, const Tensor& target,
                            const HingeEmbeddingLossOptions& options, Loc loc) {
  check_same_shape("hinge_embedding_loss", x, target, loc);
  LocScope line(loc);
  Tensor zero = constant(x, 0);
  return gathered(
      where(target == -1.0, zero, x) + where(target == 1.0, zero, hinge(options.margin - x)),
      options.reduction);
}

Tensor triplet_margin_loss(const Tensor& anchor, const Tensor& positive, const Tensor& negative,
                           const TripletMarginLossOptions& options, Loc loc) {
  check_same_shape("triplet_margin_loss", anchor, positive, loc);
  check_same_shape("triplet_margin_loss", anchor, negative, loc);
  LocScope line(loc);
  auto distance = [&](const Tensor& a, const Tensor& b) {
    return pairwise_distance(a, b, {.p = options.p, .eps = options.eps});
  };
  Tensor near = distance(anchor, positive);
  Tensor far = distance(anchor, negative);
  if (options.swap) far = minimum(far, distance(positive, negative));
  return gathered(hinge(near - far + options.margin), options.reduction);
}

}  // namespace etch::nn::functional
