// Losses as modules: what they compute, and the meaning of their options, stands with the function
// of the same name in nn/functional (loss.h, classification.h, distance.h). Weights are buffers, as
// in PyTorch.
#ifndef ETCH_NN_LAYERS_LOSS_H_
#define ETCH_NN_LAYERS_LOSS_H_

#include "etch/nn/functional/classification.h"
#include "etch/nn/functional/distance.h"
#include "etch/nn/functional/loss.h"
#include "etch/nn/module.h"
#include "etch/nn/parameter.h"

namespace etch::nn {

namespace detail {
// What losses share: options that the function takes as they are.
template <typename LossOptions>
class LossModule : public LibraryModule {
 public:
  using Options = LossOptions;
  explicit LossModule(Options options = {}) : options_(std::move(options)) {}

 protected:
  const Options options_;
};
}  // namespace detail

struct ReductionOptions {
  Reduction reduction = Reduction::kMean;
};

class MSELoss : public detail::LossModule<ReductionOptions> {
 public:
  using LossModule::LossModule;
  Tensor forward(const Tensor& x, const Tensor& target);
};

class L1Loss : public detail::LossModule<ReductionOptions> {
 public:
  using LossModule::LossModule;
  Tensor forward(const Tensor& x, const Tensor& target);
};

class SmoothL1Loss : public detail::LossModule<functional::SmoothL1LossOptions> {
 public:
  using LossModule::LossModule;
  Tensor forward(const Tensor& x, const Tensor& target);
};

class HuberLoss : public detail::LossModule<functional::HuberLossOptions> {
 public:
  using LossModule::LossModule;
  Tensor forward(const Tensor& x, const Tensor& target);
};

class KLDivLoss : public detail::LossModule<functional::KLDivOptions> {
 public:
  using LossModule::LossModule;
  Tensor forward(const Tensor& x, const Tensor& target);
};

class PoissonNLLLoss : public detail::LossModule<functional::PoissonNLLLossOptions> {
 public:
  using LossModule::LossModule;
  Tensor forward(const Tensor& x, const Tensor& target);
};

class GaussianNLLLoss : public detail::LossModule<functional::GaussianNLLLossOptions> {
 public:
  using LossModule::LossModule;
  Tensor forward(const Tensor& x, const Tensor& target, const Tensor& var);
};

class CrossEntropyLoss : public detail::LossModule<functional::CrossEntropyOptions> {
 public:
  explicit CrossEntropyLoss(Options options = {});
  Tensor forward(const Tensor& logits, const Tensor& target);

  Buffer weight;  // undefined without one
};

class NLLLoss : public detail::LossModule<functional::NLLLossOptions> {
 public:
  explicit NLLLoss(Options options = {});
  Tensor forward(const Tensor& log_probabilities, const Tensor& target);

  Buffer weight;
};

class BCELoss : public detail::LossModule<functional::BCELossOptions> {
 public:
  explicit BCELoss(Options options = {});
  Tensor forward(const Tensor& p, const Tensor& target);

  Buffer weight;
};

class BCEWithLogitsLoss : public detail::LossModule<functional::BCEWithLogitsLossOptions> {
 public:
  explicit BCEWithLogitsLoss(Options options = {});
  Tensor forward(const Tensor& logits, const Tensor& target);

  Buffer weight;
  Buffer pos_weight;
};

class CosineSimilarity : public detail::LossModule<functional::CosineSimilarityOptions> {
 public:
  using LossModule::LossModule;
  Tensor forward(const Tensor& x1, const Tensor& x2);
};

class PairwiseDistance : public detail::LossModule<functional::PairwiseDistanceOptions> {
 public:
  using LossModule::LossModule;
  Tensor forward(const Tensor& x1, const Tensor& x2);
};

class CosineEmbeddingLoss : public detail::LossModule<functional::MarginOptions> {
 public:
  using LossModule::LossModule;
  Tensor forward(const Tensor& x1, const Tensor& x2, const Tensor& target);
};

class MarginRankingLoss : public detail::LossModule<functional::MarginOptions> {
 public:
  using LossModule::LossModule;
  Tensor forward(const Tensor& x1, const Tensor& x2, const Tensor& target);
};

class HingeEmbeddingLoss : public detail::LossModule<functional::HingeEmbeddingLossOptions> {
 public:
  using LossModule::LossModule;
  Tensor forward(const Tensor& x, const Tensor& target);
};

class TripletMarginLoss : public detail::LossModule<functional::TripletMarginLossOptions> {
 public:
  using LossModule::LossModule;
  Tensor forward(const Tensor& anchor, const Tensor& positive, const Tensor& negative);
};

}  // namespace etch::nn

#endif  // ETCH_NN_LAYERS_LOSS_H_
