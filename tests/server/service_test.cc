// The service over real bundles, without sockets.
#include "service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "etch/runtime/model.h"
#include "service_testing.h"

namespace server {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using Json = nlohmann::json;

std::string error_of(const HttpReply& reply) { return Json::parse(reply.body)["error"]; }

// What the session computes of the same rows, with zeros in the others.
std::vector<float> expected_rows() {
  auto model = etch::runtime::Model::load(ETCH_SERVER_MODELS "/rows.etch").value();
  float x[8 * 3] = {1, 2, 3, 0.5, -1, 2}, out[8 * 4];
  int64_t ids[8] = {4, 0};
  bool flags[8] = {true, false};
  const etch::Shape xs = {8, 3}, rows = {8}, outs = {8, 4};
  auto session = model.new_session();
  absl::Status status = session.run("predict",
                                    {{"x", {x, etch::f32, xs}},
                                     {"ids", {ids, etch::i64, rows}},
                                     {"flags", {flags, etch::boolean, rows}}},
                                    {{"out0", {out, etch::f32, outs}}});
  EXPECT_TRUE(status.ok()) << status;
  return {out, out + 8};
}

TEST(Service, InfersWithTheSessionsBits) {
  TestServer server;
  ASSERT_TRUE(server.models.load("rows").ok());
  HttpReply reply = server.post("/v2/models/rows/infer", rows_request());
  ASSERT_EQ(reply.status, 200) << reply.body;
  Json json = Json::parse(reply.body);
  EXPECT_EQ(json["model_name"], "rows");
  EXPECT_EQ(json["id"], "r");
  Json out0 = json["outputs"][0], out1 = json["outputs"][1];
  EXPECT_EQ(out0["name"], "out0");
  EXPECT_EQ(out0["shape"], Json({2, 4}));
  EXPECT_EQ(out0["data"].get<std::vector<float>>(), expected_rows());
  EXPECT_EQ(out1["datatype"], "INT64");
  EXPECT_EQ(out1["data"], Json({5, 1}));
}

TEST(Service, WithoutBatchingRequestsHaveRowsToo) {
  TestServer server({.request_timeout = 2s}, {.workers = 2, .batching = false});
  ASSERT_TRUE(server.models.load("rows").ok());
  for (int i = 0; i < 3; ++i) {
    HttpReply reply = server.post("/v2/models/rows/infer", rows_request());
    ASSERT_EQ(reply.status, 200) << reply.body;
    EXPECT_EQ(Json::parse(reply.body)["outputs"][0]["data"].get<std::vector<float>>(),
              expected_rows());
  }
}

TEST(Service, BinaryTensorsGoBothWays) {
  TestServer server;
  ASSERT_TRUE(server.models.load("rows").ok());
  std::string json =
      R"({"inputs":[{"name":"x","datatype":"FP32","shape":[2,3],"parameters":{"binary_data_size":24}},)"
      R"({"name":"ids","datatype":"INT64","shape":[2],"data":[4,0]},)"
      R"({"name":"flags","datatype":"BOOL","shape":[2],"parameters":{"binary_data_size":2}}],)"
      R"("outputs":[{"name":"out1","parameters":{"binary_data":false}},{"name":"out0"}],)"
      R"("parameters":{"binary_data_output":true}})";
  const float x[] = {1, 2, 3, 0.5, -1, 2};
  // Any byte but 0 is true.
  std::string body =
      json + std::string(reinterpret_cast<const char*>(x), sizeof(x)) + "\x07" + std::string(1, 0);
  HttpReply reply = server.post("/v2/models/rows/infer", body, std::to_string(json.size()));
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(reply.content_type, "application/octet-stream");
  ASSERT_EQ(reply.headers.size(), 1u);
  EXPECT_EQ(reply.headers[0].first, kJsonLengthHeader);
  size_t length = std::stoul(reply.headers[0].second);
  Json head = Json::parse(reply.body.substr(0, length));
  EXPECT_EQ(head["outputs"][0]["data"], Json({5, 1}));
  EXPECT_EQ(head["outputs"][1]["parameters"]["binary_data_size"], 32);
  ASSERT_EQ(reply.body.size(), length + 32);
  std::vector<float> out(8);
  std::memcpy(out.data(), reply.body.data() + length, 32);
  EXPECT_EQ(out, expected_rows());
}

TEST(Service, RowsThatDependOnEachOtherAreNotShared) {
  TestServer server;
  ASSERT_TRUE(server.models.load("mixed").ok());
  ASSERT_TRUE(server.models.load("rows").ok());
  EXPECT_EQ(server.models.find("rows")->signature().batch, 8);
  EXPECT_EQ(server.models.find("mixed")->signature().batch, 0);
  ASSERT_TRUE(server.models.load("steep").ok());
  EXPECT_EQ(server.models.find("steep")->signature().batch, 0);
  EXPECT_EQ(error_of(server.post(
                "/v2/models/mixed/infer",
                R"({"inputs":[{"name":"x","datatype":"FP32","shape":[1,3],"data":[1,2,3]}]})")),
            "input \"x\" has the shape [1, 3], the model wants [4, 3]");
}

TEST(Service, AProgramThatWritesStateIsNotServed) {
  TestServer server;
  absl::Status status = server.models.load("training");
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("changes the model's state"));
  EXPECT_EQ(server.get("/v2/models/training/ready").status, 404);
  EXPECT_THAT(error_of(server.get("/v2/models/training")),
              AllOf(HasSubstr("the model \"training\" is not served: "),
                    HasSubstr("changes the model's state")));
  EXPECT_EQ(server.get("/v2/health/ready").status, 200);
}

