#include "etch/nn/layers/linear.h"

#include <cmath>

#include "etch/frontend/ops.h"
#include "etch/frontend/scope.h"
#include "etch/nn/functional/linear.h"
#include "etch/nn/host_values.h"
#include "etch/nn/init.h"
#include "etch/nn/layers/checks.h"

namespace etch::nn {

Linear::Linear(Options options)
    : options_(options),
      weight(this, "weight",
             detail::filled({detail::at_least_1("Linear", "out_features", options.out_features),
                             detail::at_least_1("Linear", "in_features", options.in_features)},
                            0, f32)),
      bias(this, "bias", options.bias ? detail::filled({options.out_features}, 0, f32) : Tensor()) {
  reset_parameters();
}

void Linear::reset_parameters() {
  init::kaiming_uniform_(weight, {.a = std::sqrt(5.0)});
  double bound = 1.0 / std::sqrt(static_cast<double>(options_.in_features));
  if (bias.defined()) init::uniform_(bias, -bound, bound);
}

Tensor Linear::forward(const Tensor& x) {
  return functional::linear(x, weight, detail::if_defined(bias));
}

std::string Linear::extra_repr() const {
  return "in_features=" + std::to_string(options_.in_features) +
         ", out_features=" + std::to_string(options_.out_features) +
         ", bias=" + detail::python_bool(options_.bias);
}

Bilinear::Bilinear(Options options)
    : options_(options),
      weight(this, "weight",
             detail::filled({detail::at_least_1("Bilinear", "out_features", options.out_features),
                             detail::at_least_1("Bilinear", "in1_features", options.in1_features),
                             detail::at_least_1("Bilinear", "in2_features", options.in2_features)},
                            0, f32)),
      bias(this, "bias", options.bias ? detail::filled({options.out_features}, 0, f32) : Tensor()) {
  reset_parameters();
}

void Bilinear::reset_parameters() {
  double bound = 1.0 / std::sqrt(static_cast<double>(options_.in1_features));
  init::uniform_(weight, -bound, bound);
  if (bias.defined()) init::uniform_(bias, -bound, bound);
}

Tensor Bilinear::forward(const Tensor& x1, const Tensor& x2) {
  return functional::bilinear(x1, x2, weight, detail::if_defined(bias));
}

std::string Bilinear::extra_repr() const {
  return "in1_features=" + std::to_string(options_.in1_features) +
         ", in2_features=" + std::to_string(options_.in2_features) +
         ", out_features=" + std::to_string(options_.out_features) +
         ", bias=" + detail::python_bool(options_.bias);
}

Tensor Flatten::forward(const Tensor& x) {
  return flatten(x, options_.start_dim, options_.end_dim);
}

std::string Flatten::extra_repr() const {
  return "start_dim=" + std::to_string(options_.start_dim) +
         ", end_dim=" + std::to_string(options_.end_dim);
}

Unflatten::Unflatten(Options options) : options_(std::move(options)) {
  if (options_.unflattened_size.empty())
    frontend::fail({"Unflatten"}, "unflattened_size is empty, must have one extent or more");
}

Tensor Unflatten::forward(const Tensor& x) {
  int64_t dim = options_.dim < 0 ? options_.dim + x.dim() : options_.dim;
  if (dim < 0 || dim >= x.dim())
    frontend::fail({"Unflatten"},
                   "dim " + std::to_string(options_.dim) + " of " + x.shape().to_string());
  // The rest of the shape is fixed, so that a -1 stands for what is left of `dim`.
  int64_t known = 1, unknown = 0;
  for (int64_t extent : options_.unflattened_size) (extent == -1 ? ++unknown : known *= extent);
  bool fits =
      unknown == 0 ? known == x.size(dim) : unknown == 1 && known > 0 && x.size(dim) % known == 0;
  if (!fits)
    frontend::fail({"Unflatten"}, options_.unflattened_size.to_string() + " does not multiply to " +
                                      std::to_string(x.size(dim)) + ", dimension " +
                                      std::to_string(dim) + " of " + x.shape().to_string());
  std::vector<int64_t> shape = x.shape().extents();
  shape.erase(shape.begin() + dim);
  int64_t at = dim;
  for (int64_t extent : options_.unflattened_size)
    shape.insert(shape.begin() + at++, extent == -1 ? x.size(dim) / known : extent);
  return reshape(x, Shape(shape));
}

std::string Unflatten::extra_repr() const {
  return "dim=" + std::to_string(options_.dim) +
         ", unflattened_size=" + detail::python_tuple(options_.unflattened_size);
}

}  // namespace etch::nn
