// numpy's .npy arrays, and .npz archives of them. Internal; users call etch::load_npy and the like.
#ifndef ETCH_NN_FORMATS_NPY_H_
#define ETCH_NN_FORMATS_NPY_H_

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "etch/nn/formats/zip_reader.h"
#include "etch/nn/state_dict.h"

namespace etch::nn::formats {

// Whether `bytes` begin as an array does.
bool is_npy(std::span<const std::byte> bytes);

// A whole .npy file, format 1.0 to 3.0: row by row or column by column, of either byte order.
// Errors: INVALID_ARGUMENT for a damaged file; UNIMPLEMENTED for dtypes that Etch lacks, such as
// structured ones and objects (which are pickles).
absl::StatusOr<Tensor> parse_npy(std::span<const std::byte> bytes, std::string_view source);

// What stands in a .npy file before the values, which follow row by row.
std::string npy_header(DType dtype, const Shape& shape);

// Every array of an archive, under its name without ".npy".
absl::StatusOr<StateDict> read_npz(const ZipReader& archive, std::string_view source);

}  // namespace etch::nn::formats

#endif  // ETCH_NN_FORMATS_NPY_H_
