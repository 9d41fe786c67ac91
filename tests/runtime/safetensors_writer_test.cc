#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "etch/runtime/safetensors.h"
#include "etch/runtime/safetensors_image.h"
#include "safetensors_testing.h"

namespace etch::runtime {
namespace {

using etch::testing::as_bytes;
using etch::testing::read_text;
using etch::testing::TemporaryFolder;
using etch::testing::write_text;

SafetensorsEntry entry(std::string name, DType dtype, Shape shape, const std::string& data) {
  return {
      .name = std::move(name), .dtype = dtype, .shape = std::move(shape), .bytes = as_bytes(data)};
}

TEST(SafetensorsImage, AlignsEveryTensorAndIsReadWithoutThePadding) {
  std::string odd(10, 'o'), even(128, 'e'), tiny(1, 't'), none;
  std::vector<SafetensorsEntry> entries = {entry("odd", u8, {10}, odd), entry("tiny", u8, {}, tiny),
                                           entry("even", f32, {32}, even),
                                           entry("none", f32, {0}, none)};
  SafetensorsImage image = safetensors_image(entries, {}, 64).value();
  std::string bytes;
  for (std::span<const std::byte> piece : image.pieces())
    bytes.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  EXPECT_EQ(bytes.size(), image.size());
  for (const std::string& tensor : {odd, even}) EXPECT_EQ(bytes.find(tensor) % 64, 0u);
  EXPECT_EQ(bytes.rfind(tiny) % 64, 0u);

  SafetensorsFile file = parse_safetensors(as_bytes(bytes)).value();
  std::vector<std::string> names;
  for (const SafetensorsEntry& read : file.entries) names.push_back(read.name);
  EXPECT_EQ(names, (std::vector<std::string>{"even", "none", "odd", "tiny"}));
  EXPECT_TRUE(std::ranges::equal(file.find("odd")->bytes, as_bytes(odd)));

  std::vector<SafetensorsEntry> reserved = {entry("__padding__.0", u8, {}, tiny)};
  EXPECT_EQ(std::string(safetensors_image(reserved, {}).status().message()),
            "cannot save tensor \"__padding__.0\": names like this one stand for padding");
}

// Written by hand from the format's description: length 144 = 0x90, header, 6 spaces, tensors.
TEST(SafetensorsWriter, GoldenBytes) {
  const std::string golden =
      std::string("\x90\0\0\0\0\0\0\0", 8) +
      R"({"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},)"
      R"("a":{"dtype":"U8","shape":[],"data_offsets":[8,9]}})"
      "      " +
      std::string("\0\0\x80\x3f\0\0\0\xc0\x07", 9);
  std::array<float, 2> b = {1, -2};
  std::string a = "\x07";
  std::vector<SafetensorsEntry> entries = {
      entry("a", u8, {}, a),
      {.name = "b", .dtype = f32, .shape = {2, 1}, .bytes = std::as_bytes(std::span(b))}};
  TemporaryFolder folder;
  ASSERT_TRUE(write_safetensors(folder / "f", entries).ok());
  EXPECT_EQ(read_text(folder / "f"), golden);
}

TEST(SafetensorsWriter, SortsByAlignmentThenName) {
  std::string data(8, 'x');
  auto of = [&](const char* name, DType dtype) {
    SafetensorsEntry scalar = {.name = name, .dtype = dtype};
    scalar.bytes = as_bytes(data).first(size_of(dtype));
    return scalar;
  };
  std::vector<SafetensorsEntry> entries = {of("e", u8),  of("z", f64), of("c", f16), of("d", bf16),
                                           of("a", i32), of("b", f32), of("y", i64)};
  TemporaryFolder folder;
  ASSERT_TRUE(write_safetensors(folder / "f", entries, {}).ok());
  std::string names;
  SafetensorsFile file = read_safetensors(folder / "f").value();
  for (const SafetensorsEntry& read : file.entries) names += read.name;
  EXPECT_EQ(names, "yzabcde");
}

TEST(SafetensorsWriter, RoundTripsEveryDTypeShapeAndName) {
  std::vector<std::string> data;
  std::vector<SafetensorsEntry> entries;
  data.reserve(100);
  for (DType dtype : {boolean, u8, i8, i32, i64, f16, bf16, f32, f64}) {
    for (Shape shape : {Shape(), Shape({0, 2}), Shape({3}), Shape({2, 3, 1})}) {
      data.emplace_back(shape.num_elements() * size_of(dtype), '\x01');
      entries.push_back(
          entry("layer.0 \"\\\n\u00e9 " + std::to_string(data.size()), dtype, shape, data.back()));
    }
  }
  TemporaryFolder folder;
  SafetensorsMetadata metadata = {{"epoch", "3"}, {"note", "a\t\"b\""}};
  ASSERT_TRUE(write_safetensors(folder / "f", entries, metadata).ok());
  EXPECT_EQ(folder.files(), 1);
  SafetensorsFile file = read_safetensors(folder / "f").value();
  EXPECT_EQ(file.metadata, metadata);
  ASSERT_EQ(file.entries.size(), entries.size());
  for (const SafetensorsEntry& expected : entries) {
    const SafetensorsEntry* read = file.find(expected.name);
    ASSERT_NE(read, nullptr) << expected.name;
    EXPECT_EQ(read->dtype, expected.dtype);
    EXPECT_EQ(read->shape, expected.shape);
    EXPECT_TRUE(std::ranges::equal(read->bytes, expected.bytes));
  }
}

