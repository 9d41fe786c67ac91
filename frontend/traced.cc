#include "etch/frontend/traced.h"

#include <algorithm>
#include <chrono>
#include <set>

#include "absl/strings/str_cat.h"
#include "etch/frontend/draws.h"
#include "etch/frontend/evaluate.h"
#include "etch/frontend/types.h"

namespace etch::frontend {
namespace {

constexpr std::source_location kNoLine;

// Ends the trace whatever happens: what leaks out of the traced function is recognized as stale.
class FinishAtEnd {
 public:
  explicit FinishAtEnd(Trace& trace) : trace_(trace) {}
  ~FinishAtEnd() { trace_.finish(/*keep_graph=*/false); }

 private:
  Trace& trace_;
};

class Outliner {
 public:
  Outliner(Trace& trace, const std::vector<ArgumentSpec>& specs,
           const std::vector<Tensor>& arguments, const std::vector<std::string>& result_names)
      : trace_(trace), specs_(specs), arguments_(arguments), result_names_(result_names) {}

  TracedFunction run(const std::vector<Tensor>& returned) {
    check_result_names(returned.size());
    for (const Tensor& tensor : returned) add_returned(tensor);
    for (ValueSlot* slot : written_values()) add_written(*slot);
    add_grads();
    add_taps();
    std::vector<mlir::Value> placeholders;
    for (const TraceInput& input : trace_.inputs())
      if (input.kind == TraceInput::Kind::kPlaceholder) placeholders.push_back(input.value);
    Slice slice = slice_of(values_, placeholders);
    number_draws(trace_, slice);
    for (unsigned input : slice.inputs) bind_input(trace_.inputs()[input]);
    find_unread();
    label_results();
    add_types(slice);
    add_guards();
    function_.module =
        outline(trace_, slice, values_, function_.input_labels, function_.result_labels);
    function_.context = trace_.context_ptr();
    function_.num_ops = static_cast<int64_t>(slice.ops.size());
    return std::move(function_);
  }

 private:
  static std::string sort_key(const TensorPtr& tensor) {
    return tensor->cell != nullptr ? tensor->cell->path : "";
  }

  void check_result_names(size_t returned) const {
    if (result_names_.empty()) return;
    if (result_names_.size() != returned)
      fail({"return", kNoLine},
           absl::StrCat("the traced function returns ", returned, " tensors, of which ",
                        result_names_.size(), " are named; name all of them or none"));
    std::set<std::string> names;
    for (const std::string& name : result_names_) {
      if (name.empty()) fail({"return", kNoLine}, "a result has an empty name");
      if (name.starts_with("tap"))
        fail({"return", kNoLine}, absl::StrCat("result \"", name, "\": taps have names like this"));
      if (!names.insert(name).second)
        fail({"return", kNoLine}, absl::StrCat("two results are called \"", name, "\""));
    }
  }

  void add_result(Binding binding, mlir::Value value) {
    function_.results.push_back(std::move(binding));
    values_.push_back(value);
  }

  void add_returned(const Tensor& tensor) {
    if (!tensor.defined()) {
      fail({"return", kNoLine}, "the traced function returns an empty tensor");
    }
    int index = static_cast<int>(function_.results.size());
    add_result({Binding::Kind::kReturned, index}, trace_.read(tensor.impl(), {"return", kNoLine}));
  }

  // Rather than in the order of writing, which may follow the order of operands.
  template <typename Slot>
  static std::vector<Slot*> by_path(const std::vector<Slot*>& slots) {
    std::vector<std::pair<std::string, size_t>> order;
    for (size_t i = 0; i < slots.size(); ++i) order.push_back({sort_key(slots[i]->owner), i});
    std::sort(order.begin(), order.end());
    std::vector<Slot*> sorted;
    for (auto& [path, i] : order) sorted.push_back(slots[i]);
    return sorted;
  }

  std::vector<ValueSlot*> written_values() {
    std::vector<ValueSlot*> written;
    for (auto& [key, slot] : trace_.values())
      if (slot.written && slot.value != slot.initial) written.push_back(&slot);
    return by_path(written);
  }

  void add_written(ValueSlot& slot) {
    add_result({Binding::Kind::kValue, 0, slot.owner}, slot.value);
  }

