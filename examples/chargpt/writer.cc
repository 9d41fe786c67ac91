#include "writer.h"

#include <algorithm>
#include <cmath>

#include "etch/etch.h"
#include "etch/runtime/philox.h"

namespace chargpt {
namespace {

// An index drawn with probabilities softmax(logits / temperature).
int64_t draw(std::span<const float> logits, double temperature, double uniform) {
  double top = *std::max_element(logits.begin(), logits.end());
  std::vector<double> weights;
  double total = 0;
  for (float logit : logits) {
    weights.push_back(std::exp((logit - top) / temperature));
    total += weights.back();
  }
  double rest = uniform * total;
  for (size_t i = 0; i < weights.size(); ++i)
    if ((rest -= weights[i]) < 0) return static_cast<int64_t>(i);
  return static_cast<int64_t>(weights.size()) - 1;
}

}  // namespace

void write_text(const etch::nn::ModuleHandle<etch::nn::models::Gpt>& net, const Settings& settings,
                const Text& text, const std::function<bool(char)>& emit) {
  net->eval();
  auto logits_of = etch::compile(
      [&](etch::Tensor ids) {
        etch::no_grad no_grad;
        return net(ids);
      },
      {.name = "predict", .num_threads = settings.threads});
  uint64_t key = etch::runtime::derive_key(settings.seed, "chargpt.writer");
  std::vector<int64_t> written = {
      std::max<int64_t>(0, static_cast<int64_t>(text.vocabulary.find('\n') + 1) - 1)};
  for (int64_t i = 0; i < settings.generate; ++i) {
    // The last `context` characters; what stands behind them cannot be seen by those before.
    auto length = std::min<int64_t>(static_cast<int64_t>(written.size()), settings.context);
    std::vector<int64_t> ids(written.end() - length, written.end());
    ids.resize(static_cast<size_t>(settings.context), 0);
    std::vector<float> logits =
        logits_of(etch::Tensor::from_data(ids, {1, settings.context})).to_vector<float>();
    auto vocab = static_cast<size_t>(text.vocab());
    std::span<const float> last(logits.data() + static_cast<size_t>(length - 1) * vocab, vocab);
    written.push_back(draw(last, settings.temperature,
                           etch::runtime::random_uniform(key, static_cast<uint64_t>(i))));
    if (!emit(text.vocabulary[static_cast<size_t>(written.back())])) return;
  }
}

}  // namespace chargpt