TEST(Service, TellsOfItselfAndItsModels) {
  TestServer server;
  ASSERT_TRUE(server.models.load("rows").ok());
  EXPECT_THAT(server.get("/v2").body, HasSubstr("binary_tensor_data"));
  EXPECT_EQ(server.get("/v2/health/live").status, 200);
  EXPECT_EQ(server.get("/v2/health/ready").status, 200);
  Json model = Json::parse(server.get("/v2/models/rows").body);
  EXPECT_EQ(model["inputs"][0], Json({{"name", "x"}, {"datatype", "FP32"}, {"shape", {-1, 3}}}));
  EXPECT_EQ(model["parameters"], Json({{"program", "predict"}, {"max_rows", 8}}));
  EXPECT_EQ(server.get("/v2/models/rows/ready").status, 200);
  EXPECT_EQ(server.get("/v2/models/mixed/ready").status, 404);
  EXPECT_EQ(error_of(server.get("/v2/models/mixed")),
            "the model \"mixed\" is not served: not loaded");
  EXPECT_EQ(error_of(server.get("/v2/models/none")), "there is no model \"none\"; loaded are rows");
  EXPECT_EQ(server.get("/v2/models/rows/infer").status, 405);
}

TEST(Service, NotReadyOnceItDrains) {
  TestServer server;
  server.service.drain();
  EXPECT_EQ(server.get("/v2/health/ready").status, 400);
  EXPECT_EQ(server.get("/v2/health/live").status, 200);
}

TEST(Service, LoadsUnloadsAndLists) {
  TestServer server;
  auto states = [&](const std::string& body = "") {
    std::vector<std::string> list;
    for (const Json& entry : Json::parse(server.post("/v2/repository/index", body).body))
      list.push_back(entry["name"].get<std::string>() + " " + entry["state"].get<std::string>());
    return list;
  };
  EXPECT_THAT(states(), ElementsAre("mixed UNAVAILABLE", "rows UNAVAILABLE", "steep UNAVAILABLE",
                                    "training UNAVAILABLE"));
  EXPECT_EQ(server.post("/v2/repository/models/rows/load").status, 200);
  EXPECT_THAT(states(R"({"ready":true})"), ElementsAre("rows READY"));
  EXPECT_EQ(server.post("/v2/models/rows/infer", rows_request()).status, 200);
  EXPECT_EQ(server.post("/v2/repository/models/rows/unload").status, 200);
  EXPECT_EQ(server.post("/v2/models/rows/infer", rows_request()).status, 404);
  EXPECT_EQ(server.post("/v2/repository/models/rows/unload").status, 404);
  EXPECT_THAT(states(R"({"ready":true})"), ElementsAre());
}

