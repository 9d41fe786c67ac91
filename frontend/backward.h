// The backward graph of what a trace, and those before it, have recorded.
#ifndef ETCH_FRONTEND_BACKWARD_H_
#define ETCH_FRONTEND_BACKWARD_H_

#include <exception>
#include <map>
#include <memory>
#include <vector>

#include "etch/frontend/replay.h"
#include "etch/frontend/trace.h"
#include "llvm/ADT/MapVector.h"

namespace etch::frontend {

// Appends to the current trace what computes gradients, and calls the hooks on the way. A value of
// an earlier trace (its loss was read before backward was called) is differentiated by recording
// that trace's ops again. When a hook or the differentiation fails, the trace holds what it held.
class BackwardPass {
 public:
  struct Options {
    bool retain_graph = false;
    bool create_graph = false;
    // Writes gradients to `.grad`, else returns them.
    bool accumulate = false;
  };

  BackwardPass(std::shared_ptr<Trace> trace, const Site& site, Options options)
      : trace_(std::move(trace)), site_(site), options_(options) {}

  // Differentiates `output`, the `index`-th, with the cotangent `v`; ones when null. Throws in
  // PyTorch's words.
  void add_output(const TensorPtr& output, const TensorPtr& v, size_t index = 0);
  // With respect to `input`, and to nothing else than such inputs. Without any: to all leaves that
  // require grad and tensors that retain theirs.
  void add_input(const TensorPtr& input) { wanted_.push_back(input); }

  // The gradients, by tensor: detached unless create_graph.
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
  class Walk;

  void seed(const TensorPtr& output, mlir::Value cotangent);
  void differentiate(Seeds& seeds);
  mlir::Value bind(const TraceInput& input);
  std::vector<Input> inputs_of(Trace& source, const Replay* replay);
  bool is_wanted(const TensorPtr& tensor) const;
  void accumulate(const TensorPtr& tensor, mlir::Value gradient);
  void finish(const TensorPtr& tensor);
  mlir::Value finish_leaf(const TensorPtr& leaf, mlir::Value gradient);
  void write_grad(const TensorPtr& tensor, mlir::Value gradient);

  // See backward_hooks.cc.
  Tensor to_tensor(mlir::Value gradient);
  mlir::Value to_value(const Tensor& gradient, mlir::Type type);
  mlir::Value run_tensor_hooks(TensorHooks& hooks, mlir::Value gradient, const std::string& name);
  void run_pre_hooks(const NodePreHooks& hooks, llvm::SmallVectorImpl<mlir::Value>& dy,
                     mlir::TypeRange types);
  void run_post_hooks(const NodePostHooks& hooks, llvm::SmallVectorImpl<mlir::Value>& dx,
                      mlir::TypeRange types, llvm::ArrayRef<mlir::Value> dy);
  [[noreturn]] void fail_freed();

  const std::shared_ptr<Trace> trace_;
  const Site site_;
  const Options options_;
  std::vector<TensorPtr> wanted_;
  // By the trace's sequence, the latest first: its inputs may have been computed by earlier ones.
  std::map<uint64_t, Seeds, std::greater<uint64_t>> seeds_;
  Gradients gradients_;
  llvm::DenseSet<TensorImpl*> finished_;
};

}  // namespace etch::frontend

#endif  // ETCH_FRONTEND_BACKWARD_H_
