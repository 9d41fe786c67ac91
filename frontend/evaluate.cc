#include "etch/frontend/evaluate.h"

#include <chrono>

#include "absl/strings/str_cat.h"
#include "etch/frontend/draws.h"
#include "etch/frontend/host_values.h"
#include "etch/frontend/node_impl.h"
#include "etch/frontend/program_cache.h"
#include "etch/frontend/replay.h"
#include "etch/frontend/statistics.h"
#include "etch/frontend/types.h"
#include "etch/ir/dialect.h"
#include "llvm/ADT/DenseMap.h"
#include "mlir/IR/BuiltinAttributes.h"

namespace etch::frontend {
namespace {

using runtime::Storage;

thread_local Statistics t_statistics;
thread_local int t_flush_holds = 0;

// A guard for memory, not a schedule: loops are cut by flush_at_boundary's other rule.
constexpr int64_t kMaxPendingOps = 20'000;

struct Computed {
  std::shared_ptr<Storage> storage;
  uint64_t version = 0;
};

// One evaluation of a pending trace.
class Evaluation {
 public:
  explicit Evaluation(Trace& trace)
      : trace_(trace), handles_(trace.live_handles()), taps_(std::move(trace.taps())) {}

  absl::Status run() {
    for (const TensorPtr& handle : handles_) request(handle->value, nullptr);
    for (auto& [key, slot] : trace_.values())
      if (slot.written) request(slot.value, &slot);
    for (const Tap& tap : taps_)
      for (mlir::Value value : tap.values) request(value, nullptr);
    slice_ = slice_of(program_results_, {}, trace_.num_ops());
    number_draws(trace_, slice_);
    find_histories();
    if (!program_results_.empty()) {
      if (absl::Status status = compute(); !status.ok()) return status;
    }
    commit();
    return absl::OkStatus();
  }

  // After run(), when the trace is no longer pending: a tap may compute with tensors.
  void deliver_taps() {
    for (const Tap& tap : taps_) {
      std::vector<TensorView> views;
      for (mlir::Value value : tap.values) {
        auto type = llvm::cast<mlir::RankedTensorType>(value.getType());
        views.push_back({computed_[plain_value(value)].storage->data(),
                         dtype_of_type(type.getElementType()),
                         std::span<const int64_t>(type.getShape().data(), type.getShape().size())});
      }
      tap.fn(views);
    }
  }

 private:
  // Notes how `value` will be had; `slot` is the cell that wants it, if one does.
  void request(mlir::Value wanted, const ValueSlot* slot) {
    mlir::Value value = plain_value(wanted);
    auto [it, is_new] = computed_.try_emplace(value);
    if (!is_new && slot == nullptr) return;
    if (is_new && provide_on_host(value, it->second)) return;
    if (is_new) program_results_.push_back(value);
    if (slot != nullptr) destinations_.try_emplace(value, slot);
  }

  // Values that need no program: what an input holds, and constants.
  bool provide_on_host(mlir::Value value, Computed& computed) {
    if (const TraceInput* input = trace_.input_of(value)) {
      computed = {input->storage, input->version};
      if (input->kind == TraceInput::Kind::kNumber) computed = {number_storage(*input), 0};
      return true;
    }
    auto constant = llvm::dyn_cast<ir::ConstantOp>(value.getDefiningOp());
    if (!constant) return false;
    computed = {constant_storage(constant.getValue()), runtime::next_version()};
    return computed.storage != nullptr;
  }

  // What backward may still want of the live tensors: nothing, where it has been there before.
  void find_histories() {
    auto is_tracked = [](const TensorPtr& tensor) {
      return tensor->requires_grad && !tensor->is_leaf;
    };
    if (llvm::none_of(handles_, is_tracked)) return;
    llvm::DenseSet<mlir::Operation*> consumed;
    auto is_consumed = [&](mlir::Value value) {
      return value.getDefiningOp() != nullptr && consumed.contains(value.getDefiningOp());
    };
    for (mlir::Operation* op : slice_.ops) {
      bool gone = trace_.freed().contains(op);
      if (!op->hasTrait<ir::NonDifferentiable>())
        gone |= llvm::any_of(op->getOperands(), is_consumed);
      if (gone) consumed.insert(op);
    }
    for (const TensorPtr& handle : handles_) {
      if (!is_tracked(handle)) continue;
      bool gone = is_consumed(handle->value);
      if (gone) handle->freed_node = node_name(handle->value.getDefiningOp());
      keep_graph_ |= !gone;
    }
  }

