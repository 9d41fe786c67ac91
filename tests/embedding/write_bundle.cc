// Writes a bundle, and what its programs compute under the JIT, to the folder of the argument: for
// a process that has no compiler.
#include <iostream>

#include "etch/etch.h"

namespace nn = etch::nn;

namespace {

struct Net : nn::Module {
  nn::Child<nn::Linear> fc1{this, "fc1", {.in_features = 12, .out_features = 32}};
  nn::Child<nn::BatchNorm1d> norm{this, "norm", {.num_features = 32}};
  nn::Child<nn::Dropout> drop{this, "drop", {.p = 0.5}};
  nn::Child<nn::Linear> fc2{this, "fc2", {.in_features = 32, .out_features = 5}};
  etch::Tensor forward(etch::Tensor x) { return fc2(drop(etch::gelu(norm(fc1(x))))); }
};

absl::Status write(const std::string& folder) {
  auto net = nn::make<Net>();
  nn::optim::AdamW adam(net->parameters(), {.lr = 1e-2});
  const std::vector<etch::TensorSpec> batch = {etch::spec(etch::f32, {16, 12}, "x"),
                                               etch::spec(etch::i64, {16}, "target")};
  auto train = etch::trace(
      [&](etch::Tensor x, etch::Tensor target) {
        adam.zero_grad();
        etch::Tensor loss = nn::functional::cross_entropy(net(x), target);
        loss.backward();
        nn::utils::clip_grad_norm_(net->parameters(), 1.0);
        adam.step();
        return loss;
      },
      batch);
  net->eval();
  auto predict = etch::trace([&](etch::Tensor x) { return etch::softmax(net(x), -1); }, {batch[0]});
  absl::Status status = etch::Bundle("device")
                            .add("train_step", train.value())
                            .add("predict", predict.value())
                            .write(folder + "/model.etch");
  if (!status.ok()) return status;

  nn::StateDict expected;
  etch::Tensor target = etch::randint(0, 5, {16});
  expected.insert("target", target);
  etch::Executable step = train->compile().value();
  for (int i = 0; i < 20; ++i) {
    etch::Tensor x = etch::randn({16, 12});
    expected.insert("x." + std::to_string(i), x);
    expected.insert("loss." + std::to_string(i), step.run({x, target}).value()[0]);
  }
  expected.insert("prediction", predict->compile().value().run({expected.at("x.0")}).value()[0]);
  return etch::save_state(expected, folder + "/expected.safetensors");
}

}  // namespace

int main(int argc, char** argv) {
  absl::Status status = write(argc > 1 ? argv[1] : ".");
  if (!status.ok()) std::cerr << status << '\n';
  return status.ok() ? 0 : 1;
}
