#include "etch/nn/checkpoint.h"

#include <charconv>
#include <string_view>

#include "etch/frontend/state.h"
#include "etch/nn/state_file.h"
#include "etch/runtime/safetensors.h"
#include "etch/runtime/status.h"

namespace etch::nn {
namespace {

// Keys of the file's metadata.
constexpr char kVersionKey[] = "etch.checkpoint";
constexpr char kVersion[] = "2";
constexpr char kStepKey[] = "etch.step";
constexpr std::string_view kPartPrefix = "part.";
constexpr std::string_view kNotePrefix = "note.";

constexpr char kRandom[] = "rng";

// The random states of a training, "rng.default" and "rng.model.h.0.drop".
StateDict random_states(const TrainingState& training) {
  StateDict states;
  Tensor generator = frontend::default_random_state();
  states.insert(generator.path(), generator);
  for (const TrainingState::Part& part : training.parts()) {
    if (!part.module) continue;
    for (const auto& [path, state] : part.module->named_random_states())
      states.insert(std::string(kRandom) + "." + part.name + path.substr(path.find('.')), state);
  }
  return states;
}

std::vector<detail::LoadTarget> as_targets(const StateDict& state) {
  std::vector<detail::LoadTarget> targets;
  for (const auto& [name, cell] : state) targets.push_back({name, cell});
  return targets;
}

// The random states in a checkpoint of the parts that `training` has.
StateDict random_part(const Checkpoint& checkpoint, const TrainingState& training) {
  StateDict found;
  for (const auto& [name, value] : checkpoint.state.with_prefix("rng.")) {
    bool wanted = name == frontend::default_random_state().path();
    for (const TrainingState::Part& part : training.parts())
      wanted |= part.module && name.starts_with(std::string(kRandom) + "." + part.name + ".");
    if (wanted) found.insert(name, value);
  }
  return found;
}

absl::Status no_checkpoint(const std::string& path, const std::string& why) {
  return absl::InvalidArgumentError(path + " is no checkpoint of Etch: " + why);
}

std::string type_of(const TrainingState::Part& part) {
  return part.module ? part.module->type_name() : "";
}

// Why `part` cannot take its state from `checkpoint`; empty when it can.
std::string misfit(const Checkpoint& checkpoint, const TrainingState::Part& part) {
  auto saved = checkpoint.parts.find(part.name);
  if (saved == checkpoint.parts.end()) {
    std::string names;
    for (const auto& [name, type] : checkpoint.parts)
      names += (names.empty() ? "\"" : ", \"") + name + "\"";
    return "holds no part \"" + part.name + "\"; its parts are " + names;
  }
  LoadReport report = part.load(checkpoint.part(part.name), {.strict = false, .dry_run = true});
  if (report.ok()) return "";
  std::string type = saved->second.empty() ? "" : "a " + saved->second + " as ";
  std::string here = part.module ? "this " + type_of(part) : "the one here";
  return "holds " + type + "part \"" + part.name + "\" that does not fit " + here + "\n" +
         report.to_string();
}

}  // namespace

TrainingState& TrainingState::add_part(Part part) {
  if (part.name.empty() || part.name.find('.') != std::string::npos || part.name == kRandom)
    throw Error("TrainingState: \"" + part.name +
                "\" is no name for a part: it wants one without dots, other than \"rng\"");
  for (const Part& other : parts_)
    if (other.name == part.name)
      throw Error("TrainingState: the name \"" + part.name + "\" is taken");
  parts_.push_back(std::move(part));
  return *this;
}

StateDict Checkpoint::part(const std::string& name) const {
  if (!parts.contains(name)) throw Error(path + " holds no part \"" + name + "\"");
  std::string prefix = name + ".";
  return state.with_prefix(prefix).without_prefix(prefix);
}

absl::Status save_checkpoint(const std::string& path, const TrainingState& training,
                             const Progress& progress) try {
  StateDict state;
  std::map<std::string, std::string> metadata = {
      {"format", "pt"}, {kVersionKey, kVersion}, {kStepKey, std::to_string(progress.step)}};
  for (const TrainingState::Part& part : training.parts()) {
    state.insert(part.state().with_added_prefix(part.name + "."));
    metadata[std::string(kPartPrefix) + part.name] = type_of(part);
  }
  state.insert(random_states(training));
  for (const auto& [key, value] : progress.notes) metadata[std::string(kNotePrefix) + key] = value;
  return detail::write_state(state, metadata, path);
} catch (const Error& error) {
  return absl::InvalidArgumentError(path + ": " + error.what());
}

absl::StatusOr<Checkpoint> read_checkpoint(const std::string& path) {
  ETCH_ASSIGN_OR_RETURN(runtime::SafetensorsFile file, runtime::read_safetensors(path));
  auto version = file.metadata.find(kVersionKey);
  if (version == file.metadata.end())
    return no_checkpoint(path, "it is a safetensors file of weights alone, which load_state reads");
  if (version->second != kVersion)
    return no_checkpoint(path,
                         "its version is " + version->second + ", this program knows " + kVersion);
  Checkpoint checkpoint{.path = path, .parts = {}, .progress = {}, .state = {}};
  const std::string& step = file.metadata[kStepKey];
  auto [end, error] =
      std::from_chars(step.data(), step.data() + step.size(), checkpoint.progress.step);
  if (error != std::errc() || end != step.data() + step.size() || checkpoint.progress.step < 0)
    return no_checkpoint(path, "its step is \"" + step + "\"");
  for (const auto& [key, value] : file.metadata) {
    if (key.starts_with(kPartPrefix)) checkpoint.parts[key.substr(kPartPrefix.size())] = value;
    if (key.starts_with(kNotePrefix))
      checkpoint.progress.notes[key.substr(kNotePrefix.size())] = value;
  }
  checkpoint.state = detail::to_state_dict(file);
  return checkpoint;
}

absl::Status restore_checkpoint(const Checkpoint& checkpoint, const TrainingState& training) try {
  for (const TrainingState::Part& part : training.parts())
    if (std::string problem = misfit(checkpoint, part); !problem.empty())
      return absl::FailedPreconditionError(checkpoint.path + " " + problem +
                                           "\nnothing was loaded");
  std::vector<detail::LoadTarget> generators = as_targets(random_states(training));
  StateDict generator_states = random_part(checkpoint, training);
  LoadReport report = detail::compare_with(generators, generator_states);
  if (!report.ok())
    return absl::FailedPreconditionError(
        checkpoint.path + " holds other random states; nothing was loaded\n" + report.to_string());
  for (const TrainingState::Part& part : training.parts())
    part.load(checkpoint.part(part.name), {});
  detail::load_into(generators, generator_states, {}, "restore_checkpoint");
  return absl::OkStatus();
} catch (const Error& error) {
  return absl::FailedPreconditionError(checkpoint.path + ": " + error.what());
}

}  // namespace etch::nn
