// cpp-httplib carries the service's requests and replies.
#ifndef ETCH_EXAMPLES_SERVER_HTTP_SERVER_H_
#define ETCH_EXAMPLES_SERVER_HTTP_SERVER_H_

#include <httplib.h>

#include <cstddef>
#include <string>

#include "body_budget.h"
#include "connection.h"
#include "metrics.h"
#include "service.h"

namespace server {

struct HttpOptions {
  std::string host = "127.0.0.1";
  int port = 8000;  // 0: one that is free
  // Connections at a time, each with a thread of its own; more wait to be accepted.
  int max_connections = 256;
  ConnectionLimits limits = {};
  // Of all requests' bodies together.
  size_t max_bodies_bytes = size_t{1} << 30;
};

class HttpServer : private httplib::Server {
 public:
  // `service` and `metrics` must outlive the server.
  HttpServer(Service& service, Metrics& metrics, const HttpOptions& options);
  ~HttpServer() override;

  // The port that clients can connect to from now on; they wait for serve(). UNAVAILABLE when it
  // cannot be had, with the system's reason.
  absl::StatusOr<int> bind();
  // Serves until stop(), then until the last request has its answer.
  void serve();
  // Accepts no more connections and closes idle ones. From any thread, once.
  void stop();

 private:
  bool process_and_close_socket(socket_t socket) override;
  HandlerResponse before_body(const httplib::Request& request, httplib::Response& response);
  void with_body(const httplib::Request& request, httplib::Response& response,
                 const httplib::ContentReader& read);
  void reply(const httplib::Request& request, std::string body, httplib::Response& response);

  Service& service_;
  Metrics& metrics_;
  const HttpOptions options_;
  BodyBudget bodies_;
  const int stop_event_;
};

}  // namespace server

#endif  // ETCH_EXAMPLES_SERVER_HTTP_SERVER_H_
