// Requests for inference as text: what is read, and what is refused in which words.
#include "infer_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace server {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr int64_t kMany = 1000;

std::string refusal(const std::string& body, const std::optional<std::string>& length = {}) {
  auto request = parse_infer_request(body, length, kMany);
  EXPECT_FALSE(request.ok());
  return std::string(request.status().message());
}

// A request with one input, with these members behind its name.
std::string with_input(const std::string& members) {
  return R"({"inputs":[{"name":"x",)" + members + "}]}";
}

constexpr char kGood[] = R"("datatype":"FP32","shape":[2],"data":[1,2])";

TEST(InferRequest, ReadsAllThatTheProtocolHas) {
  auto request = parse_infer_request(
      R"({"id":"7","parameters":{"binary_data_output":true,"other":[1,{"a":2}]},
          "inputs":[{"data":[[1,2]],"shape":[1,2],"name":"x","datatype":"FP32","extra":{"inputs":3}}],
          "outputs":[{"name":"out0","parameters":{"binary_data":false}},{"name":"out1"}]})",
      {}, kMany);
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->id, "7");
  EXPECT_TRUE(request->binary_outputs);
  ASSERT_EQ(request->inputs.size(), 1u);
  EXPECT_EQ(request->inputs[0].name, "x");
  EXPECT_EQ(request->inputs[0].datatype, "FP32");
  EXPECT_EQ(request->inputs[0].shape, (etch::Shape{1, 2}));
  EXPECT_EQ(request->inputs[0].data->size(), 2);
  ASSERT_EQ(request->outputs.size(), 2u);
  EXPECT_EQ(request->outputs[0].binary, std::optional(false));
  EXPECT_EQ(request->outputs[1].binary, std::nullopt);
}

TEST(InferRequest, NullStandsForWhatMayBeMissing) {
  auto request =
      parse_infer_request(R"({"id":null,"parameters":null,"outputs":null,)" +
                              with_input(std::string(kGood) + R"(,"parameters":null)").substr(1),
                          {}, kMany);
  EXPECT_TRUE(request.ok()) << request.status();
}

