// The model in training: one compiled program a step.
#ifndef ETCH_EXAMPLES_CHARGPT_TRAINER_H_
#define ETCH_EXAMPLES_CHARGPT_TRAINER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "curve.h"
#include "etch/nn/models/gpt.h"
#include "etch/nn/nn.h"
#include "settings.h"
#include "text.h"

namespace chargpt {

class Trainer {
 public:
  // Both must outlive the trainer.
  Trainer(const Settings& settings, const Text& text);

  // Takes model, optimizer, random states and curve from a checkpoint that was read.
  // Throws std::runtime_error, changing nothing, when it is of another model or text.
  void restore(const etch::nn::Checkpoint& checkpoint);
  // Throws std::runtime_error when the file cannot be written; what was there stays then.
  void save() const;

  // Runs the next step; returns the loss before it, in nats a character.
  double step();
  // Mean loss over the held-out text, in eval mode.
  double held_out_loss();
  // Steps taken.
  int64_t steps() const { return steps_; }

  const etch::nn::ModuleHandle<etch::nn::models::Gpt>& net() const { return net_; }
  // What was compiled for a step; after the first.
  std::string explain() const { return explain_(); }
  Curve& curve() { return curve_; }

 private:
  using Program = std::function<etch::Tensor(etch::Tensor, etch::Tensor)>;
  void compile_programs();
  std::map<std::string, std::string> notes() const;

  const Settings& settings_;
  const Text& text_;
  etch::nn::ModuleHandle<etch::nn::models::Gpt> net_;
  etch::nn::optim::AdamW optimizer_;
  etch::nn::TrainingState training_;
  Program train_step_, eval_loss_;
  std::function<std::string()> explain_;
  std::vector<Batch> held_out_;
  Curve curve_;
  int64_t steps_ = 0;
};

// Reads the checkpoint that `settings` name and takes over what it notes of them.
// Throws std::runtime_error when the file is missing, broken or of another program.
etch::nn::Checkpoint read_to_resume(Settings& settings);

// Throws std::runtime_error when the checkpoint could not be written, or is a file that chargpt has
// not made and would destroy.
void check_writable(const Settings& settings);

}  // namespace chargpt

#endif  // ETCH_EXAMPLES_CHARGPT_TRAINER_H_
