// Learns handwritten digits from CSV files: see --help.
//
//   digits --train optdigits.tra --test optdigits.tes
//
// A tenth of the training file is held out to choose by; the test file is read once, at the end.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <optional>
#include <stdexcept>

#include "CLI/CLI.hpp"
#include "confusion.h"
#include "etch/etch.h"
#include "net.h"

namespace digits {
namespace {

namespace nn = etch::nn;
namespace data = etch::nn::data;
using etch::Tensor;

struct Settings {
  std::string train, test;
  std::string checkpoint, picture = "digits.svg";
  bool resume = false;
  NetOptions net;
  int64_t epochs = 15, batch = 64, workers = 1;
  uint64_t seed = 1;
  double lr = 3e-3, weight_decay = 0.05, average = 0.99;
};

Settings parse(int argc, char** argv) {
  Settings s;
  CLI::App app("Learns handwritten digits of 8 by 8 pixels from CSV files", "digits");
  app.get_formatter()->column_width(26);
  app.option_defaults()->always_capture_default()->multi_option_policy(
      CLI::MultiOptionPolicy::TakeLast);
  app.add_option("--train", s.train, "CSV to learn from: 64 pixels of 0 to 16, the digit")
      ->required()
      ->type_name("FILE");
  app.add_option("--test", s.test, "CSV to test with at the end")->type_name("FILE");
  app.add_option("--epochs", s.epochs, "Passes over the data")->check(CLI::Range(1, 10000));
  app.add_option("--batch", s.batch, "Images in a step")->check(CLI::Range(2, 4096));
  app.add_option("--width", s.net.width, "Channels of the first layer")->check(CLI::Range(1, 1024));
  app.add_option("--lr", s.lr, "Highest learning rate")->check(CLI::Range(0.0, 1.0));
  app.add_option("--weight-decay", s.weight_decay)->check(CLI::Range(0.0, 10.0));
  app.add_option("--dropout", s.net.dropout)->check(CLI::Range(0.0, 0.99));
  app.add_option("--average", s.average, "Decay of the weights' moving average")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--seed", s.seed, "Of weights, order, shifts and dropout");
  app.add_option("--workers", s.workers, "Threads that load")->check(CLI::Range(0, 64));
  app.add_option("--checkpoint", s.checkpoint, "Where training is saved after each epoch")
      ->type_name("FILE");
  app.add_flag("--resume", s.resume, "Go on from the checkpoint")->needs("--checkpoint");
  app.add_option("--picture", s.picture, "Where the confusion matrix is drawn, as SVG")
      ->type_name("FILE");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    std::exit(app.exit(help));
  } catch (const CLI::ParseError& error) {
    throw std::runtime_error(std::string(error.what()) + " (digits --help lists all flags)");
  }
  return s;
}

void require_ok(const absl::Status& status) {
  if (!status.ok()) throw std::runtime_error(std::string(status.message()));
}

class Trainer {
 public:
  Trainer(const Settings& settings, const data::Subset<Dataset::Sample>& samples)
      : loader_(data::transform(samples,
                                [](const Dataset::Sample& sample) {
                                  return std::tuple(shifted(std::get<0>(sample)),
                                                    std::get<1>(sample));
                                }),
                {.batch_size = settings.batch,
                 .shuffle = true,
                 .drop_last = true,
                 .seed = settings.seed,
                 .num_workers = settings.workers}),
        net_(nn::make<Net>(settings.net)),
        optimizer_(net_->parameters(), {.weight_decay = settings.weight_decay}),
        schedule_(optimizer_, {.max_lr = {settings.lr},
                               .epochs = settings.epochs,
                               .steps_per_epoch = loader_.size()}),
        average_(*net_, {.decay = settings.average}) {
    training_.add("model", net_)
        .add("optimizer", optimizer_)
        .add("schedule", schedule_)
        .add("average", average_)
        .add("data", loader_);
  }

  int64_t epoch() const { return loader_.epoch(); }
  const nn::ModuleHandle<Net>& net() const { return net_; }
  const nn::TrainingState& training() const { return training_; }

  // One epoch; returns the mean loss.
  double train() {
    double sum = 0;
    net_->train();
    for (auto [image, label] : loader_) {
      sum += static_cast<double>(step_(image, label).item<float>());
      schedule_.step();
    }
    return sum / static_cast<double>(loader_.size());
  }

