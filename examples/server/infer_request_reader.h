// The JSON of a request for inference, read as a stream: no document is built, so that a request
// takes memory in proportion to its tensors whatever the text around them does.
#ifndef ETCH_EXAMPLES_SERVER_INFER_REQUEST_READER_H_
#define ETCH_EXAMPLES_SERVER_INFER_REQUEST_READER_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "infer_request.h"

namespace server {

// Reads `json` alone; the inputs' binary data are the caller's. Errors as parse_infer_request().
absl::StatusOr<InferRequest> read_infer_request(std::string_view json, int64_t max_elements);

}  // namespace server

#endif  // ETCH_EXAMPLES_SERVER_INFER_REQUEST_READER_H_
