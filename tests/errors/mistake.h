// A mistake and the whole message that it gets.
//
//   EXPECT_MISTAKE(matmul(a, b), "matmul: the last dimension of [2, 3] is 3, [4, 5] wants 4 (@)");
//
// "@" stands for the line of the mistake, "tensors_test.cc:41", and "@forward" for that which ends
// in the comment "// @forward".
#ifndef ETCH_TESTS_ERRORS_MISTAKE_H_
#define ETCH_TESTS_ERRORS_MISTAKE_H_

#include <gtest/gtest.h>

#include <cctype>
#include <filesystem>
#include <fstream>
#include <string>

#include "etch/etch.h"

namespace etch::testing {

// The line of `file` that ends in "// @mark".
inline int line_of(const std::string& file, const std::string& mark) {
  std::ifstream source(file);
  std::string text;
  for (int line = 1; std::getline(source, text); ++line)
    if (text.ends_with("// @" + mark)) return line;
  ADD_FAILURE() << "no line ends in // @" << mark;
  return 0;
}

// `message` with "@" and "@mark" replaced by places in `file`.
inline std::string with_lines(const std::string& message, const std::string& file, int line) {
  std::string name = std::filesystem::path(file).filename(), text;
  for (size_t i = 0; i < message.size(); ++i) {
    if (message[i] != '@') {
      text += message[i];
      continue;
    }
    std::string mark;
    while (i + 1 < message.size() && (std::isalpha(message[i + 1]) || message[i + 1] == '_'))
      mark += message[++i];
    text += name + ":" + std::to_string(mark.empty() ? line : line_of(file, mark));
  }
  return text;
}

template <typename F>
std::string message_of(F&& mistake) {
  try {
    mistake();
  } catch (const Error& error) {
    return error.what();
  }
  return "(no error)";
}

inline absl::Status status_of(const absl::Status& status) { return status; }
template <typename T>
absl::Status status_of(const absl::StatusOr<T>& result) {
  return result.status();
}

}  // namespace etch::testing

#define EXPECT_MISTAKE(statement, text)                              \
  EXPECT_EQ(::etch::testing::message_of([&] { (void)(statement); }), \
            ::etch::testing::with_lines(text, __FILE__, __LINE__))

// The same for doors that return absl::Status or StatusOr.
#define EXPECT_REFUSED(expression, text)                                   \
  EXPECT_EQ(std::string(::etch::testing::status_of(expression).message()), \
            ::etch::testing::with_lines(text, __FILE__, __LINE__))

#endif  // ETCH_TESTS_ERRORS_MISTAKE_H_
