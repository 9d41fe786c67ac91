// Twelve thousand damaged bundles, the same ones each time: none may fault (run it under ASan and
// UBSan). What is accepted behaves as the original does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>

#include "bundle_testing.h"
#include "etch/runtime/philox.h"

namespace etch::runtime {
namespace {

using etch::testing::as_bytes;
using etch::testing::kSize;
using etch::testing::manifest_with_alternatives;
using etch::testing::ramp;
using etch::testing::test_bundle;
using etch::testing::test_code;
using etch::testing::test_manifest;
using etch::testing::view;
using etch::testing::with_checksums;
using etch::testing::with_section;
using etch::testing::writable;

class Mutator {
 public:
  explicit Mutator(uint64_t seed) : seed_(seed) {}

  uint64_t below(uint64_t limit) { return limit > 0 ? random_bits(seed_, next_++) % limit : 0; }

  // Damage anywhere.
  std::string anywhere(std::string file) {
    switch (below(6)) {
      case 0:
        return flip(std::move(file), 0, file.size());
      case 1:
        return file.substr(0, below(file.size()));
      case 2:
        return file.insert(below(file.size()), file.substr(below(file.size()), below(5000)));
      case 3:
        return file.erase(below(file.size()), 1 + below(5000));
      case 4: {  // Two ranges exchanged.
        size_t length = 1 + below(4096), a = below(file.size()), b = below(file.size());
        for (size_t i = 0; i < length && std::max(a, b) + i < file.size(); ++i)
          std::swap(file[a + i], file[b + i]);
        return file;
      }
      default:
        return table(std::move(file));
    }
  }

  // One bit of a range.
  std::string flip(std::string file, size_t begin, size_t end) {
    file[begin + below(end - begin)] ^= static_cast<char>(1 << below(8));
    return file;
  }

  // A number of the header or the table, or two entries exchanged.
  std::string table(std::string file) {
    auto bytes = std::as_writable_bytes(std::span(file));
    size_t count = get<uint32_t>(bytes, kCountAt);
    auto entry = [&](size_t i) {
      return bytes.subspan(kHeaderBytes + i * kEntryBytes, kEntryBytes);
    };
    if (below(4) == 0) {
      auto a = entry(below(count)), b = entry(below(count));
      std::swap_ranges(a.begin(), a.end(), b.begin());
      return file;
    }
    uint64_t numbers[] = {0,
                          1,
                          63,
                          64,
                          4095,
                          4096,
                          file.size(),
                          file.size() - 1,
                          file.size() + 1,
                          UINT64_MAX,
                          UINT64_MAX - 4095,
                          uint64_t{1} << 63,
                          below(file.size())};
    uint64_t number = numbers[below(std::size(numbers))];
    if (below(3) == 0) {
      put(bytes, 8 + 8 * below(3), number);
    } else {
      put(entry(below(count)), 8 * below(4), number);
    }
    return file;
  }

  // A token of the manifest becomes another one.
  std::string manifest(std::string text) {
    size_t begin = below(text.size()), end = begin;
    auto is_word = [&](size_t i) { return std::isalnum(static_cast<unsigned char>(text[i])); };
    while (begin > 0 && is_word(begin - 1)) --begin;
    while (end < text.size() && is_word(end)) ++end;
    if (begin == end) ++end;
    const std::string tokens[] = {"0",
                                  "1",
                                  "2",
                                  "-1",
                                  "80",
                                  "1e3",
                                  "2147483647",
                                  "2147483648",
                                  "9223372036854775807",
                                  "18446744073709551615",
                                  "null",
                                  "true",
                                  "{",
                                  "}",
                                  "[",
                                  "]",
                                  ",",
                                  ":",
                                  "\"",
                                  "\\",
                                  "x",
                                  "scale",
                                  "offset",
                                  "predict",
                                  "step",
                                  "f64",
                                  "\xff",
                                  "",
                                  std::string(3000, '['),
                                  text.substr(below(text.size()), below(200))};
    return text.replace(begin, end - begin, tokens[below(std::size(tokens))]);
  }

