// Records ops into a function in the making, and knows what state cells hold meanwhile.
#ifndef ETCH_FRONTEND_TRACE_H_
#define ETCH_FRONTEND_TRACE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "etch/frontend/context.h"
#include "etch/frontend/gradient_hooks.h"
#include "etch/frontend/scope.h"
#include "etch/frontend/trace_parts.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/MapVector.h"
#include "mlir/IR/Block.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace etch::frontend {

// What may happen in a branch: the body of an op that holds regions.
struct BranchRules {
  const char* what;  // "a branch of etch::cond"
  // It may write state, draw random numbers and be tapped; the enclosing trace takes that over.
  bool effects = false;
};

// A thread records into its innermost explicit trace (etch::compile, etch::trace), or else into its
// pending trace, whose values are computed when one of them is read. Not thread-safe.
class Trace : public std::enable_shared_from_this<Trace> {
 public:
  enum class Mode : uint8_t { kPending, kExplicit };
  enum class State : uint8_t { kRecording, kFinished, kFailed };

  Trace(Mode mode, std::shared_ptr<Context> context);
  // A branch: what it reads are values of `parent`.
  Trace(std::shared_ptr<Trace> parent, BranchRules rules);
  ~Trace();
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  // Where this thread records now; makes a pending trace when there is none.
  static std::shared_ptr<Trace> current();
  // The pending trace of this thread, or null; without looking at explicit ones.
  static std::shared_ptr<Trace> pending();
  static void drop_pending();
  static bool in_explicit();

  bool is_branch() const { return parent_ != nullptr; }
  // The trace that this one is a branch of, directly or not; itself, when it is none.
  Trace& root() { return parent_ == nullptr ? *this : parent_->root(); }
  // Names a tensor of the enclosing trace that a branch reads and that requires grad.
  const std::string& tracked_outer() const { return tracked_outer_; }
  bool is_explicit() const { return mode_ == Mode::kExplicit; }
  State state() const { return state_; }
  const std::string& failure() const { return failure_; }
  Context& context() { return *context_; }
  const std::shared_ptr<Context>& context_ptr() { return context_; }
  mlir::MLIRContext* mlir() { return context_->mlir(); }
  mlir::OpBuilder& builder() { return builder_; }
  mlir::Block& block() { return *block_; }
  mlir::Location location(const Site& site);
  int64_t num_ops() const { return num_ops_; }
  void count_ops(int64_t ops) { num_ops_ += ops; }
  // Rises with each trace of the process: what a trace reads was computed by lower ones.
  uint64_t sequence() const { return sequence_; }

  // The value of `tensor` here. Throws for a tensor that belongs to another trace.
  mlir::Value read(const TensorPtr& tensor, const Site& site);
  // The same, cut off from gradients.
  mlir::Value read_detached(const TensorPtr& tensor, const Site& site);
  // Gives `tensor` a new value, which must be of its type and computed here. What follows does not
  // differentiate through it.
  void write(const TensorPtr& tensor, mlir::Value value, const Site& site);

  // Makes `tensor` the value that `result` is, gradients included: what changing a computed tensor
  // in place comes to.
  void rebind(const TensorPtr& tensor, const TensorPtr& result, const Site& site);

  // The gradient slot: null when empty.
  TensorPtr grad(const TensorPtr& tensor, const Site& site);
  void set_grad(const TensorPtr& tensor, TensorPtr grad, const Site& site);

  void add_tap(Tap tap, const Site& site);

  // New function arguments.
  TensorPtr placeholder(DType dtype, const Shape& shape, bool requires_grad);
  mlir::Value number(double number, DType dtype);
  mlir::Value bind(const TensorPtr& tensor, std::shared_ptr<runtime::Storage> storage,
                   uint64_t version);

  // Hooks of values that are no leaves, and of the ops that made them.
  llvm::DenseMap<mlir::Value, std::shared_ptr<TensorHooks>>& tensor_hooks() {
    return tensor_hooks_;
  }
  llvm::DenseMap<mlir::Operation*, NodeHooks>& node_hooks() { return node_hooks_; }

  // A handle for a value computed here.
  TensorPtr adopt(mlir::Value value, bool requires_grad);
  mlir::Value detach(mlir::Value value);
  // From here on `tensor` collects gradients, through uses recorded after this call.
  void make_leaf(const TensorPtr& tensor, const Site& site);

