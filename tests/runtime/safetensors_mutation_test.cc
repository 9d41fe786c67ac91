// Ten thousand damaged files, the same ones each time: none may fault (run it under ASan and
// UBSan), and what is accepted must be consistent.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "etch/runtime/philox.h"
#include "etch/runtime/safetensors.h"
#include "safetensors_testing.h"

namespace etch::runtime {
namespace {

using etch::testing::as_bytes;
using etch::testing::file_of;

constexpr std::array<std::string_view, 11> kRules = {"HeaderTooSmall",
                                                     "HeaderTooLarge",
                                                     "InvalidHeaderLength",
                                                     "InvalidHeader",
                                                     "InvalidHeaderDeserialization",
                                                     "InvalidOffset",
                                                     "ValidationOverflow",
                                                     "MisalignedSlice",
                                                     "TensorInvalidInfo",
                                                     "MetadataIncompleteBuffer",
                                                     "UnsupportedDtype"};

class Mutator {
 public:
  explicit Mutator(uint64_t seed) : seed_(seed) {}

  std::string mutate(std::string file) {
    for (uint64_t i = 0, count = 1 + below(3); i < count; ++i) file = once(std::move(file));
    return file;
  }

 private:
  uint64_t below(uint64_t limit) { return limit > 0 ? random_bits(seed_, next_++) % limit : 0; }

  template <typename T, size_t n>
  T pick(const T (&options)[n]) {
    return options[below(n)];
  }

  std::string once(std::string file) {
    switch (below(8)) {
      case 0:
        if (!file.empty()) file[below(file.size())] ^= static_cast<char>(1 << below(8));
        return file;
      case 1:
        if (!file.empty()) file[below(file.size())] = static_cast<char>(below(256));
        return file;
      case 2:
        return file.substr(0, below(file.size() + 1));
      case 3: {  // A range comes again somewhere else.
        std::string range = file.substr(below(file.size() + 1), below(64));
        return file.insert(below(file.size() + 1), range);
      }
      case 4:
        return file.erase(below(file.size() + 1), below(32));
      case 5:
        return with_length(std::move(file));
      default:
        return with_json(std::move(file));
    }
  }

  // Writes another header length.
  std::string with_length(std::string file) {
    uint64_t size = file.size();
    uint64_t length =
        pick<uint64_t>({0, 1, 2, 7, 8, size, size - 8, size - 9, size - 7, 100000000, 100000001,
                        UINT64_MAX, UINT64_MAX - 7, uint64_t{1} << 63, below(size + 1)});
    for (size_t i = 0; i < 8 && i < file.size(); ++i) file[i] = static_cast<char>(length >> 8 * i);
    return file;
  }

  // Changes the header as JSON and corrects its length, so that deeper checks are reached.
  std::string with_json(std::string file) {
    uint64_t length = 0;
    for (int i = 7; i >= 0 && file.size() >= 8; --i) {
      length = length << 8 | static_cast<unsigned char>(file[i]);
    }
    if (file.size() < 8 || length > file.size() - 8) return file;
    std::string header = file.substr(8, length), data = file.substr(8 + length);
    // Replaces one token (a run of letters and digits, or one other character).
    size_t begin = below(header.size() + 1), end = begin;
    while (begin > 0 && isalnum(static_cast<unsigned char>(header[begin - 1]))) --begin;
    while (end < header.size() && isalnum(static_cast<unsigned char>(header[end]))) ++end;
    if (begin == end && end < header.size()) ++end;
    std::string token = header.substr(begin, end - begin);
    header.replace(begin, end - begin, replacement(token, header));
    return file_of(header, data);
  }

  std::string replacement(const std::string& token, const std::string& header) {
    if (!token.empty() && isdigit(static_cast<unsigned char>(token[0])) && below(4) != 0) {
      return pick<std::string>({"0", "1", "-1", "1.5", "1e3", "00", "4294967296",
                                "9223372036854775807", "9223372036854775808",
                                "18446744073709551615", "18446744073709551616", "null", "[]",
                                std::to_string(below(40))});
    }
    switch (below(6)) {
      case 0:
        return token + token;
      case 1:
        return "";
      case 2: {  // A piece of the header, so that keys and whole tensors come twice.
        size_t from = below(header.size() + 1);
        return token + header.substr(from, below(100));
      }
      case 3:
        return std::string(1 + below(5000), "[{\""[below(3)]);
      default:
        return pick<std::string>({"{",
                                  "}",
                                  "[",
                                  "]",
                                  ",",
                                  ":",
                                  "\"",
                                  "\\",
                                  "\\u0000",
                                  "\\ud800",
                                  "null",
                                  "true",
                                  "-",
                                  "\xff",
                                  "\xe2\x82",
                                  " ",
                                  "F4",
                                  "F6_E2M3",
                                  "I16",
                                  "BOOL",
                                  "F64",
                                  "dtype",
                                  "shape",
                                  "data_offsets",
                                  "__metadata__",
                                  "\"x\":{}",
                                  "\n"});
    }
  }

