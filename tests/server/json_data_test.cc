// The values of tensors in JSON: what a request may write, and what a reply writes.
#include "json_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

namespace server {
namespace {

using etch::DType;
using etch::Shape;
using ::testing::HasSubstr;

// "[" and "]" nest, other words are elements: "0.5", "7", "true".
JsonData data_of(const std::vector<std::string>& words) {
  JsonData data;
  for (const std::string& word : words) {
    if (word == "[")
      data.begin_array();
    else if (word == "]")
      data.end_array();
    else if (word == "true" || word == "false")
      data.add(word == "true");
    else if (word.find('.') != word.npos)
      data.add(std::stod(word));
    else
      data.add(static_cast<int64_t>(std::stoll(word)));
  }
  return data;
}

template <typename T>
std::vector<T> values(const absl::StatusOr<std::vector<std::byte>>& bytes) {
  EXPECT_TRUE(bytes.ok()) << bytes.status();
  if (!bytes.ok()) return {};
  std::vector<T> result(bytes->size() / sizeof(T));
  std::memcpy(result.data(), bytes->data(), bytes->size());
  return result;
}

std::string refusal(const JsonData& data, DType dtype, const Shape& shape) {
  return std::string(data.to_bytes(dtype, shape).status().message());
}

TEST(JsonData, FlatAndNestedAreTheSame) {
  std::vector<float> expected = {1, 2.5, 3, 4, 5, 6};
  JsonData flat = data_of({"[", "1", "2.5", "3", "4", "5", "6", "]"});
  JsonData nested = data_of({"[", "[", "1", "2.5", "3", "]", "[", "4", "5", "6", "]", "]"});
  EXPECT_EQ(values<float>(flat.to_bytes(DType::kF32, {2, 3})), expected);
  EXPECT_EQ(values<float>(nested.to_bytes(DType::kF32, {2, 3})), expected);
  EXPECT_EQ(values<float>(flat.to_bytes(DType::kF32, {6})), expected);
}

TEST(JsonData, KeepsEveryIntegerOf64Bits) {
  JsonData data = data_of({"[", "9223372036854775807", "-9223372036854775808", "]"});
  EXPECT_EQ(values<int64_t>(data.to_bytes(DType::kI64, {2})),
            (std::vector<int64_t>{std::numeric_limits<int64_t>::max(),
                                  std::numeric_limits<int64_t>::min()}));
}

TEST(JsonData, RefusesWhatIsNoValueOfTheDtype) {
  JsonData data = data_of({"[", "1", "300", "0.5", "]"});
  EXPECT_EQ(refusal(data, DType::kI32, {3}), "has 0.5 at element 2 of its data, which is no INT32");
  EXPECT_EQ(refusal(data_of({"[", "1", "300", "]"}), DType::kU8, {2}),
            "has 300 at element 1 of its data, which is beyond UINT8");
  EXPECT_EQ(refusal(data_of({"[", "1.0e39", "]"}), DType::kF32, {1}),
            "has 1e+39 at element 0 of its data, which is beyond FP32");
  EXPECT_EQ(refusal(data_of({"[", "70000", "]"}), DType::kF16, {1}),
            "has 70000 at element 0 of its data, which is beyond FP16");
  EXPECT_EQ(refusal(data_of({"[", "true", "]"}), DType::kF32, {1}),
            "is FP32, its data has booleans in it");
  EXPECT_EQ(refusal(data_of({"[", "1", "]"}), DType::kBool, {1}),
            "is BOOL, its data has numbers in it");
}

TEST(JsonData, RefusesAnotherShape) {
  JsonData nested = data_of({"[", "[", "1", "2", "]", "[", "3", "4", "]", "]"});
  EXPECT_EQ(refusal(nested, DType::kF32, {4}), "has data nested as [2, 2], its shape is [4]");
  EXPECT_EQ(refusal(data_of({"[", "1", "2", "]"}), DType::kF32, {2, 2}),
            "has 2 elements in its data, its shape [2, 2] has 4");
}

TEST(JsonData, RefusesNestingThatNoTensorHas) {
  EXPECT_THAT(data_of({"[", "[", "1", "]", "[", "1", "2", "]", "]"}).error(),
              HasSubstr("side by side have 1 and 2 elements"));
  EXPECT_THAT(data_of({"[", "[", "1", "]", "2", "]"}).error(), HasSubstr("different depth"));
  EXPECT_THAT(data_of({"[", "2", "[", "1", "]", "]"}).error(),
              HasSubstr("both numbers and arrays"));
  EXPECT_THAT(data_of({"[", "2", "true", "]"}).error(), HasSubstr("numbers and booleans"));
  EXPECT_THAT(data_of(std::vector<std::string>(17, "[")).error(), HasSubstr("deeper than 16"));
}

TEST(JsonData, WritesWhatReadsBackExactly) {
  const std::vector<float> numbers = {0.1f, -3, 1e-40f, 16777216, 3.4e38f};
  std::string text;
  append_json(std::as_bytes(std::span(numbers)), DType::kF32, text);
  EXPECT_EQ(text, "[0.1,-3,1e-40,16777216,3.4e+38]");
}

TEST(JsonData, WritesNullForWhatJsonLacks) {
  const std::vector<double> numbers = {std::nan(""), 1.5, -INFINITY};
  const std::vector<uint16_t> halves = {0x7c00, 0x3e00};
  const std::vector<uint8_t> flags = {1, 0};
  std::string text;
  append_json(std::as_bytes(std::span(numbers)), DType::kF64, text);
  append_json(std::as_bytes(std::span(halves)), DType::kF16, text);
  append_json(std::as_bytes(std::span(flags)), DType::kBool, text);
  EXPECT_EQ(text, "[null,1.5,null][null,1.5][true,false]");
}

TEST(JsonData, QuotesAnyBytes) { EXPECT_EQ(json_string("a\"\n\xff"), "\"a\\\"\\n\xef\xbf\xbd\""); }

}  // namespace
}  // namespace server
