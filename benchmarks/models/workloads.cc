#include "etch/benchmarks/models/workloads.h"

#include <map>
#include <memory>
#include <utility>

#include "etch/etch.h"
#include "etch/nn/models/lenet.h"
#include "etch/nn/models/mlp.h"
#include "etch/nn/models/mobilenet.h"
#include "etch/nn/models/resnet.h"
#include "etch/nn/models/transformer.h"
#include "etch/nn/models/vit.h"

namespace etch::benchmarks {
namespace {

namespace F = nn::functional;
namespace models = nn::models;

using Maker = std::function<absl::StatusOr<Call>(int threads)>;

template <typename Net>
absl::StatusOr<Call> predict(Net net, const Tensor& x, int threads) {
  net->eval();
  return bind_program([net](const Tensor& input) mutable { return net(input); }, x,
                      {.num_threads = threads});
}

template <typename Optimizer, typename Net>
absl::StatusOr<Call> train(Net net, typename Optimizer::Options options, const Tensor& x,
                           const Tensor& target, int threads) {
  net->train();
  auto optimizer = std::make_shared<Optimizer>(net->parameters(), options);
  etch::eval(x);
  etch::eval(target);
  auto step = compile(
      [net, optimizer](Tensor input, Tensor wanted) mutable {
        optimizer->zero_grad();
        Tensor y = net(input);
        Tensor loss = F::cross_entropy(y.reshape({-1, y.size(-1)}), wanted);
        loss.backward();
        optimizer->step();
        return loss;
      },
      {.name = "train_step", .num_threads = threads});
  return [step, x, target]() mutable { (void)step(x, target).template item<float>(); };
}

auto bert() {
  return nn::make<models::Transformer>({.vocab = 30522,
                                        .context = 512,
                                        .dim = 768,
                                        .heads = 12,
                                        .layers = 12,
                                        .causal = false,
                                        .pre_norm = false,
                                        .head = false});
}

auto gpt2() {
  return nn::make<models::Transformer>(
      {.vocab = 50257, .context = 1024, .dim = 768, .heads = 12, .layers = 12});
}

// A token a call, after a prompt of 128; the 128 positions after it are generated again and again.
// benchmarks/decode compares it with reading the weights.
absl::StatusOr<Call> generate(nn::ModuleHandle<models::Transformer> net, int threads) {
  constexpr int64_t kPrompt = 128, kTokens = 128;
  net->eval();
  auto memory =
      nn::make<models::TransformerMemory>({.model = net->options(), .capacity = kPrompt + kTokens});
  auto next = compile(
      [net, memory](const Tensor& ids) mutable {
        Tensor logits = net->extend(ids, *memory.get());
        return argmax(slice(logits, 1, ids.size(1) - 1, ids.size(1)), -1);
      },
      {.name = "next", .num_threads = threads});
  no_grad guard;
  Tensor token = next(randint(0, net->options().vocab, {1, kPrompt}));
  etch::eval(token);
  return [next, memory, token, left = kTokens]() mutable {
    no_grad guard;
    if (left-- == 0) {
      memory->length = full({}, static_cast<double>(kPrompt), i64);
      left = kTokens - 1;
    }
    token = next(token);
    etch::eval(token);
  };
}

Tensor image(int64_t batch) { return randn({batch, 3, 224, 224}); }

const std::vector<std::pair<std::string, Maker>>& workloads() {
  static const std::vector<std::pair<std::string, Maker>> all = {
      {"mlp_b1",
       [](int t) {
         return predict(nn::make<models::Mlp>({}), randn({1, 784}), t);
       }},
      {"mlp_b64",
       [](int t) {
         return predict(nn::make<models::Mlp>({}), randn({64, 784}), t);
       }},
      {"resnet18",
       [](int t) { return predict(nn::make<models::ResNet>(models::resnet18()), image(1), t); }},
      {"resnet50",
       [](int t) { return predict(nn::make<models::ResNet>(models::resnet50()), image(1), t); }},
      {"mobilenet_v2",
       [](int t) { return predict(nn::make<models::MobileNetV2>({}), image(1), t); }},
      {"vit_b_16", [](int t) { return predict(nn::make<models::Vit>({}), image(1), t); }},
      {"bert_base_s128",
       [](int t) {
         return predict(bert(), randint(0, 30522, {1, 128}), t);
       }},
      {"gpt2_s128",
       [](int t) {
         return predict(gpt2(), randint(0, 50257, {1, 128}), t);
       }},
      {"gpt2_decode", [](int t) { return generate(gpt2(), t); }},
      {"tinygpt",
       [](int t) {
         return predict(nn::make<models::Transformer>({}), randint(0, 256, {8, 128}), t);
       }},
      {"train_mlp",
       [](int t) {
         return train<nn::optim::SGD>(nn::make<models::Mlp>({}), {.lr = 0.1, .momentum = 0.9},
                                      randn({64, 784}), randint(0, 10, {64}), t);
       }},
      {"train_lenet",
       [](int t) {
         return train<nn::optim::Adam>(nn::make<models::LeNet>({}), {.lr = 1e-3}, randn({64, 1, 28, 28}),
                                       randint(0, 10, {64}), t);
       }},
      {"train_tinygpt",
       [](int t) {
         return train<nn::optim::AdamW>(nn::make<models::Transformer>({}), {.lr = 1e-3},
                                        randint(0, 256, {8, 128}), randint(0, 256, {8 * 128}), t);
       }},
      {"train_resnet18",
       [](int t) {
         return train<nn::optim::SGD>(nn::make<models::ResNet>(models::resnet18()),
                                      {.lr = 0.1, .momentum = 0.9}, image(4), randint(0, 1000, {4}),
                                      t);
       }},
  };
  return all;
}

}  // namespace

std::vector<std::string> workload_names() {
  std::vector<std::string> names;
  for (const auto& [name, maker] : workloads()) names.push_back(name);
  return names;
}

absl::StatusOr<Call> make_workload(const std::string& name, int threads) {
  for (const auto& [known, maker] : workloads())
    if (known == name) return maker(threads);
  return absl::NotFoundError("there is no workload " + name);
}

}  // namespace etch::benchmarks
