#include "http_message.h"

#include <string_view>

#include "json_data.h"

namespace server {
namespace {

int http_status(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInvalidArgument:
      return 400;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kUnimplemented:
      return 405;
    case absl::StatusCode::kFailedPrecondition:
      return 409;
    case absl::StatusCode::kOutOfRange:
      return 413;
    case absl::StatusCode::kResourceExhausted:
      return 503;
    case absl::StatusCode::kDeadlineExceeded:
      return 504;
    default:
      return 500;
  }
}

}  // namespace

HttpReply error_reply(int status, std::string_view message) {
  HttpReply reply{.status = status, .body = "{\"error\":" + json_string(message) + "}"};
  if (status == 503) reply.headers.emplace_back("Retry-After", "1");
  return reply;
}

HttpReply error_reply(const absl::Status& status) {
  return error_reply(http_status(status.code()),
                     std::string_view(status.message().data(), status.message().size()));
}

}  // namespace server