  int argument_index(const TensorPtr& tensor) const {
    for (size_t i = 0; i < arguments_.size(); ++i)
      if (arguments_[i].impl() == tensor) return static_cast<int>(i);
    return -1;
  }

  void add_grads() {
    std::vector<GradSlot*> slots;
    for (auto& [key, slot] : trace_.grads()) slots.push_back(&slot);
    for (GradSlot* slot : by_path(slots)) {
      int argument = argument_index(slot->owner);
      if (slot->asked) {
        function_.grad_guards.push_back(
            {argument < 0 ? slot->owner : nullptr, argument, slot->was_empty});
      }
      if (!slot->written) continue;
      if (argument < 0 && slot->owner->trace != nullptr) continue;  // of a value made in the trace
      if (slot->grad == nullptr && argument >= 0) {
        function_.emptied_argument_grads.push_back(argument);
      } else if (slot->grad == nullptr) {
        function_.emptied_grads.push_back(slot->owner);
      } else {
        mlir::Value value = trace_.read(slot->grad, {"grad", kNoLine});
        if (value == slot->initial) continue;
        add_result(argument >= 0 ? Binding{Binding::Kind::kArgumentGrad, argument, nullptr}
                                 : Binding{Binding::Kind::kGrad, 0, slot->owner},
                   value);
      }
    }
  }

  std::string name_of(int argument) const {
    const std::string& name = specs_[argument].name;
    return name.empty() ? absl::StrCat("arg", argument) : name;
  }

  void add_taps() {
    for (Tap& tap : trace_.taps()) {
      int index = static_cast<int>(function_.taps.size());
      for (mlir::Value value : tap.values) {
        add_result({Binding::Kind::kTap, index, nullptr}, value);
        tap_names_.push_back(tap.name);
      }
      function_.taps.push_back(std::move(tap.fn));
    }
  }

  void bind_input(const TraceInput& input) {
    switch (input.kind) {
      case TraceInput::Kind::kPlaceholder: {
        int index = argument_index(input.tensor);
        function_.inputs.push_back({Binding::Kind::kArgument, index, nullptr});
        function_.input_labels.push_back({ValueLabel::Kind::kPlain, name_of(index), ""});
        return;
      }
      case TraceInput::Kind::kTensor:
        function_.inputs.push_back({Binding::Kind::kValue, 0, input.tensor});
        function_.input_labels.push_back({ValueLabel::Kind::kState, "", path_of(input.tensor)});
        return;
      case TraceInput::Kind::kGrad:
        if (int index = argument_index(input.tensor); index >= 0) {
          function_.inputs.push_back({Binding::Kind::kArgumentGrad, index, nullptr});
          function_.input_labels.push_back(
              {ValueLabel::Kind::kPlain, absl::StrCat(name_of(index), ".grad"), ""});
          return;
        }
        function_.inputs.push_back({Binding::Kind::kGrad, 0, input.tensor});
        function_.input_labels.push_back({ValueLabel::Kind::kGrad, "", path_of(input.tensor)});
        return;
      case TraceInput::Kind::kNumber:  // only eager-looking code has them
      case TraceInput::Kind::kOuter:   // only branches
        return;
    }
  }

  void label_results() {
    size_t next_tap = 0;
    for (const Binding& result : function_.results) {
      switch (result.kind) {
        case Binding::Kind::kValue:
          function_.result_labels.push_back({ValueLabel::Kind::kState, "", path_of(result.tensor)});
          break;
        case Binding::Kind::kGrad:
          function_.result_labels.push_back({ValueLabel::Kind::kGrad, "", path_of(result.tensor)});
          break;
        case Binding::Kind::kArgumentGrad:
          function_.result_labels.push_back(
              {ValueLabel::Kind::kPlain, absl::StrCat(name_of(result.index), ".grad"), ""});
          break;
        case Binding::Kind::kTap: {
          std::string name = absl::StrCat("tap", next_tap, ".", tap_names_[next_tap]);
          function_.result_labels.push_back({ValueLabel::Kind::kPlain, name, ""});
          ++next_tap;
          break;
        }
        default:
          function_.result_labels.push_back({ValueLabel::Kind::kPlain,
                                             result_names_.empty()
                                                 ? absl::StrCat("out", result.index)
                                                 : result_names_[result.index],
                                             ""});
      }
    }
  }

