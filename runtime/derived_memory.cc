#include "etch/runtime/derived_memory.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "etch/runtime/launch_context.h"
#include "etch/runtime/status.h"

namespace etch::runtime {

DerivedMemory::DerivedMemory(std::shared_ptr<const CompiledProgram> program,
                             std::shared_ptr<Storage> storage)
    : program_(std::move(program)),
      storage_(std::move(storage)),
      sources_(program_->prepare_inputs.size()),
      stale_(program_->inputs.size()),
      wanted_(program_->prepare_launches.size()) {}

absl::StatusOr<std::shared_ptr<DerivedMemory>> DerivedMemory::create(
    std::shared_ptr<const CompiledProgram> program, std::shared_ptr<MemoryBudget> budget) {
  // Zeros between what is computed, so that a file of it is always the same.
  ETCH_ASSIGN_OR_RETURN(auto storage,
                        Storage::allocate_zeroed(program->derived_bytes, std::move(budget)));
  return std::shared_ptr<DerivedMemory>(new DerivedMemory(std::move(program), std::move(storage)));
}

std::shared_ptr<DerivedMemory> DerivedMemory::adopt(std::shared_ptr<const CompiledProgram> program,
                                                    std::shared_ptr<Storage> storage,
                                                    std::span<const uint64_t> versions) {
  std::shared_ptr<DerivedMemory> memory(new DerivedMemory(std::move(program), std::move(storage)));
  for (size_t i = 0; i < memory->sources_.size(); ++i)
    memory->sources_[i] = versions[memory->program_->prepare_inputs[i]];
  memory->computed_ = true;
  return memory;
}

bool DerivedMemory::is_current(std::span<const uint64_t> versions) const {
  if (versions.empty() || !computed_) return false;
  for (size_t i = 0; i < sources_.size(); ++i)
    if (sources_[i] == 0 || sources_[i] != versions[program_->prepare_inputs[i]]) return false;
  return true;
}

bool DerivedMemory::refresh(void* const* buffers, std::span<const uint64_t> versions,
                            Executor& executor, std::vector<LaunchProfile>& profile,
                            LaunchTrace* trace) {
  if (is_current(versions)) return false;
  bool anew = !computed_ || versions.empty();
  for (size_t i = 0; i < sources_.size(); ++i) {
    int32_t input = program_->prepare_inputs[i];
    uint64_t version = versions.empty() ? 0 : versions[input];
    stale_[input] = version == 0 || sources_[i] != version;
    sources_[i] = version;
  }
  for (size_t i = 0; i < wanted_.size(); ++i)
    wanted_[i] = anew || std::ranges::any_of(program_->prepare_launches[i].reads,
                                             [&](int32_t input) { return stale_[input] != 0; });
  LaunchContext context(program_, program_->prepare, program_->prepare_launches, executor);
  context.profile = &profile;
  context.trace = trace;
  context.wanted = &wanted_;
  // Its scratch memory is part of the derived memory.
  (void)context.run(buffers, nullptr, data());
  computed_ = true;
  return true;
}

void DerivedMemory::copy_from(const DerivedMemory& other) {
  std::memcpy(storage_->data(), other.storage_->data(), static_cast<size_t>(size()));
  computed_ = other.computed_;
  sources_ = other.sources_;
}

}  // namespace etch::runtime
