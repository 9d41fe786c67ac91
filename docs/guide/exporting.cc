// Exports a model: a program that predicts and one that trains, over one state, in one file.
#include <etch/etch.h>

#include <iostream>

namespace nn = etch::nn;
using etch::Tensor;

struct Classifier : nn::Module {
  nn::Child<nn::Linear> fc1{this, "fc1", {.in_features = 2, .out_features = 32}};
  nn::Child<nn::Linear> fc2{this, "fc2", {.in_features = 32, .out_features = 3}};
  Tensor forward(Tensor x) { return fc2(etch::relu(fc1(x))); }
};

int main() {
  etch::manual_seed(0);
  auto net = nn::make<Classifier>();
  nn::optim::SGD sgd(net->parameters(), {.lr = 0.1, .momentum = 0.9});
  const etch::TensorSpec x = etch::spec(etch::f32, {64, 2}, "x");
  const etch::TensorSpec target = etch::spec(etch::i64, {64}, "target");

  auto train_step = etch::trace(
      [&](Tensor x, Tensor target) {
        sgd.zero_grad();
        Tensor loss = nn::functional::cross_entropy(net(x), target);
        loss.backward();
        sgd.step();
        return loss;
      },
      {x, target}, {"loss"});

  net->eval();
  net->fc1->register_forward_hook([](nn::Module&, nn::InputViews, etch::TensorView) {});
  auto predict =
      etch::trace([&](Tensor x) { return etch::softmax(net(x), -1); }, {x}, {"probabilities"});

  etch::Bundle bundle("points", {"x86-64-v4", "x86-64-v3", "x86-64"});
  bundle.add("predict", predict.value()).add("train_step", train_step.value());
  absl::Status status = bundle.write("points.etch");
  std::cout << status << '\n';
  return status.ok() ? 0 : 1;
}
