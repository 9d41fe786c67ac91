#include "etch/runtime/json_reader.h"

#include <gtest/gtest.h>

namespace etch::runtime {
namespace {

bool is_json(const std::string& text) {
  JsonReader reader(text);
  return reader.skip_value() && reader.end_of_document();
}

// The value of a string literal; "!" when it is refused.
std::string string_of(const std::string& literal) {
  JsonReader reader(literal);
  std::string value;
  return reader.string(&value) && reader.end_of_document() ? value : "!";
}

bool reads_integer(const std::string& text, uint64_t* value) {
  JsonReader reader(text);
  return reader.unsigned_integer(value) && reader.end_of_document();
}

TEST(JsonReader, AcceptsJson) {
  for (const char* text : {"{}", "[]", " \t\r\n{ } ", "null", "true", "false", "0", "-0", "12.5e-3",
                           "1E+9", "\"\"", R"({"a":[1,{"b":null}],"c":"\u00e9"})", "[[[[]]],{}]"}) {
    EXPECT_TRUE(is_json(text)) << text;
  }
}

TEST(JsonReader, RefusesWhatIsNoJson) {
  for (const char* text : {"",      " ",       "{",        "}",          "[1,]",        "[,1]",
                           "[1 2]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}",       "{'a':1}",
                           "{1:2}", "nul",     "nulll",    "True",       "01",          "-",
                           "1.",    ".5",      "1e",       "+1",         "NaN",         "[1]]",
                           "{}{}",  "\"a",     "\"\\x\"",  "\"\\u12\"",  "\"\\u12g4\"", "\"\n\"",
                           "//",    "[1}"}) {
    EXPECT_FALSE(is_json(text)) << text;
  }
}

TEST(JsonReader, LimitsDepthWithoutRecursingFurther) {
  auto nested = [](int depth, const std::string& open, const std::string& close) {
    std::string text;
    for (int i = 0; i < depth; ++i) text += open;
    text += "1";
    for (int i = 0; i < depth; ++i) text += close;
    return text;
  };
  EXPECT_TRUE(is_json(nested(JsonReader::kMaxDepth, "[", "]")));
  EXPECT_FALSE(is_json(nested(JsonReader::kMaxDepth + 1, "[", "]")));
  EXPECT_FALSE(is_json(nested(200000, "[", "]")));
  EXPECT_FALSE(is_json(nested(200000, "{\"a\":", "}")));
}

TEST(JsonReader, DecodesStrings) {
  EXPECT_EQ(string_of(R"("a\"\\\/\b\f\n\r\tz")"), "a\"\\/\b\f\n\r\tz");
  EXPECT_EQ(string_of(R"("\u0041\u00e9\u20AC")"), "A\u00e9\u20ac");
  EXPECT_EQ(string_of(R"("\ud83d\ude00")"), "\U0001F600");
  EXPECT_EQ(string_of("\"\\u0000\""), std::string(1, '\0'));
  for (const char* lone : {R"("\ud83d")", R"("\ude00")", R"("\ud83dx")", R"("\ud83d\u0041")"}) {
    EXPECT_EQ(string_of(lone), "!") << lone;
  }
}

TEST(JsonReader, ReadsUnsignedIntegersOnly) {
  uint64_t value = 0;
  EXPECT_TRUE(reads_integer("18446744073709551615", &value));
  EXPECT_EQ(value, UINT64_MAX);
  EXPECT_TRUE(reads_integer(" 0 ", &value));
  EXPECT_EQ(value, 0u);
  for (const char* text : {"18446744073709551616", "-1", "1.0", "1e2", "01", "", "true", "\"1\""}) {
    EXPECT_FALSE(reads_integer(text, &value)) << text;
  }
}

TEST(JsonReader, SaysWhatAndWhere) {
  JsonReader reader("{\"a\" 1}");
  EXPECT_FALSE(reader.skip_value());
  EXPECT_EQ(reader.error(), "expected ':' at byte 5 of the header");
  EXPECT_FALSE(reader.end_of_document());
}

TEST(JsonReader, ReadsObjectsOfKnownMembers) {
  auto error_of = [](std::string_view text) {
    JsonReader reader(text, "the manifest");
    uint64_t count = 0;
    bool flag = false;
    std::vector<uint64_t> list;
    auto element = [&] { return reader.unsigned_integer(&list.emplace_back()); };
    bool ok = reader.object({{"count", [&] { return reader.unsigned_integer(&count); }},
                             {"flag", [&] { return reader.boolean(&flag); }, false},
                             {"list", [&] { return reader.array(element); }}}) &&
              reader.end_of_document();
    EXPECT_EQ(ok, reader.ok());
    if (ok) EXPECT_EQ(count + list.size() + flag, 4u) << text;
    return reader.error();
  };
  EXPECT_EQ(error_of(R"({"list":[7, 8],"count":2})"), "");
  EXPECT_EQ(error_of(R"({"count":2,"flag":true,"new":{"x":[1.5]},"list":[9]})"), "");
  EXPECT_EQ(error_of(R"({"count":2})"),
            "\"list\" is missing in the object that ends at byte 11 of the manifest");
  EXPECT_EQ(error_of(R"({"count":2,"count":2})"),
            "the key \"count\" comes twice at byte 19 of the manifest");
  EXPECT_EQ(error_of(R"({"flag":1})"), "expected true or false at byte 8 of the manifest");
  EXPECT_EQ(error_of(R"({"list":[1)"), "expected ']' at byte 10 of the manifest");
}

TEST(JsonReader, QuotesSoThatItReadsItself) {
  std::string all;
  for (int c = 0; c < 128; ++c) all += static_cast<char>(c);
  all += "\u00e9\U0001F600";
  EXPECT_EQ(string_of(json_quote(all)), all);
  EXPECT_EQ(json_quote("a\n\x01\""), "\"a\\n\\u0001\\\"\"");
}

TEST(Utf8, FollowsTheStandard) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("a\u00e9\u20ac\U0001F600\U0010FFFF"));
  for (const char* text :
       {"\x80", "\xC3", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xE2\x82",
        "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "a\xE2\x28\xA1"}) {
    EXPECT_FALSE(is_utf8(text));
  }
}

}  // namespace
}  // namespace etch::runtime