  // With the average of the weights.
  template <typename Samples>
  Confusion test(const Samples& samples) {
    net_->eval();
    auto scope = average_.average_parameters();
    Confusion confusion;
    for (auto [image, label] : data::DataLoader(samples, {.batch_size = 64})) {
      std::vector<float> scores = predict_(image).template to_vector<float>();
      std::vector<int64_t> truth = label.template to_vector<int64_t>();
      for (size_t i = 0; i < truth.size(); ++i) {
        auto first = scores.begin() + static_cast<ptrdiff_t>(i) * kClasses;
        confusion.add(truth[i], std::max_element(first, first + kClasses) - first);
      }
    }
    return confusion;
  }

 private:
  data::DataLoader<Dataset::Sample> loader_;
  nn::ModuleHandle<Net> net_;
  nn::optim::AdamW optimizer_;
  nn::optim::OneCycleLR schedule_;
  nn::utils::ExponentialMovingAverage average_;
  nn::TrainingState training_;

  std::function<Tensor(Tensor, Tensor)> step_ = etch::compile([this](Tensor image, Tensor label) {
    optimizer_.zero_grad();
    Tensor loss = nn::functional::cross_entropy(net_(image), label, {.label_smoothing = 0.05});
    loss.backward();
    optimizer_.step();
    average_.update();
    return loss;
  });
  std::function<Tensor(Tensor)> predict_ =
      etch::compile([this](Tensor image) { return net_(image); });
};

void draw(const Confusion& confusion, const Settings& settings) {
  char title[128];
  std::snprintf(title, sizeof title, "%.2f %% of %lld digits", 100 * confusion.accuracy(),
                static_cast<long long>(confusion.total()));
  std::ofstream stream(settings.picture);
  stream << confusion.to_svg(title);
  stream.close();
  if (!stream) throw std::runtime_error("cannot write " + settings.picture);
}

void print(const Confusion& confusion) {
  for (int64_t digit = 0; digit < kClasses; ++digit)
    std::printf("  %lld  %6.2f %%\n", static_cast<long long>(digit),
                100 * confusion.accuracy(digit));
}

void run(const Settings& settings) {
  Dataset all = read_digits(settings.train);
  std::optional<Dataset> test;
  if (!settings.test.empty()) test = read_digits(settings.test);
  if (all.size() < 2 * settings.batch)
    throw std::runtime_error(settings.train + " has " + std::to_string(all.size()) +
                             " images; for --batch " + std::to_string(settings.batch) +
                             " it takes " + std::to_string(2 * settings.batch));
  etch::manual_seed(settings.seed);
  auto parts = data::random_split(all, {0.9, 0.1}, /*seed=*/0);
  Trainer trainer(settings, parts[0]);
  if (settings.resume) {
    auto checkpoint = nn::read_checkpoint(settings.checkpoint);
    require_ok(checkpoint.status());
    require_ok(nn::restore_checkpoint(*checkpoint, trainer.training()));
  }
  std::cout << trainer.net() << "\n"
            << trainer.net()->num_parameters() << " parameters, " << parts[0].size()
            << " images to learn from, " << parts[1].size() << " held out\n";

  auto start = std::chrono::steady_clock::now();
  while (trainer.epoch() < settings.epochs) {
    double loss = trainer.train();
    std::printf("epoch %2lld  loss %.4f  held out %.2f %%\n",
                static_cast<long long>(trainer.epoch()), loss,
                100 * trainer.test(parts[1]).accuracy());
    std::fflush(stdout);
    if (!settings.checkpoint.empty())
      require_ok(
          nn::save_checkpoint(settings.checkpoint, trainer.training(), {.step = trainer.epoch()}));
  }
  std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::printf("trained in %.1f s\n", seconds.count());

  Confusion confusion = test ? trainer.test(*test) : trainer.test(parts[1]);
  std::printf("%s: %.2f %%\n", test ? "test" : "held out", 100 * confusion.accuracy());
  print(confusion);
  draw(confusion, settings);
  std::printf("the confusion matrix is in %s\n", settings.picture.c_str());
}

}  // namespace
}  // namespace digits

int main(int argc, char** argv) {
  try {
    digits::run(digits::parse(argc, argv));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "digits: %s\n", error.what());
    return 1;
  }
}
