// A first model: declared, printed, called, compiled.
#include <etch/etch.h>

#include <iostream>

namespace nn = etch::nn;
using etch::Tensor;

// Parts are members. They register themselves with `this`, under their names.
struct Mlp : nn::Module {
  int64_t hidden;
  nn::Child<nn::Linear> fc1{this, "fc1", {.in_features = 4, .out_features = hidden}};
  nn::Child<nn::Linear> fc2{this, "fc2", {.in_features = hidden, .out_features = 3}};

  explicit Mlp(int64_t hidden) : hidden(hidden) {}

  Tensor forward(Tensor x) { return fc2(etch::relu(fc1(x))); }
};

int main() {
  etch::manual_seed(0);
  auto net = nn::make<Mlp>(8);
  std::cout << net << '\n';
  for (auto& [name, parameter] : net->named_parameters())
    std::cout << name << ' ' << parameter.shape() << '\n';

  Tensor y = etch::softmax(net(etch::ones({2, 4})), -1);  // records; shapes are known
  std::cout << y.shape() << ' ' << y.dtype() << '\n';
  std::cout << y << '\n';  // reads: compiles what was recorded, and runs it

  auto predict = etch::compile([&](Tensor x) { return etch::softmax(net(x), -1); });
  for (int i = 0; i < 3; ++i) predict(etch::randn({2, 4}));
  predict(etch::randn({64, 4}));
  std::cout << predict.num_compilations() << " programs for 4 calls\n";

  try {
    net(etch::ones({2, 5}));
  } catch (const etch::Error& error) {
    std::cout << error.what() << '\n';
  }
}
