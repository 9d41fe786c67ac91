// What a served program takes and gives, and whether its leading dimension is a batch.
#ifndef ETCH_EXAMPLES_SERVER_SIGNATURE_H_
#define ETCH_EXAMPLES_SERVER_SIGNATURE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "etch/runtime/dtype.h"
#include "etch/runtime/model.h"
#include "etch/runtime/shape.h"

namespace server {

struct TensorSpec {
  std::string name;
  etch::DType dtype = etch::DType::kF32;
  etch::Shape shape;  // the program's

  int64_t bytes() const { return shape.num_elements() * etch::size_of(dtype); }
};

struct Signature {
  std::string program;
  std::vector<TensorSpec> inputs, outputs;
  // Rows of a call: the leading extent of all inputs and outputs when each row of the outputs
  // depends on the same row of the inputs alone, so that rows of several requests can share a call.
  // 0 when that is not so, or there is one row only; a request then gives whole tensors.
  int64_t batch = 0;

  bool has_rows() const { return batch > 0; }
  // Of a whole call: a request without rows counts as one.
  int64_t capacity() const { return has_rows() ? batch : 1; }
  // The bytes of one row of `spec`; of all of it without rows.
  int64_t row_bytes(const TensorSpec& spec) const { return spec.bytes() / capacity(); }
  int64_t max_input_elements() const;

  // Null when there is none.
  const TensorSpec* find_output(std::string_view name) const;
  // "x FP32 [-1,784], mask BOOL [-1,784]", with -1 for the number of rows.
  std::string list(const std::vector<TensorSpec>& specs) const;
  // As a request sees it: -1 for the number of rows.
  etch::Shape request_shape(const TensorSpec& spec) const;
};

// The signature of `program` in `model`. Whether rows are independent is tried out: the program
// runs on random inputs, again with some rows changed, and the others' results must keep their
// bits.
//
// Errors: NOT_FOUND when there is no such program; FAILED_PRECONDITION when it writes state, as
// training steps do, or takes no arguments; those of running it.
absl::StatusOr<Signature> signature_of(const etch::runtime::Model& model,
                                       const std::string& program);

}  // namespace server

#endif  // ETCH_EXAMPLES_SERVER_SIGNATURE_H_
