// A progress bar for training.
#ifndef ETCH_EXAMPLES_CHARGPT_PROGRESS_H_
#define ETCH_EXAMPLES_CHARGPT_PROGRESS_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace chargpt {

// On a terminal one line that is redrawn; elsewhere only the lines of note().
class Progress {
 public:
  // Steps [first, last) are to be done, `tokens` in each.
  Progress(int64_t first, int64_t last, int64_t tokens);
  ~Progress();

  void update(int64_t step, double loss);
  // A line that stays: the losses at a step.
  void note(int64_t step, double train, double held_out);
  // Ends the redrawn line.
  void finish();
  // Time that is not training.
  void pause();
  void resume();

 private:
  using Clock = std::chrono::steady_clock;
  double seconds() const;
  std::string rates(int64_t step) const;

  int64_t first_, last_, tokens_;
  bool on_terminal_;
  bool line_open_ = false;
  Clock::time_point started_, drawn_{};
  std::optional<Clock::time_point> paused_;
  Clock::duration idle_{};
};

}  // namespace chargpt

#endif  // ETCH_EXAMPLES_CHARGPT_PROGRESS_H_
