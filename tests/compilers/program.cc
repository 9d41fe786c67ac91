// Trains a small model whose expressions leave the order of evaluation to the compiler (draws of
// random numbers, writes of state and losses stand in operands of one another), and prints digests
// of all that came out. run.sh builds it with several compilers: they must print the same.
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <string>

#include "etch/etch.h"

namespace nn = etch::nn;
namespace F = etch::nn::functional;

struct Net : nn::Module {
  nn::Child<nn::Conv2d> conv{this, "conv", {.in_channels = 2, .out_channels = 4, .kernel_size = 3}};
  nn::Child<nn::BatchNorm2d> norm{this, "norm", 4};
  nn::Child<nn::Dropout> left{this, "left", 0.25}, right{this, "right", 0.5};
  nn::Child<nn::Linear> head{this, "head", {.in_features = 4, .out_features = 3}};
  nn::Child<nn::Linear> gate{this, "gate", {.in_features = 4, .out_features = 3}};
  nn::Child<nn::LSTM> lstm{this, "lstm", {.input_size = 4, .hidden_size = 4}};
  nn::Buffer h{this, "h", etch::zeros({1, 2, 4})}, c{this, "c", etch::zeros({1, 2, 4})};

  // Carries the state of the sequences on: calls in one expression would race for it.
  etch::Tensor remember(etch::Tensor x) {  // [t, 2, 4]
    auto [y, last] = lstm(left(x) - right(x), nn::LstmState{h, c});
    h = last.h.detach();
    c = last.c.detach();
    return y;
  }

  etch::Tensor forward(etch::Tensor x) {
    etch::Tensor y = F::relu(norm(conv(x))) + F::dropout(conv(x), 0.1) * norm(conv(x));
    etch::Tensor z = etch::mean(y, {2, 3});
    return head(left(z) + right(z)) * F::sigmoid(gate(left(z))) + gate(right(z)) * head(left(z));
  }
};

uint64_t digest(const etch::Tensor& t) {
  etch::TensorView view = t.view();
  const auto* bytes = static_cast<const unsigned char*>(view.data);
  uint64_t hash = 1469598103934665603u;
  for (int64_t i = 0; i < view.size_bytes(); ++i) hash = (hash ^ bytes[i]) * 1099511628211u;
  return hash;
}

void print(const std::string& name, const etch::Tensor& t) {
  std::printf("%s %016" PRIx64 "\n", name.c_str(), digest(t));
}

int main() {
  etch::manual_seed(5);
  auto net = nn::make<Net>();
  nn::optim::AdamW optimizer(net->parameters(), {.lr = 0.01});
  etch::Tensor memory = etch::randn({5, 2, 4});
  auto step = etch::compile(
      [&](etch::Tensor x, etch::Tensor target) {
        optimizer.zero_grad();
        etch::Tensor loss = F::cross_entropy(net(x), target) + F::mse_loss(net(x), net(x) * 0.5);
        etch::Tensor y = net->remember(memory);
        loss = loss + F::mse_loss(y, F::dropout(y, 0.5) * F::dropout(y, 0.25));
        loss.backward();
        optimizer.step();
        return loss;
      },
      {.num_threads = 1});
  etch::Tensor x = etch::randn({3, 2, 5, 5}) + etch::rand({3, 2, 5, 5});
  etch::Tensor target = etch::randint(0, 3, {3});
  for (int i = 0; i < 3; ++i) print("loss", step(x, target));
  for (auto& [name, value] : net->state_dict()) print(name, value);
  for (auto& [name, value] : net->named_random_states()) print(name, value);
  print("draws", etch::rand({4}) - etch::rand({4}));
}
