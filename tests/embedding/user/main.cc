// Defines a model, trains it by a compiled step, and prints what it has learnt: y = 2 x.
#include <etch/etch.h>

#include <cstdio>
namespace nn = etch::nn;

struct Line : nn::Module {
  nn::Child<nn::Linear> fc{this, "fc", {.in_features = 1, .out_features = 1}};
  etch::Tensor forward(etch::Tensor x) { return fc(x); }
};

int main() {
  auto net = nn::make<Line>();
  nn::optim::SGD opt(net->parameters(), {.lr = 0.1});
  auto step = etch::compile([&](etch::Tensor x, etch::Tensor y) {
    opt.zero_grad();
    etch::Tensor loss = nn::functional::mse_loss(net(x), y);
    loss.backward();
    opt.step();
    return loss;
  });
  auto x = etch::Tensor::from_data(std::vector<float>{-1, 0, 1, 2}, {4, 1});
  for (int i = 0; i < 200; ++i) step(x, 2 * x);
  std::printf("f(3) = %.3f\n", net(etch::full({1, 1}, 3.0)).item<float>());
}