  std::vector<ValueLabel> label_inputs() {
    std::vector<ValueLabel> labels;
    for (size_t i = 0; i < slice_.inputs.size(); ++i) {
      const TraceInput& input = trace_.inputs()[slice_.inputs[i]];
      auto slot = trace_.values().find(input.tensor.get());
      bool written = slot != trace_.values().end() && slot->second.written &&
                     slot->second.initial == input.value;
      // Names of our own: modules that differ in their names alone share a program.
      if (input.tensor != nullptr && (written || input.tensor->cell != nullptr)) {
        labels.push_back({ValueLabel::Kind::kState, "", absl::StrCat("cell", i)});
      } else {
        labels.push_back({ValueLabel::Kind::kPlain, absl::StrCat("in", i), ""});
      }
    }
    return labels;
  }

  std::vector<ValueLabel> label_results(const std::vector<ValueLabel>& input_labels) {
    llvm::DenseMap<mlir::Value, size_t> position;
    for (size_t i = 0; i < slice_.inputs.size(); ++i)
      position[trace_.inputs()[slice_.inputs[i]].value] = i;
    std::vector<ValueLabel> labels;
    for (mlir::Value result : program_results_) {
      labels.push_back({ValueLabel::Kind::kPlain, absl::StrCat("out", labels.size()), ""});
      auto slot = destinations_.find(result);
      if (slot == destinations_.end()) continue;
      auto input = position.find(slot->second->initial);
      if (input != position.end()) labels.back() = input_labels[input->second];
    }
    return labels;
  }

  BoundInput bind(TraceInput& input) {
    if (input.kind == TraceInput::Kind::kNumber) {
      if (input.storage == nullptr) input.storage = number_storage(input);
      return {&input.storage, runtime::next_version()};
    }
    // The tensor and the trace are the only ones that hold the storage.
    bool sole = input.storage.use_count() == 2 && input.tensor->storage == input.storage;
    return {&input.storage, input.version, sole && !keep_graph_};
  }

  absl::Status compute() {
    auto start = std::chrono::steady_clock::now();
    std::vector<ValueLabel> input_labels = label_inputs();
    std::vector<ValueLabel> result_labels = label_results(input_labels);
    auto program = find_or_compile({trace_, slice_, program_results_, input_labels, result_labels});
    if (!program.ok()) return program.status();
    std::chrono::duration<double> lookup = std::chrono::steady_clock::now() - start;

    std::vector<BoundInput> inputs;
    for (unsigned input : slice_.inputs) inputs.push_back(bind(trace_.inputs()[input]));
    std::vector<std::shared_ptr<Storage>> results(program_results_.size());
    if (absl::Status status = (*program)->run(inputs, results); !status.ok()) return status;
    ++t_statistics.evaluations;
    t_statistics.last_ops = static_cast<int64_t>(slice_.ops.size());
    t_statistics.last_lookup_seconds = lookup.count();
    t_statistics.last_results = static_cast<int64_t>(results.size());
    for (size_t i = 0; i < results.size(); ++i)
      computed_[program_results_[i]] = {std::move(results[i]), runtime::next_version()};
    return absl::OkStatus();
  }

  void commit() {
    std::shared_ptr<Trace> self = trace_.shared_from_this();
    for (const TensorPtr& handle : handles_) {
      if (handle->requires_grad && !handle->is_leaf && handle->freed_node.empty()) {
        handle->history = self;
        handle->history_value = handle->value;
      }
      store(*handle, handle->value);
      handle->trace = nullptr;
      handle->value = {};
    }
    for (auto& [key, slot] : trace_.values())
      if (slot.written) store(*slot.owner, slot.value);
    for (auto& [key, slot] : trace_.grads())
      if (slot.written) slot.owner->grad = slot.grad;
    trace_.finish(keep_graph_);
  }

  void store(TensorImpl& tensor, mlir::Value value) {
    const Computed& computed = computed_[plain_value(value)];
    tensor.storage = computed.storage;
    tensor.version = computed.version;
  }

