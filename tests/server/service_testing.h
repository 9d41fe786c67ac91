// A service over the tests' bundles, without sockets.
#ifndef ETCH_TESTS_SERVER_SERVICE_TESTING_H_
#define ETCH_TESTS_SERVER_SERVICE_TESTING_H_

#include <optional>
#include <string>
#include <utility>

#include "metrics.h"
#include "model_repository.h"
#include "service.h"

namespace server {

struct TestServer {
  explicit TestServer(const ServiceOptions& options = {}, ServingOptions serving = {})
      : models(ETCH_SERVER_MODELS, std::move(serving), metrics),
        service(models, metrics, options) {}

  HttpReply get(const std::string& path) { return service.handle({.method = "GET", .path = path}); }
  HttpReply post(const std::string& path, const std::string& body = "",
                 std::optional<std::string> json_length = {}) {
    return service.handle({"POST", path, std::move(json_length), body});
  }

  Metrics metrics;
  ModelRepository models;
  Service service;
};

// A good request of two rows for the model "rows".
inline std::string rows_request() {
  return R"({"id":"r","inputs":[{"name":"x","datatype":"FP32","shape":[2,3],"data":[[1,2,3],[0.5,-1,2]]},)"
         R"({"name":"ids","datatype":"INT64","shape":[2],"data":[4,0]},)"
         R"({"name":"flags","datatype":"BOOL","shape":[2],"data":[true,false]}]})";
}

}  // namespace server

#endif  // ETCH_TESTS_SERVER_SERVICE_TESTING_H_
