// The service itself: a request in, a reply out. It knows the protocol and the models, and nothing
// of sockets.
#ifndef ETCH_EXAMPLES_SERVER_SERVICE_H_
#define ETCH_EXAMPLES_SERVER_SERVICE_H_

#include <atomic>
#include <chrono>
#include <string>

#include "absl/status/statusor.h"
#include "http_message.h"
#include "metrics.h"
#include "model_repository.h"
#include "route.h"

namespace server {

struct ServiceOptions {
  // From a request's arrival until its call begins, or until a call ends of which all requests are
  // as late; afterwards it is refused.
  std::chrono::milliseconds request_timeout{10'000};
  // Whether clients may load and unload models.
  bool allow_control = true;
};

// Threads: all functions may be called from any.
class Service {
 public:
  // Both must outlive the service.
  Service(ModelRepository& models, Metrics& metrics, const ServiceOptions& options)
      : models_(models), metrics_(metrics), options_(options) {}

  // Any bytes get a reply: one of 4xx, with a message that says what to change, where the client is
  // at fault.
  HttpReply handle(const HttpRequest& request);

  // From now on the service is not ready, so that balancers send requests elsewhere; until then it
  // is, since each model serves from its load to its unloading, whatever fails in between. It still
  // answers those that come.
  void drain() { draining_ = true; }

 private:
  absl::StatusOr<HttpReply> answer(const HttpRequest& request, const Route& route);
  absl::StatusOr<HttpReply> infer(const HttpRequest& request, ServedModel& model);
  absl::StatusOr<HttpReply> index(const HttpRequest& request);
  absl::StatusOr<HttpReply> load(const HttpRequest& request, const std::string& model);
  absl::StatusOr<HttpReply> unload(const std::string& model);
  absl::StatusOr<std::shared_ptr<ServedModel>> find_model(const std::string& name) const;
  absl::Status check_control() const;

  ModelRepository& models_;
  Metrics& metrics_;
  const ServiceOptions options_;
  std::atomic<bool> draining_{false};
};

}  // namespace server

#endif  // ETCH_EXAMPLES_SERVER_SERVICE_H_
