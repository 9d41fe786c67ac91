// Elements in another order than row by row, as files may hold them. Internal.
#ifndef ETCH_NN_FORMATS_STRIDED_H_
#define ETCH_NN_FORMATS_STRIDED_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace etch::nn::formats {

// The number of elements of `shape` when it is below 2^63, as are the bytes of any element.
std::optional<int64_t> count_elements(std::span<const int64_t> shape);

// One more than the greatest offset, in elements, that an array of `shape` and `strides` (none
// negative) reaches from its first element; 0 for an empty one. Nothing on overflow of 63 bits.
std::optional<int64_t> reach_of(std::span<const int64_t> shape, std::span<const int64_t> strides);

// Strides of an array that lies row by row (the last index fastest) or column by column.
std::vector<int64_t> row_major_strides(std::span<const int64_t> shape);
std::vector<int64_t> column_major_strides(std::span<const int64_t> shape);

// Copies the elements of `element_bytes` at sum_d index[d] * strides[d] of `from`, row by row.
// `out` has room for all, `from` reaches as far as reach_of() says.
void copy_strided(std::span<const std::byte> from, std::span<const int64_t> shape,
                  std::span<const int64_t> strides, size_t element_bytes, std::span<std::byte> out);

// Reverses the bytes of each element.
void swap_bytes(std::span<std::byte> bytes, size_t element_bytes);

// Makes every byte 0 or 1, as tensors of bool have them.
void normalize_bools(std::span<std::byte> bytes);

}  // namespace etch::nn::formats

#endif  // ETCH_NN_FORMATS_STRIDED_H_
