#include "etch/nn/utils/parameter_vector.h"

#include <string>

#include "etch/frontend/ops.h"

namespace etch::nn::utils {

Tensor parameters_to_vector(const std::vector<Tensor>& parameters) {
  if (parameters.empty()) throw Error("parameters_to_vector: there are no parameters");
  std::vector<Tensor> flat;
  for (const Tensor& p : parameters) flat.push_back(p.reshape({p.numel()}));
  return cat(flat);
}

void vector_to_parameters(const Tensor& vector, const std::vector<Tensor>& parameters) {
  int64_t elements = 0;
  for (const Tensor& p : parameters) elements += p.numel();
  if (vector.dim() != 1 || vector.numel() != elements)
    throw Error("vector_to_parameters: the vector is " + vector.shape().to_string() +
                ", the parameters have " + std::to_string(elements) + " elements");
  NoGradGuard no_grad;
  int64_t begin = 0;
  for (Tensor p : parameters) {
    int64_t end = begin + p.numel();
    p.assign(cast(slice(vector, 0, begin, end).reshape(p.shape()), p.dtype()));
    begin = end;
  }
}

}  // namespace etch::nn::utils
