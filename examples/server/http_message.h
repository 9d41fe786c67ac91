// Requests and replies as the service sees them, whichever HTTP library carries them.
#ifndef ETCH_EXAMPLES_SERVER_HTTP_MESSAGE_H_
#define ETCH_EXAMPLES_SERVER_HTTP_MESSAGE_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace server {

// Says how many bytes of a body are JSON; what follows are binary tensors.
inline constexpr char kJsonLengthHeader[] = "Inference-Header-Content-Length";

struct HttpRequest {
  std::string method, path;                     // without the query
  std::optional<std::string> json_length = {};  // the header of that name
  std::string body = {};
};

struct HttpReply {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {};
};

// {"error":"..."} with the HTTP status that fits `status`:
//
//   INVALID_ARGUMENT     400     OUT_OF_RANGE        413
//   PERMISSION_DENIED    403     RESOURCE_EXHAUSTED  503, to be tried again after a second
//   NOT_FOUND            404     DEADLINE_EXCEEDED   504
//   UNIMPLEMENTED        405     all others          500
//   FAILED_PRECONDITION  409
HttpReply error_reply(const absl::Status& status);
HttpReply error_reply(int status, std::string_view message);

}  // namespace server

#endif  // ETCH_EXAMPLES_SERVER_HTTP_MESSAGE_H_
