// Tables of vectors, and encodings of positions.
#ifndef ETCH_NN_LAYERS_EMBEDDING_H_
#define ETCH_NN_LAYERS_EMBEDDING_H_

#include <cstdint>
#include <optional>
#include <string>

#include "etch/nn/child.h"
#include "etch/nn/layers/dropout.h"
#include "etch/nn/module.h"
#include "etch/nn/parameter.h"

namespace etch::nn {

struct EmbeddingOptions {
  int64_t num_embeddings = 0;
  int64_t embedding_dim = 0;
  // A row that gets no gradient, 0 at first; negative counts from the end.
  std::optional<int64_t> padding_idx = std::nullopt;
  // Each call scales the rows that it looks up and whose norm is larger to this one.
  std::optional<double> max_norm = std::nullopt;
  double norm_type = 2;
};

// Row `i` of weight [num_embeddings, embedding_dim] for every index i (i32 or i64, any shape);
// result [indices..., embedding_dim]. Initially normal with mean 0 and variance 1.
class Embedding : public LibraryModule {
 public:
  using Options = EmbeddingOptions;
  explicit Embedding(Options options);
  Embedding(int64_t num_embeddings, int64_t embedding_dim)
      : Embedding(Options{num_embeddings, embedding_dim}) {}

  Tensor forward(const Tensor& indices);
  void reset_parameters();
  const Options& options() const { return options_; }
  std::string extra_repr() const override;

 private:
  Options options_;

 public:
  Parameter weight;
};

struct PositionalEncodingOptions {
  int64_t embed_dim = 0;
  int64_t max_len = 5000;
  double dropout = 0;       // of the sum
  bool batch_first = true;  // x is [n, t, embed_dim] and not [t, n, embed_dim]
};

// x plus fixed sines and cosines of its positions: see functional::sinusoidal_positions. Throws
// etch::Error for more than max_len positions.
class SinusoidalPositionalEncoding : public LibraryModule {
 public:
  using Options = PositionalEncodingOptions;
  explicit SinusoidalPositionalEncoding(Options options);

  Tensor forward(const Tensor& x);
  const Options& options() const { return options_; }

 private:
  Options options_;

 public:
  Child<Dropout> dropout;
  Buffer pe;  // [max_len, embed_dim], not saved
};

// The same with positions that are trained, at first normal with standard deviation 0.02.
class LearnedPositionalEncoding : public LibraryModule {
 public:
  using Options = PositionalEncodingOptions;
  explicit LearnedPositionalEncoding(Options options);

  Tensor forward(const Tensor& x);
  void reset_parameters();
  const Options& options() const { return options_; }

 private:
  Options options_;

 public:
  Child<Dropout> dropout;
  Parameter weight;  // [max_len, embed_dim]
};

struct RotaryEmbeddingOptions {
  double base = 10000;
  bool interleaved = false;
};
// functional::rotary_embedding of queries or keys [..., t, d].
class RotaryEmbedding : public LibraryModule {
 public:
  using Options = RotaryEmbeddingOptions;
  explicit RotaryEmbedding(Options options = {}) : options_(options) {}

  Tensor forward(const Tensor& x, int64_t offset = 0);
  std::string extra_repr() const override;

 private:
  Options options_;
};

}  // namespace etch::nn

#endif  // ETCH_NN_LAYERS_EMBEDDING_H_
