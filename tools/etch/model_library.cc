#include "etch/tools/etch/model_library.h"

#include <dlfcn.h>

#include <map>

#include "absl/strings/str_cat.h"

namespace etch::tools {

absl::StatusOr<std::vector<nn::RegisteredModel>> load_model_library(const std::string& file) {
  // A library registers once, when it is loaded.
  static auto* loaded = new std::map<std::string, std::vector<nn::RegisteredModel>>;
  if (auto known = loaded->find(file); known != loaded->end()) return known->second;
  size_t models_before = nn::registered_models().size();
  size_t foreign_before = nn::foreign_models().size();
  // Without a slash the dynamic linker would look in its own folders.
  std::string path = file.find('/') == std::string::npos ? "./" + file : file;
  if (dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL) == nullptr)
    return absl::FailedPreconditionError(absl::StrCat("cannot load ", file, ": ", dlerror()));
  std::vector<nn::RegisteredModel> models = nn::registered_models();
  models.erase(models.begin(), models.begin() + models_before);
  std::vector<nn::ForeignModel> foreign = nn::foreign_models();
  if (foreign.size() > foreign_before)
    return absl::FailedPreconditionError(absl::StrCat(
        file, " was compiled with the headers of Etch ", foreign.back().version, ", this is Etch ",
        kVersion, ": compile it again with the headers of this version"));
  if (models.empty())
    return absl::FailedPreconditionError(
        absl::StrCat(file,
                     " registers no model; a line ETCH_REGISTER_MODEL(NAME, FACTORY, "
                     "OPTIONS) of etch/nn/register_model.h does"));
  return loaded->emplace(file, std::move(models)).first->second;
}

}  // namespace etch::tools