TEST(InferRequest, BinaryInputsLieBehindTheJsonInTheirOrder) {
  std::string json =
      R"({"inputs":[{"name":"a","datatype":"UINT8","shape":[3],"parameters":{"binary_data_size":3}},)"
      R"({"name":"b","datatype":"UINT8","shape":[1],"data":[9]},)"
      R"({"name":"c","datatype":"UINT8","shape":[2],"parameters":{"binary_data_size":2}}]})";
  std::string body = json + "abcde";
  auto request = parse_infer_request(body, std::to_string(json.size()), kMany);
  ASSERT_TRUE(request.ok()) << request.status();
  auto text = [](std::span<const std::byte> bytes) {
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  EXPECT_EQ(text(request->inputs[0].binary), "abc");
  EXPECT_EQ(text(request->inputs[2].binary), "de");
}

TEST(InferRequest, SizesOfBinaryDataMustAddUp) {
  auto json = [](const std::string& size) {
    return with_input(R"("datatype":"UINT8","shape":[3],"parameters":{"binary_data_size":)" + size +
                      "}");
  };
  auto parse = [&](const std::string& size, const std::string& rest) {
    return refusal(json(size) + rest, std::to_string(json(size).size()));
  };
  EXPECT_THAT(parse("4", "abc"),
              HasSubstr("binary_data_size of 4, of the 3 bytes behind the JSON 3"));
  EXPECT_THAT(parse("2", "abc"), HasSubstr("1 of the 3 bytes behind the JSON belong to no input"));
  EXPECT_THAT(parse("-1", "abc"), HasSubstr("\"binary_data_size\" that is no number of bytes"));
  EXPECT_THAT(parse("1e300", "abc"), HasSubstr("no number of bytes"));
  EXPECT_THAT(parse("18446744073709551615", "abc"), HasSubstr("no number of bytes"));
  EXPECT_THAT(parse("9223372036854775807", "abc"), HasSubstr("of 9223372036854775807"));
}

TEST(InferRequest, HeaderLengthMustBeWithinTheBody) {
  std::string body = with_input(kGood);
  EXPECT_EQ(refusal(body, "9999"),
            "the header Inference-Header-Content-Length is 9999, the body has " +
                std::to_string(body.size()) + " bytes");
  for (const char* length : {"", "-1", "0x10", "1 ", "99999999999999999999999"})
    EXPECT_THAT(refusal(body, length), HasSubstr("not a number of bytes")) << length;
}

TEST(InferRequest, RefusesWhatIsNoJson) {
  for (const char* body : {"", "{", "{\"a\":[1", "{\"inputs\":[]} x", "{\"id\":\"\xff\"}",
                           "{\"id\":NaN}", "{\"a\":1e999}", "\xef\xbb\xbf"})
    EXPECT_THAT(refusal(body), StartsWith("the request is no JSON: ")) << body;
  EXPECT_EQ(refusal("7"), "the request is no JSON object");
  EXPECT_EQ(refusal("[]"), "the request is no JSON object");
}

TEST(InferRequest, NamesTheMemberThatIsWrong) {
  const std::pair<std::string, std::string> cases[] = {
      {"{}", "the request has no member \"inputs\""},
      {R"({"inputs":{}})", "the request has a member \"inputs\" that is no array"},
      {R"({"inputs":7})", "the request has a member \"inputs\" that is no array"},
      {R"({"inputs":[7]})", "the request has an element of \"inputs\" that is no object"},
      {R"({"inputs":[],"inputs":[]})", "the request has the member \"inputs\" twice"},
      {R"({"inputs":[{}]})", "input number 0 has no member \"name\""},
      {R"({"inputs":[{"name":3}]})", "input number 0 has a member \"name\" that is no string"},
      {with_input(R"("shape":[1],"data":[1])"), "input \"x\" has no member \"datatype\""},
      {with_input(R"("shape":[-1])"),
       "input \"x\" has an extent in its shape that is no number of elements"},
      {with_input(R"("shape":[1.5])"),
       "input \"x\" has an extent in its shape that is no number of elements"},
      {with_input(R"("shape":[[1]])"), "input \"x\" has an array in its shape"},
      {with_input(R"("shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1])"),
       "input \"x\" has more than 16 dimensions"},
      {with_input(R"("data":[null])"), "input \"x\" has null in its data"},
      {with_input(R"("data":["a"])"), "input \"x\" has a string in its data"},
      {with_input(R"("data":[{}])"), "input \"x\" has an object in its data"},
      {with_input(R"("data":3)"), "input \"x\" has a member \"data\" that is no array"},
      {with_input(R"("datatype":"FP32","shape":[1])"),
       "input \"x\" has neither data nor binary_data_size"},
      {with_input(std::string(kGood) + R"(,"parameters":{"binary_data_size":0})"),
       "input \"x\" has both data and binary_data_size"},
      {with_input(R"("parameters":{"shared_memory_region":"r"})"),
       "input \"x\" lies in shared memory, which this server has not"},
      {R"({"inputs":[],"outputs":[{"name":"o","parameters":{"classification":2}}]})",
       "output \"o\" is wanted as classes, which this server does not give"},
  };
  for (const auto& [body, message] : cases) EXPECT_EQ(refusal(body), message) << body;
}

TEST(InferRequest, LimitsWhatTextCanCost) {
  EXPECT_THAT(refusal(R"({"a":)" + std::string(100'000, '[')), HasSubstr("nested deeper than 32"));
  std::string numbers = "1";
  for (int i = 0; i < kMany; ++i) numbers += ",1";
  EXPECT_THAT(refusal(with_input("\"data\":[" + numbers + "]")),
              HasSubstr("more than 1000 elements"));
  std::string inputs = "{}";
  for (int i = 0; i < 300; ++i) inputs += R"(,{"name":"x","datatype":"FP32","shape":[],"data":[]})";
  EXPECT_THAT(refusal(R"({"inputs":[)" + inputs.substr(3) + "]}"),
              HasSubstr("more than 256 inputs and outputs"));
}

}  // namespace
}  // namespace server
