// Helpers shared by the tests of safetensors files.
#ifndef ETCH_TESTS_RUNTIME_SAFETENSORS_TESTING_H_
#define ETCH_TESTS_RUNTIME_SAFETENSORS_TESTING_H_

#include <string>

#include "etch/runtime/safetensors.h"
#include "files.h"

namespace etch::testing {

// A file of `header`, its length before it, and `data`.
inline std::string file_of(const std::string& header, const std::string& data = "") {
  std::string file;
  for (int i = 0; i < 8; ++i) file += static_cast<char>(header.size() >> (8 * i) & 0xFF);
  return file + header + data;
}

}  // namespace etch::testing

#endif  // ETCH_TESTS_RUNTIME_SAFETENSORS_TESTING_H_
