// The models of a folder: NAME.etch is the model NAME. They are loaded, replaced and unloaded while
// requests run.
#ifndef ETCH_EXAMPLES_SERVER_MODEL_REPOSITORY_H_
#define ETCH_EXAMPLES_SERVER_MODEL_REPOSITORY_H_

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "metrics.h"
#include "served_model.h"

namespace server {

// Threads: all functions may be called from any.
class ModelRepository {
 public:
  // What the protocol's index says of a model.
  struct Entry {
    std::string name;
    bool ready = false;
    // Why it is not; when it is, why its bundle could not be replaced the last time. Else empty.
    std::string reason;
  };

  // `metrics` must outlive the repository.
  ModelRepository(std::string folder, ServingOptions options, Metrics& metrics)
      : folder_(std::move(folder)), options_(std::move(options)), metrics_(metrics) {}

  // Loads all models of the folder. Each that fails stays unavailable, and index() says why.
  // NOT_FOUND when the folder cannot be read.
  absl::Status load_all();

  // Loads a model, or takes its file anew: requests that came before go on with the old one, which
  // goes after the last of them. After an error the old one stays, and index() says what it was.
  //
  // Errors: NOT_FOUND when the folder has no such file; RESOURCE_EXHAUSTED while another load is in
  // progress; else those of ServedModel::load().
  absl::Status load(const std::string& name);
  // Takes the weights in FILE, a safetensors file of the folder, into a model that is loaded.
  // Errors: NOT_FOUND for the model or the file; INVALID_ARGUMENT when it has tensors that the
  // model has not; RESOURCE_EXHAUSTED while another load is in progress; else those of
  // ServedModel::load_state().
  absl::Status load_state(const std::string& name, const std::string& file);
  // NOT_FOUND when it is not loaded.
  absl::Status unload(const std::string& name);

  // Null when there is no such model, or it is not loaded.
  std::shared_ptr<ServedModel> find(std::string_view name) const;
  // By name: all that are loaded, that the folder has, and that could not be loaded.
  std::vector<Entry> index() const;

 private:
  struct Slot {
    std::shared_ptr<ServedModel> model;
    std::string reason;  // as the entry has it
  };

  absl::Status check_name(const std::string& name, const char* what) const;
  absl::StatusOr<std::unique_lock<std::mutex>> begin_loading();
  std::vector<std::string> names_in_folder() const;
  std::string path_of(const std::string& name) const { return folder_ + "/" + name + ".etch"; }

  const std::string folder_;
  const ServingOptions options_;
  Metrics& metrics_;
  // Held while a file is read: one at a time, for the memory that it takes. Nobody waits for it,
  // which would keep a connection's thread for as long as other clients' loads last.
  std::mutex loading_;
  mutable std::mutex mutex_;
  std::map<std::string, Slot, std::less<>> slots_;
};

}  // namespace server

#endif  // ETCH_EXAMPLES_SERVER_MODEL_REPOSITORY_H_
