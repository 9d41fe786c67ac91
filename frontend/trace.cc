#include "etch/frontend/trace.h"

#include <atomic>
#include <utility>

#include "absl/strings/str_cat.h"
#include "etch/frontend/types.h"
#include "etch/ir/dialect.h"
#include "etch/ir/program.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace etch::frontend {
namespace {

std::atomic<uint64_t> g_last_sequence{0};

}  // namespace

mlir::Value plain_value(mlir::Value value) {
  while (mlir::Operation* op = value.getDefiningOp()) {
    if (!llvm::isa<ir::DetachOp, ir::BoundaryOp>(op)) break;
    value = op->getOperand(llvm::cast<mlir::OpResult>(value).getResultNumber());
  }
  return value;
}

std::string recorded_at(mlir::Value value) {
  mlir::Operation* op = value ? value.getDefiningOp() : nullptr;
  std::string line = op ? ir::sourceLine(op->getLoc()) : "";
  return line.empty() ? "" : absl::StrCat(", computed at ", line);
}

Trace::Trace(Mode mode, std::shared_ptr<Context> context)
    : mode_(mode),
      sequence_(++g_last_sequence),
      context_(std::move(context)),
      module_(mlir::ModuleOp::create(mlir::UnknownLoc::get(context_->mlir()))),
      builder_(module_->getBodyRegion()) {
  begin();
}

Trace::Trace(std::shared_ptr<Trace> parent, BranchRules rules)
    : mode_(Mode::kExplicit),
      sequence_(++g_last_sequence),
      parent_(std::move(parent)),
      rules_(rules),
      context_(parent_->context_),
      module_(mlir::ModuleOp::create(mlir::UnknownLoc::get(context_->mlir()))),
      builder_(module_->getBodyRegion()) {
  begin();
}

Trace::~Trace() = default;

void Trace::begin() {
  auto main = mlir::func::FuncOp::create(builder_, module_->getLoc(), ir::kMainName,
                                         builder_.getFunctionType({}, {}));
  block_ = main.addEntryBlock();
  builder_.setInsertionPointToEnd(block_);
}

void Trace::require_no_branch(const Site& site, const char* what) const {
  if (parent_ == nullptr) return;
  fail(site, absl::StrCat(rules_.what, " cannot ", what, "; return the value and use it outside"));
}

void Trace::require_effects(const Site& site, const char* what) const {
  if (!rules_.effects) require_no_branch(site, what);
}

mlir::Value Trace::read_outer(const TensorPtr& tensor, const Site& site) {
  auto slot = values_.find(tensor.get());
  if (slot != values_.end()) return slot->second.value;
  mlir::Value value = parent_->read(tensor, site);
  if (tensor->requires_grad && tracked_outer_.empty()) tracked_outer_ = describe(*tensor);
  mlir::Value& argument = outer_[value];
  if (!argument) {
    argument = new_argument(llvm::cast<mlir::RankedTensorType>(value.getType()),
                            {.kind = TraceInput::Kind::kOuter, .outer = value});
    // To gradients taken within the branch it is a leaf, whatever it is outside.
    if (tensor->requires_grad) leaves_.push_back({tensor, argument});
  }
  return argument;
}

void Trace::add_tap(Tap tap, const Site& site) {
  require_effects(site, "be looked into by a tap");
  taps_.push_back(std::move(tap));
}

mlir::Location Trace::location(const Site& site) {
  std::source_location loc = user_location(site.loc);
  uint64_t path_id = module_path_id();
  if (last_location_ == nullptr || path_id != last_path_id_ || loc.file_name() != last_file_ ||
      loc.line() != last_line_) {
    last_location_ = ir::makeLocation(mlir(), module_path(), loc.file_name(), loc.line());
    last_path_id_ = path_id;
    last_file_ = loc.file_name();
    last_line_ = loc.line();
  }
  return last_location_;
}

mlir::Value Trace::new_argument(mlir::RankedTensorType type, TraceInput input) {
  input.value = block_->addArgument(type, module_->getLoc());
  inputs_.push_back(std::move(input));
  return inputs_.back().value;
}

const TraceInput* Trace::input_of(mlir::Value argument) const {
  auto block_argument = llvm::dyn_cast<mlir::BlockArgument>(argument);
  if (!block_argument || block_argument.getOwner() != block_) return nullptr;
  return &inputs_[block_argument.getArgNumber()];
}

