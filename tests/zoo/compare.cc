// Runs a published model in full size on weights and inputs that zoo.py wrote, compares its results
// with PyTorch's, and says what compiling and running took.
// Usage: etch_zoo_compare MODEL FOLDER [THREADS [profile]]
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <sstream>
#include <stdexcept>

#include "etch/etch.h"
#include "etch/nn/models/bert.h"
#include "etch/nn/models/gpt2.h"
#include "etch/nn/models/mlp.h"
#include "etch/nn/models/mobilenet.h"
#include "etch/nn/models/resnet.h"
#include "etch/nn/models/transformer.h"
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

models::TransformerOptions bert_base() {
  return {.vocab = 30522,
          .context = 512,
          .dim = 768,
          .heads = 12,
          .layers = 12,
          .causal = false,
          .pre_norm = false,
          .head = false};
}

models::TransformerOptions gpt2_small() {
  return {.vocab = 50257, .context = 1024, .dim = 768, .heads = 12, .layers = 12};
}

const std::map<std::string, std::function<Model()>>& makers() {
  static const std::map<std::string, std::function<Model()>> all = {
      {"gpt2", [] { return as_model(nn::make<models::Gpt2>({.dropout = 0})); }},
      {"bert", [] { return as_model(nn::make<models::BertForMaskedLM>({.dropout = 0})); }},
      {"resnet18", [] { return as_model(nn::make<models::ResNet>(models::resnet18())); }},
      {"resnet50", [] { return as_model(nn::make<models::ResNet>(models::resnet50())); }},
      {"mobilenet_v2", [] { return as_model(nn::make<models::MobileNetV2>({.dropout = 0})); }},
      {"vit_b_16", [] { return as_model(nn::make<models::Vit>({})); }},
      {"mlp_b1", [] { return as_model(nn::make<models::Mlp>({})); }},
      {"mlp_b64", [] { return as_model(nn::make<models::Mlp>({})); }},
      {"bert_base_s128", [] { return as_model(nn::make<models::Transformer>(bert_base())); }},
      {"gpt2_s128", [] { return as_model(nn::make<models::Transformer>(gpt2_small())); }},
      {"tinygpt", [] { return as_model(nn::make<models::Transformer>({})); }},
  };
  return all;
}

