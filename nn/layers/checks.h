// Checks of layers' options and Python's spelling of numbers. Used by the .cc files of nn only.
#ifndef ETCH_NN_LAYERS_CHECKS_H_
#define ETCH_NN_LAYERS_CHECKS_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "etch/frontend/tensor.h"

namespace etch::nn::detail {

// `value`; throws etch::Error, naming layer and option, when it is below 1.
int64_t at_least_1(const char* layer, const char* option, int64_t value);
// `value`; throws etch::Error when it is not in [0, 1].
double probability(const char* layer, const char* option, double value);

// `t`, or nothing when it is undefined: what a reserved parameter is to a function.
std::optional<Tensor> if_defined(const Tensor& t);

const char* python_bool(bool value);  // "True"
// A tuple: "(2, 3)", "(2,)".
std::string python_tuple(std::span<const int64_t> values);
// As python_repr of a number whose default is an int: "20" and not "20.0".
std::string python_number(double value);
// As Python's repr prints a float: the shortest digits that read back equal, "0.1", "1e-05", "2.0".
std::string python_repr(double value);

}  // namespace etch::nn::detail

#endif  // ETCH_NN_LAYERS_CHECKS_H_
