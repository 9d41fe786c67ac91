// Weights for the models of zoo.py, which follow from their names.
#ifndef ETCH_TESTS_GOLDEN_ZOO_H_
#define ETCH_TESTS_GOLDEN_ZOO_H_

#include "etch/nn/module.h"

namespace etch::testing {

// Gives every floating parameter and buffer of `module` the values that fill() of zoo.py gives it.
void fill_by_name(nn::Module& module);

}  // namespace etch::testing

#endif  // ETCH_TESTS_GOLDEN_ZOO_H_
