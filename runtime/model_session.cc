#include <algorithm>
#include <atomic>
#include <cstring>
#include <new>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "etch/runtime/json_reader.h"
#include "etch/runtime/model.h"
#include "etch/runtime/model_impl.h"
#include "etch/runtime/status.h"

namespace etch::runtime {
namespace {

std::string type_text(DType dtype, std::span<const int64_t> shape) {
  return absl::StrCat(to_absl(dtype_name(dtype)), " ", Shape(shape).to_string());
}

bool same_type(const TensorView& view, const ValueInfo& info) {
  return view.dtype == info.dtype && std::ranges::equal(view.shape, info.shape);
}

int64_t bytes_of(const ValueInfo& info) { return info.shape.num_elements() * size_of(info.dtype); }

bool is_aligned(const void* data) {
  return reinterpret_cast<uintptr_t>(data) % kBufferAlignment == 0;
}

bool overlap(const TensorView& a, const TensorView& b) {
  auto begin = [](const TensorView& view) { return reinterpret_cast<uintptr_t>(view.data); };
  uintptr_t end_a = begin(a) + a.size_bytes(), end_b = begin(b) + b.size_bytes();
  return begin(a) < end_b && begin(b) < end_a;
}

// A bool is 0 or 1 to generated code; a caller's byte may be anything.
void copy_in(const TensorView& view, Storage& to) {
  if (view.dtype != DType::kBool) {
    if (to.size() > 0) std::memcpy(to.data(), view.data, static_cast<size_t>(to.size()));
    return;
  }
  auto* from = static_cast<const uint8_t*>(view.data);
  std::transform(from, from + to.size(), to.data<uint8_t>(),
                 [](uint8_t value) { return value != 0; });
}

// One program in one session: the buffers of a call, and memory that is kept between calls.
class Runner {
 public:
  static absl::StatusOr<std::unique_ptr<Runner>> create(std::shared_ptr<ModelImpl> model,
                                                        const LoadedProgram& program,
                                                        const SessionOptions& options) {
    ETCH_ASSIGN_OR_RETURN(auto session, Session::create(program.compiled, options));
    return std::unique_ptr<Runner>(new Runner(std::move(model), program, std::move(session)));
  }

  const LoadedProgram& program() const { return program_; }
  std::vector<KernelProfile> profile() const {
    return kernel_profiles(info_, session_->profile(), session_->prepare_profile());
  }

  absl::Status run(std::span<const NamedInput> inputs, std::span<const NamedOutput> outputs) {
    ETCH_RETURN_IF_ERROR(match(inputs, info_.inputs, "input", given_inputs_));
    ETCH_RETURN_IF_ERROR(match(outputs, info_.results, "output", given_outputs_));
    ETCH_RETURN_IF_ERROR(check_missing(inputs.size()));
    ETCH_RETURN_IF_ERROR(check_overlaps(inputs, outputs));
    ETCH_RETURN_IF_ERROR(bind_inputs(inputs));
    ETCH_RETURN_IF_ERROR(bind_outputs(outputs));
    if (program_.writes_state) {
      std::unique_lock<std::shared_mutex> lock(model_->state_mutex);
      ETCH_RETURN_IF_ERROR(run_and_commit());
    } else {
      std::shared_lock<std::shared_mutex> lock(model_->state_mutex);
      bind_cells();
      ETCH_RETURN_IF_ERROR(session_->run(input_data_, result_data_, versions_));
    }
    deliver(outputs);
    return absl::OkStatus();
  }

 private:
  Runner(std::shared_ptr<ModelImpl> model, const LoadedProgram& program,
         std::unique_ptr<Session> session)
      : model_(std::move(model)),
        program_(program),
        info_(*program.compiled),
        session_(std::move(session)),
        given_inputs_(info_.inputs.size()),
        given_outputs_(info_.results.size()),
        input_data_(info_.inputs.size()),
        versions_(info_.inputs.size()),
        result_data_(info_.results.size()),
        own_inputs_(info_.inputs.size()),
        own_results_(info_.results.size()) {}

  static bool is_callers(const ValueInfo& info) {
    return info.kind == ValueKind::kArgument || info.kind == ValueKind::kResult;
  }

  template <typename... Parts>
  absl::Status misuse(const Parts&... parts) const {
    return absl::InvalidArgumentError(
        absl::StrCat("program ", json_quote(info_.name), ": ", parts...));
  }

