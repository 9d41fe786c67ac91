// The backward graph of what a trace, and those before it, have recorded.
#ifndef ETCH_FRONTEND_BACKWARD_H_
#define ETCH_FRONTEND_BACKWARD_H_

#include <map>
#include <memory>
#include <vector>

#include "etch/frontend/replay.h"
#include "etch/frontend/trace.h"
#include "llvm/ADT/MapVector.h"

namespace etch::frontend {

// Appends to the current trace what computes gradients. A value of an earlier trace (its loss was
// read before backward was called) is differentiated by recording that trace's ops again.
class BackwardPass {
 public:
  struct Options {
    bool retain_graph = false;
    bool create_graph = false;
  };

  BackwardPass(std::shared_ptr<Trace> trace, const Site& site, Options options)
      : trace_(std::move(trace)), site_(site), options_(options) {}

  // Differentiates `output` with the cotangent `v`; ones when null. Throws in PyTorch's words.
  void add_output(const TensorPtr& output, const TensorPtr& v);
  // Besides leaves, collects the gradient of `input`.
  void add_input(const TensorPtr& input) { wanted_.push_back(input); }

  // Gradients by tensor, detached unless create_graph.
  using Gradients = llvm::MapVector<TensorImpl*, std::pair<TensorPtr, mlir::Value>>;
  Gradients run();

 private:
  struct Seeds {
    std::shared_ptr<Trace> source;
    std::vector<mlir::Value> outputs;  // of `source`
    std::vector<mlir::Value> cotangents;
  };
  struct Input {
    TensorPtr tensor;
    mlir::Value value;
    bool has_history;
  };
  class SavedValues;

  void seed(const TensorPtr& output, mlir::Value cotangent);
  void differentiate(Seeds& seeds);
  mlir::Value bind(const TraceInput& input);
  std::vector<Input> inputs_of(Trace& source, const Replay* replay);
  void accumulate(const TensorPtr& tensor, mlir::Value gradient);
  [[noreturn]] void fail_freed();

  const std::shared_ptr<Trace> trace_;
  const Site site_;
  const Options options_;
  std::vector<TensorPtr> wanted_;
  // By the trace's sequence, the latest first: its inputs may have been computed by earlier ones.
  std::map<uint64_t, Seeds, std::greater<uint64_t>> seeds_;
  Gradients gradients_;
};

}  // namespace etch::frontend

#endif  // ETCH_FRONTEND_BACKWARD_H_
