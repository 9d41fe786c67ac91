// Finds the module that makes a value no number, and writes the program down for `etch dump`.
#include <etch/etch.h>

#include <cstdio>
#include <iostream>
#include <string>

namespace nn = etch::nn;
using etch::Tensor;
using etch::TensorView;

struct Log : nn::Module {
  Tensor forward(Tensor x) { return etch::log(x); }  // of negative numbers too
};

struct Net : nn::Module {
  nn::Child<nn::Linear> fc1{this, "fc1", {.in_features = 8, .out_features = 8}};
  nn::Child<Log> log{this, "log"};
  nn::Child<nn::Linear> fc2{this, "fc2", {.in_features = 8, .out_features = 2}};
  Tensor forward(Tensor x) { return fc2(log(fc1(x))); }
};

int main() {
  etch::manual_seed(0);
  auto net = nn::make<Net>();
  auto program = etch::trace([&](Tensor x) { return net(x); }, {etch::spec(etch::f32, {4, 8})});
  if (absl::Status status = program->save("net.mlir"); !status.ok()) std::cout << status << '\n';

  auto predict = etch::compile([&](Tensor x) { return net(x); });

  std::string culprit;
  for (auto& [name, module] : net->named_modules())
    module->register_forward_hook(
        [&culprit, name = name](nn::Module&, nn::InputViews in, TensorView out) {
          if (in[0].all_finite() && !out.all_finite() && culprit.empty()) culprit = name;
        });
  for (int i = 1; i <= 2; ++i) predict(etch::randn({4 * i, 8}));
  std::printf("the first to make no number: %s\n", culprit.c_str());
  std::cout << predict.explain() << '\n';
}
