#include "service.h"

#include <new>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "etch/runtime/status.h"
#include "infer_request.h"
#include "job.h"
#include "json_data.h"
#include "replies.h"

namespace server {
namespace {

// The body of a request to the repository: an object, or nothing.
absl::StatusOr<nlohmann::json> small_object(const std::string& body) {
  constexpr size_t kMaxBytes = 16 << 10;
  if (body.empty()) return nlohmann::json::object();
  if (body.size() > kMaxBytes)
    return absl::InvalidArgumentError(
        absl::StrCat("the request has ", body.size(), " bytes, ", kMaxBytes, " are enough for it"));
  auto json = nlohmann::json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return absl::InvalidArgumentError("the request is no JSON object");
  return json;
}

// The file of weights that a request to load asks for; empty: the bundle itself.
absl::StatusOr<std::string> weights_file(const nlohmann::json& request) {
  auto parameters = request.find("parameters");
  if (parameters == request.end() || parameters->is_null()) return "";
  if (!parameters->is_object()) return absl::InvalidArgumentError("parameters is no JSON object");
  std::string file;
  for (const auto& [name, value] : parameters->items()) {
    if (name != "weights")
      return absl::InvalidArgumentError(absl::StrCat("loading has no parameter ", json_string(name),
                                                     "; it has \"weights\", a file's name"));
    if (!value.is_string() || value.get_ref<const std::string&>().empty())
      return absl::InvalidArgumentError("the parameter \"weights\" is no file's name");
    file = value.get<std::string>();
  }
  return file;
}

HttpReply ready_reply(bool ready, const char* name) {
  return {.status = ready ? 200 : 400,
          .body = absl::StrCat("{\"", name, "\":", ready ? "true" : "false", "}")};
}

}  // namespace

HttpReply Service::handle(const HttpRequest& request) {
  std::string model;
  HttpReply reply;
  try {
    auto route = find_route(request.method, request.path);
    absl::StatusOr<HttpReply> answered =
        route.ok() ? answer(request, *route) : absl::StatusOr<HttpReply>(route.status());
    reply = answered.ok() ? *std::move(answered) : error_reply(answered.status());
    // Names that are no model's would be labels without end.
    if (route.ok() && models_.find(route->model) != nullptr) model = route->model;
  } catch (const std::bad_alloc&) {
    reply = error_reply(absl::ResourceExhaustedError("no memory for this request"));
  }
  metrics_.count_request(model, reply.status);
  return reply;
}

absl::StatusOr<HttpReply> Service::answer(const HttpRequest& request, const Route& route) {
  switch (route.endpoint) {
    case Endpoint::kLive:
      return ready_reply(true, "live");
    case Endpoint::kReady:
      return ready_reply(!draining_, "ready");
    case Endpoint::kServer:
      return server_metadata();
    case Endpoint::kMetrics:
      return HttpReply{.content_type = "text/plain; version=0.0.4", .body = metrics_.text()};
    case Endpoint::kIndex:
      return index(request);
    case Endpoint::kLoad:
      return load(request, route.model);
    case Endpoint::kUnload:
      return unload(route.model);
    case Endpoint::kModel:
    case Endpoint::kModelReady:
    case Endpoint::kInfer:
      break;
  }
  ETCH_ASSIGN_OR_RETURN(std::shared_ptr<ServedModel> model, find_model(route.model));
  if (route.endpoint == Endpoint::kModelReady) return ready_reply(true, "ready");
  if (route.endpoint == Endpoint::kModel) return model_metadata(*model);
  return infer(request, *model);
}

absl::StatusOr<HttpReply> Service::infer(const HttpRequest& request, ServedModel& model) {
  Clock::time_point start = Clock::now();
  GaugeScope in_progress(model.metrics().in_progress);
  const Signature& signature = model.signature();
  // Somewhat more than fit are read, for a message about the shape.
  int64_t max_elements = 4 * signature.max_input_elements();
  ETCH_ASSIGN_OR_RETURN(InferRequest parsed,
                        parse_infer_request(request.body, request.json_length, max_elements));
  ETCH_ASSIGN_OR_RETURN(Job job, make_job(parsed, signature));
  job.deadline = start + options_.request_timeout;
  ETCH_RETURN_IF_ERROR(model.run(job));
  HttpReply reply = infer_reply(parsed, job, model);
  model.metrics().request_seconds.Observe(seconds_since(start));
  return reply;
}

absl::StatusOr<HttpReply> Service::index(const HttpRequest& request) {
  ETCH_ASSIGN_OR_RETURN(nlohmann::json body, small_object(request.body));
  auto ready = body.find("ready");
  bool only_ready = false;
  if (ready != body.end()) {
    if (!ready->is_boolean()) return absl::InvalidArgumentError("\"ready\" is no boolean");
    only_ready = ready->get<bool>();
  }
  return index_reply(models_.index(), only_ready);
}

absl::StatusOr<HttpReply> Service::load(const HttpRequest& request, const std::string& model) {
  ETCH_RETURN_IF_ERROR(check_control());
  ETCH_ASSIGN_OR_RETURN(nlohmann::json body, small_object(request.body));
  ETCH_ASSIGN_OR_RETURN(std::string weights, weights_file(body));
  ETCH_RETURN_IF_ERROR(weights.empty() ? models_.load(model) : models_.load_state(model, weights));
  return HttpReply{.body = "{}"};
}

absl::StatusOr<HttpReply> Service::unload(const std::string& model) {
  ETCH_RETURN_IF_ERROR(check_control());
  ETCH_RETURN_IF_ERROR(models_.unload(model));
  return HttpReply{.body = "{}"};
}

absl::StatusOr<std::shared_ptr<ServedModel>> Service::find_model(const std::string& name) const {
  std::shared_ptr<ServedModel> model = models_.find(name);
  if (model != nullptr) return model;
  std::vector<std::string> ready;
  for (const ModelRepository::Entry& entry : models_.index()) {
    if (entry.ready) ready.push_back(entry.name);
    if (!entry.ready && entry.name == name)
      return absl::NotFoundError(
          absl::StrCat("the model ", json_string(name), " is not served: ", entry.reason));
  }
  return absl::NotFoundError(absl::StrCat("there is no model ", json_string(name), "; ",
                                          ready.empty() ? "none is loaded" : "loaded are ",
                                          absl::StrJoin(ready, ", ")));
}

absl::Status Service::check_control() const {
  if (options_.allow_control) return absl::OkStatus();
  return absl::PermissionDeniedError("this server was started with a fixed set of models");
}

}  // namespace server
