// Runs a published model in full size on weights and inputs that zoo.py wrote, compares its results
// with PyTorch's, and says what compiling and running took.
// Usage: etch_zoo_compare MODEL FOLDER [train]
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <map>
#include <stdexcept>

#include "etch/etch.h"
#include "etch/nn/models/bert.h"
#include "etch/nn/models/gpt2.h"
#include "etch/nn/models/mobilenet.h"
#include "etch/nn/models/resnet.h"
#include "etch/nn/models/vit.h"

namespace {

namespace nn = etch::nn;
namespace models = etch::nn::models;
using etch::Tensor;

// A model that maps one tensor to one.
struct Model {
  std::shared_ptr<nn::Module> module;
  std::function<Tensor(const Tensor&)> call;
};

template <typename M>
Model as_model(nn::ModuleHandle<M> net) {
  return {net.shared(), [net](const Tensor& x) mutable { return net(x); }};
}

const std::map<std::string, std::function<Model()>>& makers() {
  static const std::map<std::string, std::function<Model()>> all = {
      {"gpt2", [] { return as_model(nn::make<models::Gpt2>({.dropout = 0})); }},
      {"bert", [] { return as_model(nn::make<models::BertForMaskedLM>({.dropout = 0})); }},
      {"resnet18", [] { return as_model(nn::make<models::ResNet>(models::resnet18())); }},
      {"resnet50", [] { return as_model(nn::make<models::ResNet>(models::resnet50())); }},
      {"mobilenet_v2", [] { return as_model(nn::make<models::MobileNetV2>({.dropout = 0})); }},
      {"vit_b_16", [] { return as_model(nn::make<models::Vit>({})); }},
  };
  return all;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// The largest difference, for the root mean square of what is expected.
double relative_error(const Tensor& actual, const Tensor& expected) {
  if (actual.shape() != expected.shape())
    throw std::runtime_error("shape " + actual.shape().to_string() + ", expected " +
                             expected.shape().to_string());
  auto a = actual.to_vector<float>(), e = expected.to_vector<float>();
  double worst = 0, square = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    double difference = std::abs(static_cast<double>(a[i]) - e[i]);
    if (!(difference <= worst)) worst = difference;  // NaN too
    square += static_cast<double>(e[i]) * e[i];
  }
  return worst / std::sqrt(square / static_cast<double>(a.size()));
}

int compare(const std::string& name, const std::string& folder, bool train) {
  auto start = std::chrono::steady_clock::now();
  Model model = makers().at(name)();
  std::printf("%s: %lld parameters, %zu entries, made in %.1f s\n", name.c_str(),
              static_cast<long long>(model.module->num_parameters()),
              model.module->state_dict().size(), seconds_since(start));
  start = std::chrono::steady_clock::now();
  model.module->load_state_dict(etch::load_state(folder + "/" + name + ".pt").value());
  std::printf("  weights loaded in %.1f s\n", seconds_since(start));

  nn::StateDict values = etch::load_state(folder + "/" + name + ".npz").value();
  Tensor x = values.at("x");
  model.module->eval();
  auto predict = etch::compile([&](Tensor input) { return model.call(input); });
  start = std::chrono::steady_clock::now();
  double error = relative_error(predict(x), values.at("y"));
  double first = seconds_since(start);
  start = std::chrono::steady_clock::now();
  predict(x).view();
  std::printf("  predict: first call %.1f s, second %.3f s, error %.2g\n", first,
              seconds_since(start), error);
  bool good = error < 1e-4;
  if (train) {
    model.module->train();
    nn::optim::SGD sgd(model.module->parameters(), {.lr = 0});
    auto step = etch::compile([&](Tensor input, Tensor target) {
      sgd.zero_grad();
      Tensor y = model.call(input);
      Tensor loss = nn::functional::cross_entropy(y.reshape({-1, y.size(-1)}), target);
      loss.backward();
      sgd.step();
      return loss;
    });
    start = std::chrono::steady_clock::now();
    double loss = step(x, values.at("target")).item<float>();
    first = seconds_since(start);
    start = std::chrono::steady_clock::now();
    step(x, values.at("target")).item<float>();
    double expected = values.at("loss").item<float>();
    std::printf("  train step: first call %.1f s, second %.3f s, loss %.6f, PyTorch's %.6f\n",
                first, seconds_since(start), loss, expected);
    good = good && std::abs(loss - expected) < 1e-4 * std::abs(expected);
  }
  return good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3) {
    std::fprintf(stderr, "usage: etch_zoo_compare MODEL FOLDER [train]; the models are:");
    for (const auto& [name, make] : makers()) std::fprintf(stderr, " %s", name.c_str());
    std::fprintf(stderr, "\n");
    return 2;
  }
  return compare(argv[1], argv[2], argc > 3);
} catch (const std::exception& error) {
  std::fprintf(stderr, "etch_zoo_compare: %s\n", error.what());
  return 1;
}
