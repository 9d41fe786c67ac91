// Requests against a model's signature.
#include "job.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace server {
namespace {

using ::testing::HasSubstr;

Signature with_rows() {
  return {.program = "predict",
          .inputs = {{"x", etch::f32, {4, 2}}, {"ids", etch::i64, {4}}},
          .outputs = {{"out0", etch::f32, {4, 3}}, {"out1", etch::i64, {4}}},
          .batch = 4};
}

Signature whole() {
  Signature signature = with_rows();
  signature.batch = 0;
  return signature;
}

// A request in which `from` has become `to`.
std::string request(const std::string& from = "", const std::string& to = "") {
  std::string text = R"({"inputs":[{"name":"ids","datatype":"INT64","shape":[2],"data":[5,6]},)"
                     R"({"name":"x","datatype":"FP32","shape":[2,2],"data":[[1,2],[3,4]]}]})";
  size_t at = text.find(from);
  EXPECT_NE(at, text.npos) << from;
  return text.replace(at, from.size(), to);
}

std::string refusal(const std::string& text, const Signature& signature = with_rows()) {
  auto parsed = parse_infer_request(text, {}, 1000);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  return std::string(make_job(*parsed, signature).status().message());
}

TEST(Job, TakesInputsInAnyOrderAndMakesRoomForAllOutputs) {
  auto parsed = parse_infer_request(request(), {}, 1000).value();
  auto job = make_job(parsed, with_rows());
  ASSERT_TRUE(job.ok()) << job.status();
  EXPECT_EQ(job->rows, 2);
  EXPECT_EQ(job->inputs[0].size(), 2u * 2 * 4);
  EXPECT_EQ(job->inputs[1].size(), 2u * 8);
  EXPECT_EQ(job->outputs[0].size(), 2u * 3 * 4);
  EXPECT_EQ(job->outputs[1].size(), 2u * 8);
}

TEST(Job, MakesRoomForNoOutputThatNobodyWants) {
  auto parsed = parse_infer_request(
      request("{\"inputs\"", R"({"outputs":[{"name":"out1"}],"inputs")"), {}, 1000);
  auto job = make_job(*parsed, with_rows());
  ASSERT_TRUE(job.ok()) << job.status();
  EXPECT_TRUE(job->outputs[0].empty());
  EXPECT_FALSE(job->outputs[1].empty());
}

TEST(Job, NamesWhatDoesNotFit) {
  EXPECT_EQ(refusal(request("\"ids\"", "\"id\"")),
            "input \"id\" is unknown; the model has x FP32 [-1, 2], ids INT64 [-1]");
  EXPECT_EQ(refusal(request("\"ids\",\"datatype\":\"INT64\",\"shape\":[2],\"data\":[5,6]",
                            R"("x","datatype":"FP32","shape":[2,2],"data":[1,2,3,4])")),
            "input \"x\" is given twice");
  EXPECT_EQ(refusal(R"({"inputs":[]})"),
            "input \"x\" is missing; the model has x FP32 [-1, 2], ids INT64 [-1]");
  EXPECT_EQ(refusal(request("FP32", "FP64")),
            "input \"x\" has the datatype \"FP64\", the model wants FP32");
  EXPECT_EQ(refusal(request("[2,2]", "[2,3]")),
            "input \"x\" has the shape [2, 3], the model wants [-1, 2]");
  EXPECT_EQ(refusal(request("[2,2]", "[2]")),
            "input \"x\" has the shape [2], the model wants [-1, 2]");
  EXPECT_EQ(refusal(request("[2,2]", "[9223372036854775807,2]")),
            "input \"ids\" has 2 rows, input \"x\" has 9223372036854775807");
  EXPECT_EQ(refusal(request("[[1,2],[3,4]]", "[1,2,3]")),
            "input \"x\" has 3 elements in its data, its shape [2, 2] has 4");
  EXPECT_EQ(refusal(request("[5,6]", "[5,6.5]")),
            "input \"ids\" has 6.5 at element 1 of its data, which is no INT64");
  EXPECT_EQ(refusal(request("{\"inputs\"", R"({"outputs":[{"name":"o"}],"inputs")")),
            "output \"o\" is unknown; the model has out0 FP32 [-1, 3], out1 INT64 [-1]");
  EXPECT_EQ(
      refusal(request("{\"inputs\"", R"({"outputs":[{"name":"out1"},{"name":"out1"}],"inputs")")),
      "output \"out1\" is asked for twice");
}

TEST(Job, HasAsManyRowsAsACallTakes) {
  auto rows = [](const std::string& n) {
    return R"({"inputs":[{"name":"x","datatype":"FP32","shape":[)" + n +
           R"(,2],"data":[]},{"name":"ids","datatype":"INT64","shape":[)" + n + R"(],"data":[]}]})";
  };
  EXPECT_EQ(refusal(rows("0")), "input \"x\" has 0 rows, a request may have 1 to 4");
  EXPECT_EQ(refusal(rows("5")), "input \"x\" has 5 rows, a request may have 1 to 4; send several");
}

TEST(Job, IsWholeWithoutRows) {
  EXPECT_EQ(refusal(request(), whole()), "input \"ids\" has the shape [2], the model wants [4]");
  EXPECT_EQ(whole().capacity(), 1);
  EXPECT_EQ(whole().row_bytes(whole().inputs[0]), 4 * 2 * 4);
}

TEST(Job, BinaryDataMustFillTheShape) {
  std::string json =
      R"({"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"parameters":{"binary_data_size":7}},)"
      R"({"name":"ids","datatype":"INT64","shape":[1],"data":[1]}]})";
  std::string body = json + "1234567";
  auto parsed = parse_infer_request(body, std::to_string(json.size()), 1000).value();
  EXPECT_EQ(make_job(parsed, with_rows()).status().message(),
            "input \"x\" has a binary_data_size of 7, its shape [1, 2] has 8 bytes");
}

}  // namespace
}  // namespace server
