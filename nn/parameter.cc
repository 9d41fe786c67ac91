#include "etch/nn/parameter.h"

#include "etch/nn/registry.h"

namespace etch::nn {

using detail::ModuleAccess;

Parameter::Parameter(Module* owner, std::string name, const Tensor& value, bool requires_grad)
    : owner_(owner), name_(name) {
  Tensor::operator=(
      ModuleAccess::add_parameter(*owner, std::move(name), value, requires_grad, this));
}

void Parameter::tie(const Parameter& other) { ModuleAccess::tie_parameter(*owner_, name_, other); }

Buffer::Buffer(Module* owner, std::string name, const Tensor& value, Options options) {
  Tensor::operator=(
      ModuleAccess::add_buffer(*owner, std::move(name), value, options.persistent, this));
}

Buffer& Buffer::operator=(const TensorArg& value) {
  assign(value.tensor, value.loc);
  return *this;
}

RandomState::RandomState(Module* owner, std::string name) : owner_(owner) {
  ModuleAccess::add_random_state(*owner, std::move(name), &state_);
}

const Tensor& RandomState::state() {
  if (!state_.defined()) ModuleAccess::define_random_states(*owner_);
  return state_;
}

}  // namespace etch::nn
