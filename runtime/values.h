// Values that a caller or a file gives, on their way into storage. Internal; not installed.
#ifndef ETCH_RUNTIME_VALUES_H_
#define ETCH_RUNTIME_VALUES_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "etch/runtime/storage.h"
#include "etch/runtime/tensor_view.h"

namespace etch::runtime {

// "f32 [64, 784]", for messages.
std::string type_text(DType dtype, std::span<const int64_t> shape);

bool has_type(const TensorView& view, DType dtype, std::span<const int64_t> shape);

// A bool is 0 or 1 to generated code; a byte from outside may be anything. Bytes that are right
// stay untouched, and with them the pages of a mapped file.
void normalize_booleans(std::span<std::byte> values);

// Copies `from` to `to`, which is as long.
void copy_values(const TensorView& from, Storage& to);

}  // namespace etch::runtime

#endif  // ETCH_RUNTIME_VALUES_H_
