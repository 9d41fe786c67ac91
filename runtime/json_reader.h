// A strict pull reader for the JSON of file headers. Internal; not installed.
//
// Stricter than a general library on purpose: numbers are unsigned integers below 2^64 without
// leading zeros, nesting is limited, control characters and lone surrogates are refused. It reads
// hostile text: it never recurses without bound and never reads past the end.
#ifndef ETCH_RUNTIME_JSON_READER_H_
#define ETCH_RUNTIME_JSON_READER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace etch::runtime {

// Whether `text` is well-formed UTF-8: no overlong form, no surrogate, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

// `text` as a JSON string literal with its quotes.
std::string json_quote(std::string_view text);

// Reads a document piece by piece. Every function returns false at the first violation and ever
// after; error() then says what was expected and where.
//
//   JsonReader reader(text);
//   bool more;
//   for (bool ok = reader.begin_object(&more); ok && more; ok = reader.next_in_object(&more)) {
//     if (!reader.key(&name) || !reader.unsigned_integer(&value)) break;
//   }
//   if (!reader.end_of_document()) return reader.error();
class JsonReader {
 public:
  static constexpr int kMaxDepth = 32;

  // `text` must be UTF-8 (is_utf8) and outlive the reader. `what` is its name in messages.
  explicit JsonReader(std::string_view text, std::string_view what = "the header")
      : text_(text), what_(what) {}

  // Enters an object or array; `*more` tells whether it has a first element.
  bool begin_object(bool* more) { return begin('{', '}', more); }
  bool begin_array(bool* more) { return begin('[', ']', more); }
  // After an element: moves on to the next, or past the closing bracket (`*more` false).
  bool next_in_object(bool* more) { return next('}', more); }
  bool next_in_array(bool* more) { return next(']', more); }

  // A key and its colon.
  bool key(std::string* key);
  bool string(std::string* value);
  bool unsigned_integer(uint64_t* value);
  bool boolean(bool* value);

  // An object of known members: `read` is called at the value of its key and returns what this
  // class's functions return. A key that comes twice is refused, and so is one that is missing
  // though required; values of other keys are dropped.
  struct Member {
    std::string_view key;
    std::function<bool()> read;
    bool required = true;
  };
  bool object(const std::vector<Member>& members);
  // An array; `element` is called at each element.
  bool array(const std::function<bool()>& element);
  // Any value of any JSON type, checked and dropped; here numbers may be signed or fractional.
  bool skip_value();
  // Nothing but white space is left.
  bool end_of_document();

  bool ok() const { return error_.empty(); }
  // "expected ':' at byte 17 of the header"; empty when all is well.
  const std::string& error() const { return error_; }
  // Records a violation of the caller's own rules, at the current place.
  bool fail(std::string_view problem);

 private:
  bool begin(char open, char close, bool* more);
  bool next(char close, bool* more);
  bool expect(char c);
  bool escape(std::string* value);
  bool hex4(uint32_t* value);
  bool skip_number();
  bool skip_literal(std::string_view literal);
  bool skip_container(bool object);
  void skip_space();
  char peek() const { return position_ < text_.size() ? text_[position_] : '\0'; }

  std::string_view text_;
  std::string_view what_;
  size_t position_ = 0;
  int depth_ = 0;
  std::string error_;
};

}  // namespace etch::runtime

#endif  // ETCH_RUNTIME_JSON_READER_H_
