// The values of a tensor in JSON: read from a request, written to a response.
#ifndef ETCH_EXAMPLES_SERVER_JSON_DATA_H_
#define ETCH_EXAMPLES_SERVER_JSON_DATA_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "etch/runtime/dtype.h"
#include "etch/runtime/shape.h"

namespace server {

// Collects the member "data" of an input while its text is read: all elements in row-major order,
// in one array or in arrays nested as the shape. It takes eight bytes an element however the text
// is nested, and knows neither dtype nor shape, which may stand behind the data.
class JsonData {
 public:
  // What comes next in the text. False, and false ever after, once the nesting is none that a
  // tensor can have; error() then says why.
  bool begin_array();
  bool end_array();
  bool add(bool value);
  bool add(int64_t value);
  bool add(double value);
  const std::string& error() const { return error_; }

  // Whether an array is open.
  bool is_open() const { return !counts_.empty(); }
  int64_t size() const { return static_cast<int64_t>(integers_.size() + floats_.size()); }

  // The elements as a tensor. Errors: INVALID_ARGUMENT when there are more or fewer of them than
  // `shape` has, when they are nested otherwise, and when one is no value of `dtype`: a fraction as
  // an integer, a number as a bool, a number beyond the dtype's range. Floating-point numbers are
  // rounded to nearest.
  absl::StatusOr<std::vector<std::byte>> to_bytes(etch::DType dtype,
                                                  const etch::Shape& shape) const;

 private:
  enum class Kind { kNone, kBools, kIntegers, kFloats };

  bool fail(std::string error);
  bool add_element(Kind kind);
  absl::Status check_shape(const etch::Shape& shape) const;
  absl::Status check_kind(etch::DType dtype) const;
  template <typename T>
  absl::StatusOr<std::vector<std::byte>> integers_as(etch::DType dtype) const;
  template <typename T, typename Convert>
  absl::StatusOr<std::vector<std::byte>> floats_as(etch::DType dtype, Convert convert) const;

  Kind kind_ = Kind::kNone;
  std::vector<int64_t> integers_;  // bools too
  std::vector<double> floats_;     // all numbers, from the first that is no int64_t
  size_t first_float_ = 0;         // its place
  // By depth: elements of the array that is open, and of each one that was closed (-1: none yet).
  std::vector<int64_t> counts_, extents_;
  size_t leaf_depth_ = 0;  // of arrays that hold numbers; 0: none yet
  std::string error_;
};

// Appends `bytes`, the elements of a tensor of `dtype`, as a flat JSON array. Floating-point
// numbers are as short as reading them back exactly allows; NaN and infinities, which JSON lacks,
// are null.
void append_json(std::span<const std::byte> bytes, etch::DType dtype, std::string& text);

// `text` as a JSON string with its quotes; bytes that are no UTF-8 become U+FFFD.
std::string json_string(std::string_view text);

}  // namespace server

#endif  // ETCH_EXAMPLES_SERVER_JSON_DATA_H_