  std::vector<TraceInput>& inputs() { return inputs_; }
  llvm::MapVector<TensorImpl*, ValueSlot>& values() { return values_; }
  llvm::MapVector<TensorImpl*, GradSlot>& grads() { return grads_; }
  std::vector<Leaf>& leaves() { return leaves_; }
  // Tensors that a function is differentiated with respect to, see transforms.h.
  std::vector<Leaf>& variables() { return variables_; }
  std::vector<Observation>& observations() { return observations_; }
  std::vector<Tap>& taps() { return taps_; }
  std::vector<DrawChain>& draws() { return draws_; }
  llvm::DenseSet<mlir::Operation*>& freed() { return freed_; }
  const TraceInput* input_of(mlir::Value argument) const;
  // Values recorded here that somebody still holds, in the order they were recorded.
  std::vector<TensorPtr> live_handles();
  // Ends recording. What was overlaid is forgotten; `keep_graph` leaves ops, leaves and inputs for
  // a later backward.
  void finish(bool keep_graph);
  void finish_failed(std::string failure);

 private:
  void begin();
  mlir::Value new_argument(mlir::RankedTensorType type, TraceInput input);
  mlir::Value read_outer(const TensorPtr& tensor, const Site& site);
  void require_usable(const TensorImpl& tensor, const Site& site);
  void require_effects(const Site& site, const char* what) const;
  void require_no_branch(const Site& site, const char* what) const;
  void release();

  const Mode mode_;
  State state_ = State::kRecording;
  std::string failure_;
  const uint64_t sequence_;
  const std::shared_ptr<Trace> parent_;  // of a branch
  const BranchRules rules_ = {"", /*effects=*/true};
  std::string tracked_outer_;
  std::shared_ptr<Context> context_;
  mlir::OwningOpRef<mlir::ModuleOp> module_;
  mlir::Block* block_;
  mlir::OpBuilder builder_;
  int64_t num_ops_ = 0;

  std::vector<TraceInput> inputs_;
  llvm::MapVector<TensorImpl*, ValueSlot> values_;
  llvm::MapVector<TensorImpl*, GradSlot> grads_;
  std::vector<std::weak_ptr<TensorImpl>> handles_;
  std::vector<Leaf> leaves_;
  std::vector<Leaf> variables_;
  std::vector<Observation> observations_;
  std::vector<Tap> taps_;
  std::vector<DrawChain> draws_;
  llvm::DenseMap<mlir::Value, mlir::Value> detached_;
  llvm::DenseMap<mlir::Value, mlir::Value> outer_;  // arguments by the values they stand for
  llvm::DenseSet<mlir::Operation*> freed_;
  llvm::DenseMap<mlir::Value, std::shared_ptr<TensorHooks>> tensor_hooks_;
  llvm::DenseMap<mlir::Operation*, NodeHooks> node_hooks_;

  // The last location made, since most ops of a line follow each other.
  mlir::LocationAttr last_location_;
  uint64_t last_path_id_ = 0;
  const char* last_file_ = nullptr;
  unsigned last_line_ = 0;
};

// Makes `trace` this thread's innermost explicit trace while it lives.
class ExplicitTraceScope {
 public:
  explicit ExplicitTraceScope(std::shared_ptr<Trace> trace);
  ~ExplicitTraceScope();
  ExplicitTraceScope(const ExplicitTraceScope&) = delete;
  ExplicitTraceScope& operator=(const ExplicitTraceScope&) = delete;
};

// While it lives, this thread records into a pending trace of its own, apart from what encloses it.
class SeparateTraceScope {
 public:
  explicit SeparateTraceScope(std::shared_ptr<Trace> pending = nullptr);
  ~SeparateTraceScope();
  SeparateTraceScope(const SeparateTraceScope&) = delete;
  SeparateTraceScope& operator=(const SeparateTraceScope&) = delete;

 private:
  std::vector<std::shared_ptr<Trace>> explicit_;
  std::shared_ptr<Trace> pending_;
};

// What `value` equals, behind ops that only matter to differentiation.
mlir::Value plain_value(mlir::Value value);

// ", computed at model.cc:41"; empty where the line is not known.
std::string recorded_at(mlir::Value value);

}  // namespace etch::frontend

#endif  // ETCH_FRONTEND_TRACE_H_
