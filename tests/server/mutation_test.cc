// Eight thousand damaged requests, the same ones each time: each gets a reply, none may fault (run
// it under ASan and UBSan). What is answered with 200 is answered in full.
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "etch/runtime/philox.h"
#include "service_testing.h"

namespace server {
namespace {

constexpr int kRequests = 8000;

struct Message {
  std::string path = "/v2/models/rows/infer";
  std::optional<std::string> json_length = {};
  std::string body;
};

// Bits of text that break what is around them.
const std::vector<std::string> kFragments = {"[",
                                             "]",
                                             "{",
                                             "}",
                                             "\"",
                                             ",",
                                             ":",
                                             "null",
                                             "true",
                                             "-",
                                             "1e999",
                                             "-1e999",
                                             "NaN",
                                             "Infinity",
                                             "9223372036854775808",
                                             "-9223372036854775809",
                                             "18446744073709551616",
                                             "0.1",
                                             "1e-400",
                                             "\\u0000",
                                             "\\ud800",
                                             "\xff\xfe",
                                             std::string("\0", 1),
                                             "\"inputs\":[",
                                             "\"shape\":[-1]",
                                             "\"shape\":[4294967296,4294967296]",
                                             "\"data\":[[],[[]]]",
                                             "\"binary_data_size\":-1",
                                             "\"binary_data_size\":1e30",
                                             "\"datatype\":\"BYTES\"",
                                             "\"datatype\":\"FP16\"",
                                             "\"datatype\":\"BOOL\"",
                                             "\"parameters\":{}",
                                             "\"name\":\"x\"",
                                             "//",
                                             "/*",
                                             " "};

class Mutator {
 public:
  explicit Mutator(uint64_t seed) : seed_(seed) {}

  uint64_t below(uint64_t limit) {
    return limit > 0 ? etch::runtime::random_bits(seed_, next_++) % limit : 0;
  }

  void damage(Message& message) {
    for (uint64_t count = 1 + below(3); count > 0; --count) {
      std::string& body = message.body;
      switch (below(9)) {
        case 0:
          if (!body.empty()) body[below(body.size())] ^= static_cast<char>(1 << below(8));
          break;
        case 1:
          body.resize(below(body.size() + 1));
          break;
        case 2:
          body.insert(below(body.size() + 1), body.substr(below(body.size() + 1), below(200)));
          break;
        case 3:
          body.erase(below(body.size() + 1), 1 + below(40));
          break;
        case 4:
          body.insert(below(body.size() + 1), kFragments[below(kFragments.size())]);
          break;
        case 5:
          nest(body);
          break;
        case 6:
          number(body);
          break;
        case 7:
          message.json_length = std::to_string(below(body.size() + 20));
          break;
        case 8:
          message.json_length = kFragments[below(kFragments.size())];
          break;
      }
    }
  }

 private:
  void nest(std::string& body) {
    const char* brackets[] = {"[", "{\"a\":", "[[", "[{\"inputs\":"};
    std::string deep, bracket = brackets[below(4)];
    for (uint64_t i = below(5000); i > 0; --i) deep += bracket;
    body.insert(below(body.size() + 1), deep);
  }

  // A number becomes another.
  void number(std::string& body) {
    const char* numbers[] = {"0",
                             "-1",
                             "3",
                             "1.5",
                             "1e10",
                             "4294967297",
                             "9223372036854775807",
                             "-9223372036854775808",
                             "99999999999999999999",
                             "1e308",
                             "1e-320"};
    size_t at = body.find_first_of("0123456789", below(body.size() + 1));
    if (at == body.npos) return;
    size_t end = body.find_first_not_of("0123456789.", at);
    body.replace(at, (end == body.npos ? body.size() : end) - at, numbers[below(11)]);
  }

  const uint64_t seed_;
  uint64_t next_ = 0;
};

std::vector<Message> good_messages() {
  std::string head =
      R"({"inputs":[{"name":"x","datatype":"FP32","shape":[2,3],"parameters":{"binary_data_size":24}},)"
      R"({"name":"ids","datatype":"INT64","shape":[2],"parameters":{"binary_data_size":16}},)"
      R"({"name":"flags","datatype":"BOOL","shape":[2],"data":[true,false]}],)"
      R"("outputs":[{"name":"out0","parameters":{"binary_data":true}},{"name":"out1"}]})";
  return {{.body = rows_request()},
          {.json_length = std::to_string(head.size()), .body = head + std::string(40, '\1')},
          {.path = "/v2/repository/index", .body = R"({"ready":true})"},
          {.path = "/v2/repository/models/mixed/load",
           .body = R"({"parameters":{"weights":"rows.safetensors"}})"}};
}

void expect_complete(const HttpReply& reply, const Message& message) {
  size_t json = reply.headers.empty() ? reply.body.size() : std::stoul(reply.headers[0].second);
  ASSERT_LE(json, reply.body.size()) << message.body;
  auto parsed = nlohmann::json::parse(reply.body.substr(0, json), nullptr, false);
  ASSERT_FALSE(parsed.is_discarded()) << message.body;
  if (parsed.is_array() || !parsed.contains("outputs")) return;
  for (const auto& output : parsed["outputs"])
    EXPECT_TRUE(output.contains("data") || output["parameters"].contains("binary_data_size"));
}

TEST(Mutation, DamagedRequestsAreAnswered) {
  TestServer server;
  ASSERT_TRUE(server.models.load("rows").ok());
  const std::vector<Message> good = good_messages();
  for (const Message& message : good) {
    if (message.path.ends_with("load")) continue;
    HttpReply reply = server.post(message.path, message.body, message.json_length);
    EXPECT_EQ(reply.status, 200) << reply.body;
  }
  std::map<int, int> statuses;
  for (int i = 0; i < kRequests; ++i) {
    Mutator mutator(i);
    // Most for inference, in JSON and binary.
    Message message = good[mutator.below(10) < 9 ? mutator.below(2) : 2 + mutator.below(2)];
    mutator.damage(message);
    HttpReply reply = server.post(message.path, message.body, message.json_length);
    ++statuses[reply.status];
    if (reply.status == 200)
      expect_complete(reply, message);
    else
      ASSERT_TRUE(nlohmann::json::parse(reply.body)["error"].is_string()) << message.body;
    ASSERT_TRUE(reply.status == 200 || reply.status / 100 == 4) << reply.status << reply.body;
  }
  // Most damage is noticed, and some is none.
  EXPECT_GT(statuses[400], kRequests / 2);
  EXPECT_GT(statuses[200], kRequests / 100);
}

}  // namespace
}  // namespace server
