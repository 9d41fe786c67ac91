#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstring>
#include <string>

#include "etch/runtime/safetensors.h"
#include "safetensors_testing.h"

namespace etch::runtime {
namespace {

using etch::testing::as_bytes;
using etch::testing::file_of;
using etch::testing::TemporaryFolder;

std::string tensor(const std::string& name, const std::string& dtype, const std::string& shape,
                   const std::string& offsets) {
  return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape +
         ",\"data_offsets\":" + offsets + "}";
}

// Expects that `file` is refused by `rule`, and that the message has `detail` in it.
void expect_refused(const std::string& file, const std::string& rule, const std::string& detail) {
  absl::Status status = parse_safetensors(as_bytes(file), "model.safetensors").status();
  std::string message(status.message());
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(message.rfind(rule + ": model.safetensors: ", 0), 0u) << message;
  EXPECT_NE(message.find(detail), message.npos) << message;
  EXPECT_NE(message.find("write it again"), message.npos) << message;
}

void expect_header_refused(const std::string& header, const std::string& detail) {
  expect_refused(file_of(header), "InvalidHeaderDeserialization", detail);
}

absl::StatusOr<SafetensorsFile> parse(const std::string& file) {
  return parse_safetensors(as_bytes(file));
}

TEST(SafetensorsReader, ReadsTensorsInTheOrderOfTheirBytes) {
  std::string file =
      file_of("{" + tensor("late", "I64", "[1]", "[8,16]") + ",\"__metadata__\":{\"k\":\"v\"}," +
                  tensor("early", "F32", "[2, 1]", "[0,8]") + "}  ",
              std::string("\0\0\x80\x3f\0\0\0\xc0", 8) + std::string("\x05\0\0\0\0\0\0\0", 8));
  SafetensorsFile read = parse(file).value();
  ASSERT_EQ(read.entries.size(), 2u);
  EXPECT_EQ(read.entries[0].name, "early");
  EXPECT_EQ(read.entries[0].dtype, f32);
  EXPECT_EQ(read.entries[0].shape, Shape({2, 1}));
  float values[2];
  std::memcpy(values, read.entries[0].bytes.data(), 8);
  EXPECT_EQ(values[0], 1);
  EXPECT_EQ(values[1], -2);
  EXPECT_EQ(read.entries[1].name, "late");
  EXPECT_EQ(read.metadata, (SafetensorsMetadata{{"k", "v"}}));
  ASSERT_NE(read.find("late"), nullptr);
  EXPECT_EQ(read.find("late")->dtype, i64);
  EXPECT_EQ(read.find("none"), nullptr);
}

TEST(SafetensorsReader, AcceptsWhatTheFormatAllows) {
  EXPECT_TRUE(parse(file_of("{}")).ok());
  EXPECT_TRUE(parse(file_of(" \n{ } \t")).ok());
  EXPECT_TRUE(parse(file_of("{\"__metadata__\":{}}")).ok());
  EXPECT_TRUE(parse(file_of("{" + tensor("scalar", "U8", "[]", "[0,1]") + "}", "x")).ok());
  EXPECT_TRUE(parse(file_of("{" + tensor("none", "F32", "[0,3]", "[0,0]") + "," +
                            tensor("too", "F32", "[0]", "[0,0]") + "}"))
                  .ok());
  EXPECT_TRUE(parse(file_of("{" + tensor("", "U8", "[1]", "[0,1]") + "}", "x")).ok());
  // Fields that a later version of the format may add.
  EXPECT_TRUE(parse(file_of("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1],"
                            "\"more\":[-1.5e3,{\"x\":null}]}}",
                            "x"))
                  .ok());
}

TEST(SafetensorsReader, DecodesEscapedNames) {
  auto file = parse(file_of("{" + tensor("a\\u00e9\\n\\\"", "U8", "[1]", "[0,1]") + "}", "x"));
  EXPECT_EQ(file->entries[0].name, "a\u00e9\n\"");
}

TEST(SafetensorsReader, HeaderTooSmall) {
  expect_refused("", "HeaderTooSmall", "0 bytes");
  expect_refused("1234567", "HeaderTooSmall", "7 bytes");
}

TEST(SafetensorsReader, HeaderTooLarge) {
  // 100,000,001 and 2^64 - 1, little-endian.
  expect_refused(std::string("\x01\xe1\xf5\x05\0\0\0\0{}", 10), "HeaderTooLarge", "100000001");
  expect_refused(std::string(8, '\xff') + "{}", "HeaderTooLarge", "18446744073709551615");
}

TEST(SafetensorsReader, InvalidHeaderLength) {
  expect_refused(std::string("\x03\0\0\0\0\0\0\0{}", 10), "InvalidHeaderLength", "in a file of 10");
  // At the limit itself, the file is what is too short.
  expect_refused(std::string("\0\xe1\xf5\x05\0\0\0\0{}", 10), "InvalidHeaderLength", "100000000");
}

TEST(SafetensorsReader, InvalidHeader) {
  expect_refused(file_of("{\"\xff\":1}"), "InvalidHeader", "not UTF-8");
  expect_refused(file_of("{\"\xed\xa0\x80\":1}"), "InvalidHeader", "not UTF-8");
}

TEST(SafetensorsReader, InvalidHeaderDeserializationOfWhatIsNoJson) {
  expect_header_refused("", "expected '{' at byte 0");
  expect_header_refused("[]", "expected '{'");
  expect_header_refused("{", "expected '\"'");
  expect_header_refused("{}x", "unexpected text after the end");
  expect_header_refused("{\"a\":1}", "expected '{'");
  expect_header_refused("{\"a\":null}", "expected '{'");
  expect_header_refused("{" + tensor("a", "U8", "[1]", "[0,1]") + ",}", "expected '\"'");
}

TEST(SafetensorsReader, InvalidHeaderDeserializationOfWrongFields) {
  auto refused = [](const std::string& dtype, const std::string& shape, const std::string& offsets,
                    const std::string& detail) {
    expect_header_refused("{" + tensor("a", dtype, shape, offsets) + "}", detail);
  };
  refused("F33", "[1]", "[0,1]", "unknown dtype \"F33\"");
  refused("f32", "[1]", "[0,1]", "unknown dtype");
  refused("U8", "[-1]", "[0,1]", "expected an unsigned integer");
  refused("U8", "[1.0]", "[0,1]", "expected an integer, not a float");
  refused("U8", "[1e2]", "[0,1]", "expected an integer, not a float");
  refused("U8", "[01]", "[0,1]", "leading zero");
  refused("U8", "[18446744073709551616]", "[0,1]", "2^64 or more");
  refused("U8", "[[1]]", "[0,1]", "expected an unsigned integer");
  refused("U8", "1", "[0,1]", "expected '['");
  refused("U8", "[1]", "[0]", "not two numbers");
  refused("U8", "[1]", "[0,1,2]", "not two numbers");
  refused("U8", "[1]", "[0,true]", "expected an unsigned integer");
  expect_header_refused("{\"a\":{\"dtype\":7}}", "expected '\"'");
  expect_header_refused("{\"a\":{}}", "tensor \"a\" has no \"dtype\"");
  expect_header_refused("{\"a\":{\"dtype\":\"U8\",\"shape\":[]}}", "has no \"data_offsets\"");
}

TEST(SafetensorsReader, InvalidHeaderDeserializationOfMetadata) {
  expect_header_refused("{\"__metadata__\":{\"a\":1}}", "expected '\"'");
  expect_header_refused("{\"__metadata__\":[]}", "expected '{'");
  expect_header_refused("{\"__metadata__\":null}", "expected '{'");
}

TEST(SafetensorsReader, InvalidHeaderDeserializationOfKeysThatComeTwice) {
  std::string a = tensor("a", "U8", "[0]", "[0,0]");
  expect_header_refused("{" + a + "," + a + "}", "the key \"a\" comes twice");
  // The same key, written in two ways.
  expect_header_refused("{" + a + "," + tensor("\\u0061", "U8", "[0]", "[0,0]") + "}",
                        "comes twice");
  expect_header_refused("{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\"}}", "\"dtype\" comes twice");
  expect_header_refused("{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}", "\"k\" comes twice");
  expect_header_refused("{\"__metadata__\":{},\"__metadata__\":{}}", "comes twice");
}

TEST(SafetensorsReader, InvalidHeaderDeserializationOfDeepNesting) {
  expect_header_refused("{\"a\":{\"x\":" + std::string(200000, '['), "nested too deeply");
}

TEST(SafetensorsReader, InvalidOffset) {
  auto refused = [](const std::string& offsets_a, const std::string& offsets_b,
                    const std::string& detail) {
    expect_refused(file_of("{" + tensor("a", "U8", "[2]", offsets_a) + "," +
                               tensor("b", "U8", "[2]", offsets_b) + "}",
                           "1234"),
                   "InvalidOffset", detail);
  };
  refused("[1,3]", "[3,5]", "tensor \"a\" has data_offsets [1, 3] where the one before ends at 0");
  refused("[0,2]", "[3,5]", "a gap");
  refused("[0,2]", "[1,3]", "an overlap");
  refused("[0,2]", "[0,2]", "an overlap");
  refused("[0,2]", "[2,1]", "ends before it begins");
  refused("[0,2]", "[18446744073709551615,1]", "a gap");
}

TEST(SafetensorsReader, ValidationOverflow) {
  auto refused = [](const std::string& dtype, const std::string& shape) {
    expect_refused(file_of("{" + tensor("a", dtype, shape, "[0,0]") + "}"), "ValidationOverflow",
                   "tensor \"a\"");
  };
  refused("U8", "[4294967296,4294967296]");
  refused("F64", "[2305843009213693952]");
  refused("U8", "[18446744073709551615]");
  refused("U8", "[0,18446744073709551615]");  // No extent of a Shape.
  refused("U8", "[4294967296,4294967296,0]");
}

TEST(SafetensorsReader, MisalignedSlice) {
  expect_refused(file_of("{" + tensor("a", "F4", "[3]", "[0,2]") + "}", "12"), "MisalignedSlice",
                 "12 bits");
  expect_refused(file_of("{" + tensor("a", "F6_E2M3", "[3]", "[0,2]") + "}", "12"),
                 "MisalignedSlice", "18 bits");
}

TEST(SafetensorsReader, TensorInvalidInfo) {
  expect_refused(file_of("{" + tensor("a", "F32", "[2]", "[0,4]") + "}", "1234"),
                 "TensorInvalidInfo", "4 bytes, where its shape and dtype F32 take 8");
  expect_refused(file_of("{" + tensor("a", "F32", "[]", "[0,0]") + "}"), "TensorInvalidInfo",
                 "take 4");
}

TEST(SafetensorsReader, MetadataIncompleteBuffer) {
  std::string header = "{" + tensor("a", "U8", "[2]", "[0,2]") + "}";
  expect_refused(file_of(header, "1"), "MetadataIncompleteBuffer", "2 bytes of tensors");
  expect_refused(file_of(header, "123"), "MetadataIncompleteBuffer", "the file has 3");
  expect_refused(file_of("{}", "1"), "MetadataIncompleteBuffer", "0 bytes of tensors");
}

TEST(SafetensorsReader, DTypesThatEtchLacksAreNamed) {
  for (const char* dtype : {"I16", "U16", "U32", "U64", "C64", "F8_E4M3", "F8_E5M2", "F8_E8M0"}) {
    absl::Status status = parse(file_of("{" + tensor("w", dtype, "[0]", "[0,0]") + "}")).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
    std::string message(status.message());
    EXPECT_EQ(message.rfind("UnsupportedDtype", 0), 0u);
    EXPECT_NE(message.find(std::string("tensor \"w\" has dtype ") + dtype), message.npos);
  }
}

TEST(SafetensorsReader, HostileNamesAreShortenedAndEscapedInMessages) {
  std::string name(100000, 'x');
  absl::Status status =
      parse(file_of("{" + tensor("\\n" + name, "U8", "[1]", "[0,0]") + "}")).status();
  EXPECT_LT(status.message().size(), 600u);
  EXPECT_NE(status.message().find("\"\\nxxx"), status.message().npos);
}

TEST(SafetensorsReader, ReadsFilesIntoAlignedStorage) {
  TemporaryFolder folder;
  std::string path = folder / "odd.safetensors";
  // The header is not padded, so nothing in this file is aligned.
  etch::testing::write_text(path,
                            file_of("{" + tensor("flags", "BOOL", "[3]", "[0,3]") + "," +
                                        tensor("w", "F32", "[1]", "[3,7]") + "}",
                                    std::string("\0\x01\x7f", 3) + std::string("\0\0\x80\x3f", 4)));
  SafetensorsFile file = read_safetensors(path).value();
  for (const SafetensorsEntry& entry : file.entries) {
    EXPECT_EQ(reinterpret_cast<uintptr_t>(entry.bytes.data()) % kBufferAlignment, 0u);
    EXPECT_EQ(entry.bytes.data(), entry.storage->data<std::byte>());
  }
  EXPECT_EQ(file.entries[1].view().at(0), 1);
  // Any byte but 0 is true; generated code relies on 1.
  EXPECT_EQ(file.entries[0].storage->data<uint8_t>()[2], 1);
  EXPECT_EQ(file.entries[0].storage->data<uint8_t>()[0], 0);
}

TEST(SafetensorsReader, ErrorsOfTheFileSystemNameThePath) {
  TemporaryFolder folder;
  absl::Status missing = read_safetensors(folder / "none").status();
  EXPECT_EQ(missing.code(), absl::StatusCode::kNotFound);
  EXPECT_NE(missing.message().find("none"), missing.message().npos);
  EXPECT_EQ(read_safetensors(folder / "").status().code(), absl::StatusCode::kInvalidArgument);
  std::string pipe = folder / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(read_safetensors(pipe).status().code(), absl::StatusCode::kInvalidArgument);
  etch::testing::write_text(folder / "short", "1234");
  EXPECT_EQ(read_safetensors(folder / "short").status().message().substr(0, 14), "HeaderTooSmall");
}

}  // namespace
}  // namespace etch::runtime
