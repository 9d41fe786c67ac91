#include "etch/tests/ops/sample.h"

namespace etch::testing {

void addRandomSamples(std::vector<Sample>& samples) {
  auto add = [&](const std::vector<int64_t>& shape, double key, double counter) {
    Sample sample = makeSample({"random_uniform",
                                {"2xi64"},
                                {typeText(shape, "f32")},
                                "{shape = " + arrayText(shape) + "}",
                                ""},
                               {{.special = {key, counter}}});
    sample.name += " key " + std::to_string(key) + " counter " + std::to_string(counter);
    sample.exact = true;
    samples.push_back(std::move(sample));
  };
  add({5, 7}, 0, 0);
  add({}, 1, 3);
  add({0}, 1, 3);
  add({2, 3, 4}, -1, -2);                  // counters wrap around 2^64
  add({65}, 1234567890123, 4294967290.0);  // the low word of the counter overflows
}

}  // namespace etch::testing