void Trace::require_usable(const TensorImpl& tensor, const Site& site) {
  const Trace& other = *tensor.trace;
  if (other.state_ == State::kFailed) {
    fail(site, absl::StrCat("this tensor was lost when its evaluation failed: ", other.failure_));
  }
  if (other.state_ == State::kFinished) {
    fail(site,
         absl::StrCat("this tensor (", describe_type(tensor.dtype, tensor.shape),
                      recorded_at(tensor.value),
                      ") was traced by a call of etch::compile or etch::trace that is over, and "
                      "has no value; return it from the traced function instead"));
  }
  if (other.is_explicit()) {
    fail(site,
         "this tensor belongs to an enclosing etch::compile or etch::trace; pass it as an "
         "argument");
  }
  fail(site, "this tensor is still to be computed by another thread; call etch::eval there first");
}

mlir::Value Trace::read(const TensorPtr& tensor, const Site& site) {
  if (tensor->trace.get() == this) return tensor->value;
  if (parent_ != nullptr) return read_outer(tensor, site);
  if (tensor->trace != nullptr) require_usable(*tensor, site);

  auto [it, is_new] = values_.try_emplace(tensor.get());
  ValueSlot& slot = it->second;
  if (!is_new) return slot.value;
  slot.owner = tensor;
  slot.initial = slot.value = bind(tensor, tensor->storage, tensor->version);
  if (tensor->requires_grad && tensor->is_leaf) leaves_.push_back({tensor, slot.value});
  return slot.value;
}

mlir::Value Trace::read_detached(const TensorPtr& tensor, const Site& site) {
  mlir::Value value = read(tensor, site);
  return tensor->requires_grad ? detach(value) : value;
}

mlir::Value Trace::detach(mlir::Value value) {
  mlir::Value& detached = detached_[value];
  if (!detached) {
    mlir::Location loc =
        value.getDefiningOp() ? value.getDefiningOp()->getLoc() : module_->getLoc();
    detached = ir::DetachOp::create(builder_, loc, value);
    ++num_ops_;
  }
  return detached;
}

void Trace::write(const TensorPtr& tensor, mlir::Value value, const Site& site) {
  require_effects(site, "write state");
  // A value of its own, so that a gradient with respect to it is the gradient of this tensor alone.
  if (tensor->requires_grad) {
    value = ir::DetachOp::create(builder_, location(site), value);
    ++num_ops_;
    leaves_.push_back({tensor, value});
  }
  if (tensor->trace.get() == this) {
    tensor->value = value;
    return;
  }
  if (tensor->trace != nullptr && parent_ == nullptr) require_usable(*tensor, site);
  ValueSlot& slot = values_[tensor.get()];
  slot.owner = tensor;
  slot.value = value;
  slot.written = true;
}

void Trace::rebind(const TensorPtr& tensor, const TensorPtr& result, const Site& site) {
  if (tensor->trace != nullptr && tensor->trace.get() != this) {
    require_no_branch(site, "change a tensor from outside in place");
    require_usable(*tensor, site);
  }
  mlir::Value value = read(result, site);
  if (tensor->trace.get() != this) {
    // What was read before reads the tensor as it was.
    auto before = std::make_shared<TensorImpl>();
    before->dtype = tensor->dtype;
    before->shape = tensor->shape;
    before->requires_grad = tensor->requires_grad;
    before->is_leaf = tensor->is_leaf;
    before->freed_node = tensor->freed_node;
    before->storage = std::exchange(tensor->storage, nullptr);
    before->version = tensor->version;
    before->history = std::exchange(tensor->history, nullptr);
    before->history_value = std::exchange(tensor->history_value, {});
    for (TraceInput& input : inputs_)
      if (input.kind == TraceInput::Kind::kTensor && input.tensor == tensor) input.tensor = before;
    values_.erase(tensor.get());
    tensor->trace = shared_from_this();
    handles_.push_back(tensor);
  }
  tensor->value = value;
  tensor->requires_grad = result->requires_grad;
  tensor->is_leaf = !result->requires_grad;
  tensor->freed_node.clear();
  for (Leaf& leaf : leaves_)
    if (leaf.tensor.lock() == tensor) leaf.value = value;
}

