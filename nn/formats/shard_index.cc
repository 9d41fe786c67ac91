#include "etch/nn/formats/shard_index.h"

#include "absl/strings/str_cat.h"
#include "etch/runtime/json_reader.h"
#include "etch/runtime/status.h"

namespace etch::nn::formats {
namespace {

using runtime::JsonReader;

bool read_weight_map(JsonReader& json, ShardIndex* index) {
  bool more = false;
  std::string tensor, file;
  bool ok = json.begin_object(&more);
  while (ok && more) {
    ok = json.key(&tensor) && json.string(&file);
    if (ok && (file.empty() || file.find('/') != file.npos || file[0] == '.'))
      return json.fail("\"" + file + "\" is no file beside the index");
    if (ok && !(*index)[file].insert(tensor).second)
      return json.fail("the tensor \"" + tensor + "\" comes twice");
    ok = ok && json.next_in_object(&more);
  }
  return ok;
}

bool read_index(JsonReader& json, ShardIndex* index) {
  bool more = false;
  std::string key;
  bool ok = json.begin_object(&more);
  while (ok && more) {
    ok = json.key(&key) &&
         (key == "weight_map" ? read_weight_map(json, index) : json.skip_value()) &&
         json.next_in_object(&more);
  }
  if (ok && json.end_of_document() && index->empty()) return json.fail("no \"weight_map\"");
  return ok && json.ok();
}

}  // namespace

absl::StatusOr<ShardIndex> parse_shard_index(std::string_view text, std::string_view source) {
  ShardIndex index;
  JsonReader json(text);
  if (runtime::is_utf8(text) && read_index(json, &index)) return index;
  return absl::InvalidArgumentError(
      absl::StrCat(runtime::to_absl(source),
                   ": no index of files with weights: ", json.ok() ? "not UTF-8" : json.error()));
}

}  // namespace etch::nn::formats