TEST(Service, RefusesWhatTheRepositoryHasNot) {
  TestServer server;
  const std::string load = "/v2/repository/models/rows/load";
  EXPECT_EQ(server.post("/v2/repository/models/none/load").status, 404);
  EXPECT_EQ(server.post("/v2/repository/models/../load").status, 400);
  EXPECT_EQ(server.post("/v2/repository/models/.hidden/load").status, 400);
  EXPECT_EQ(error_of(server.post(load, R"({"parameters":{"config":"x"}})")),
            "loading has no parameter \"config\"; it has \"weights\", a file's name");
  EXPECT_EQ(error_of(server.post(load, R"({"parameters":{"weights":"rows.safetensors"}})")),
            "the model \"rows\" is not loaded; load it first");
  ASSERT_EQ(server.post(load).status, 200);
  for (const char* file : {"../rows.safetensors", "/etc/passwd", "a/b", ".x"})
    EXPECT_EQ(
        server.post(load, R"({"parameters":{"weights":")" + std::string(file) + R"("}})").status,
        400)
        << file;
  EXPECT_EQ(server.post(load, R"({"parameters":{"weights":"none.safetensors"}})").status, 404);
  EXPECT_EQ(server.post(load, R"({"parameters":{"weights":7}})").status, 400);
  EXPECT_EQ(server.post(load, "[").status, 400);
  EXPECT_EQ(server.post("/v2/repository/index", R"({"ready":1})").status, 400);
  EXPECT_EQ(server.post(load, std::string(100'000, ' ')).status, 400);
}

TEST(Service, WeightsThatTheModelHasNotAreTheRequestsFault) {
  TestServer server;
  // Its difference from "rows" is that it has no weights.
  ASSERT_TRUE(server.models.load("mixed").ok());
  HttpReply reply = server.post("/v2/repository/models/mixed/load",
                                R"({"parameters":{"weights":"rows.safetensors"}})");
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(error_of(reply), HasSubstr("the bundle has no state"));
  reply = server.post("/v2/repository/models/mixed/load",
                      R"({"parameters":{"weights":"none.safetensors"}})");
  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(error_of(reply), "the repository has no file \"none.safetensors\"");
}

TEST(Service, TakesWeightsOfAFile) {
  TestServer server;
  ASSERT_TRUE(server.models.load("rows").ok());
  HttpReply loaded = server.post("/v2/repository/models/rows/load",
                                 R"({"parameters":{"weights":"rows.safetensors"}})");
  EXPECT_EQ(loaded.status, 200) << loaded.body;
  Json reply = Json::parse(server.post("/v2/models/rows/infer", rows_request()).body);
  for (const Json& value : reply["outputs"][0]["data"]) EXPECT_EQ(value.get<double>(), 0);
}

TEST(Service, MayHaveAFixedSetOfModels) {
  TestServer server({.allow_control = false});
  EXPECT_EQ(server.post("/v2/repository/models/rows/load").status, 403);
  EXPECT_EQ(server.post("/v2/repository/models/rows/unload").status, 403);
  EXPECT_EQ(server.post("/v2/repository/index").status, 200);
}

TEST(Service, CountsRequestsByModelAndStatus) {
  TestServer server;
  ASSERT_TRUE(server.models.load("rows").ok());
  server.post("/v2/models/rows/infer", rows_request());
  server.post("/v2/models/rows/infer", "{}");
  server.get("/v2/models/some-name-of-a-stranger");
  HttpReply metrics = server.get("/metrics");
  EXPECT_EQ(metrics.content_type, "text/plain; version=0.0.4");
  EXPECT_THAT(metrics.body,
              AllOf(HasSubstr(R"(etch_requests_total{model="rows",status="200"} 1)"),
                    HasSubstr(R"(etch_requests_total{model="rows",status="400"} 1)"),
                    HasSubstr(R"(etch_requests_total{model="",status="404"} 1)"),
                    HasSubstr(R"(etch_call_rows_sum{model="rows"} 2)"),
                    HasSubstr(R"(etch_requests_in_progress{model="rows"} 0)"),
                    HasSubstr(R"(etch_model_loads_total{model="rows",result="ok"} 1)")));
}

TEST(Service, TimesWhatItAnswers) {
  TestServer server;
  ASSERT_TRUE(server.models.load("rows").ok());
  EXPECT_EQ(server.post("/v2/models/rows/infer", rows_request()).status, 200);
  EXPECT_EQ(server.post("/v2/models/rows/infer", "{}").status, 400);
  EXPECT_THAT(server.get("/metrics").body,
              HasSubstr(R"(etch_request_seconds_count{model="rows"} 1)"));
  TestServer late({.request_timeout = 0ms});
  ASSERT_TRUE(late.models.load("rows").ok());
  EXPECT_EQ(late.post("/v2/models/rows/infer", rows_request()).status, 504);
  EXPECT_THAT(late.get("/metrics").body,
              HasSubstr(R"(etch_request_seconds_count{model="rows"} 0)"));
}

TEST(Service, LoadsDoNotWaitForEachOther) {
  TestServer server;
  ASSERT_TRUE(server.models.load("rows").ok());
  // Two clients that load without end until each was refused because of the other.
  std::atomic<int> refused = 0;
  const Clock::time_point end = Clock::now() + 20s;
  auto load_on_and_on = [&](const std::string& body) {
    bool was_refused = false;
    while (refused < 2 && Clock::now() < end) {
      HttpReply reply = server.post("/v2/repository/models/rows/load", body);
      if (reply.status == 200) continue;
      EXPECT_EQ(reply.status, 503);
      EXPECT_EQ(error_of(reply), "another model is being loaded; try again later");
      EXPECT_THAT(reply.headers, ElementsAre(Pair("Retry-After", "1")));
      if (!std::exchange(was_refused, true)) ++refused;
    }
  };
  std::thread bundle(load_on_and_on, "");
  load_on_and_on(R"({"parameters":{"weights":"rows.safetensors"}})");
  bundle.join();
  EXPECT_EQ(refused, 2);
  EXPECT_EQ(server.post("/v2/repository/models/rows/load").status, 200);
}

}  // namespace
}  // namespace server