TensorPtr Trace::grad(const TensorPtr& tensor, const Site& site) {
  require_no_branch(site, "look at gradients");
  auto it = grads_.find(tensor.get());
  if (it != grads_.end() && (it->second.written || it->second.asked)) return it->second.grad;
  if (!is_explicit()) return tensor->grad;

  GradSlot& slot = grads_[tensor.get()];
  slot.owner = tensor;
  slot.asked = true;
  slot.was_empty = tensor->grad == nullptr;
  if (slot.was_empty) return nullptr;
  slot.initial = new_argument(tensor_type(mlir(), tensor->grad->dtype, tensor->grad->shape),
                              {.kind = TraceInput::Kind::kGrad, .tensor = tensor});
  slot.grad = adopt(slot.initial, /*requires_grad=*/false);
  return slot.grad;
}

void Trace::set_grad(const TensorPtr& tensor, TensorPtr grad, const Site& site) {
  require_no_branch(site, "write gradients");
  GradSlot& slot = grads_[tensor.get()];
  slot.owner = tensor;
  slot.grad = std::move(grad);
  slot.written = true;
}

TensorPtr Trace::placeholder(DType dtype, const Shape& shape, bool requires_grad) {
  mlir::Value value =
      new_argument(tensor_type(mlir(), dtype, shape), {.kind = TraceInput::Kind::kPlaceholder});
  TensorPtr tensor = adopt(value, requires_grad);
  tensor->is_leaf = true;
  inputs_.back().tensor = tensor;
  if (requires_grad) leaves_.push_back({tensor, value});
  return tensor;
}

mlir::Value Trace::number(double number, DType dtype) {
  return new_argument(tensor_type(mlir(), dtype, {}),
                      {.kind = TraceInput::Kind::kNumber, .number = number});
}

mlir::Value Trace::bind(const TensorPtr& tensor, std::shared_ptr<runtime::Storage> storage,
                        uint64_t version) {
  return new_argument(tensor_type(mlir(), tensor->dtype, tensor->shape),
                      {.kind = TraceInput::Kind::kTensor,
                       .tensor = tensor,
                       .storage = std::move(storage),
                       .version = version});
}

TensorPtr Trace::adopt(mlir::Value value, bool requires_grad) {
  auto type = llvm::cast<mlir::RankedTensorType>(value.getType());
  auto tensor = std::make_shared<TensorImpl>();
  tensor->dtype = dtype_of_type(type.getElementType());
  tensor->shape = shape_of(type);
  tensor->requires_grad = requires_grad;
  tensor->is_leaf = !requires_grad;
  tensor->trace = shared_from_this();
  tensor->value = value;
  handles_.push_back(tensor);
  return tensor;
}

void Trace::make_leaf(const TensorPtr& tensor, const Site& site) {
  if (tensor->trace.get() == this) {
    tensor->value = ir::DetachOp::create(builder_, location(site), tensor->value);
    leaves_.push_back({tensor, tensor->value});
  } else if (auto it = values_.find(tensor.get()); it != values_.end()) {
    it->second.value = ir::DetachOp::create(builder_, location(site), it->second.value);
    leaves_.push_back({tensor, it->second.value});
  }
}

std::vector<TensorPtr> Trace::live_handles() {
  std::vector<TensorPtr> live;
  for (const std::weak_ptr<TensorImpl>& handle : handles_) {
    TensorPtr tensor = handle.lock();
    if (tensor != nullptr && tensor->trace.get() == this) live.push_back(std::move(tensor));
  }
  return live;
}

void Trace::release() {
  values_.clear();
  grads_.clear();
  handles_.clear();
  observations_.clear();
  taps_.clear();
  draws_.clear();
  detached_.clear();
  outer_.clear();
  context_->count_ops(std::exchange(num_ops_, 0));
}

void Trace::finish(bool keep_graph) {
  state_ = State::kFinished;
  release();
  if (keep_graph) return;
  inputs_.clear();
  leaves_.clear();
  variables_.clear();
  freed_.clear();
  tensor_hooks_.clear();
  node_hooks_.clear();
}

void Trace::finish_failed(std::string failure) {
  finish(/*keep_graph=*/false);
  state_ = State::kFailed;
  failure_ = std::move(failure);
}

}  // namespace etch::frontend
