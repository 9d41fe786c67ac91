#include "etch/nn/layers/embedding.h"

#include <cstring>
#include <vector>

#include "etch/frontend/ops.h"
#include "etch/frontend/scope.h"
#include "etch/nn/functional/attention.h"
#include "etch/nn/functional/embedding.h"
#include "etch/nn/host_values.h"
#include "etch/nn/init.h"
#include "etch/nn/layers/checks.h"

namespace etch::nn {
namespace {

EmbeddingOptions checked(EmbeddingOptions options) {
  int64_t rows = detail::at_least_1("Embedding", "num_embeddings", options.num_embeddings);
  detail::at_least_1("Embedding", "embedding_dim", options.embedding_dim);
  if (!options.padding_idx) return options;
  if (*options.padding_idx < -rows || *options.padding_idx >= rows)
    frontend::fail({"Embedding"}, "padding_idx = " + std::to_string(*options.padding_idx) +
                                      ", must be within " + std::to_string(rows) + " embeddings");
  if (*options.padding_idx < 0) *options.padding_idx += rows;
  return options;
}

PositionalEncodingOptions checked(const char* name, PositionalEncodingOptions options) {
  detail::at_least_1(name, "embed_dim", options.embed_dim);
  detail::at_least_1(name, "max_len", options.max_len);
  return options;
}

// x plus the first rows of `table`.
Tensor with_positions(const char* name, const Tensor& x, const Tensor& table, bool batch_first) {
  int64_t time = batch_first ? -2 : 0;
  if (x.dim() < 2 || x.size(-1) != table.size(1) || x.size(time) > table.size(0))
    frontend::fail({name}, "x " + x.shape().to_string() + " does not fit " +
                               std::to_string(table.size(0)) + " positions of " +
                               std::to_string(table.size(1)) + " features");
  Tensor rows = slice(table, 0, 0, x.size(time));
  return x + (batch_first || x.dim() == 2 ? rows : unsqueeze(rows, 1));
}

}  // namespace

Embedding::Embedding(Options options)
    : options_(checked(options)),
      weight(this, "weight",
             detail::filled({options_.num_embeddings, options_.embedding_dim}, 0, f32)) {
  reset_parameters();
}

void Embedding::reset_parameters() {
  init::normal_(weight);
  if (!options_.padding_idx) return;
  TensorView view = weight.view();
  std::vector<std::byte> bytes(static_cast<size_t>(view.size_bytes()));
  std::memcpy(bytes.data(), view.data, bytes.size());
  size_t row = bytes.size() / static_cast<size_t>(options_.num_embeddings);
  std::memset(bytes.data() + static_cast<size_t>(*options_.padding_idx) * row, 0, row);
  detail::set_value(weight, Tensor::from_bytes(bytes.data(), weight.dtype(), weight.shape()));
}

Tensor Embedding::forward(const Tensor& indices) {
  return functional::embedding(indices, weight,
                               {.padding_idx = options_.padding_idx,
                                .max_norm = options_.max_norm,
                                .norm_type = options_.norm_type});
}

std::string Embedding::extra_repr() const {
  std::string text =
      std::to_string(options_.num_embeddings) + ", " + std::to_string(options_.embedding_dim);
  if (options_.padding_idx) text += ", padding_idx=" + std::to_string(*options_.padding_idx);
  if (options_.max_norm) text += ", max_norm=" + detail::python_repr(*options_.max_norm);
  if (options_.norm_type != 2) text += ", norm_type=" + detail::python_repr(options_.norm_type);
  return text;
}

SinusoidalPositionalEncoding::SinusoidalPositionalEncoding(Options options)
    : options_(checked("SinusoidalPositionalEncoding", options)),
      dropout(this, "dropout", options.dropout),
      pe(this, "pe", functional::sinusoidal_positions(options.max_len, options.embed_dim),
         {.persistent = false}) {}

Tensor SinusoidalPositionalEncoding::forward(const Tensor& x) {
  return dropout(with_positions("SinusoidalPositionalEncoding", x, pe, options_.batch_first));
}

LearnedPositionalEncoding::LearnedPositionalEncoding(Options options)
    : options_(checked("LearnedPositionalEncoding", options)),
      dropout(this, "dropout", options.dropout),
      weight(this, "weight", detail::filled({options.max_len, options.embed_dim}, 0, f32)) {
  reset_parameters();
}

void LearnedPositionalEncoding::reset_parameters() { init::normal_(weight, 0, 0.02); }

Tensor LearnedPositionalEncoding::forward(const Tensor& x) {
  return dropout(with_positions("LearnedPositionalEncoding", x, weight, options_.batch_first));
}

Tensor RotaryEmbedding::forward(const Tensor& x, int64_t offset) {
  return functional::rotary_embedding(
      x, {.base = options_.base, .offset = offset, .interleaved = options_.interleaved});
}

std::string RotaryEmbedding::extra_repr() const {
  return "base=" + detail::python_repr(options_.base) +
         ", interleaved=" + detail::python_bool(options_.interleaved);
}

}  // namespace etch::nn