  Trace& trace_;
  std::vector<TensorPtr> handles_;
  std::vector<Tap> taps_;
  std::vector<mlir::Value> program_results_;
  llvm::DenseMap<mlir::Value, Computed> computed_;
  llvm::DenseMap<mlir::Value, const ValueSlot*> destinations_;
  Slice slice_;
  bool keep_graph_ = false;
};

}  // namespace

Statistics statistics() {
  Statistics result = t_statistics;
  result.compilations = num_eager_compilations();
  return result;
}

void flush_pending(const Site& site) {
  std::shared_ptr<Trace> trace = Trace::pending();
  if (trace == nullptr) return;
  if (t_flush_holds > 0) {
    fail(site,
         "values are not known while backward is recorded; to look at a gradient, register a hook "
         "that takes an etch::TensorView, or keep the tensor and read it after backward");
  }
  Trace::drop_pending();
  Evaluation evaluation(*trace);
  absl::Status status;
  try {
    status = evaluation.run();
  } catch (const Error& error) {
    status = absl::ResourceExhaustedError(error.what());
  }
  if (status.ok()) return evaluation.deliver_taps();
  trace->finish_failed(std::string(status.message()));
  fail(site, absl::StrCat("the evaluation failed: ", trace->failure()));
}

HoldFlushScope::HoldFlushScope() { ++t_flush_holds; }
HoldFlushScope::~HoldFlushScope() { --t_flush_holds; }

void flush_at_boundary(llvm::ArrayRef<Tensor> operands) {
  if (Trace::in_explicit() || t_flush_holds > 0) return;
  std::shared_ptr<Trace> pending = Trace::pending();
  if (pending == nullptr) return;
  bool boundary = pending->num_ops() > kMaxPendingOps;
  for (const Tensor& operand : operands) {
    const TensorImpl& tensor = *operand.impl();
    if (!tensor.requires_grad || tensor.cell == nullptr || !is_grad_enabled()) continue;
    auto slot = pending->values().find(operand.impl().get());
    boundary |= slot != pending->values().end() && slot->second.written;
  }
  if (boundary) flush_pending({"evaluate", std::source_location()});
}

const TensorImpl& concrete(const Tensor& tensor, const Site& site) {
  if (!tensor.defined()) fail(site, "the tensor is empty");
  TensorImpl& impl = *tensor.impl();
  if (Trace::in_explicit()) {
    if (impl.trace != nullptr && impl.trace->state() != Trace::State::kRecording) {
      Trace::current()->read(tensor.impl(), site);  // throws
    }
    fail(site,
         absl::StrCat("the value of ", describe(impl),
                      " is not known while etch::compile or "
                      "etch::trace records",
                      recorded_at(impl.value),
                      "; choose by value with etch::where or etch::cond, look at it with a tap, or "
                      "return it"));
  }
  if (impl.trace != nullptr && impl.trace == Trace::pending()) {
    flush_pending(site);
  } else if (impl.trace != nullptr) {
    Trace::current()->read(tensor.impl(), site);  // throws
  } else if (std::shared_ptr<Trace> pending = Trace::pending()) {
    auto slot = pending->values().find(&impl);
    if (slot != pending->values().end() && slot->second.written) flush_pending(site);
  }
  return impl;
}

TensorPtr evaluate_apart(const Tensor& tensor, const Site& site) {
  std::shared_ptr<Trace> source = tensor.impl()->trace;
  SeparateTraceScope apart(std::make_shared<Trace>(Trace::Mode::kPending, source->context_ptr()));
  std::shared_ptr<Trace> target = Trace::current();
  Replay replay(*source, *target, [&](const TraceInput& input) -> mlir::Value {
    if (input.kind != TraceInput::Kind::kTensor) {
      fail(site,
           "the initial value depends on an argument of the traced function, so it is not "
           "known yet; start from a constant or from a tensor made outside");
    }
    return target->bind(input.tensor, input.storage, input.version);
  });
  TensorPtr copy = target->adopt(replay({tensor.impl()->value}).front(), false);
  flush_pending(site);
  return copy;
}

}  // namespace etch::frontend

namespace etch {

void eval(std::span<const Tensor> tensors) {
  frontend::Site site{"eval", std::source_location()};
  if (tensors.empty() && !frontend::is_tracing()) frontend::flush_pending(site);
  for (const Tensor& tensor : tensors) frontend::concrete(tensor, site);
}

}  // namespace etch
