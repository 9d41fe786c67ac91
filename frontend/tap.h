// Taps: callbacks that get values of a trace when it runs, without changing what is computed.
#ifndef ETCH_FRONTEND_TAP_H_
#define ETCH_FRONTEND_TAP_H_

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "etch/frontend/tensor.h"
#include "etch/runtime/tensor_view.h"

namespace etch::frontend {

using TapFunction = std::function<void(std::span<const TensorView>)>;

// Makes `values` named outputs of what this thread is tracing and calls `fn` with them after each
// run: once when the pending trace is flushed, after every call of a program made by etch::compile.
// The callbacks of a run come in the order in which their taps were recorded, on the thread that
// asked for the run, when all state is written; the views are valid during the call only.
// `name` ("h.0.attn") names the outputs in dumps and artifacts. What `fn` throws reaches the
// caller of the run. Concrete values, outside compile and trace, are delivered at once.
void record_tap(std::string name, std::vector<Tensor> values, TapFunction fn);

inline void record_tap(const Tensor& value, std::function<void(TensorView)> fn) {
  record_tap("tap", {value},
             [fn = std::move(fn)](std::span<const TensorView> views) { fn(views[0]); });
}

}  // namespace etch::frontend

#endif  // ETCH_FRONTEND_TAP_H_
