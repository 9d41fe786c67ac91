#include "etch/frontend/backward.h"

#include "absl/strings/str_cat.h"
#include "etch/frontend/types.h"
#include "etch/ir/build.h"
#include "etch/passes/autodiff.h"

namespace etch::frontend {

// Watches what differentiation builds: an op whose derivative looks at its operands or results has
// been consumed by a backward that does not retain the graph.
class BackwardPass::SavedValues : public mlir::OpBuilder::Listener {
 public:
  SavedValues(Trace& source, const Replay* replay) : source_(source), replay_(replay) {}

  // The op that defines `value` is differentiated next.
  void enter(mlir::Value value) {
    op_ = value.getDefiningOp();
    reached_freed_ |= op_ != nullptr && source_.freed().contains(original());
  }

  void notifyOperationInserted(mlir::Operation* op, mlir::OpBuilder::InsertPoint) override {
    ++num_ops_;
    if (op_ == nullptr) return;
    for (mlir::Value operand : op->getOperands()) {
      if (operand.getDefiningOp() == op_ || llvm::is_contained(op_->getOperands(), operand)) {
        consumed_.push_back(original());
        return;
      }
    }
  }

  bool reached_freed() const { return reached_freed_; }
  int64_t num_ops() const { return num_ops_; }
  void free() { source_.freed().insert(consumed_.begin(), consumed_.end()); }

 private:
  mlir::Operation* original() const { return replay_ ? replay_->original(op_) : op_; }

  Trace& source_;
  const Replay* replay_;
  mlir::Operation* op_ = nullptr;
  bool reached_freed_ = false;
  int64_t num_ops_ = 0;
  std::vector<mlir::Operation*> consumed_;
};

void BackwardPass::fail_freed() {
  fail(site_,
       "Trying to backward through the graph a second time (or directly access saved tensors after "
       "they have already been freed). Saved intermediate values of the graph are freed when you "
       "call .backward() or autograd.grad(). Specify retain_graph=True if you need to backward "
       "through the graph a second time or if you need to access saved tensors after calling "
       "backward.");
}

void BackwardPass::add_output(const TensorPtr& output, const TensorPtr& v) {
  if (trace_->is_branch()) fail(site_, "gradients cannot be taken within a branch of etch::cond");
  if (!output->requires_grad) {
    fail(site_, "element 0 of tensors does not require grad and does not have a grad_fn");
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
    fail(site_,
         absl::StrCat("Mismatch in shape: grad_output[0] is ", describe_type(v->dtype, v->shape),
                      " and output[0] is ", describe_type(output->dtype, output->shape), "."));
  }
  seed(output, options_.create_graph ? trace_->read(v, site_) : trace_->read_detached(v, site_));
}

void BackwardPass::seed(const TensorPtr& output, mlir::Value cotangent) {
  bool is_earlier = output->history != nullptr;
  if (!is_earlier && output->graph_freed && output->is_concrete()) fail_freed();
  std::shared_ptr<Trace> source = is_earlier ? output->history : trace_;
  mlir::Value value = is_earlier ? output->history_value : trace_->read(output, site_);
  Seeds& seeds = seeds_[source->sequence()];
  seeds.source = std::move(source);
  seeds.outputs.push_back(value);
  seeds.cotangents.push_back(cotangent);
}

BackwardPass::Gradients BackwardPass::run() {
  while (!seeds_.empty()) {
    Seeds seeds = std::move(seeds_.begin()->second);
    seeds_.erase(seeds_.begin());
    differentiate(seeds);
  }
  if (!options_.create_graph) {
    for (auto& [key, gradient] : gradients_) gradient.second = trace_->detach(gradient.second);
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

std::vector<BackwardPass::Input> BackwardPass::inputs_of(Trace& source, const Replay* replay) {
  std::vector<Input> inputs;
  auto add = [&](const TensorPtr& tensor, mlir::Value value, bool has_history) {
    if (replay != nullptr) value = replay->find(value);
    if (value) inputs.push_back({tensor, value, has_history});
  };
  for (const Leaf& leaf : source.leaves()) {
    TensorPtr tensor = leaf.tensor.lock();
    if (tensor != nullptr && tensor->requires_grad) add(tensor, leaf.value, false);
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

  SavedValues saved(source, replayed);
  mlir::OpBuilder builder(trace_->mlir(), &saved);
  builder.setInsertionPointToEnd(&trace_->block());
  auto hook = [&](mlir::OpBuilder&, mlir::Value value, mlir::Value cotangent) {
    saved.enter(value);
    return cotangent;
  };
  auto gradients = passes::differentiate(builder, {seeds.outputs, seeds.cotangents, values, hook});
  trace_->count_ops(saved.num_ops());
  if (failed(gradients)) fail(site_, trace_->context().take_diagnostics());
  if (saved.reached_freed()) fail_freed();
  if (!options_.retain_graph && !options_.create_graph) saved.free();

  for (size_t i = 0; i < inputs.size(); ++i) {
    mlir::Value gradient = (*gradients)[i];
    if (!gradient) continue;
    // A tensor with a history is met again there, should its own gradient be wanted.
    if (inputs[i].has_history) {
      seed(inputs[i].tensor, gradient);
    } else {
      accumulate(inputs[i].tensor, gradient);
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

}  // namespace etch::frontend
