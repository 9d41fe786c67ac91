#include "etch/frontend/backward.h"

#include "absl/strings/str_cat.h"
#include "etch/frontend/evaluate.h"
#include "etch/frontend/grad_mode.h"
#include "etch/frontend/types.h"
#include "etch/ir/build.h"
#include "etch/ir/program.h"
#include "etch/passes/autodiff.h"

namespace etch::frontend {
namespace {

// Gives a trace back what its tensors, gradients and taps were, unless all went well. What has been
// recorded in between stays behind, unused.
class Rollback {
 public:
  explicit Rollback(Trace& trace)
      : trace_(trace),
        values_(trace.values()),
        grads_(trace.grads()),
        draws_(trace.draws()),
        num_leaves_(trace.leaves().size()),
        num_taps_(trace.taps().size()) {}
  ~Rollback() {
    if (committed_) return;
    trace_.values() = std::move(values_);
    trace_.grads() = std::move(grads_);
    trace_.draws() = std::move(draws_);
    trace_.leaves().resize(num_leaves_);
    trace_.taps().resize(num_taps_);
  }
  Rollback(const Rollback&) = delete;
  Rollback& operator=(const Rollback&) = delete;
  void commit() { committed_ = true; }

 private:
  Trace& trace_;
  llvm::MapVector<TensorImpl*, ValueSlot> values_;
  llvm::MapVector<TensorImpl*, GradSlot> grads_;
  std::vector<DrawChain> draws_;
  const size_t num_leaves_, num_taps_;
  bool committed_ = false;
};

}  // namespace

// One trace's share of the pass. Watches what differentiation builds, since an op whose derivative
// looks at its operands or results has been consumed by a backward that does not retain the graph;
// and runs hooks where their gradients are complete.
class BackwardPass::Walk : public passes::GradientHooks, public mlir::OpBuilder::Listener {
 public:
  // `is_last`: no gradient of a leaf will come from an earlier trace.
  Walk(BackwardPass& pass, Trace& source, const Replay* replay, const std::vector<Input>& inputs,
       bool is_last)
      : pass_(pass), source_(source), replay_(replay) {
    llvm::DenseMap<TensorImpl*, int> num_values;
    for (const Input& input : inputs) ++num_values[input.tensor.get()];
    for (const Input& input : inputs) {
      if (input.has_history) continue;
      bool complete = is_last && num_values[input.tensor.get()] == 1;
      ends_[input.value].push_back({input.tensor, complete});
    }
  }

  mlir::FailureOr<mlir::Value> completed(mlir::Value value, mlir::Value cotangent) override {
    mlir::Value replacement = cotangent;
    auto work = [&] {
      if (mlir::Operation* op = value.getDefiningOp()) {
        auto number = llvm::cast<mlir::OpResult>(value).getResultNumber();
        mlir::Operation* recorded = original(op);
        auto hooks = recorded ? source_.tensor_hooks().find(recorded->getResult(number))
                              : source_.tensor_hooks().end();
        if (hooks != source_.tensor_hooks().end()) {
          PathScope path(ir::modulePath(op->getLoc()));
          replacement = pass_.run_tensor_hooks(*hooks->second, cotangent, module_path());
        }
      }
      auto ends = ends_.find(value);
      if (ends == ends_.end()) return;
      for (const auto& [tensor, complete] : ends->second) {
        if (!tensor->is_leaf) continue;
        pass_.accumulate(tensor, replacement);
        if (complete) pass_.finish(tensor);
      }
    };
    if (failed(guarded(work))) return mlir::failure();
    return replacement;
  }

  mlir::LogicalResult enter(mlir::Operation* op, llvm::SmallVector<mlir::Value>& dy) override {
    op_ = op;
    return guarded([&] {
      mlir::Operation* recorded = original(op);
      if (source_.freed().contains(recorded)) pass_.fail_freed();
      auto hooks = source_.node_hooks().find(recorded);
      if (hooks != source_.node_hooks().end()) {
        PathScope path(ir::modulePath(op->getLoc()));
        std::shared_ptr<NodePreHooks> pre = hooks->second.pre;
        pass_.run_pre_hooks(*pre, dy, op->getResultTypes());
      }
      if (!pass_.options_.accumulate) return;
      for (auto [result, cotangent] : llvm::zip(op->getResults(), dy))
        if (cotangent) deliver(result, cotangent);
    });
  }

  mlir::LogicalResult leave(mlir::Operation* op, llvm::SmallVector<mlir::Value>& dx,
                            llvm::ArrayRef<mlir::Value> dy) override {
    op_ = nullptr;
    auto hooks = source_.node_hooks().find(original(op));
    if (hooks == source_.node_hooks().end()) return mlir::success();
    std::shared_ptr<NodePostHooks> post = hooks->second.post;
    return guarded([&] {
      PathScope path(ir::modulePath(op->getLoc()));
      pass_.run_post_hooks(*post, dx, op->getOperandTypes(), dy);
    });
  }

