#include <charconv>
#include <string_view>

#include "etch/frontend/state.h"
#include "etch/nn/serialize.h"
#include "etch/nn/state_file.h"
#include "etch/runtime/safetensors.h"
#include "etch/runtime/status.h"

namespace etch::nn {
namespace {

// Keys of the file's metadata.
constexpr char kVersionKey[] = "etch.checkpoint";
constexpr char kVersion[] = "1";
constexpr char kModelKey[] = "etch.model";
constexpr char kStepKey[] = "etch.step";
constexpr std::string_view kNotePrefix = "note.";

bool is_reserved(std::string_view name) {
  return name.starts_with("optim.") || name.starts_with("rng.");
}

StateDict random_states(const Module& model) {
  StateDict states;
  Tensor generator = frontend::default_random_state();
  states.insert(generator.path(), generator);
  for (const auto& [path, state] : model.named_random_states()) states.insert(path, state);
  return states;
}

std::vector<detail::LoadTarget> as_targets(const StateDict& state) {
  std::vector<detail::LoadTarget> targets;
  for (const auto& [name, cell] : state) targets.push_back({name, cell});
  return targets;
}

// The entries that belong to the model.
StateDict model_part(const StateDict& state) {
  StateDict part;
  for (const auto& [name, value] : state)
    if (!is_reserved(name)) part.insert(name, value);
  return part;
}

absl::Status no_checkpoint(const std::string& path, const std::string& why) {
  return absl::InvalidArgumentError(path + " is no checkpoint of Etch: " + why);
}

}  // namespace

absl::Status save_checkpoint(const std::string& path, const Module& model,
                             const optim::Optimizer* optimizer, const Progress& progress) try {
  StateDict state = model.state_dict();
  for (const auto& [name, cell] : state)
    if (is_reserved(name))
      return absl::InvalidArgumentError("the model's state \"" + name +
                                        "\" cannot be saved: in checkpoints names that begin with "
                                        "\"optim.\" and \"rng.\" belong to Etch");
  if (optimizer) state.insert(optimizer->state_dict());
  state.insert(random_states(model));
  std::map<std::string, std::string> metadata = {{"format", "pt"},
                                                 {kVersionKey, kVersion},
                                                 {kModelKey, model.type_name()},
                                                 {kStepKey, std::to_string(progress.step)}};
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
  Checkpoint checkpoint{
      .path = path, .model = file.metadata[kModelKey], .progress = {}, .state = {}};
  const std::string& step = file.metadata[kStepKey];
  auto [end, error] =
      std::from_chars(step.data(), step.data() + step.size(), checkpoint.progress.step);
  if (error != std::errc() || end != step.data() + step.size() || checkpoint.progress.step < 0)
    return no_checkpoint(path, "its step is \"" + step + "\"");
  for (const auto& [key, value] : file.metadata)
    if (key.starts_with(kNotePrefix))
      checkpoint.progress.notes[key.substr(kNotePrefix.size())] = value;
  checkpoint.state = detail::to_state_dict(file);
  return checkpoint;
}

absl::Status restore_checkpoint(const Checkpoint& checkpoint, Module& model,
                                optim::Optimizer* optimizer) try {
  StateDict weights = model_part(checkpoint.state);
  StateDict generators = checkpoint.state.with_prefix("rng.");
  StateDict states = random_states(model);
  LoadReport report = model.compare_state_dict(weights);
  LoadReport random_report = detail::compare_with(as_targets(states), generators);
  for (auto list : {&LoadReport::missing, &LoadReport::unexpected, &LoadReport::mismatched})
    (report.*list)
        .insert((report.*list).end(), (random_report.*list).begin(), (random_report.*list).end());
  if (!report.ok())
    return absl::FailedPreconditionError(checkpoint.path + " holds a " + checkpoint.model +
                                         " that does not fit this " + model.type_name() +
                                         "; nothing was loaded\n" + report.to_string());
  // The one that can still fail goes first, so that a failure changes nothing.
  if (optimizer) optimizer->load_state_dict(checkpoint.state.with_prefix("optim."));
  model.load_state_dict(weights);
  detail::load_into(as_targets(states), generators, {}, "restore_checkpoint");
  return absl::OkStatus();
} catch (const Error& error) {
  return absl::FailedPreconditionError(checkpoint.path + ": " + error.what());
}

}  // namespace etch::nn
