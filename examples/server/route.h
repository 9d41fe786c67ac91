// Which endpoint of the protocol a method and a path name.
#ifndef ETCH_EXAMPLES_SERVER_ROUTE_H_
#define ETCH_EXAMPLES_SERVER_ROUTE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace server {

enum class Endpoint {
  kLive,        // GET  /v2/health/live
  kReady,       // GET  /v2/health/ready
  kServer,      // GET  /v2
  kModel,       // GET  /v2/models/NAME
  kModelReady,  // GET  /v2/models/NAME/ready
  kInfer,       // POST /v2/models/NAME/infer
  kIndex,       // POST /v2/repository/index
  kLoad,        // POST /v2/repository/models/NAME/load
  kUnload,      // POST /v2/repository/models/NAME/unload
  kMetrics,     // GET  /metrics
};

// /v2/models/NAME may be followed by /versions/1: a model has one version, what its file was when
// it was loaded.
struct Route {
  Endpoint endpoint;
  std::string model;  // as the path has it; empty where there is none
};

// HEAD counts as GET, and a slash at the end as none. Errors: NOT_FOUND for a path that is no
// endpoint's; UNIMPLEMENTED when it is, and has another method.
absl::StatusOr<Route> find_route(std::string_view method, std::string_view path);

}  // namespace server

#endif  // ETCH_EXAMPLES_SERVER_ROUTE_H_
