#include "settings.h"

#include <CLI/CLI.hpp>
#include <sstream>
#include <stdexcept>

namespace chargpt {
namespace {

constexpr char kDescription[] =
    "Trains a small GPT on the characters of a text and writes with it.\n"
    "Each training step (forward, loss, backward, clipping, AdamW, dropout) is one compiled\n"
    "program. Without --text, all distinct texts in /usr/share/common-licenses are used.\n";

constexpr char kFooter[] =
    "Examples:\n"
    "  chargpt                                    about a minute or two on two cores\n"
    "  chargpt --text book.txt --steps 5000       a text of your own\n"
    "  chargpt --resume --steps 10000             goes on where chargpt.safetensors stopped\n"
    "  chargpt --text /usr/share/common-licenses/GPL-3 --dropout 0\n"
    "                                             the setting that is compared with PyTorch\n"
    "Ctrl-C saves and says how to go on.";

// The settings that a resumed run must share, each with access to its value as text.
struct Shared {
  const char* name;
  std::string (*get)(const Settings&);
  void (*set)(Settings&, const std::string&);
};

template <auto Member>
Shared shared(const char* name) {
  return {name,
          [](const Settings& settings) {
            std::ostringstream text;
            text.precision(17);
            text << settings.*Member;
            return text.str();
          },
          [](Settings& settings, const std::string& value) {
            std::istringstream(value) >> settings.*Member;
          }};
}

const std::vector<Shared>& shared_settings() {
  static const std::vector<Shared> all = {
      shared<&Settings::batch>("batch"),   shared<&Settings::context>("context"),
      shared<&Settings::dim>("dim"),       shared<&Settings::heads>("heads"),
      shared<&Settings::layers>("layers"), shared<&Settings::dropout>("dropout"),
      shared<&Settings::seed>("seed"),
  };
  return all;
}

}  // namespace

std::map<std::string, std::string> Settings::to_notes() const {
  std::map<std::string, std::string> notes;
  for (const Shared& setting : shared_settings()) notes[setting.name] = setting.get(*this);
  return notes;
}

void Settings::take_notes(const std::map<std::string, std::string>& notes,
                          const std::string& file) {
  for (const Shared& setting : shared_settings()) {
    auto noted = notes.find(setting.name);
    if (noted == notes.end())
      throw std::runtime_error(file +
                               " is a checkpoint of another program: it does not say which --" +
                               setting.name + " it was trained with");
    if (given.contains(setting.name) && setting.get(*this) != noted->second)
      throw std::runtime_error(file + " was trained with --" + setting.name + " " + noted->second +
                               ", not " + setting.get(*this) +
                               "; leave the flag out or train anew without --resume");
    setting.set(*this, noted->second);
  }
}

Settings parse_settings(int argc, char** argv) {
  Settings s;
  CLI::App app(kDescription, "chargpt");
  app.footer(kFooter);
  app.get_formatter()->column_width(26);
  app.option_defaults()->always_capture_default()->multi_option_policy(
      CLI::MultiOptionPolicy::TakeLast);
  app.add_option("--text", s.text, "Text to learn from; a file")->type_name("FILE");
  app.add_option("--steps", s.steps, "Training steps in all, resumed ones included")
      ->check(CLI::Range(int64_t{0}, int64_t{100'000'000}));
  app.add_option("--batch", s.batch, "Sequences in a step")
      ->check(CLI::Range(int64_t{1}, int64_t{4096}));
  app.add_option("--context", s.context, "Characters the model sees")
      ->check(CLI::Range(int64_t{2}, int64_t{4096}));
  app.add_option("--lr", s.lr, "Learning rate")->check(CLI::Range(0.0, 10.0));
  app.add_option("--dropout", s.dropout, "Probability of dropout")->check(CLI::Range(0.0, 0.99));
  app.add_option("--seed", s.seed, "Seed of weights, batches, dropout and sampling");
  app.add_option("--dim", s.dim, "Width of the model")
      ->check(CLI::Range(int64_t{1}, int64_t{8192}));
  app.add_option("--heads", s.heads, "Attention heads; divides --dim")
      ->check(CLI::Range(int64_t{1}, int64_t{256}));
  app.add_option("--layers", s.layers, "Transformer blocks")
      ->check(CLI::Range(int64_t{1}, int64_t{256}));
  app.add_option("--checkpoint", s.checkpoint, "Where training is saved")->type_name("FILE");
  app.add_flag("--resume", s.resume, "Go on from the checkpoint");
  app.add_option("--plot", s.plot, "Where the curve of the loss is drawn, as SVG")
      ->type_name("FILE");
  app.add_option("--eval-every", s.eval_every, "Steps between held-out losses and checkpoints")
      ->check(CLI::Range(int64_t{1}, int64_t{100'000'000}));
  app.add_option("--generate", s.generate, "Characters to write at the end")
      ->check(CLI::Range(int64_t{0}, int64_t{1'000'000}));
  app.add_option("--temperature", s.temperature, "Below 1: safer text, above: wilder")
      ->check(CLI::Range(0.01, 100.0));
  app.add_option("--threads", s.threads, "Threads; 0: one per core")->check(CLI::Range(0, 1024));
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    std::exit(app.exit(help));
  } catch (const CLI::ParseError& error) {
    throw std::runtime_error(std::string(error.what()) + " (chargpt --help lists all flags)");
  }
  if (s.dim % s.heads != 0)
    throw std::runtime_error("--heads " + std::to_string(s.heads) + " does not divide --dim " +
                             std::to_string(s.dim));
  for (const CLI::Option* option : app.get_options())
    if (option->count() > 0) s.given.insert(option->get_single_name());
  s.arguments.assign(argv, argv + argc);
  return s;
}

}  // namespace chargpt
