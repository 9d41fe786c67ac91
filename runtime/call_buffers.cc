#include "etch/runtime/call_buffers.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "etch/runtime/json_reader.h"
#include "etch/runtime/status.h"
#include "etch/runtime/values.h"

namespace etch::runtime {
namespace {

int64_t bytes_of(const ValueInfo& info) { return info.shape.num_elements() * size_of(info.dtype); }

bool is_aligned(const void* data) {
  return reinterpret_cast<uintptr_t>(data) % kBufferAlignment == 0;
}

bool overlap(const TensorView& a, const TensorView& b) {
  auto begin = [](const TensorView& view) { return reinterpret_cast<uintptr_t>(view.data); };
  uintptr_t end_a = begin(a) + a.size_bytes(), end_b = begin(b) + b.size_bytes();
  return begin(a) < end_b && begin(b) < end_a;
}

bool is_callers(const ValueInfo& info) {
  return info.kind == ValueKind::kArgument || info.kind == ValueKind::kResult;
}

// "x f32 [64, 784], y i64 [64]"
std::string list(const std::vector<ValueInfo>& infos) {
  std::vector<std::string> items;
  for (const ValueInfo& info : infos)
    if (is_callers(info))
      items.push_back(absl::StrCat(info.name, " ", type_text(info.dtype, info.shape)));
  return items.empty() ? "none" : absl::StrJoin(items, ", ");
}

}  // namespace

CallBuffers::CallBuffers(const CompiledProgram& program, std::shared_ptr<MemoryBudget> budget)
    : inputs(program.inputs.size()),
      results(program.results.size()),
      info_(program),
      budget_(std::move(budget)),
      given_inputs_(program.inputs.size()),
      given_outputs_(program.results.size()),
      own_inputs_(program.inputs.size()),
      own_results_(program.results.size()) {}

absl::Status CallBuffers::bind(std::span<const NamedInput> given_inputs,
                               std::span<const NamedOutput> outputs) {
  ETCH_RETURN_IF_ERROR(match(given_inputs, info_.inputs, "input", given_inputs_));
  ETCH_RETURN_IF_ERROR(match(outputs, info_.results, "output", given_outputs_));
  ETCH_RETURN_IF_ERROR(check_missing(given_inputs.size()));
  ETCH_RETURN_IF_ERROR(check_overlaps(given_inputs, outputs));
  ETCH_RETURN_IF_ERROR(bind_inputs(given_inputs));
  return bind_outputs(outputs);
}

void CallBuffers::deliver(std::span<const NamedOutput> outputs) const {
  for (size_t i = 0; i < given_outputs_.size(); ++i) {
    if (given_outputs_[i] < 0) continue;
    void* wanted = outputs[given_outputs_[i]].value.data;
    int64_t bytes = bytes_of(info_.results[i]);
    if (wanted != results[i] && bytes > 0)
      std::memcpy(wanted, results[i], static_cast<size_t>(bytes));
  }
}

template <typename... Parts>
absl::Status CallBuffers::misuse(const Parts&... parts) const {
  return absl::InvalidArgumentError(
      absl::StrCat("program ", json_quote(info_.name), ": ", parts...));
}

template <typename Named>
absl::Status CallBuffers::match(std::span<const Named> named, const std::vector<ValueInfo>& infos,
                                const char* role, std::vector<int>& given) const {
  std::ranges::fill(given, -1);
  for (size_t i = 0; i < named.size(); ++i) {
    auto found = std::ranges::find_if(infos, [&](const ValueInfo& info) {
      return is_callers(info) && info.name == named[i].name;
    });
    if (found == infos.end())
      return misuse("there is no ", role, " ", json_quote(named[i].name), "; it has ", list(infos));
    int& place = given[found - infos.begin()];
    if (place >= 0) return misuse(role, " ", json_quote(found->name), " is given twice");
    place = static_cast<int>(i);
    TensorView view = named[i].value;
    if (!has_type(view, found->dtype, found->shape))
      return misuse(role, " ", json_quote(found->name), " is ", type_text(view.dtype, view.shape),
                    ", the program has ", type_text(found->dtype, found->shape));
    if (view.data == nullptr && bytes_of(*found) > 0)
      return misuse(role, " ", json_quote(found->name), " has no data");
  }
  return absl::OkStatus();
}

absl::Status CallBuffers::check_missing(size_t count) const {
  for (size_t i = 0; i < given_inputs_.size(); ++i)
    if (is_callers(info_.inputs[i]) && given_inputs_[i] < 0)
      return misuse("input ", json_quote(info_.inputs[i].name), " is missing; it has ",
                    list(info_.inputs), ", of which ", count, count == 1 ? " was" : " were",
                    " given");
  return absl::OkStatus();
}

absl::Status CallBuffers::check_overlaps(std::span<const NamedInput> inputs,
                                         std::span<const NamedOutput> outputs) const {
  for (size_t i = 0; i < outputs.size(); ++i) {
    auto clash = [&](std::string_view name) {
      return misuse("output ", json_quote(outputs[i].name), " overlaps ", json_quote(name));
    };
    for (const NamedInput& input : inputs)
      if (overlap(outputs[i].value, input.value)) return clash(input.name);
    for (size_t k = 0; k < i; ++k)
      if (overlap(outputs[i].value, outputs[k].value)) return clash(outputs[k].name);
  }
  return absl::OkStatus();
}

absl::Status CallBuffers::make_own(const ValueInfo& info, std::shared_ptr<Storage>& storage) const {
  if (storage != nullptr) return absl::OkStatus();
  ETCH_ASSIGN_OR_RETURN(storage, Storage::allocate(bytes_of(info), budget_));
  return absl::OkStatus();
}

absl::Status CallBuffers::bind_inputs(std::span<const NamedInput> inputs) {
  for (size_t i = 0; i < given_inputs_.size(); ++i) {
    if (given_inputs_[i] < 0) continue;
    const TensorView& view = inputs[given_inputs_[i]].value;
    this->inputs[i] = view.data;
    if (is_aligned(view.data) && view.data != nullptr && view.dtype != DType::kBool) continue;
    ETCH_RETURN_IF_ERROR(make_own(info_.inputs[i], own_inputs_[i]));
    copy_values(view, *own_inputs_[i]);
    this->inputs[i] = own_inputs_[i]->data();
  }
  return absl::OkStatus();
}

// Results that nobody asked for have a buffer too.
absl::Status CallBuffers::bind_outputs(std::span<const NamedOutput> outputs) {
  for (size_t i = 0; i < given_outputs_.size(); ++i) {
    if (!is_callers(info_.results[i])) continue;
    void* data = given_outputs_[i] >= 0 ? outputs[given_outputs_[i]].value.data : nullptr;
    results[i] = data;
    if (data != nullptr && is_aligned(data)) continue;
    ETCH_RETURN_IF_ERROR(make_own(info_.results[i], own_results_[i]));
    results[i] = own_results_[i]->data();
  }
  return absl::OkStatus();
}

}  // namespace etch::runtime
