// Training: a loader, one compiled step, a schedule, a checkpoint to go on from.
#include <etch/etch.h>

#include <cstdio>
#include <stdexcept>
#include <string>

#include "../../examples/common/spirals.h"

namespace nn = etch::nn;
using etch::Tensor;

constexpr int64_t kEpochs = 20, kBatch = 100;

struct Classifier : nn::Module {
  nn::Child<nn::Linear> fc1{this, "fc1", {.in_features = 2, .out_features = 64}};
  nn::Child<nn::Dropout> drop{this, "drop", {.p = 0.1}};
  nn::Child<nn::Linear> fc2{this, "fc2", {.in_features = 64, .out_features = 64}};
  nn::Child<nn::Linear> out{this, "out", {.in_features = 64, .out_features = 3}};
  Tensor forward(Tensor x) { return out(etch::relu(fc2(drop(etch::relu(fc1(x)))))); }
};

double accuracy(nn::ModuleHandle<Classifier>& net) {
  auto [x, target] = examples::spirals(1000, 3, 1);
  net->eval();
  etch::no_grad no_grad;
  Tensor right = etch::eq(etch::argmax(net(x), 1), target);
  double result = etch::cast(right, etch::f32).mean().item<float>();
  net->train();
  return result;
}

int main(int argc, char** argv) {
  const int64_t last_epoch = argc > 1 ? std::stoll(argv[1]) : kEpochs;
  etch::manual_seed(0);
  auto net = nn::make<Classifier>();
  nn::optim::AdamW adam(net->parameters(), {.lr = 1e-2});
  nn::optim::CosineAnnealingLR schedule(adam, {.t_max = kEpochs});

  auto [points, arms] = examples::spirals(3000, 3, 0);
  nn::data::DataLoader loader(nn::data::TensorDataset(points, arms),
                              {.batch_size = kBatch, .shuffle = true, .seed = 1});

  auto step = etch::compile([&](Tensor x, Tensor target) {
    adam.zero_grad();
    Tensor loss = nn::functional::cross_entropy(net(x), target);
    loss.backward();
    nn::utils::clip_grad_norm_(net->parameters(), 1.0);
    adam.step();
    return loss;
  });

  nn::TrainingState training;
  training.add("model", net).add("optimizer", adam).add("schedule", schedule).add("data", loader);
  nn::CheckpointFolder checkpoints("spirals", {.keep_last = 2});
  int64_t epoch = 0;
  if (auto progress = checkpoints.restore_latest(training); progress.ok()) epoch = progress->step;
  std::printf("from epoch %d\n", static_cast<int>(epoch));

  for (; epoch < last_epoch; ++epoch) {
    for (auto [x, target] : loader) step(x, target);
    schedule.step();
    if (absl::Status status = checkpoints.save(training, {.step = epoch + 1}); !status.ok())
      throw std::runtime_error(std::string(status.message()));
  }
  std::printf("accuracy %.0f %%, %d program\n", 100 * accuracy(net),
              static_cast<int>(step.num_compilations()));
}
