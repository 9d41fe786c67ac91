// What the tests of hooks share.
#ifndef ETCH_TESTS_FEATURES_HOOKS_TESTING_H_
#define ETCH_TESTS_FEATURES_HOOKS_TESTING_H_

#include "testing.h"

namespace etch::testing {

// y = 3 x at first.
struct Scale : nn::Module {
  nn::Parameter w{this, "w", full({2}, 3)};
  Tensor forward(Tensor x) { return x * w; }
};

struct Net : nn::Module {
  nn::Child<Scale> a{this, "a"};
  nn::Child<Scale> b{this, "b"};
  Tensor forward(Tensor x) { return b(a(x)); }
};

}  // namespace etch::testing

#endif  // ETCH_TESTS_FEATURES_HOOKS_TESTING_H_
