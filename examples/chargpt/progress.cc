#include "progress.h"

#include <unistd.h>

#include <cstdio>

namespace chargpt {
namespace {

constexpr int kWidth = 24;

std::string with_commas(int64_t n) {
  std::string digits = std::to_string(n);
  for (auto i = static_cast<ptrdiff_t>(digits.size()) - 3; i > 0; i -= 3)
    digits.insert(static_cast<size_t>(i), ",");
  return digits;
}

}  // namespace

Progress::Progress(int64_t first, int64_t last, int64_t tokens)
    : first_(first),
      last_(last),
      tokens_(tokens),
      on_terminal_(isatty(STDOUT_FILENO)),
      started_(Clock::now()) {}

Progress::~Progress() { finish(); }

double Progress::seconds() const {
  return std::chrono::duration<double>((paused_ ? *paused_ : Clock::now()) - started_ - idle_)
      .count();
}

void Progress::pause() { paused_ = Clock::now(); }
void Progress::resume() {
  idle_ += Clock::now() - *paused_;
  paused_.reset();
}

// "14,300 tokens/s, 0:41 left"
std::string Progress::rates(int64_t step) const {
  double elapsed = seconds();
  int64_t done = step - first_;
  if (done <= 0 || elapsed <= 0) return "";
  auto rate = static_cast<int64_t>(static_cast<double>(done * tokens_) / elapsed);
  auto left =
      static_cast<int64_t>(elapsed / static_cast<double>(done) * static_cast<double>(last_ - step));
  char text[64];
  std::snprintf(text, sizeof(text), "%s tokens/s, %lld:%02lld left", with_commas(rate).c_str(),
                static_cast<long long>(left / 60), static_cast<long long>(left % 60));
  return text;
}

void Progress::update(int64_t step, double loss) {
  Clock::time_point now = Clock::now();
  if (!on_terminal_ || (now - drawn_ < std::chrono::milliseconds(100) && step < last_)) return;
  drawn_ = now;
  auto filled = static_cast<int>(kWidth * step / std::max<int64_t>(last_, 1));
  std::string bar = std::string(static_cast<size_t>(filled), '=') +
                    std::string(static_cast<size_t>(kWidth - filled), ' ');
  std::printf("\r[%s] %lld/%lld  loss %.3f  %s\033[K", bar.c_str(), static_cast<long long>(step),
              static_cast<long long>(last_), loss, rates(step).c_str());
  std::fflush(stdout);
  line_open_ = true;
}

void Progress::note(int64_t step, double train, double held_out) {
  std::printf("%sstep %5lld  train %.3f  held-out %.3f  %s%s\n", line_open_ ? "\r" : "",
              static_cast<long long>(step), train, held_out, rates(step).c_str(),
              line_open_ ? "\033[K" : "");
  std::fflush(stdout);
  line_open_ = false;
}

void Progress::finish() {
  if (line_open_) std::printf("\n");
  std::fflush(stdout);
  line_open_ = false;
}

}  // namespace chargpt
