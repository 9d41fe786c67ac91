#include "etch/nn/layers/embedding.h"

#include "etch/nn/functional.h"
#include "etch/nn/host_values.h"
#include "etch/nn/init.h"
#include "etch/nn/layers/checks.h"

namespace etch::nn {

Embedding::Embedding(Options options)
    : options_(options),
      weight(
          this, "weight",
          detail::filled({detail::at_least_1("Embedding", "num_embeddings", options.num_embeddings),
                          detail::at_least_1("Embedding", "embedding_dim", options.embedding_dim)},
                         0, f32)) {
  reset_parameters();
}

void Embedding::reset_parameters() { init::normal_(weight); }

Tensor Embedding::forward(const Tensor& indices) { return functional::embedding(indices, weight); }

std::string Embedding::extra_repr() const {
  return std::to_string(options_.num_embeddings) + ", " + std::to_string(options_.embedding_dim);
}

}  // namespace etch::nn
