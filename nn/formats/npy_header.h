// The header of a .npy array: a dict as Python writes it. Internal.
#ifndef ETCH_NN_FORMATS_NPY_HEADER_H_
#define ETCH_NN_FORMATS_NPY_HEADER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace etch::nn::formats {

struct NpyHeader {
  std::string descr;  // "<f4"
  bool fortran_order = false;
  std::vector<int64_t> shape;
};

// Reads {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), } in any order of keys. On
// failure false, and `*problem` says what was expected and where.
bool parse_npy_header(std::string_view text, NpyHeader* header, std::string* problem);

}  // namespace etch::nn::formats

#endif  // ETCH_NN_FORMATS_NPY_HEADER_H_
