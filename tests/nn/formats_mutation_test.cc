// Thousands of damaged files, the same ones each time: none may crash, hang or take memory without
// bound (run it under ASan and UBSan), and what is accepted must be consistent.
#include <algorithm>
#include <memory>

#include "etch/etch.h"
#include "etch/runtime/philox.h"
#include "etch/tests/golden/golden.h"
#include "etch/tests/runtime/files.h"
#include "testing.h"

namespace etch::nn {
namespace {

using etch::testing::as_bytes;
using etch::testing::golden_path;
using etch::testing::read_text;

// Damages a text in one to four places.
class Mutator {
 public:
  explicit Mutator(uint64_t seed) : seed_(seed) {}

  std::string mutate(std::string text) {
    for (uint64_t i = 0, count = 1 + below(4); i < count; ++i) text = once(std::move(text));
    return text;
  }
  uint64_t below(uint64_t limit) {
    return limit > 0 ? runtime::random_bits(seed_, next_++) % limit : 0;
  }

 private:
  std::string once(std::string text) {
    if (text.empty()) return text;
    size_t at = below(text.size());
    switch (below(8)) {
      case 0:
        text[at] ^= static_cast<char>(1 << below(8));
        return text;
      case 1:
        text[at] = static_cast<char>(below(256));
        return text;
      case 2:
        return text.substr(0, at);
      case 3:  // A range comes again somewhere else.
        return text.insert(at, text.substr(below(text.size()), below(64)));
      case 4:
        return text.erase(at, below(32));
      case 5: {  // A number, little-endian, of extreme value.
        constexpr uint64_t kExtremes[] = {
            0,           1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0xffffffff, ~uint64_t{0} >> 1,
            ~uint64_t{0}};
        uint64_t value = kExtremes[below(std::size(kExtremes))];
        for (size_t i = 0, count = size_t{1} << below(4); i < count && at + i < text.size(); ++i)
          text[at + i] = static_cast<char>(value >> (8 * i) & 0xff);
        return text;
      }
      case 6:  // Opcodes of pickles, and what stands in headers of arrays.
        text[at] =
            "(.01GJKMNQRTUXBCabcd}ehjl]qrst)u\x80\x85\x86\x87\x88\x89\x8a\x8b\x8c\x93\x94"
            "'{}(),:<>|0123456789"[below(62)];
        return text;
      default:
        std::swap(text[at], text[below(text.size())]);
        return text;
    }
  }

  uint64_t seed_;
  uint64_t next_ = 0;
};

// A heap block of exactly the text's size, so that ASan sees a read beyond it.
class Block {
 public:
  explicit Block(const std::string& text) : size_(text.size()), bytes_(new std::byte[text.size()]) {
    std::ranges::copy(as_bytes(text), bytes_.get());
  }
  std::span<const std::byte> bytes() const { return {bytes_.get(), size_}; }

 private:
  size_t size_;
  std::unique_ptr<std::byte[]> bytes_;
};

void expect_consistent(const absl::StatusOr<StateDict>& state) {
  if (!state.ok()) {
    EXPECT_FALSE(state.status().message().empty());
    return;
  }
  double sum = 0;
  for (const auto& [name, value] : *state) {
    TensorView view = value.view();
    ASSERT_EQ(view.size_bytes(), value.numel() * size_of(value.dtype()));
    for (int64_t i = 0; i < view.num_elements(); ++i) sum += view.at(i);
  }
  (void)sum;
}

// Loads `count` mutants of the file; how many were refused.
int load_mutants(const std::string& name, int count) {
  std::string original = read_text(golden_path("formats/" + name));
  EXPECT_TRUE(load_state(as_bytes(original), name).ok()) << name;
  int refused = 0;
  for (int i = 0; i < count; ++i) {
    Block block(Mutator(static_cast<uint64_t>(i)).mutate(original));
    absl::StatusOr<StateDict> state = load_state(block.bytes(), name);
    expect_consistent(state);
    refused += !state.ok();
  }
  return refused;
}

TEST(FormatsMutation, FilesAreRefusedOrConsistent) {
  // Checksums stop most damage to archives; the older files of PyTorch have none, so that damage
  // reaches the machine that reads pickles.
  for (const char* name : {"views_legacy.pt", "checkpoint_legacy.pt"})
    EXPECT_GT(load_mutants(name, 3000), 1000) << name;
  for (const char* name : {"dtypes.pt", "checkpoint_deflated.pt", "modern.pt", "arrays.npz",
                           "arrays_deflated.npz", "version3.npy"})
    EXPECT_GT(load_mutants(name, 500), 100) << name;
}

}  // namespace
}  // namespace etch::nn
