// A multilayer perceptron with all that goes around one: a compiled training step, a hook that is
// part of the graph, a tap that watches values, weights saved and loaded.
#include <cstdio>
#include <exception>
#include <filesystem>
#include <iostream>
#include <stdexcept>

#include "../common/spirals.h"
#include "etch/etch.h"

namespace nn = etch::nn;
using etch::Tensor;

constexpr int64_t kArms = 4;

struct Mlp : nn::Module {
  int64_t hidden;
  nn::Child<nn::Linear> fc1{this, "fc1", {.in_features = 2, .out_features = hidden}};
  nn::Child<nn::Dropout> drop{this, "drop", {.p = 0.1}};
  nn::Child<nn::Linear> fc2{this, "fc2", {.in_features = hidden, .out_features = hidden}};
  nn::Child<nn::Linear> out{this, "out", {.in_features = hidden, .out_features = kArms}};
  explicit Mlp(int64_t hidden) : hidden(hidden) {}

  Tensor forward(Tensor x) {
    x = drop(etch::relu(fc1(x)));
    return out(etch::relu(fc2(x)));
  }
};

double accuracy(const nn::ModuleHandle<Mlp>& net) {
  auto [x, target] = examples::spirals(1000, kArms, 1'000'000);
  net->eval();
  etch::no_grad no_grad;
  Tensor logits = net(x);
  Tensor right = etch::eq(etch::take_last(logits, target), etch::amax(logits, {1}));
  double result = etch::cast(right, etch::f32).mean().item<float>();
  net->train();
  return result;
}

void run(const std::string& file) {
  etch::manual_seed(0);
  auto net = nn::make<Mlp>(96);
  std::cout << net << "\n" << net->num_parameters() << " parameters\n\n";

  // Part of the graph: what the layer gives is bounded, in training and afterwards.
  net->fc1->register_forward_hook(
      [](nn::Module&, nn::Inputs, Tensor out) { return etch::clamp(out, -6, 6); });
  // A tap: sees the values of each run, changes nothing.
  double norm = 0;
  nn::HookHandle watch = net->fc2->register_forward_hook(
      [&](nn::Module&, nn::InputViews, etch::TensorView out) { norm = out.norm(); });

  nn::optim::AdamW optimizer(net->parameters(), {.lr = 3e-3});
  auto step = etch::compile(
      [&](Tensor x, Tensor target) {
        optimizer.zero_grad();
        Tensor loss = nn::functional::cross_entropy(net(x), target);
        loss.backward();
        nn::utils::clip_grad_norm_(net->parameters(), 1.0);
        optimizer.step();
        return loss;
      },
      {.name = "train_step"});
  for (int i = 0; i < 1000; ++i) {
    if (i == 800) optimizer.set_lr(3e-4);  // compiles nothing
    auto [x, target] = examples::spirals(128, kArms, static_cast<uint64_t>(i));
    double loss = step(x, target).item<float>();
    if (i % 200 == 0) std::printf("step %4d  loss %.3f  |fc2| %.1f\n", i, loss, norm);
  }
  watch.remove();
  std::cout << '\n' << step.explain() << '\n';

  double trained = accuracy(net);
  if (absl::Status status = etch::save_state(net, file); !status.ok())
    throw std::runtime_error(std::string(status.message()));
  auto copy = nn::make<Mlp>(96);
  copy->fc1->register_forward_hook(
      [](nn::Module&, nn::Inputs, Tensor out) { return etch::clamp(out, -6, 6); });
  copy->load_state_dict(etch::load_state(file).value());
  double loaded = accuracy(copy);
  std::printf("accuracy %.1f %%, of the model loaded from %s %.1f %%\n", 100 * trained,
              file.c_str(), 100 * loaded);
  if (trained < 0.9 || loaded != trained) throw std::runtime_error("the model did not learn");
}

int main(int argc, char** argv) {
  try {
    run(argc > 1 ? argv[1] : (std::filesystem::temp_directory_path() / "mlp.safetensors").string());
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "mlp: %s\n", error.what());
    return 1;
  }
}
