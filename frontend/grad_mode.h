// Whether what is recorded is tracked for gradients: scopes, with PyTorch's names.
//
//   {
//     etch::no_grad guard;
//     w.assign(w - 0.1 * w.grad());
//   }
#ifndef ETCH_FRONTEND_GRAD_MODE_H_
#define ETCH_FRONTEND_GRAD_MODE_H_

namespace etch {

// Of this thread; true at its start.
bool is_grad_enabled();

// While it lives, what this thread records requires grad where an operand does (`enabled`), or
// never. Scopes nest: the innermost counts.
class GradModeGuard {
 public:
  explicit GradModeGuard(bool enabled);
  ~GradModeGuard();
  GradModeGuard(const GradModeGuard&) = delete;
  GradModeGuard& operator=(const GradModeGuard&) = delete;

 private:
  bool previous_;
};
using set_grad_enabled = GradModeGuard;

// Nothing is tracked; leaves that require grad may be given other values.
class NoGradGuard : public GradModeGuard {
 public:
  NoGradGuard() : GradModeGuard(false) {}
};
using no_grad = NoGradGuard;

// For what has to be tracked wherever it is called.
class EnableGradGuard : public GradModeGuard {
 public:
  EnableGradGuard() : GradModeGuard(true) {}
};
using enable_grad = EnableGradGuard;

}  // namespace etch

#endif  // ETCH_FRONTEND_GRAD_MODE_H_
