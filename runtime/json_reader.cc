#include "etch/runtime/json_reader.h"

#include <charconv>

namespace etch::runtime {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

void append_utf8(uint32_t code, std::string* out) {
  auto put = [&](uint32_t byte) { out->push_back(static_cast<char>(byte)); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xC0 | code >> 6);
  } else {
    if (code < 0x10000) {
      put(0xE0 | code >> 12);
    } else {
      put(0xF0 | code >> 18);
      put(0x80 | (code >> 12 & 0x3F));
    }
    put(0x80 | (code >> 6 & 0x3F));
  }
  put(0x80 | (code & 0x3F));
}

// The length of the well-formed sequence at the start of `text`; 0 when there is none. The bounds
// of the second byte are those of the Unicode standard's table 3-7.
size_t utf8_length(std::string_view text) {
  auto at = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  auto tail = [&](size_t i) { return (at(i) & 0xC0) == 0x80; };
  unsigned lead = at(0), second = at(1);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return tail(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    unsigned low = lead == 0xE0 ? 0xA0 : 0x80, high = lead == 0xED ? 0x9F : 0xBF;
    return second >= low && second <= high && tail(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    unsigned low = lead == 0xF0 ? 0x90 : 0x80, high = lead == 0xF4 ? 0x8F : 0xBF;
    return second >= low && second <= high && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string json_quote(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  static constexpr std::string_view kPlain = "\"\\\b\f\n\r\t", kShort = "\"\\bfnrt";
  std::string quoted = "\"";
  for (char c : text) {
    if (size_t i = kPlain.find(c); i != kPlain.npos) {
      quoted += {'\\', kShort[i]};
    } else if (static_cast<unsigned char>(c) < 0x20) {
      quoted += {'\\', 'u', '0', '0', kHex[c >> 4], kHex[c & 15]};
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

bool JsonReader::fail(std::string_view problem) {
  if (error_.empty()) {
    error_ = std::string(problem) + " at byte " + std::to_string(position_) + " of " +
             std::string(what_);
  }
  position_ = text_.size();
  return false;
}

void JsonReader::skip_space() {
  while (position_ < text_.size()) {
    char c = text_[position_];
    if (c != ' ' && c != '\t' && c != '\n' && c != '\r') return;
    ++position_;
  }
}

bool JsonReader::expect(char c) {
  skip_space();
  if (!ok() || position_ >= text_.size() || text_[position_] != c) {
    return fail(std::string("expected '") + c + "'");
  }
  ++position_;
  return true;
}

bool JsonReader::begin(char open, char close, bool* more) {
  if (!expect(open)) return false;
  if (++depth_ > kMaxDepth) return fail("nested too deeply");
  skip_space();
  *more = peek() != close;
  if (!*more) {
    ++position_;
    --depth_;
  }
  return true;
}

bool JsonReader::next(char close, bool* more) {
  skip_space();
  *more = peek() == ',';
  if (!expect(*more ? ',' : close)) return false;
  if (!*more) --depth_;
  return true;
}

bool JsonReader::key(std::string* key) { return string(key) && expect(':'); }

bool JsonReader::string(std::string* value) {
  value->clear();
  if (!expect('"')) return false;
  for (;;) {
    if (position_ >= text_.size()) return fail("the string does not end");
    char c = text_[position_];
    if (static_cast<unsigned char>(c) < 0x20) return fail("control character in a string");
    ++position_;
    if (c == '"') return true;
    if (c != '\\') {
      value->push_back(c);
    } else if (!escape(value)) {
      return false;
    }
  }
}

bool JsonReader::escape(std::string* value) {
  static constexpr std::string_view kShort = "\"\\/bfnrt", kPlain = "\"\\/\b\f\n\r\t";
  char c = peek();
  if (size_t i = kShort.find(c); i != kShort.npos) {
    ++position_;
    value->push_back(kPlain[i]);
    return true;
  }
  if (c != 'u') return fail("unknown escape in a string");
  ++position_;
  uint32_t code = 0;
  if (!hex4(&code)) return false;
  if (code >= 0xD800 && code <= 0xDFFF) {
    uint32_t low = 0;
    if (code >= 0xDC00 || text_.substr(position_, 2) != "\\u") return fail("lone surrogate");
    position_ += 2;
    if (!hex4(&low)) return false;
    if (low < 0xDC00 || low > 0xDFFF) return fail("lone surrogate");
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  }
  append_utf8(code, value);
  return true;
}

bool JsonReader::hex4(uint32_t* value) {
  std::string_view digits = text_.substr(position_, 4);
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), *value, 16);
  if (digits.size() < 4 || error != std::errc() || end != digits.data() + 4) {
    return fail("expected four hexadecimal digits");
  }
  position_ += 4;
  return true;
}

bool JsonReader::unsigned_integer(uint64_t* value) {
  skip_space();
  if (!ok()) return false;
  if (!is_digit(peek())) return fail("expected an unsigned integer");
  const char* begin = text_.data() + position_;
  auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), *value);
  if (error != std::errc()) return fail("the number is 2^64 or more");
  if (*begin == '0' && end - begin > 1) return fail("the number has a leading zero");
  position_ += end - begin;
  char c = peek();
  if (c == '.' || c == 'e' || c == 'E') return fail("expected an integer, not a float");
  return true;
}

bool JsonReader::boolean(bool* value) {
  skip_space();
  if (!ok()) return false;
  *value = peek() == 't';
  if (*value) return skip_literal("true");
  return peek() == 'f' ? skip_literal("false") : fail("expected true or false");
}

bool JsonReader::object(const std::vector<Member>& members) {
  std::vector<bool> seen(members.size());
  std::string name;
  bool more = false;
  bool ok = begin_object(&more);
  while (ok && more) {
    ok = key(&name);
    if (!ok) break;
    size_t i = 0;
    while (i < members.size() && members[i].key != name) ++i;
    if (i == members.size()) {
      ok = skip_value();
    } else if (seen[i]) {
      return fail("the key \"" + name + "\" comes twice");
    } else {
      seen[i] = true;
      ok = members[i].read();
    }
    ok = ok && next_in_object(&more);
  }
  for (size_t i = 0; ok && i < members.size(); ++i)
    if (members[i].required && !seen[i])
      return fail("\"" + std::string(members[i].key) + "\" is missing in the object that ends");
  return ok;
}

bool JsonReader::array(const std::function<bool()>& element) {
  bool more = false;
  bool ok = begin_array(&more);
  while (ok && more) ok = element() && next_in_array(&more);
  return ok;
}

bool JsonReader::skip_number() {
  auto digits = [&] {
    size_t first = position_;
    while (is_digit(peek())) ++position_;
    return position_ > first;
  };
  if (peek() == '-') ++position_;
  bool zero = peek() == '0';
  size_t first = position_;
  if (!digits()) return fail("expected a value");
  if (zero && position_ > first + 1) return fail("the number has a leading zero");
  if (peek() == '.') {
    ++position_;
    if (!digits()) return fail("expected digits after the point");
  }
  if (peek() == 'e' || peek() == 'E') {
    ++position_;
    if (peek() == '+' || peek() == '-') ++position_;
    if (!digits()) return fail("expected an exponent");
  }
  return true;
}

bool JsonReader::skip_literal(std::string_view literal) {
  if (text_.substr(position_, literal.size()) != literal) return fail("expected a value");
  position_ += literal.size();
  return true;
}

bool JsonReader::skip_container(bool object) {
  std::string ignored;
  bool more = false;
  bool ok = object ? begin_object(&more) : begin_array(&more);
  while (ok && more) {
    ok = (!object || key(&ignored)) && skip_value() &&
         (object ? next_in_object(&more) : next_in_array(&more));
  }
  return ok;
}

bool JsonReader::skip_value() {
  skip_space();
  if (!ok()) return false;
  std::string ignored;
  switch (peek()) {
    case '{':
      return skip_container(/*object=*/true);
    case '[':
      return skip_container(/*object=*/false);
    case '"':
      return string(&ignored);
    case 't':
      return skip_literal("true");
    case 'f':
      return skip_literal("false");
    case 'n':
      return skip_literal("null");
    default:
      return skip_number();
  }
}

bool JsonReader::end_of_document() {
  skip_space();
  if (!ok()) return false;
  if (position_ != text_.size()) return fail("unexpected text after the end");
  return true;
}

}  // namespace etch::runtime