double seconds(const std::function<void()>& work) {
  auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median_seconds(int runs, const std::function<void()>& work) {
  std::vector<double> times;
  for (int i = 0; i < runs; ++i) times.push_back(seconds(work));
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

struct Difference {
  double worst = 0;            // of one element
  double square = 0;           // summed
  double expected_square = 0;  // summed
  double count = 0;

  double worst_relative() const { return worst / std::sqrt(expected_square / count); }
};

Difference difference(const Tensor& actual, const Tensor& expected) {
  if (actual.shape() != expected.shape())
    throw std::runtime_error("shape " + actual.shape().to_string() + ", expected " +
                             expected.shape().to_string());
  auto a = actual.to(etch::f32).to_vector<float>(), e = expected.to_vector<float>();
  Difference result;
  result.count = static_cast<double>(a.size());
  for (size_t i = 0; i < a.size(); ++i) {
    double d = std::abs(static_cast<double>(a[i]) - e[i]);
    if (!(d <= result.worst)) result.worst = d;  // NaN too
    result.square += d * d;
    result.expected_square += static_cast<double>(e[i]) * e[i];
  }
  return result;
}

constexpr double kTolerance = 1e-4;

// Of a compiled function: what tracing, compiling and memory took.
void print_compilation(const std::string& explained) {
  std::istringstream lines(explained);
  for (std::string line; std::getline(lines, line);)
    if (line.find("traced") != std::string::npos || line.find("arena") != std::string::npos ||
        line.find(" calls of ") != std::string::npos)
      std::printf("%s\n", line.c_str());
}

// Compares the results of a function of PyTorch's with ours of the same names.
class Comparison {
 public:
  explicit Comparison(nn::StateDict expected) : expected_(std::move(expected)) {}

  Tensor expected(const std::string& name) const { return expected_.at(name); }

  // The largest difference, for the root mean square of what is expected.
  void output(const Tensor& y) { judge("output", difference(y, expected("y")).worst_relative()); }

  void loss(double actual) {
    double loss = expected("loss").item<float>();
    judge("loss", std::abs(actual - loss) / std::abs(loss));
  }

  // A mean is measured by the standard deviation.
  void running_statistics(nn::Module& module) {
    double worst = 0;
    for (const auto& [name, buffer] : module.named_buffers()) {
      if (!is_floating(buffer.dtype())) continue;
      Difference d = difference(buffer, expected("buffer." + name));
      double error = d.worst_relative();
      constexpr std::string_view kMean = "mean";
      if (name.ends_with(kMean)) {
        std::string variance = name.substr(0, name.size() - kMean.size()) + "var";
        error = d.worst / std::sqrt(etch::mean(expected("buffer." + variance)).item<float>());
      }
      worst = std::max(worst, error);
    }
    judge("running statistics", worst);
  }

  // The length of the difference, for the length of the gradient. A gradient that is zero but for
  // rounding, as a bias before a normalization has, is measured by the length of all.
  void gradients(nn::Module& module, double tolerance) {
    double total = 0, worst = 0;
    std::string where;
    std::vector<std::pair<std::string, Difference>> all;
    for (const auto& [name, p] : module.named_parameters()) {
      all.emplace_back(name, difference(p.grad(), expected("grad." + name)));
      total += all.back().second.expected_square;
    }
    for (const auto& [name, d] : all) {
      double error = std::sqrt(d.square / std::max(d.expected_square, 1e-8 * total));
      if (error > worst || std::isnan(error)) worst = error, where = name;
    }
    judge("gradients (worst: " + where + ")", worst, tolerance);
  }

  // How far PyTorch's gradients in f32 are from those in f64.
  double rounding() const { return expected("rounding").item<float>(); }

  bool good() const { return good_; }

 private:
  void judge(const std::string& what, double error, double tolerance = kTolerance) {
    bool good = error < tolerance;
    std::printf("    %s: error %.1e%s\n", what.c_str(), error, good ? "" : ": TOO LARGE");
    good_ = good_ && good;
  }

  nn::StateDict expected_;
  bool good_ = true;
};

int compare(const std::string& name, const std::string& folder, int threads, bool profile) {
  Model model;
  double made = seconds([&] { model = makers().at(name)(); });
  double loaded = seconds([&] {
    model.module->load_state_dict(etch::load_state(folder + "/" + name + ".pt").value());
  });
  std::printf("  %lld parameters, made in %.2f s, loaded in %.2f s\n",
              static_cast<long long>(model.module->num_parameters()), made, loaded);
  Comparison comparison(etch::load_state(folder + "/" + name + ".npz").value());
  Tensor x = comparison.expected("x"), target = comparison.expected("target");

  etch::CompileOptions options{.num_threads = threads, .profile = profile};
  model.module->eval();
  auto predict = etch::compile([&](Tensor input) { return model.call(input); }, options);
  comparison.output(predict(x));
  std::printf("  predict: %.1f ms\n", 1e3 * median_seconds(9, [&] { predict(x).view(); }));
  print_compilation(predict.explain());

  model.module->train();
  nn::optim::SGD sgd(model.module->parameters(), {.lr = 0});
  auto train = [&](Tensor input, Tensor labels) {
    sgd.zero_grad();
    Tensor y = model.call(input);
    Tensor loss = nn::functional::cross_entropy(y.reshape({-1, y.size(-1)}), labels);
    loss.backward();
    sgd.step();
    return loss;
  };
  nn::StateDict before = model.module->state_dict().snapshot();
  auto step = etch::compile(train, options);
  comparison.loss(step(x, target).item<float>());
  // Where a rectifier turns a rounding error into another branch, gradients in f32 differ by more.
  comparison.gradients(*model.module, std::max(kTolerance, 4 * comparison.rounding()));
  comparison.running_statistics(*model.module);
  double time = median_seconds(5, [&] { step(x, target).item<float>(); });
  std::printf("  training step: %.1f ms\n", 1e3 * time);
  print_compilation(step.explain());

  std::printf("  training step in f64:\n");
  model.module->load_state_dict(before);
  model.module->to(etch::f64);
  auto exact = etch::compile(train, options);
  Tensor exact_x = is_floating(x.dtype()) ? x.to(etch::f64) : x;
  comparison.loss(exact(exact_x, target).to(etch::f32).item<float>());
  comparison.gradients(*model.module, 1e-6);
  comparison.running_statistics(*model.module);
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  std::printf("  peak memory %.0f MB\n", static_cast<double>(usage.ru_maxrss) / 1024);
  return comparison.good() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3) {
    std::fprintf(stderr,
                 "usage: etch_zoo_compare MODEL FOLDER [THREADS [profile]]; the models are:");
    for (const auto& [name, make] : makers()) std::fprintf(stderr, " %s", name.c_str());
    std::fprintf(stderr, "\n");
    return 2;
  }
  return compare(argv[1], argv[2], argc > 3 ? std::atoi(argv[3]) : 0, argc > 4);
} catch (const std::exception& error) {
  std::fprintf(stderr, "etch_zoo_compare: %s\n", error.what());
  return 1;
}
