#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "etch/runtime/bundle_manifest.h"
#include "etch/runtime/json_reader.h"
#include "etch/runtime/status.h"

namespace etch::runtime {
namespace {

// An object, or an array, in the making.
class Json {
 public:
  Json& text(const char* key, std::string_view value) { return raw(key, json_quote(value)); }
  Json& number(const char* key, int64_t value) { return raw(key, absl::StrCat(value)); }
  template <typename List>
  Json& numbers(const char* key, const List& list) {
    return raw(key, absl::StrCat("[", absl::StrJoin(list, ","), "]"));
  }
  Json& raw(const char* key, const std::string& value) {
    members_.push_back(absl::StrCat("\"", key, "\":", value));
    return *this;
  }
  std::string object() const { return absl::StrCat("{", absl::StrJoin(members_, ","), "}"); }

 private:
  std::vector<std::string> members_;
};

template <typename List, typename ToJson>
std::string array_of(const List& list, ToJson&& to_json, const char* separator = ",") {
  std::vector<std::string> items;
  for (const auto& item : list) items.push_back(to_json(item));
  return absl::StrCat("[", absl::StrJoin(items, separator), "]");
}

std::string strings(const std::vector<std::string>& list) {
  return array_of(list, [](const std::string& text) { return json_quote(text); });
}

std::string json_of(const BundleCode& code) {
  return Json().text("triple", code.triple).raw("features", strings(code.features)).object();
}

std::string json_of(const BundleCell& cell) {
  Json json;
  json.text("name", cell.name);
  if (cell.kind == ValueKind::kGrad) json.text("gradient_of", cell.path);
  if (!cell.aliases.empty()) json.raw("aliases", strings(cell.aliases));
  json.text("dtype", dtype_name(cell.dtype)).numbers("shape", cell.shape.extents());
  if (!cell.stored) json.raw("stored", "false");
  return json.object();
}

std::string json_of(const BundleValue& value) {
  Json json;
  if (value.cell >= 0) {
    json.number("cell", value.cell);
  } else {
    json.text("name", value.info.name)
        .text("dtype", dtype_name(value.info.dtype))
        .numbers("shape", value.info.shape.extents());
  }
  if (value.info.donated_input >= 0) json.number("donates", value.info.donated_input);
  if (value.info.is_tap) json.raw("tap", "true");
  return json.object();
}

std::string json_of(const LaunchInfo& launch) {
  Json json;
  json.text("kernel", launch.kernel)
      .text("path", launch.path)
      .number("pieces", launch.pieces)
      .number("operations", launch.operations)
      .number("bytes", launch.bytes);
  if (!launch.reads.empty()) json.numbers("reads", launch.reads);
  return json.object();
}

std::string json_of(const BundleProgram& program) {
  auto each = [](const auto& item) { return json_of(item); };
  Json json;
  json.text("name", program.name).number("code", program.code);
  if (!program.source.empty()) json.text("source", program.source);
  if (!program.matmul_precision.empty()) json.text("matmul_precision", program.matmul_precision);
  if (program.packed >= 0) json.number("packed", program.packed);
  json.text("entry", program.entry);
  if (!program.prepare.empty()) json.text("prepare", program.prepare);
  json.number("arena_bytes", program.arena_bytes)
      .number("derived_bytes", program.derived_bytes)
      .numbers("prepare_inputs", program.prepare_inputs)
      .raw("inputs", array_of(program.inputs, each))
      .raw("results", array_of(program.results, each))
      .numbers("cleared", program.cleared)
      .raw("launches", array_of(program.launches, each))
      .raw("prepare_launches", array_of(program.prepare_launches, each));
  return json.object();
}

}  // namespace

std::string to_json(const BundleManifest& manifest) {
  auto lines = [](const auto& list) {
    return array_of(list, [](const auto& item) { return "\n" + json_of(item); });
  };
  return Json()
             .number("abi", manifest.abi)
             .text("name", manifest.name)
             .text("producer", manifest.producer)
             .raw("codes", lines(manifest.codes))
             .raw("cells", lines(manifest.cells))
             .raw("programs", lines(manifest.programs))
             .object() +
         "\n";
}

}  // namespace etch::runtime
