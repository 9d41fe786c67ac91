#include "etch/nn/data/text.h"

#include <set>

#include "etch/nn/data/file.h"
#include "etch/runtime/status.h"

namespace etch::nn::data {

Vocabulary::Vocabulary(std::string_view text) : numbers_(256, -1) {
  std::set<unsigned char> characters(text.begin(), text.end());
  for (unsigned char c : characters) {
    numbers_[c] = size();
    characters_ += static_cast<char>(c);
  }
}

std::vector<int64_t> Vocabulary::encode(std::string_view text) const {
  std::vector<int64_t> numbers;
  numbers.reserve(text.size());
  for (unsigned char c : text) {
    if (numbers_[c] < 0)
      throw Error("Vocabulary: the character " + std::to_string(c) + " at place " +
                  std::to_string(numbers.size()) + " is not in the vocabulary");
    numbers.push_back(numbers_[c]);
  }
  return numbers;
}

std::string Vocabulary::decode(const std::vector<int64_t>& numbers) const {
  std::string text;
  for (int64_t number : numbers) {
    if (number < 0 || number >= size())
      throw Error("Vocabulary: there is no character " + std::to_string(number) + ", only " +
                  std::to_string(size()));
    text += characters_[static_cast<size_t>(number)];
  }
  return text;
}

WindowDataset::WindowDataset(std::vector<int64_t> tokens, const Options& options)
    : tokens_(std::make_shared<const std::vector<int64_t>>(std::move(tokens))), options_(options) {
  if (options_.context <= 0 || options_.stride < 0)
    throw Error("WindowDataset: a context of " + std::to_string(options_.context) +
                " and a stride of " + std::to_string(options_.stride));
  if (options_.stride == 0) options_.stride = options_.context;
  int64_t last = static_cast<int64_t>(tokens_->size()) - options_.context - 1;
  if (last < 0)
    throw Error("WindowDataset: " + std::to_string(tokens_->size()) +
                " tokens are too few for a window of " + std::to_string(options_.context) +
                " and the one that follows");
  size_ = last / options_.stride + 1;
}

std::tuple<Tensor, Tensor> WindowDataset::get(int64_t index) const {
  if (index < 0 || index >= size_) internal::fail_index("WindowDataset", index, size_);
  auto context = static_cast<size_t>(options_.context);
  std::span<const int64_t> tokens = *tokens_;
  auto begin = static_cast<size_t>(index * options_.stride);
  Shape shape = {options_.context};
  return {Tensor::from_data(tokens.subspan(begin, context), shape),
          Tensor::from_data(tokens.subspan(begin + 1, context), shape)};
}

LineDataset::LineDataset(std::string text)
    : text_(std::make_shared<const std::string>(std::move(text))) {
  std::string_view rest = *text_;
  while (!rest.empty()) {
    size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines_.push_back(line);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

absl::StatusOr<LineDataset> LineDataset::read(const std::string& path) {
  ETCH_ASSIGN_OR_RETURN(std::string text, read_file(path));
  return LineDataset(std::move(text));
}

std::string LineDataset::get(int64_t index) const {
  if (index < 0 || index >= size()) internal::fail_index("LineDataset", index, size());
  return std::string(lines_[static_cast<size_t>(index)]);
}

}  // namespace etch::nn::data
