// The exception of user-facing expressions.
#ifndef ETCH_FRONTEND_ERROR_H_
#define ETCH_FRONTEND_ERROR_H_

#include <source_location>
#include <stdexcept>
#include <string>

namespace etch {

// Thrown when an expression on tensors or modules is misused. what() reads
//   "h.0.attn.qkv: linear: input has 64 features, weight [384, 128] wants 128 (model.cc:41)"
// with the module path first (empty at the top level), then the op and the numbers that disagree,
// then the user's source line. The doors of the library (compile, trace, load, save, run) return
// absl::Status instead.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& what) : std::runtime_error(what) {}
};

}  // namespace etch

#endif  // ETCH_FRONTEND_ERROR_H_
