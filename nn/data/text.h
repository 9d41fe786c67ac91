// Text as data: characters as numbers, windows of a sequence, lines.
//
//   std::string text = nn::data::read_file("book.txt").value();
//   nn::data::Vocabulary vocabulary(text);
//   nn::data::WindowDataset windows(vocabulary.encode(text), {.context = 128});
//   nn::data::DataLoader loader(windows, {.batch_size = 16, .shuffle = true});
//   for (auto [x, target] : loader) ...            // i64 [16, 128], target one character on
#ifndef ETCH_NN_DATA_TEXT_H_
#define ETCH_NN_DATA_TEXT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "absl/status/statusor.h"
#include "etch/frontend/tensor.h"
#include "etch/nn/data/dataset.h"

namespace etch::nn::data {

// The bytes that occur in a text, numbered in their order.
class Vocabulary {
 public:
  explicit Vocabulary(std::string_view text);
  int64_t size() const { return static_cast<int64_t>(characters_.size()); }
  const std::string& characters() const { return characters_; }
  // Throws etch::Error for a character that there is not, respectively a number out of range.
  std::vector<int64_t> encode(std::string_view text) const;
  std::string decode(const std::vector<int64_t>& numbers) const;

 private:
  std::string characters_;
  std::vector<int64_t> numbers_;  // of each byte; -1 for those that do not occur
};

struct WindowOptions {
  int64_t context = 1;  // numbers of a window
  int64_t stride = 0;   // from one window's begin to the next one's; 0: the context
};

// Windows of a sequence of numbers and what follows each of their numbers: sample i is
// x = tokens[begin, begin + context) and target = tokens[begin + 1, begin + context + 1), both i64
// [context], with begin = i * stride. What is left over at the end is left out.
class WindowDataset : public Dataset<std::tuple<Tensor, Tensor>> {
 public:
  using Options = WindowOptions;
  // Throws etch::Error when there is not even one window.
  WindowDataset(std::vector<int64_t> tokens, const Options& options);
  int64_t size() const override { return size_; }
  std::tuple<Tensor, Tensor> get(int64_t index) const override;

 private:
  std::shared_ptr<const std::vector<int64_t>> tokens_;
  Options options_;
  int64_t size_;
};

// The lines of a text, without their ends (\n or \r\n).
class LineDataset : public Dataset<std::string> {
 public:
  explicit LineDataset(std::string text);
  // Errors: those of read_file.
  static absl::StatusOr<LineDataset> read(const std::string& path);
  int64_t size() const override { return static_cast<int64_t>(lines_.size()); }
  std::string get(int64_t index) const override;

 private:
  std::shared_ptr<const std::string> text_;
  std::vector<std::string_view> lines_;  // in `text_`
};

}  // namespace etch::nn::data

#endif  // ETCH_NN_DATA_TEXT_H_
