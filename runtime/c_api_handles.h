// The objects behind the pointers of the C interface. Internal; not installed.
#ifndef ETCH_RUNTIME_C_API_HANDLES_H_
#define ETCH_RUNTIME_C_API_HANDLES_H_

#include <array>
#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "etch/runtime/c_api_model.h"
#include "etch/runtime/c_api_session.h"
#include "etch/runtime/executor.h"
#include "etch/runtime/model.h"

// What C asks for element by element is laid out when the model is made; it never changes.
struct etch_program {
  const etch::runtime::CompiledProgram* compiled = nullptr;
  std::array<std::vector<etch_value_info>, 4> values;  // by etch_role
  etch::runtime::CodeInfo code;
  std::vector<const char*> features;
  etch_code_info code_info = ETCH_CODE_INFO_INIT;
};

struct etch_executor {
  std::shared_ptr<etch::runtime::Executor> executor;
};

struct etch_model {
  // `executor`: that of LoadOptions, which the model does not own; may be null.
  etch_model(etch::runtime::Model model, std::shared_ptr<etch::runtime::Executor> executor);
  etch_model(const etch_model&) = delete;
  etch_model& operator=(const etch_model&) = delete;

  // Null when there is none.
  const etch_value_info* find_state(std::string_view name_or_alias) const;

  std::shared_ptr<etch::runtime::Executor> executor;
  etch::runtime::Model model;
  std::vector<etch::runtime::StateInfo> state;
  std::vector<std::vector<const char*>> aliases;  // of each of `state`
  std::vector<etch_value_info> state_infos;
  std::map<std::string_view, size_t> state_by_name;
  std::deque<etch_program> programs;  // whose addresses are the caller's

 private:
  void describe_state();
  void describe(const etch::runtime::CompiledProgram& compiled);
};

struct etch_session {
  std::shared_ptr<etch::runtime::Executor> model_executor, executor;  // null: the shared one
  etch::runtime::ModelSession session;
};

struct etch_cancel {
  std::atomic<bool> wanted{false};
};

struct etch_profile {
  std::vector<etch::runtime::KernelProfile> kernels;
};

namespace etch::runtime::c_api {

// What an executor in options stands for; null for none.
inline std::shared_ptr<Executor> shared(const etch_executor* executor) {
  return executor != nullptr ? executor->executor : nullptr;
}

}  // namespace etch::runtime::c_api

#endif  // ETCH_RUNTIME_C_API_HANDLES_H_