 private:
  uint64_t seed_, next_ = 0;
};

// Loads `bundle` from a heap block of exactly its size, so that ASan sees a read beyond it.
absl::StatusOr<Model> load_exactly(const std::string& bundle) {
  std::unique_ptr<std::byte[]> copy(new std::byte[bundle.size()]);
  std::ranges::copy(as_bytes(bundle), copy.get());
  return Model::parse({copy.get(), bundle.size()}, "mutant");
}

std::string rule_of(const absl::Status& status) {
  std::string rule(status.message());
  return rule.substr(0, rule.find(':'));
}

TEST(BundleMutation, EightThousandDamagedFilesAreRefusedOrBehaveAsTheOriginal) {
  const std::string bundle = test_bundle();
  std::vector<float> x = ramp(3), wanted(kSize), out(kSize);
  ASSERT_TRUE(load_exactly(bundle)
                  ->new_session()
                  .run("predict", {{"x", view(x)}}, {{"out0", writable(wanted)}})
                  .ok());
  std::map<std::string, int> outcomes;
  for (uint64_t i = 0; i < 8000; ++i) {
    Mutator mutator(i);
    std::string mutant = i % 4 == 0 ? mutator.table(bundle) : mutator.anywhere(bundle);
    auto model = load_exactly(mutant);
    ++outcomes[model.ok() ? "accepted" : rule_of(model.status())];
    if (!model.ok()) continue;
    ASSERT_EQ(mutant, bundle) << i;  // Zeros exchanged with zeros, and the like.
    ASSERT_TRUE(
        model->new_session().run("predict", {{"x", view(x)}}, {{"out0", writable(out)}}).ok());
    ASSERT_EQ(out, wanted) << i;
  }
  for (const char* rule : {"NotABundle", "UnsupportedVersion", "InvalidHeader", "ChecksumMismatch"})
    EXPECT_GT(outcomes[rule], 0) << rule;
}

// Whoever damages a file on purpose writes right checksums too. The code itself is trusted, as that
// of a shared library is; all that describes it is not.
TEST(BundleMutation, FourThousandForgedFilesAreRefusedOrConsistent) {
  const std::string bundle = test_bundle(), code = test_code(), manifest = to_json(test_manifest());
  // The same with code for two kinds of processors.
  const std::string both_manifest = to_json(manifest_with_alternatives({"sse2", "tachyons"}));
  const std::string both =
      test_bundle([&](std::string& text, std::string&) { text = both_manifest; }, 2);
  std::map<std::string, int> outcomes;
  for (uint64_t i = 0; i < 4000; ++i) {
    Mutator mutator(i);
    std::string mutant;
    switch (i % 4) {
      case 0:
        mutant = with_checksums(mutator.table(bundle));
        break;
      case 1:
        mutant = i % 8 == 1 ? with_section(bundle, 0, mutator.manifest(manifest))
                            : with_section(both, 0, mutator.manifest(both_manifest));
        break;
      case 2:  // The headers, tables and relocations of the code.
        mutant =
            with_section(bundle, 1, mutator.flip(code, 0, std::min<size_t>(code.size(), 2048)));
        break;
      default: {  // The state.
        auto last = get_entry(as_bytes(bundle).subspan(kHeaderBytes + 2 * kEntryBytes));
        mutant = with_checksums(mutator.flip(bundle, last.offset, last.offset + last.length));
      }
    }
    auto model = load_exactly(mutant);
    ++outcomes[model.ok() ? "accepted" : rule_of(model.status())];
    if (!model.ok()) continue;
    for (const StateInfo& info : model->state())
      ASSERT_EQ(model->read(info.name)->storage->size(),
                info.shape.num_elements() * size_of(info.dtype));
    for (const std::string& program : model->programs())
      ASSERT_NE(model->find_program(program)->entry, nullptr);
  }
  for (const char* rule : {"InvalidSection", "InvalidManifest", "InvalidCode", "InvalidState",
                           "InvalidHeaderDeserialization", "accepted"})
    EXPECT_GT(outcomes[rule], 0) << rule;
}

}  // namespace
}  // namespace etch::runtime
