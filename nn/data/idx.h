// IDX files, the format of MNIST: http://yann.lecun.com/exdb/mnist (not compressed).
#ifndef ETCH_NN_DATA_IDX_H_
#define ETCH_NN_DATA_IDX_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "etch/frontend/tensor.h"
#include "etch/nn/data/dataset.h"

namespace etch::nn::data {

// The array in a file: u8, i8, i32, f32 or f64 as stored, 16-bit integers as i32.
// Errors: those of read_file; INVALID_ARGUMENT, with the path and the place, for bytes that are no
// IDX file, end too early or go on behind the array.
absl::StatusOr<Tensor> read_idx(const std::string& path);

// The same of bytes in memory; `name` stands in messages.
absl::StatusOr<Tensor> parse_idx(std::string_view bytes, const std::string& name);

// The samples of a pair of files as of MNIST: images u8 [n, rows, columns] as f32 [1, rows,
// columns] in [0, 1], labels u8 [n] as i64 []. INVALID_ARGUMENT when the files are of other types
// or do not have equally many entries.
absl::StatusOr<TensorDataset<Tensor, Tensor>> read_mnist(const std::string& images,
                                                         const std::string& labels);

}  // namespace etch::nn::data

#endif  // ETCH_NN_DATA_IDX_H_
