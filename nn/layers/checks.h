// Checks of layers' options and Python's spelling of numbers. Used by the .cc files of nn only.
#ifndef ETCH_NN_LAYERS_CHECKS_H_
#define ETCH_NN_LAYERS_CHECKS_H_

#include <cstdint>
#include <string>

namespace etch::nn::detail {

// `value`; throws etch::Error, naming layer and option, when it is below 1.
int64_t at_least_1(const char* layer, const char* option, int64_t value);
// `value`; throws etch::Error when it is not in [0, 1].
double probability(const char* layer, const char* option, double value);

// As Python's repr prints a float: the shortest digits that read back equal, "0.1", "1e-05", "2.0".
std::string python_repr(double value);

}  // namespace etch::nn::detail

#endif  // ETCH_NN_LAYERS_CHECKS_H_