TEST(SafetensorsWriter, RefusesWhatWouldBeNoValidFile) {
  TemporaryFolder folder;
  write_text(folder / "f", "old");
  auto refused = [&](std::vector<SafetensorsEntry> entries, SafetensorsMetadata metadata,
                     const char* part) {
    absl::Status status = write_safetensors(folder / "f", entries, metadata);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_NE(status.message().find(part), status.message().npos) << status;
  };
  std::string one = "1", two = "12";
  refused({entry("a", u8, {}, one), entry("a", f16, {}, two)}, {}, "under one name, \"a\"");
  refused({entry("__metadata__", u8, {}, one)}, {}, "reserves this name");
  refused({entry("\xff", u8, {}, one)}, {}, "not UTF-8");
  refused({entry("a", u8, {3}, two)}, {}, "2 bytes, which do not match shape [3] and dtype u8");
  refused({entry("a", u8, {-1, -1}, one)}, {}, "negative");
  refused({entry("a", u8, {int64_t{1} << 40, int64_t{1} << 40}, one)}, {}, "do not match");
  refused({}, {{"k", "\xff"}}, "not UTF-8");
  EXPECT_EQ(read_text(folder / "f"), "old");
  EXPECT_EQ(folder.files(), 1);
}

TEST(SafetensorsWriter, AFailedWriteLeavesTheOldFileAndNoOther) {
  TemporaryFolder folder;
  write_text(folder / "f", "old");
  std::string data(1 << 20, 'x');
  std::vector<SafetensorsEntry> entries = {entry("a", u8, {1 << 20}, data)};
  // A file-size limit stands for a full disk: write() fails in the middle.
  rlimit old_limit;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit = {.rlim_cur = 100000, .rlim_max = old_limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  absl::Status status = write_safetensors(folder / "f", entries);
  setrlimit(RLIMIT_FSIZE, &old_limit);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_FALSE(status.ok());
  EXPECT_NE(status.message().find("cannot write"), status.message().npos) << status;
  EXPECT_EQ(read_text(folder / "f"), "old");
  EXPECT_EQ(folder.files(), 1);
}

TEST(SafetensorsWriter, ErrorsOfTheFileSystemNameThePath) {
  TemporaryFolder folder;
  absl::Status status = write_safetensors(folder / "none/f", {});
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_NE(status.message().find("none/f"), status.message().npos);
  // A folder at the path cannot be replaced; the temporary file goes all the same.
  EXPECT_FALSE(write_safetensors(folder / "", {}).ok());
  std::filesystem::create_directory(folder / "d");
  EXPECT_FALSE(write_safetensors(folder / "d", {}).ok());
  EXPECT_EQ(folder.files(), 1);
}

// Rewrites `path` for ever, each time filled with another byte.
[[noreturn]] void rewrite(const std::string& path) {
  for (int generation = 1;; ++generation) {
    std::string data(1 << 20, static_cast<char>('a' + generation % 26));
    std::vector<SafetensorsEntry> entries = {entry("a", u8, {1 << 19}, data),
                                             entry("b", u8, {1 << 19}, data)};
    for (SafetensorsEntry& half : entries) half.bytes = as_bytes(data).first(1 << 19);
    if (!write_safetensors(path, entries).ok()) _exit(1);
  }
}

TEST(SafetensorsWriter, KilledAtAnyMomentLeavesAWholeFile) {
  TemporaryFolder folder;
  std::string path = folder / "f";
  std::string data(1 << 20, '0');
  ASSERT_TRUE(write_safetensors(path, std::array{entry("a", u8, {1 << 20}, data)}).ok());
  for (int round = 0; round < 50; ++round) {
    pid_t child = fork();
    if (child == 0) rewrite(path);
    // From before the first write to well after it, in steps that fall differently each time.
    std::this_thread::sleep_for(std::chrono::microseconds(137 * round));
    ASSERT_EQ(kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writer failed";
    auto file = read_safetensors(path);
    ASSERT_TRUE(file.ok()) << file.status();
    std::byte first = file->entries[0].bytes[0];
    for (const SafetensorsEntry& read : file->entries) {
      EXPECT_TRUE(std::ranges::all_of(read.bytes, [&](std::byte b) { return b == first; }));
    }
  }
}

}  // namespace
}  // namespace etch::runtime
