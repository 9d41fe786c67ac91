#ifndef ETCH_NN_LAYERS_EMBEDDING_H_
#define ETCH_NN_LAYERS_EMBEDDING_H_

#include <cstdint>
#include <string>

#include "etch/nn/module.h"
#include "etch/nn/parameter.h"

namespace etch::nn {

struct EmbeddingOptions {
  int64_t num_embeddings = 0;
  int64_t embedding_dim = 0;
};

// Row `i` of weight [num_embeddings, embedding_dim] for every index i (i32 or i64, any shape);
// result [indices..., embedding_dim]. Initially normal with mean 0 and variance 1.
class Embedding : public LibraryModule {
 public:
  using Options = EmbeddingOptions;
  explicit Embedding(Options options);

  Tensor forward(const Tensor& indices);
  void reset_parameters();
  const Options& options() const { return options_; }
  std::string extra_repr() const override;

 private:
  Options options_;

 public:
  Parameter weight;
};

}  // namespace etch::nn

#endif  // ETCH_NN_LAYERS_EMBEDDING_H_
