// Tensors that get another value.
#include "absl/strings/str_cat.h"
#include "etch/frontend/ops/common.h"
#include "etch/frontend/tensor.h"
#include "etch/frontend/trace.h"

namespace etch {

using frontend::Site;
using frontend::Trace;

namespace {

void require_writable(const Site& site, const Tensor& tensor) {
  if (!tensor.requires_grad() || !is_grad_enabled()) return;
  frontend::fail(site, absl::StrCat("a ", tensor.is_leaf() ? "leaf Variable" : "Variable",
                                    " that requires grad (", frontend::describe(*tensor.impl()),
                                    ") is being used in an in-place operation; do so under "
                                    "etch::no_grad"));
}

}  // namespace

void Tensor::assign(const Tensor& value, std::source_location loc) {
  Site site{"assign", loc};
  if (!defined() || !value.defined()) frontend::fail(site, "the tensor is empty");
  if (value.dtype() != dtype() || value.shape() != shape()) {
    frontend::fail(site, absl::StrCat(frontend::describe(*impl_), " is ",
                                      frontend::describe_type(dtype(), shape()), ", the value is ",
                                      frontend::describe_type(value.dtype(), value.shape())));
  }
  require_writable(site, *this);
  std::shared_ptr<Trace> trace = Trace::current();
  trace->write(impl_, trace->read_detached(value.impl(), site), site);
}

Tensor& Tensor::copy_(const Tensor& value, std::source_location loc) {
  Site site{"copy_", loc};
  if (!defined() || !value.defined()) frontend::fail(site, "the tensor is empty");
  if (is_leaf()) require_writable(site, *this);
  if (!is_leaf() && !is_grad_enabled()) {
    frontend::fail(site,
                   "a computed tensor that requires grad is changed in place under "
                   "etch::no_grad; detach it first");
  }
  Tensor fitting = frontend::broadcast_to(site, frontend::cast_to(site, value, dtype()), shape());
  std::shared_ptr<Trace> trace = Trace::current();
  bool is_state = is_cell() || (trace->is_explicit() && impl_->is_concrete());
  if (is_state || (is_leaf() && (requires_grad() || !fitting.requires_grad()))) {
    trace->write(impl_, trace->read_detached(fitting.impl(), site), site);
  } else {
    trace->rebind(impl_, fitting.impl(), site);
  }
  return *this;
}

Tensor& Tensor::fill_(double value, std::source_location loc) {
  Site site{"fill_", loc};
  if (!defined()) frontend::fail(site, "the tensor is empty");
  return copy_(frontend::number(site, value, dtype(), {}), loc);
}

Tensor& Tensor::zero_(std::source_location loc) { return fill_(0, loc); }

}  // namespace etch
