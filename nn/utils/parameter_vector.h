// All parameters as one vector, for what works on vectors: line searches, distances, averages.
#ifndef ETCH_NN_UTILS_PARAMETER_VECTOR_H_
#define ETCH_NN_UTILS_PARAMETER_VECTOR_H_

#include <vector>

#include "etch/frontend/tensor.h"

namespace etch::nn::utils {

// The elements of all parameters, one after the other: [n]. Gradients flow into the parameters.
// Throws etch::Error when there are none.
Tensor parameters_to_vector(const std::vector<Tensor>& parameters);

// Replaces the values of the parameters by parts of `vector` [n], in order, cast to their dtypes.
// Throws etch::Error, and changes nothing, when n is not their number of elements. Traceable.
void vector_to_parameters(const Tensor& vector, const std::vector<Tensor>& parameters);

}  // namespace etch::nn::utils

#endif  // ETCH_NN_UTILS_PARAMETER_VECTOR_H_
