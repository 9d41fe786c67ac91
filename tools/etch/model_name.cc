#include "etch/tools/etch/model_name.h"

#include <fstream>
#include <regex>

namespace etch::tools {
namespace {

bool begins_as_bundle(const std::string& file) {
  std::string magic(8, '\0');
  std::ifstream(file, std::ios::binary).read(magic.data(), 8);
  return magic.starts_with(
      "\x89"
      "ETCH");
}

}  // namespace

ModelName parse_model_name(const std::string& text) {
  static const std::regex library(R"((.+\.so(\.[0-9]+)*)(:(.*))?)");
  std::smatch found;
  if (std::regex_match(text, found, library))
    return {ModelKind::kLibrary, found.str(1), found.str(4)};
  if (text.ends_with(".mlir") || text.ends_with(".mlirbc")) return {ModelKind::kProgram, text, ""};
  if (text.ends_with(".etch")) return {ModelKind::kBundle, text, ""};
  if (text.find('/') != std::string::npos)
    return {begins_as_bundle(text) ? ModelKind::kBundle : ModelKind::kProgram, text, ""};
  return {ModelKind::kBuiltin, "", text};
}

}  // namespace etch::tools