  uint64_t seed_;
  uint64_t next_ = 0;
};

// Files to start from: every dtype and shape, escapes, metadata, nothing at all.
std::vector<std::string> originals() {
  std::string header = R"({"__metadata__":{"format":"pt","a\u00e9":"\"\\\ud83d\ude00"})";
  std::string data;
  const std::pair<const char*, DType> kDTypes[] = {{"F64", f64}, {"I64", i64},   {"F32", f32},
                                                   {"I32", i32}, {"BF16", bf16}, {"F16", f16},
                                                   {"U8", u8},   {"I8", i8},     {"BOOL", boolean}};
  for (auto [name, dtype] : kDTypes) {
    size_t size = size_of(dtype);
    header += std::string(",\"layer.") + name + R"(":{"dtype":")" + name +
              R"(","shape":[2,3],"data_offsets":[)" + std::to_string(data.size()) + "," +
              std::to_string(data.size() + 6 * size) + "]}";
    data += std::string(6 * size, '\x01');
  }
  return {file_of(header + "}   ", data), file_of("{}"),
          file_of(R"({"w":{"dtype":"F32","shape":[],"data_offsets":[0,4]}})", "1234"),
          file_of(R"({"e":{"dtype":"F4","shape":[2],"data_offsets":[0,1]},)"
                  R"("z":{"dtype":"F32","shape":[0,7],"data_offsets":[1,1],"x":[1.5,{}]}})",
                  "1")};
}

void expect_consistent(const SafetensorsFile& file, std::span<const std::byte> bytes) {
  unsigned sum = 0;
  for (const SafetensorsEntry& entry : file.entries) {
    ASSERT_EQ(static_cast<int64_t>(entry.bytes.size()),
              entry.shape.num_elements() * size_of(entry.dtype));
    ASSERT_TRUE(entry.bytes.empty() ||
                (entry.bytes.data() >= bytes.data() &&
                 entry.bytes.data() + entry.bytes.size() <= bytes.data() + bytes.size()));
    for (std::byte b : entry.bytes) sum += std::to_integer<unsigned>(b);
  }
  ASSERT_LE(sum, 255u * bytes.size());
}

TEST(SafetensorsMutation, OriginalsAreWhatTheyShouldBe) {
  auto files = originals();
  for (int i = 0; i < 3; ++i) {
    auto file = parse_safetensors(as_bytes(files[i]));
    EXPECT_TRUE(file.ok()) << file.status();
  }
  EXPECT_EQ(parse_safetensors(as_bytes(files[3])).status().code(),
            absl::StatusCode::kUnimplemented);
}

TEST(SafetensorsMutation, TenThousandDamagedFilesAreRefusedByARuleOrConsistent) {
  auto files = originals();
  std::map<std::string, int> outcomes;
  etch::testing::TemporaryFolder folder;
  for (uint64_t i = 0; i < 10000; ++i) {
    std::string text = Mutator(i).mutate(files[i % 8 < 5 ? 0 : i % 8 - 4]);
    // A heap block of exactly this size, so that ASan sees a read beyond it.
    std::unique_ptr<std::byte[]> copy(new std::byte[text.size()]);
    std::ranges::copy(as_bytes(text), copy.get());
    std::span<const std::byte> bytes(copy.get(), text.size());
    auto file = parse_safetensors(bytes);
    if (file.ok()) {
      expect_consistent(*file, bytes);
    } else {
      std::string rule(file.status().message());
      rule.resize(std::min(rule.find(':'), rule.size()));
      ASSERT_NE(std::ranges::find(kRules, rule), kRules.end()) << i << ' ' << file.status();
      ++outcomes[rule];
    }
    if (i % 20 == 0) {  // The door for files comes to the same verdict.
      etch::testing::write_text(folder / "f", text);
      ASSERT_EQ(read_safetensors(folder / "f").status().code(), file.status().code()) << i;
    }
  }
  // The mutations reach every rule.
  for (std::string_view rule : kRules) EXPECT_GT(outcomes[std::string(rule)], 0) << rule;
}

}  // namespace
}  // namespace etch::runtime