  void notifyOperationInserted(mlir::Operation* op, mlir::OpBuilder::InsertPoint) override {
    ++num_ops_;
    if (op_ == nullptr) return;
    for (mlir::Value operand : op->getOperands()) {
      if (operand.getDefiningOp() == op_ || llvm::is_contained(op_->getOperands(), operand)) {
        consumed_.push_back(original(op_));
        return;
      }
    }
  }

  // Gives the gradient of `value` to the tensors that want it and are no leaves, once.
  void deliver(mlir::Value value, mlir::Value gradient) {
    auto ends = ends_.find(value);
    if (ends == ends_.end()) return;
    for (const auto& [tensor, complete] : ends->second) {
      if (tensor->is_leaf || !delivered_.insert(tensor.get()).second) continue;
      pass_.accumulate(tensor, gradient);
      pass_.finish(tensor);
    }
  }

  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }
  int64_t num_ops() const { return num_ops_; }
  void free() { source_.freed().insert(consumed_.begin(), consumed_.end()); }

 private:
  struct End {
    TensorPtr tensor;
    bool complete;  // with this value alone
  };

  mlir::Operation* original(mlir::Operation* op) const {
    return replay_ ? replay_->original(op) : op;
  }

  // No exception crosses the walk: it ends with a failure, and rethrow() throws.
  template <typename Work>
  mlir::LogicalResult guarded(Work&& work) {
    try {
      work();
      return mlir::success();
    } catch (...) {
      error_ = std::current_exception();
      return mlir::failure();
    }
  }

  BackwardPass& pass_;
  Trace& source_;
  const Replay* replay_;
  llvm::DenseMap<mlir::Value, llvm::SmallVector<End, 1>> ends_;
  llvm::DenseSet<TensorImpl*> delivered_;
  mlir::Operation* op_ = nullptr;  // whose rule runs
  int64_t num_ops_ = 0;
  std::vector<mlir::Operation*> consumed_;
  std::exception_ptr error_;
};

void BackwardPass::fail_freed() {
  fail(site_,
       "Trying to backward through the graph a second time (or directly access saved tensors after "
       "they have already been freed). Saved intermediate values of the graph are freed when you "
       "call .backward() or autograd.grad(). Specify retain_graph=True if you need to backward "
       "through the graph a second time or if you need to access saved tensors after calling "
       "backward.");
}

void BackwardPass::add_output(const TensorPtr& output, const TensorPtr& v, size_t index) {
  if (!output->requires_grad) {
    fail(site_, absl::StrCat("element ", index,
                             " of tensors does not require grad and does not have a grad_fn"));
  }
  if (v == nullptr && output->shape.num_elements() != 1) {
    fail(site_, absl::StrCat("grad can be implicitly created only for scalar outputs; this one has "
                             "shape ",
                             output->shape.to_string(), ", pass a cotangent"));
  }
  if (v == nullptr) {
    auto type = tensor_type(trace_->mlir(), output->dtype, output->shape);
    seed(output, ir::ConstantOp::create(trace_->builder(), trace_->location(site_),
                                        ir::splatAttr(type, 1)));
    trace_->count_ops(1);
    return;
  }
  if (v->shape != output->shape || v->dtype != output->dtype) {
    fail(site_, absl::StrCat("Mismatch in shape: grad_output[", index, "] is ",
                             describe_type(v->dtype, v->shape), " and output[", index, "] is ",
                             describe_type(output->dtype, output->shape), "."));
  }
  seed(output, options_.create_graph ? trace_->read(v, site_) : trace_->read_detached(v, site_));
}

void BackwardPass::seed(const TensorPtr& output, mlir::Value cotangent) {
  bool is_earlier = output->history != nullptr;
  if (!is_earlier && !output->freed_node.empty() && output->is_concrete()) fail_freed();
  std::shared_ptr<Trace> source = is_earlier ? output->history : trace_;
  mlir::Value value = is_earlier ? output->history_value : trace_->read(output, site_);
  Seeds& seeds = seeds_[source->sequence()];
  seeds.source = std::move(source);
  seeds.outputs.push_back(value);
  seeds.cotangents.push_back(cotangent);
}

BackwardPass::Gradients BackwardPass::run() {
  HoldFlushScope hold;
  GradModeGuard mode(options_.create_graph);
  LocScope own_lines(std::nullopt);
  Rollback rollback(*trace_);
  while (!seeds_.empty()) {
    Seeds seeds = std::move(seeds_.begin()->second);
    seeds_.erase(seeds_.begin());
    differentiate(seeds);
  }
  for (auto& [key, gradient] : gradients_) finish(gradient.first);
  rollback.commit();
  if (!options_.create_graph) {
    for (auto& [key, gradient] : gradients_)
      if (gradient.second) gradient.second = trace_->detach(gradient.second);
  }
  return std::move(gradients_);
}