  // "x f32 [64, 784], y i64 [64]"
  static std::string list(const std::vector<ValueInfo>& infos) {
    std::vector<std::string> items;
    for (const ValueInfo& info : infos)
      if (is_callers(info))
        items.push_back(absl::StrCat(info.name, " ", type_text(info.dtype, info.shape)));
    return items.empty() ? "none" : absl::StrJoin(items, ", ");
  }

  // Finds the value that each of `named` stands for; `given` has, for each value of the program,
  // its number in `named` or -1.
  template <typename Named>
  absl::Status match(std::span<const Named> named, const std::vector<ValueInfo>& infos,
                     const char* role, std::vector<int>& given) const {
    std::ranges::fill(given, -1);
    for (size_t i = 0; i < named.size(); ++i) {
      auto found = std::ranges::find_if(infos, [&](const ValueInfo& info) {
        return is_callers(info) && info.name == named[i].name;
      });
      if (found == infos.end())
        return misuse("there is no ", role, " ", json_quote(named[i].name), "; it has ",
                      list(infos));
      int& place = given[found - infos.begin()];
      if (place >= 0) return misuse(role, " ", json_quote(found->name), " is given twice");
      place = static_cast<int>(i);
      TensorView view = named[i].value;
      if (!same_type(view, *found))
        return misuse(role, " ", json_quote(found->name), " is ", type_text(view.dtype, view.shape),
                      ", the program has ", type_text(found->dtype, found->shape));
      if (view.data == nullptr && bytes_of(*found) > 0)
        return misuse(role, " ", json_quote(found->name), " has no data");
    }
    return absl::OkStatus();
  }

  absl::Status check_missing(size_t count) const {
    for (size_t i = 0; i < given_inputs_.size(); ++i)
      if (is_callers(info_.inputs[i]) && given_inputs_[i] < 0)
        return misuse("input ", json_quote(info_.inputs[i].name), " is missing; it has ",
                      list(info_.inputs), ", of which ", count, count == 1 ? " was" : " were",
                      " given");
    return absl::OkStatus();
  }

  absl::Status check_overlaps(std::span<const NamedInput> inputs,
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

  static absl::Status make_own(const ValueInfo& info, std::shared_ptr<Storage>& storage) {
    if (storage != nullptr) return absl::OkStatus();
    ETCH_ASSIGN_OR_RETURN(storage, Storage::allocate(bytes_of(info)));
    return absl::OkStatus();
  }

  absl::Status bind_inputs(std::span<const NamedInput> inputs) {
    for (size_t i = 0; i < given_inputs_.size(); ++i) {
      if (given_inputs_[i] < 0) continue;
      const TensorView& view = inputs[given_inputs_[i]].value;
      input_data_[i] = view.data;
      if (is_aligned(view.data) && view.data != nullptr && view.dtype != DType::kBool) continue;
      ETCH_RETURN_IF_ERROR(make_own(info_.inputs[i], own_inputs_[i]));
      copy_in(view, *own_inputs_[i]);
      input_data_[i] = own_inputs_[i]->data();
    }
    return absl::OkStatus();
  }

  // Results that nobody asked for have a buffer too.
  absl::Status bind_outputs(std::span<const NamedOutput> outputs) {
    for (size_t i = 0; i < given_outputs_.size(); ++i) {
      if (!is_callers(info_.results[i])) continue;
      void* data = given_outputs_[i] >= 0 ? outputs[given_outputs_[i]].value.data : nullptr;
      result_data_[i] = data;
      if (data != nullptr && is_aligned(data)) continue;
      ETCH_RETURN_IF_ERROR(make_own(info_.results[i], own_results_[i]));
      result_data_[i] = own_results_[i]->data();
    }
    return absl::OkStatus();
  }

  CellValue* cell_of(const BundleValue& value) {
    return value.cell >= 0 ? &model_->cells[value.cell] : nullptr;
  }

  void bind_cells() {
    const std::vector<BundleValue>& inputs = program_.described->inputs;
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (const CellValue* cell = cell_of(inputs[i])) {
        input_data_[i] = cell->storage->data();
        versions_[i] = cell->version;
      }
    }
  }

  // With the state to itself. Nothing can fail once the code runs.
  absl::Status run_and_commit() {
    bind_cells();
    const std::vector<BundleValue>& results = program_.described->results;
    for (size_t i = 0; i < results.size(); ++i) {
      CellValue* cell = cell_of(results[i]);
      if (cell == nullptr) continue;
      if (needs_spare(results[i])) {
        ETCH_RETURN_IF_ERROR(make_own(results[i].info, cell->spare));
        result_data_[i] = cell->spare->data();
      } else {
        result_data_[i] = cell->storage->data();
      }
    }
    ETCH_RETURN_IF_ERROR(session_->run(input_data_, result_data_, versions_));
    for (const BundleValue& result : results) {
      CellValue* cell = cell_of(result);
      if (cell == nullptr) continue;
      if (needs_spare(result)) std::swap(cell->storage, cell->spare);
      cell->version = next_version();
    }
    for (int32_t index : program_.described->cleared) {
      CellValue& cell = model_->cells[index];
      std::ranges::fill(cell.storage->bytes(), std::byte{0});
      cell.version = next_version();
    }
    return absl::OkStatus();
  }

