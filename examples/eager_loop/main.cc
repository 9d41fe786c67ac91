// The training loop of a PyTorch tutorial, as it stands there: no compile, no graph in sight.
// Tensors are deferred; each iteration is recorded, and from the second on found in the cache of
// compiled programs.
#include <chrono>
#include <cstdio>
#include <exception>
#include <iostream>

#include "../common/spirals.h"
#include "etch/etch.h"

namespace nn = etch::nn;
using etch::Tensor;

constexpr int64_t kArms = 3;

struct NeuralNetwork : nn::Module {
  nn::Child<nn::Sequential> linear_relu_stack{
      this,
      "linear_relu_stack",
      nn::make<nn::Linear>({.in_features = 2, .out_features = 64}),
      nn::make<nn::ReLU>(),
      nn::make<nn::Linear>({.in_features = 64, .out_features = 64}),
      nn::make<nn::ReLU>(),
      nn::make<nn::Linear>({.in_features = 64, .out_features = kArms})};

  Tensor forward(Tensor x) { return linear_relu_stack(x); }
};

using Model = nn::ModuleHandle<NeuralNetwork>;
using Loss = nn::ModuleHandle<nn::CrossEntropyLoss>;

void train(Model& model, Loss& loss_fn, nn::optim::Optimizer& optimizer, int epoch) {
  model->train();
  for (int batch = 0; batch < 100; ++batch) {
    auto [x, y] = examples::spirals(64, kArms, static_cast<uint64_t>(100 * epoch + batch));

    // Compute prediction error
    Tensor pred = model(x);
    Tensor loss = loss_fn(pred, y);

    // Backpropagation
    loss.backward();
    optimizer.step();
    optimizer.zero_grad();

    if (batch % 50 == 0) std::printf("loss: %.4f  [batch %d]\n", loss.item<float>(), batch);
  }
}

double test(Model& model, Loss& loss_fn) {
  auto [x, y] = examples::spirals(1000, kArms, 1'000'000);
  model->eval();
  etch::no_grad no_grad;
  Tensor pred = model(x);
  Tensor right = etch::cast(etch::eq(etch::take_last(pred, y), etch::amax(pred, {1})), etch::f32);
  double accuracy = right.mean().item<float>();
  std::printf("Test: accuracy %.1f %%, average loss %.4f\n\n", 100 * accuracy,
              loss_fn(pred, y).item<float>());
  return accuracy;
}

int main() {
  try {
    etch::manual_seed(0);
    Model model = nn::make<NeuralNetwork>();
    std::cout << model << "\n\n";
    Loss loss_fn = nn::make<nn::CrossEntropyLoss>();
    nn::optim::SGD optimizer(model->parameters(), {.lr = 0.1, .momentum = 0.9});
    double accuracy = 0;
    for (int epoch = 0; epoch < 5; ++epoch) {
      auto start = std::chrono::steady_clock::now();
      std::printf("Epoch %d\n", epoch + 1);
      train(model, loss_fn, optimizer, epoch);
      std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
      std::printf("%.2f ms a batch%s\n", time.count() / 100,
                  epoch == 0 ? ", compiling included" : "");
      accuracy = test(model, loss_fn);
    }
    return accuracy > 0.9 ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "eager_loop: %s\n", error.what());
    return 1;
  }
}
