// The text to learn from, as numbers of characters.
#ifndef ETCH_EXAMPLES_CHARGPT_TEXT_H_
#define ETCH_EXAMPLES_CHARGPT_TEXT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "etch/frontend/tensor.h"

namespace chargpt {

// Characters are bytes; each byte that occurs has a number, in order of the bytes. The first 90 %
// of each file are for training, the rest is held out.
struct Text {
  std::vector<std::string> files;
  std::string vocabulary;  // character of each number
  std::vector<int64_t> train;
  std::vector<int64_t> held_out;
  std::string fingerprint;  // equal for equal texts

  int64_t vocab() const { return static_cast<int64_t>(vocabulary.size()); }
};

// Reads `file`, or all distinct texts in /usr/share/common-licenses when it is empty.
// Throws std::runtime_error when there is nothing to read or too little for `context`.
Text read_text(const std::string& file, int64_t context);

struct Batch {
  etch::Tensor x;  // i64 [batch, context]
  etch::Tensor y;  // i64 [batch * context]: the character after each
};

// The batch of a step: a function of the seed and the step alone, so that a resumed run sees what
// an uninterrupted one would.
Batch training_batch(const Text& text, int64_t batch, int64_t context, uint64_t seed, int64_t step);

// The held-out text in windows one after the other; targets beyond its end are -100, which the
// loss ignores.
std::vector<Batch> held_out_batches(const Text& text, int64_t batch, int64_t context);

}  // namespace chargpt

#endif  // ETCH_EXAMPLES_CHARGPT_TEXT_H_