  // The program reads the cell's old value while, or after, it writes the new one.
  bool needs_spare(const BundleValue& result) const {
    if (result.info.donated_input >= 0) return false;
    return std::ranges::any_of(program_.described->inputs,
                               [&](const BundleValue& input) { return input.cell == result.cell; });
  }

  void deliver(std::span<const NamedOutput> outputs) const {
    for (size_t i = 0; i < given_outputs_.size(); ++i) {
      if (given_outputs_[i] < 0) continue;
      void* wanted = outputs[given_outputs_[i]].value.data;
      int64_t bytes = bytes_of(info_.results[i]);
      if (wanted != result_data_[i] && bytes > 0)
        std::memcpy(wanted, result_data_[i], static_cast<size_t>(bytes));
    }
  }

  const std::shared_ptr<ModelImpl> model_;
  const LoadedProgram& program_;
  const CompiledProgram& info_;
  const std::unique_ptr<Session> session_;
  // Of the current call; as long as the signature.
  std::vector<int> given_inputs_, given_outputs_;
  std::vector<const void*> input_data_;
  std::vector<uint64_t> versions_;
  std::vector<void*> result_data_;
  // For what the caller has not, or not aligned.
  std::vector<std::shared_ptr<Storage>> own_inputs_, own_results_;
};

// Sets a flag that only one scope may have set.
class RunningScope {
 public:
  explicit RunningScope(std::atomic<bool>& flag)
      : flag_(flag), entered_(!flag.exchange(true, std::memory_order_acquire)) {}
  ~RunningScope() {
    if (entered_) flag_.store(false, std::memory_order_release);
  }
  RunningScope(const RunningScope&) = delete;
  RunningScope& operator=(const RunningScope&) = delete;

  bool entered() const { return entered_; }

 private:
  std::atomic<bool>& flag_;
  const bool entered_;
};

}  // namespace

struct ModelSession::Impl {
  std::shared_ptr<ModelImpl> model;
  SessionOptions options;
  std::vector<std::unique_ptr<Runner>>
      runners;  // by the program's number; null before its first run
  std::atomic<bool> running{false};

  absl::Status run(std::string_view name, std::span<const NamedInput> inputs,
                   std::span<const NamedOutput> outputs) {
    ETCH_ASSIGN_OR_RETURN(const LoadedProgram* program, model->program(name));
    std::unique_ptr<Runner>& runner = runners[program - model->programs.data()];
    if (runner == nullptr) {
      ETCH_ASSIGN_OR_RETURN(runner, Runner::create(model, *program, options));
    }
    return runner->run(inputs, outputs);
  }
};

ModelSession::ModelSession(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ModelSession::ModelSession(ModelSession&&) noexcept = default;
ModelSession& ModelSession::operator=(ModelSession&&) noexcept = default;
ModelSession::~ModelSession() = default;

ModelSession Model::new_session(const SessionOptions& options) const {
  auto impl = std::make_unique<ModelSession::Impl>();
  impl->model = impl_;
  impl->options = options;
  impl->runners.resize(impl_->programs.size());
  return ModelSession(std::move(impl));
}

std::vector<KernelProfile> ModelSession::profile(std::string_view program) const {
  if (!impl_->options.profile) return {};
  for (const std::unique_ptr<Runner>& runner : impl_->runners)
    if (runner != nullptr && runner->program().compiled->name == program) return runner->profile();
  return {};
}

absl::Status ModelSession::run(std::string_view program, std::span<const NamedInput> inputs,
                               std::span<const NamedOutput> outputs) {
  RunningScope running(impl_->running);
  if (!running.entered())
    return absl::FailedPreconditionError(
        "this session is running already; make one session for each thread");
  try {
    return impl_->run(program, inputs, outputs);
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("no memory for a session");
  } catch (const std::system_error& error) {
    // This thread runs a program that writes the state, and its executor came here.
    return absl::ErrnoToStatus(error.code().value(), "cannot lock the model's state");
  }
}

}  // namespace etch::runtime
