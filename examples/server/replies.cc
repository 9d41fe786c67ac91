#include "replies.h"

#include <nlohmann/json.hpp>
#include <span>

#include "datatype.h"
#include "json_data.h"

namespace server {
namespace {

using Json = nlohmann::ordered_json;

// A model has one, what its file was when it was loaded.
constexpr char kModelVersion[] = "1";

HttpReply json_reply(const Json& json) {
  return {.body = json.dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace)};
}

Json tensor_json(const TensorSpec& spec, const etch::Shape& shape) {
  return {{"name", spec.name}, {"datatype", datatype_name(spec.dtype)}, {"shape", shape.extents()}};
}

struct WantedOutput {
  const TensorSpec* spec;
  bool binary;
};

std::vector<WantedOutput> wanted_outputs(const InferRequest& request, const Signature& signature) {
  std::vector<WantedOutput> wanted;
  for (const RequestedOutput& output : request.outputs)
    wanted.push_back(
        {signature.find_output(output.name), output.binary.value_or(request.binary_outputs)});
  if (wanted.empty())
    for (const TensorSpec& spec : signature.outputs)
      wanted.push_back({&spec, request.binary_outputs});
  return wanted;
}

// The members that all outputs have, as the text of an object that is still open.
std::string open_object(const Json& json) {
  std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  text.pop_back();
  return text;
}

}  // namespace

HttpReply server_metadata() {
  return json_reply({{"name", "etch-server"},
                     {"version", ETCH_SERVER_VERSION},
                     {"extensions", {"binary_tensor_data", "model_repository"}}});
}

HttpReply model_metadata(const ServedModel& model) {
  const Signature& signature = model.signature();
  auto tensors = [&](const std::vector<TensorSpec>& specs) {
    Json list = Json::array();
    for (const TensorSpec& spec : specs)
      list.push_back(tensor_json(spec, signature.request_shape(spec)));
    return list;
  };
  Json parameters = {{"program", signature.program}};
  if (signature.has_rows()) parameters["max_rows"] = signature.batch;
  return json_reply({{"name", model.name()},
                     {"versions", Json::array({kModelVersion})},
                     {"platform", "etch_bundle"},
                     {"inputs", tensors(signature.inputs)},
                     {"outputs", tensors(signature.outputs)},
                     {"parameters", parameters}});
}

HttpReply infer_reply(const InferRequest& request, const Job& job, const ServedModel& model) {
  const Signature& signature = model.signature();
  Json head = {{"model_name", model.name()}, {"model_version", kModelVersion}};
  if (!request.id.empty()) head["id"] = request.id;
  std::string text = open_object(head) + ",\"outputs\":[", binary;
  bool first = true, any_binary = false;
  for (const WantedOutput& output : wanted_outputs(request, signature)) {
    etch::Shape shape = output.spec->shape;
    if (signature.has_rows()) shape[0] = job.rows;
    std::span<const std::byte> bytes = job.outputs[output.spec - signature.outputs.data()];
    Json json = tensor_json(*output.spec, shape);
    if (output.binary) json["parameters"] = {{"binary_data_size", bytes.size()}};
    if (!first) text += ',';
    text += open_object(json);
    if (output.binary) {
      binary.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    } else {
      text += ",\"data\":";
      append_json(bytes, output.spec->dtype, text);
    }
    text += '}';
    any_binary |= output.binary;
    first = false;
  }
  text += "]}";
  if (!any_binary) return {.body = std::move(text)};
  std::string length = std::to_string(text.size());
  return {.content_type = "application/octet-stream",
          .body = std::move(text) + binary,
          .headers = {{kJsonLengthHeader, length}}};
}

HttpReply index_reply(const std::vector<ModelRepository::Entry>& entries, bool only_ready) {
  Json list = Json::array();
  for (const ModelRepository::Entry& entry : entries) {
    if (only_ready && !entry.ready) continue;
    list.push_back({{"name", entry.name},
                    {"version", kModelVersion},
                    {"state", entry.ready ? "READY" : "UNAVAILABLE"},
                    {"reason", entry.reason}});
  }
  return json_reply(list);
}

}  // namespace server
