// How gradients flow through a deep network, layer by layer: forward hooks that register tensor
// hooks on outputs, hooks on parameters, and taps. With sigmoids between ten layers the gradient of
// the first is a millionth of that of the last; with ReLU and Kaiming's initialization they are
// alike.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "../common/spirals.h"
#include "etch/etch.h"

namespace nn = etch::nn;
using etch::Tensor;
using etch::TensorView;

constexpr int64_t kArms = 3, kWidth = 32, kLayers = 10;

template <typename Activation>
nn::ModuleHandle<nn::Sequential> deep_network() {
  auto net = nn::make<nn::Sequential>();
  for (int64_t i = 0; i < kLayers; ++i) {
    net->append(nn::make<nn::Linear>(
        {.in_features = i == 0 ? 2 : kWidth, .out_features = i + 1 < kLayers ? kWidth : kArms}));
    if (i + 1 < kLayers) net->append(nn::make<Activation>());
  }
  return net;
}

// What is noted of a layer in each step: running sums of means.
struct Flow {
  double activation = 0, gradient = 0, weight_gradient = 0;
  int steps = 0;
};

double mean_abs(const TensorView& view) {
  double sum = 0;
  for (int64_t i = 0; i < view.num_elements(); ++i) sum += std::abs(view.at(i));
  return sum / static_cast<double>(view.num_elements());
}

// Watches every Linear of `net`; the handles take the hooks off again.
std::vector<nn::HookHandle> watch(nn::Module& net, std::map<std::string, Flow>& flows) {
  std::vector<nn::HookHandle> handles;
  for (auto& [name, module] : net.named_modules()) {
    auto* linear = module->as<nn::Linear>();
    if (linear == nullptr) continue;
    Flow& flow = flows[name];
    handles.push_back(
        linear->register_forward_hook([&flow](nn::Module&, nn::InputViews, TensorView out) {
          flow.activation += mean_abs(out);
          ++flow.steps;
        }));
    // A hook that registers a hook: on the output of this call, wherever it goes.
    handles.push_back(linear->register_forward_hook([&flow](nn::Module&, nn::Inputs, Tensor out) {
      out.register_hook([&flow](TensorView grad) { flow.gradient += mean_abs(grad); });
    }));
    handles.push_back(linear->weight.register_hook(
        [&flow](TensorView grad) { flow.weight_gradient += mean_abs(grad); }));
  }
  return handles;
}

// Trains for a moment and prints what was seen. Returns the gradient that reaches the first layer
// as a share of the last's.
template <typename Activation>
double show(const char* title) {
  etch::manual_seed(0);
  auto net = deep_network<Activation>();
  net->apply([](nn::Module& module) {
    if (auto* linear = module.as<nn::Linear>()) nn::init::kaiming_uniform_(linear->weight);
  });
  nn::optim::SGD optimizer(net->parameters(), {.lr = 0.01});
  std::map<std::string, Flow> flows;
  std::vector<nn::HookHandle> handles = watch(*net, flows);
  auto step = etch::compile([&](Tensor x, Tensor target) {
    optimizer.zero_grad();
    Tensor loss = nn::functional::cross_entropy(net(x), target);
    loss.backward();
    optimizer.step();
    return loss;
  });
  for (uint64_t batch = 0; batch < 20; ++batch) {
    auto [x, target] = examples::spirals(64, kArms, batch);
    step(x, target);
  }

  std::printf("%s\n  layer  mean |output|  mean |d output|  mean |d weight|\n", title);
  for (auto& [name, module] : net->named_modules()) {
    if (!flows.contains(name)) continue;
    const Flow& flow = flows[name];
    std::printf("  %-5s %14.4f %16.2e %16.2e\n", name.c_str(), flow.activation / flow.steps,
                flow.gradient / flow.steps, flow.weight_gradient / flow.steps);
  }
  for (nn::HookHandle& handle : handles) handle.remove();
  double share = flows["0"].gradient / flows[std::to_string(2 * kLayers - 2)].gradient;
  std::printf("  The first layer gets %.1e of what the last gets.\n\n", share);
  return share;
}

int main() {
  try {
    double sigmoid = show<nn::Sigmoid>("Sigmoids: the gradient vanishes on its way back");
    double relu = show<nn::ReLU>("ReLU: it arrives");
    if (!(sigmoid < 1e-3 && relu > 1e-2)) {
      std::cerr << "gradient_flow: the gradients are not what the titles say\n";
      return 1;
    }
  } catch (const std::exception& error) {
    std::cerr << "gradient_flow: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
