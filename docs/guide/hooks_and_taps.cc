// Hooks that change what is computed, and taps that look at it.
#include <etch/etch.h>

#include <cstdio>
#include <map>
#include <string>

namespace nn = etch::nn;
using etch::Tensor;
using etch::TensorView;

struct Net : nn::Module {
  nn::Child<nn::Linear> fc1{this, "fc1", {.in_features = 4, .out_features = 16}};
  nn::Child<nn::Linear> fc2{this, "fc2", {.in_features = 16, .out_features = 1}};
  Tensor forward(Tensor x) { return fc2(etch::tanh(fc1(x))); }
};

int main() {
  etch::manual_seed(0);
  auto net = nn::make<Net>();
  auto step = etch::compile([&](Tensor x) {
    net->zero_grad();
    Tensor loss = etch::mean(etch::square(net(x)));
    loss.backward();
    return loss;
  });
  Tensor x = 10 * etch::ones({8, 4});

  // A graph hook takes tensors: it is recorded, and what it returns replaces the output.
  nn::HookHandle clip = net->fc1->register_forward_hook(
      [](nn::Module&, nn::Inputs, Tensor out) { return etch::clamp(out, -1, 1); });

  // A tap takes views: it gets the values of every run, and changes nothing.
  nn::HookHandle watch =
      net->fc1->register_forward_hook([](nn::Module&, nn::InputViews, TensorView out) {
        std::printf("fc1 gives %.2f to %.2f\n", out.min(), out.max());
      });
  step(x);
  step(x);
  clip.remove();
  step(x);
  std::printf("%d programs\n", static_cast<int>(step.num_compilations()));
  watch.remove();

  // Gradients by layer: a hook on each parameter, here a tap.
  std::map<std::string, double> norms;
  for (auto& [name, parameter] : net->named_parameters())
    parameter.register_hook([&norms, name = name](TensorView grad) { norms[name] = grad.norm(); });

  // A hook on the output of one layer, whatever is computed from it: halves what flows back.
  net->fc1->register_forward_hook([](nn::Module&, nn::Inputs, Tensor out) {
    out.register_hook([](Tensor grad) { return 0.5 * grad; });
  });
  step(x);
  for (auto& [name, norm] : norms) std::printf("|d %s| %s 0\n", name.c_str(), norm > 0 ? ">" : "=");
}
