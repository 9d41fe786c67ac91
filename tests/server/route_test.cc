// Paths and methods of the protocol.
#include "route.h"

#include <gtest/gtest.h>

namespace server {
namespace {

std::string model_at(const char* method, const char* path, Endpoint endpoint) {
  auto route = find_route(method, path);
  EXPECT_TRUE(route.ok()) << route.status();
  if (!route.ok()) return "";
  EXPECT_EQ(route->endpoint, endpoint) << path;
  return route->model;
}

TEST(Route, FindsEndpointsAndModels) {
  EXPECT_EQ(model_at("GET", "/v2", Endpoint::kServer), "");
  EXPECT_EQ(model_at("GET", "/v2/", Endpoint::kServer), "");
  EXPECT_EQ(model_at("HEAD", "/v2/health/live", Endpoint::kLive), "");
  EXPECT_EQ(model_at("GET", "/v2/models/a b", Endpoint::kModel), "a b");
  EXPECT_EQ(model_at("GET", "/v2/models/m/versions/1/ready", Endpoint::kModelReady), "m");
  EXPECT_EQ(model_at("POST", "/v2/models/m/infer", Endpoint::kInfer), "m");
  EXPECT_EQ(model_at("POST", "/v2/repository/models/m/load", Endpoint::kLoad), "m");
  EXPECT_EQ(model_at("POST", "/v2/models/infer/infer", Endpoint::kInfer), "infer");
}

TEST(Route, TellsAnUnknownPathFromAWrongMethod) {
  for (const char* path : {"", "/", "/v1", "/v2/models", "/v2/models//infer", "//v2",
                           "/v2/models/m/x", "/v2/models/m/versions/2", "/v2/models/m/infer/x"})
    EXPECT_EQ(find_route("GET", path).status().code(), absl::StatusCode::kNotFound) << path;
  EXPECT_EQ(find_route("GET", "/v2/models/m/infer").status(),
            absl::UnimplementedError("\"/v2/models/m/infer\" wants POST, not GET"));
  EXPECT_EQ(find_route("DELETE", "/metrics").status().code(), absl::StatusCode::kUnimplemented);
}

}  // namespace
}  // namespace server
