// A character model from the first line of text to the last generated character: see --help.
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>

#include "curve.h"
#include "progress.h"
#include "settings.h"
#include "text.h"
#include "trainer.h"
#include "writer.h"

namespace chargpt {
namespace {

volatile std::sig_atomic_t interrupted = 0;

// The first Ctrl-C asks to stop after the step, the second stops at once.
void watch_interrupts() {
  struct sigaction action = {};
  action.sa_handler = [](int) { interrupted = 1; };
  action.sa_flags = SA_RESETHAND;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

void describe(const Text& text) {
  std::printf("%zu text%s, %zu characters to learn from, %zu held out, vocabulary %lld\n\n",
              text.files.size(), text.files.size() == 1 ? "" : "s", text.train.size(),
              text.held_out.size(), static_cast<long long>(text.vocab()));
}

void draw_curve(const Settings& settings, Trainer& trainer, const Text& text) {
  std::string title =
      "chargpt on " + (text.files.size() == 1 ? text.files[0] : std::string("licence texts"));
  std::string beside = settings.plot + ".tmp";
  std::ofstream stream(beside);
  stream << trainer.curve().to_svg(title);
  stream.close();
  if (!stream) throw std::runtime_error("cannot write " + beside + ": is the disk full?");
  std::error_code error;
  std::filesystem::rename(beside, settings.plot, error);
  if (error) throw std::runtime_error("cannot write " + settings.plot + ": " + error.message());
}

std::string command_to_resume(const Settings& settings) {
  std::string command;
  for (const std::string& argument : settings.arguments) {
    bool plain = argument.find_first_of(" '\"$\\*?&;|<>()") == std::string::npos;
    command += (command.empty() ? "" : " ") + (plain ? argument : "'" + argument + "'");
  }
  return command + (settings.resume ? "" : " --resume");
}

void evaluate(const Settings& settings, const Text& text, Trainer& trainer, Progress& progress,
              double train_loss) {
  progress.pause();
  double held_out = trainer.held_out_loss();
  trainer.save();
  draw_curve(settings, trainer, text);
  progress.resume();
  progress.note(trainer.steps(), train_loss, held_out);
}

enum class Outcome { kTrained, kNothingToDo, kInterrupted };

Outcome train(const Settings& settings, const Text& text, Trainer& trainer) {
  if (trainer.steps() >= settings.steps) {
    std::printf("%lld steps are done; --steps takes a larger number to go on\n\n",
                static_cast<long long>(trainer.steps()));
    return Outcome::kNothingToDo;
  }
  double loss = trainer.step();
  std::cout << trainer.explain() << std::endl;
  Progress progress(trainer.steps(), settings.steps, settings.batch * settings.context);
  while (true) {
    progress.update(trainer.steps(), loss);
    bool last = trainer.steps() >= settings.steps;
    if (last || trainer.steps() % settings.eval_every == 0)
      evaluate(settings, text, trainer, progress, loss);
    if (last) return Outcome::kTrained;
    if (interrupted) {
      progress.finish();
      trainer.save();
      std::printf("Saved after step %lld in %s. To go on:\n  %s\n",
                  static_cast<long long>(trainer.steps()), settings.checkpoint.c_str(),
                  command_to_resume(settings).c_str());
      std::fflush(stdout);
      return Outcome::kInterrupted;
    }
    loss = trainer.step();
  }
}

int run(int argc, char** argv) {
  Settings settings = parse_settings(argc, argv);
  std::optional<etch::nn::Checkpoint> checkpoint;
  if (settings.resume) checkpoint = read_to_resume(settings);
  check_writable(settings);
  Text text = read_text(settings.text, settings.context);
  describe(text);
  Trainer trainer(settings, text);
  if (checkpoint) trainer.restore(*checkpoint);
  std::cout << trainer.net() << "\n" << trainer.net()->num_parameters() << " parameters\n\n";
  if (checkpoint)
    std::printf("Going on after step %lld.\n", static_cast<long long>(trainer.steps()));

  watch_interrupts();
  Outcome outcome = train(settings, text, trainer);
  if (outcome == Outcome::kInterrupted) return 130;
  if (outcome == Outcome::kTrained)
    std::printf("Saved in %s; the curve is in %s\n\n", settings.checkpoint.c_str(),
                settings.plot.c_str());
  write_text(trainer.net(), settings, text, [](char c) {
    std::putchar(c);
    std::fflush(stdout);
    return !interrupted;
  });
  std::putchar('\n');
  return interrupted ? 130 : 0;
}

}  // namespace
}  // namespace chargpt

int main(int argc, char** argv) {
  try {
    return chargpt::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "chargpt: %s\n", error.what());
    return 1;
  }
}
