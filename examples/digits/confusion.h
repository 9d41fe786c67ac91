// Which digits were taken for which.
#ifndef ETCH_EXAMPLES_DIGITS_CONFUSION_H_
#define ETCH_EXAMPLES_DIGITS_CONFUSION_H_

#include <array>
#include <cstdint>
#include <string>

#include "digits.h"

namespace digits {

class Confusion {
 public:
  void add(int64_t truth, int64_t taken_for);
  int64_t total() const;
  double accuracy() const;
  double accuracy(int64_t digit) const;  // of the images of one digit
  // A picture of the matrix: rows are the digits, columns what they were taken for.
  std::string to_svg(const std::string& title) const;

 private:
  std::array<std::array<int64_t, kClasses>, kClasses> counts_ = {};
};

}  // namespace digits

#endif  // ETCH_EXAMPLES_DIGITS_CONFUSION_H_
