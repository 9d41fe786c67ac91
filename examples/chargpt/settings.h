// What a run of chargpt was asked to do.
#ifndef ETCH_EXAMPLES_CHARGPT_SETTINGS_H_
#define ETCH_EXAMPLES_CHARGPT_SETTINGS_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace chargpt {

struct Settings {
  std::string text;  // empty: the licence texts of the system
  std::string checkpoint = "chargpt.safetensors";
  std::string plot = "chargpt.svg";
  bool resume = false;

  int64_t steps = 1000;
  int64_t batch = 8;
  int64_t context = 128;
  int64_t dim = 128;
  int64_t heads = 4;
  int64_t layers = 4;
  double lr = 1e-3;
  double dropout = 0.1;
  uint64_t seed = 0;

  int64_t eval_every = 100;
  int64_t generate = 400;
  double temperature = 0.8;
  int threads = 0;

  // Names of the flags that stood on the command line.
  std::set<std::string> given;
  // The command line, for the hint how to go on.
  std::vector<std::string> arguments;

  // What a checkpoint notes: the settings that a resumed run must share.
  std::map<std::string, std::string> to_notes() const;
  // Takes the noted settings over; throws std::runtime_error when a flag given contradicts one.
  void take_notes(const std::map<std::string, std::string>& notes, const std::string& file);
};

// Exits after --help; throws std::runtime_error for a wrong command line.
Settings parse_settings(int argc, char** argv);

}  // namespace chargpt

#endif  // ETCH_EXAMPLES_CHARGPT_SETTINGS_H_