// The tensors as they were when `input` was read, which may have changed since.
mlir::Value BackwardPass::bind(const TraceInput& input) {
  if (input.kind == TraceInput::Kind::kNumber) {
    auto type = llvm::cast<mlir::RankedTensorType>(input.value.getType());
    return trace_->number(input.number, dtype_of_type(type.getElementType()));
  }
  const TensorPtr& tensor = input.tensor;
  auto slot = trace_->values().find(tensor.get());
  bool written = slot != trace_->values().end() && slot->second.written;
  if (tensor->storage == input.storage && !written) return trace_->read(tensor, site_);
  auto old = std::make_shared<TensorImpl>();
  old->dtype = tensor->dtype;
  old->shape = tensor->shape;
  old->storage = input.storage;
  old->version = input.version;
  return trace_->read(old, site_);
}

bool BackwardPass::is_wanted(const TensorPtr& tensor) const {
  return wanted_.empty() || llvm::is_contained(wanted_, tensor);
}

std::vector<BackwardPass::Input> BackwardPass::inputs_of(Trace& source, const Replay* replay) {
  std::vector<Input> inputs;
  auto add = [&](const TensorPtr& tensor, mlir::Value value, bool has_history) {
    if (replay != nullptr) value = replay->find(value);
    if (value) inputs.push_back({tensor, value, has_history});
  };
  for (const Leaf& leaf : source.leaves()) {
    TensorPtr tensor = leaf.tensor.lock();
    if (tensor == nullptr || !tensor->requires_grad || !is_wanted(tensor)) continue;
    if (tensor->is_leaf || wanted_.empty()) add(tensor, leaf.value, false);
  }
  for (const TraceInput& input : source.inputs()) {
    if (input.kind == TraceInput::Kind::kTensor && input.tensor->requires_grad &&
        !input.tensor->is_leaf) {
      add(input.tensor, input.value, true);
    }
  }
  for (const TensorPtr& tensor : wanted_) {
    if (tensor->is_leaf) continue;  // among the leaves
    if (tensor->trace.get() == &source) add(tensor, tensor->value, false);
    if (tensor->history.get() == &source) add(tensor, tensor->history_value, false);
  }
  return inputs;
}

void BackwardPass::differentiate(Seeds& seeds) {
  Trace& source = *seeds.source;
  bool is_earlier = &source != trace_.get();
  Replay replay(source, *trace_, [this](const TraceInput& input) { return bind(input); });
  if (is_earlier) seeds.outputs = replay(seeds.outputs);
  const Replay* replayed = is_earlier ? &replay : nullptr;

  std::vector<Input> inputs = inputs_of(source, replayed);
  std::vector<mlir::Value> values;
  for (const Input& input : inputs) values.push_back(input.value);
  bool is_last =
      seeds_.empty() && llvm::none_of(inputs, [](const Input& input) { return input.has_history; });

  Walk walk(*this, source, replayed, inputs, is_last);
  mlir::OpBuilder builder(trace_->mlir(), &walk);
  builder.setInsertionPointToEnd(&trace_->block());
  auto gradients = passes::differentiate(builder, {seeds.outputs, seeds.cotangents, values, &walk});
  trace_->count_ops(walk.num_ops());
  walk.rethrow();
  if (failed(gradients)) fail(site_, trace_->context().take_diagnostics());
  if (!options_.retain_graph && !options_.create_graph) walk.free();

  for (size_t i = 0; i < inputs.size(); ++i) {
    mlir::Value gradient = (*gradients)[i];
    if (!gradient) continue;
    // A tensor with a history is met again there, should its own gradient be wanted.
    if (inputs[i].has_history) {
      seed(inputs[i].tensor, gradient);
    } else {
      walk.deliver(inputs[i].value, gradient);
    }
  }
}

void BackwardPass::accumulate(const TensorPtr& tensor, mlir::Value gradient) {
  auto [it, is_new] = gradients_.insert({tensor.get(), {tensor, gradient}});
  if (is_new) return;
  it->second.second =
      ir::AddOp::create(trace_->builder(), trace_->location(site_), it->second.second, gradient);
  trace_->count_ops(1);
}

// All that comes to `tensor` has come.
void BackwardPass::finish(const TensorPtr& tensor) {
  if (!finished_.insert(tensor.get()).second) return;
  mlir::Value& gradient = gradients_[tensor.get()].second;
  if (tensor->is_leaf && tensor->hooks != nullptr) {
    gradient = finish_leaf(tensor, gradient);
  } else if (options_.accumulate) {
    write_grad(tensor, gradient);
  }
}

void BackwardPass::write_grad(const TensorPtr& tensor, mlir::Value gradient) {
  if (TensorPtr before = trace_->grad(tensor, site_)) {
    mlir::Value sum =
        options_.create_graph ? trace_->read(before, site_) : trace_->read_detached(before, site_);
    gradient = ir::AddOp::create(trace_->builder(), trace_->location(site_), sum, gradient);
    trace_->count_ops(1);
  }
  if (!options_.create_graph) gradient = trace_->detach(gradient);
  trace_->set_grad(tensor, trace_->adopt(gradient, options_.create_graph), site_);
}

}  // namespace etch::frontend