  void find_unread() {
    std::set<std::pair<Binding::Kind, TensorImpl*>> read;
    for (const Binding& input : function_.inputs) read.insert({input.kind, input.tensor.get()});
    for (const Binding& result : function_.results) {
      bool replaces = result.kind == Binding::Kind::kValue || result.kind == Binding::Kind::kGrad;
      function_.replaces_unread.push_back(replaces &&
                                          !read.contains({result.kind, result.tensor.get()}));
    }
  }

  static runtime::ValueInfo info_of(const ValueLabel& label, mlir::Value value, bool is_input) {
    using runtime::ValueKind;
    auto type = llvm::cast<mlir::RankedTensorType>(value.getType());
    ValueKind kind = label.kind == ValueLabel::Kind::kState  ? ValueKind::kState
                     : label.kind == ValueLabel::Kind::kGrad ? ValueKind::kGrad
                     : is_input                              ? ValueKind::kArgument
                                                             : ValueKind::kResult;
    return {.name = label.name.empty() ? label.path : label.name,
            .kind = kind,
            .path = label.path,
            .dtype = dtype_of_type(type.getElementType()),
            .shape = shape_of(type)};
  }

  void add_types(const Slice& slice) {
    for (size_t i = 0; i < slice.inputs.size(); ++i) {
      mlir::Value value = trace_.inputs()[slice.inputs[i]].value;
      function_.input_types.push_back(info_of(function_.input_labels[i], value, true));
    }
    for (size_t i = 0; i < values_.size(); ++i)
      function_.result_types.push_back(info_of(function_.result_labels[i], values_[i], false));
  }

  // The same for a value and its gradient; unlike that of every other tensor of the program.
  std::string path_of(const TensorPtr& tensor) {
    std::string& path = paths_[tensor.get()];
    if (!path.empty()) return path;
    std::string base = sort_key(tensor);
    if (base.empty()) base = absl::StrCat("captured.", num_captured_++);
    path = base;
    for (int copy = 2; !used_paths_.insert(path).second; ++copy)
      path = absl::StrCat(base, "#", copy);
    return path;
  }

  void add_guards() {
    for (auto& [key, slot] : trace_.values()) {
      const TensorPtr& tensor = slot.owner;
      if (tensor->trace != nullptr) continue;
      function_.tensor_guards.push_back(
          {tensor, tensor->dtype, tensor->shape, tensor->requires_grad, hook_ids(*tensor)});
    }
    function_.observations = trace_.observations();
  }

  Trace& trace_;
  const std::vector<ArgumentSpec>& specs_;
  const std::vector<Tensor>& arguments_;
  const std::vector<std::string>& result_names_;
  TracedFunction function_;
  std::vector<mlir::Value> values_;
  std::vector<std::string> tap_names_;  // of each tapped value
  llvm::DenseMap<TensorImpl*, std::string> paths_;
  std::set<std::string> used_paths_;
  int num_captured_ = 0;
};

}  // namespace

std::string hook_ids(const TensorImpl& tensor) {
  return tensor.is_leaf && tensor.hooks != nullptr ? tensor.hooks->ids() : "";
}

TracedFunction trace_function(const std::vector<ArgumentSpec>& specs, const TraceBody& body,
                              const std::vector<std::string>& result_names) {
  // Captured tensors must have their values, and cells hold what eager-looking code gave them.
  if (!Trace::in_explicit()) flush_pending({"trace", kNoLine});
  auto start = std::chrono::steady_clock::now();
  auto trace = std::make_shared<Trace>(Trace::Mode::kExplicit, std::make_shared<Context>());
  std::vector<Tensor> arguments;
  for (const ArgumentSpec& spec : specs) {
    arguments.emplace_back(trace->placeholder(spec.dtype, spec.shape, spec.requires_grad));
  }
  FinishAtEnd finish(*trace);
  ExplicitTraceScope scope(trace);
  TracedFunction function = Outliner(*trace, specs, arguments, result_names).run(body(arguments));
  std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
  function.seconds = time.count();
  return function;
}

}  // namespace etch::frontend
