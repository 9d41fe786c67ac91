// Distances and similarities, and losses that compare two or three inputs by them.
#ifndef ETCH_NN_FUNCTIONAL_DISTANCE_H_
#define ETCH_NN_FUNCTIONAL_DISTANCE_H_

#include <cstdint>
#include <source_location>

#include "etch/frontend/tensor.h"
#include "etch/nn/functional/reduction.h"

namespace etch::nn::functional {

using Loc = std::source_location;

struct CosineSimilarityOptions {
  int64_t dim = 1;
  double eps = 1e-8;
};
// sum(x1 * x2) / (max(|x1|, eps) * max(|x2|, eps)) along `dim`, which goes; shapes broadcast.
Tensor cosine_similarity(const Tensor& x1, const Tensor& x2,
                         const CosineSimilarityOptions& options = {}, Loc loc = Loc::current());

struct PairwiseDistanceOptions {
  double p = 2;  // above 0, or infinity
  double eps = 1e-6;
  bool keepdim = false;
};
// The p-norm of x1 - x2 + eps along the last dimension, which goes; shapes broadcast.
// Throws etch::Error unless p > 0.
Tensor pairwise_distance(const Tensor& x1, const Tensor& x2,
                         const PairwiseDistanceOptions& options = {}, Loc loc = Loc::current());

struct MarginOptions {
  double margin = 0;
  Reduction reduction = Reduction::kMean;
};
// 1 - cos(x1, x2) where target is 1, max(0, cos(x1, x2) - margin) where it is -1.
// Shapes: x1 and x2 [n, d] and target [n], or [d] and [].
Tensor cosine_embedding_loss(const Tensor& x1, const Tensor& x2, const Tensor& target,
                             const MarginOptions& options = {}, Loc loc = Loc::current());

// max(0, margin - target * (x1 - x2)), target being 1 where x1 should be the larger and -1 where x2
// should be. Equal shapes.
Tensor margin_ranking_loss(const Tensor& x1, const Tensor& x2, const Tensor& target,
                           const MarginOptions& options = {}, Loc loc = Loc::current());

struct HingeEmbeddingLossOptions {
  double margin = 1;
  Reduction reduction = Reduction::kMean;
};
// x where target is 1, max(0, margin - x) where it is -1. Equal shapes.
Tensor hinge_embedding_loss(const Tensor& x, const Tensor& target,
                            const HingeEmbeddingLossOptions& options = {},
                            Loc loc = Loc::current());

struct TripletMarginLossOptions {
  double margin = 1;
  double p = 2;
  double eps = 1e-6;
  // Takes the distance of negative from positive where it is less than that from the anchor.
  // Source: Balntas et al., "Learning shallow convolutional feature descriptors", BMVC 2016.
  bool swap = false;
  Reduction reduction = Reduction::kMean;
};
// max(0, d(anchor, positive) - d(anchor, negative) + margin) with pairwise_distance as d.
// Shapes: all [n, d] or all [d].
Tensor triplet_margin_loss(const Tensor& anchor, const Tensor& positive, const Tensor& negative,
                           const TripletMarginLossOptions& options = {}, Loc loc = Loc::current());

}  // namespace etch::nn::functional

#endif  // ETCH_NN_FUNCTIONAL_DISTANCE_H_
