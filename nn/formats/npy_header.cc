#include "etch/nn/formats/npy_header.h"

#include <charconv>

#include "absl/strings/str_cat.h"

namespace etch::nn::formats {
namespace {

// numpy itself has 64 from version 2 on.
constexpr size_t kMaxRank = 64;

// Reads Python's literals of strings, booleans and tuples of integers.
class LiteralReader {
 public:
  explicit LiteralReader(std::string_view text) : text_(text) {}

  // The next character that is no white space; '\0' at the end.
  char peek() {
    while (position_ < text_.size() && (text_[position_] == ' ' || text_[position_] == '\n'))
      ++position_;
    return position_ < text_.size() ? text_[position_] : '\0';
  }
  bool take(char c) {
    if (peek() != c || c == '\0') return false;
    ++position_;
    return true;
  }
  bool expect(char c) {
    return take(c) || fail(absl::StrCat("expected '", std::string(1, c), "'"));
  }

  bool string(std::string* value) {
    char quote = peek();
    if (quote != '\'' && quote != '"') return fail("expected a string");
    size_t end = text_.find(quote, position_ + 1);
    if (end == text_.npos) return fail("the string does not end");
    *value = std::string(text_.substr(position_ + 1, end - position_ - 1));
    position_ = end + 1;
    return true;
  }
  bool boolean(bool* value) {
    peek();
    for (bool candidate : {true, false}) {
      std::string_view name = candidate ? "True" : "False";
      if (!text_.substr(position_).starts_with(name)) continue;
      position_ += name.size();
      *value = candidate;
      return true;
    }
    return fail("expected True or False");
  }
  bool integer(int64_t* value) {
    peek();
    const char* begin = text_.data() + position_;
    auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), *value);
    if (error != std::errc() || *value < 0) return fail("expected an integer of 0 or more");
    position_ += static_cast<size_t>(end - begin);
    take('L');  // As Python 2 wrote them.
    return true;
  }
  bool shape(std::vector<int64_t>* shape) {
    if (!expect('(')) return false;
    while (!take(')')) {
      shape->emplace_back();
      if (shape->size() > kMaxRank) return fail("too many dimensions");
      if (!integer(&shape->back())) return false;
      if (peek() != ')' && !expect(',')) return false;
    }
    return true;
  }
  bool fail(const std::string& problem) {
    if (problem_.empty())
      problem_ = absl::StrCat(problem, " at byte ", position_, " of the header");
    return false;
  }
  const std::string& problem() const { return problem_; }

 private:
  std::string_view text_;
  size_t position_ = 0;
  std::string problem_;
};

bool parse(LiteralReader& reader, NpyHeader* header) {
  bool has_descr = false, has_order = false, has_shape = false;
  if (!reader.expect('{')) return false;
  while (!reader.take('}')) {
    std::string key;
    if (!reader.string(&key) || !reader.expect(':')) return false;
    if (key == "descr" && !has_descr) {
      if (reader.peek() == '[') return reader.fail("a structured dtype, which no tensor has,");
      has_descr = reader.string(&header->descr);
    } else if (key == "fortran_order" && !has_order) {
      has_order = reader.boolean(&header->fortran_order);
    } else if (key == "shape" && !has_shape) {
      has_shape = reader.shape(&header->shape);
    } else {
      return reader.fail("unexpected key \"" + key + "\"");
    }
    if (!reader.problem().empty()) return false;
    if (reader.peek() != '}' && !reader.expect(',')) return false;
  }
  if (reader.peek() != '\0') return reader.fail("unexpected text after the end");
  return (has_descr && has_order && has_shape) ||
         reader.fail("descr, fortran_order or shape is missing");
}

}  // namespace

bool parse_npy_header(std::string_view text, NpyHeader* header, std::string* problem) {
  LiteralReader reader(text);
  if (parse(reader, header)) return true;
  *problem = reader.problem();
  return false;
}

}  // namespace etch::nn::formats
