// A request for inference as a client sent it, before any model has looked at it: the protocol's
// JSON, and its extension for binary tensors.
#ifndef ETCH_EXAMPLES_SERVER_INFER_REQUEST_H_
#define ETCH_EXAMPLES_SERVER_INFER_REQUEST_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "etch/runtime/shape.h"
#include "json_data.h"

namespace server {

struct RequestedInput {
  std::string name, datatype;
  etch::Shape shape;
  // One of the two: values in the JSON, or bytes behind it (which point into the request's body).
  std::optional<JsonData> data;
  std::optional<uint64_t> binary_size;
  std::span<const std::byte> binary;
};

struct RequestedOutput {
  std::string name;
  std::optional<bool> binary;  // nothing: as InferRequest::binary_outputs
};

struct InferRequest {
  std::string id;  // empty: none
  std::vector<RequestedInput> inputs;
  std::vector<RequestedOutput> outputs;  // empty: all that the model has
  bool binary_outputs = false;
};

// Reads `body`, which must outlive the result. `json_length` is the header
// Inference-Header-Content-Length: how many bytes of the body are JSON; nothing: all of them.
// At most `max_elements` are read of one input's JSON data.
//
// Members and parameters that the protocol does not have are ignored. Errors, all INVALID_ARGUMENT:
// no JSON (with the place), nested too deep, a member of the wrong type, missing or given twice,
// and sizes of binary data that do not add up to the body's.
absl::StatusOr<InferRequest> parse_infer_request(std::string_view body,
                                                 const std::optional<std::string>& json_length,
                                                 int64_t max_elements);

}  // namespace server

#endif  // ETCH_EXAMPLES_SERVER_INFER_REQUEST_H_
