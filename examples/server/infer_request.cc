#include "infer_request.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "etch/runtime/status.h"
#include "infer_request_reader.h"

namespace server {
namespace {

using etch::runtime::to_absl;

absl::StatusOr<size_t> json_bytes(const std::optional<std::string>& header, size_t body) {
  if (!header) return body;
  uint64_t length = 0;
  bool is_number = header->find_first_not_of("0123456789") == std::string::npos &&
                   absl::SimpleAtoi(*header, &length);
  if (!is_number)
    return absl::InvalidArgumentError(absl::StrCat("the header Inference-Header-Content-Length is ",
                                                   json_string(*header),
                                                   ", not a number of bytes"));
  if (length > body)
    return absl::InvalidArgumentError(absl::StrCat("the header Inference-Header-Content-Length is ",
                                                   length, ", the body has ", body, " bytes"));
  return length;
}

absl::Status check_complete(const InferRequest& request) {
  for (const RequestedInput& input : request.inputs) {
    std::string name = absl::StrCat("input ", json_string(input.name));
    if (input.data && input.binary_size)
      return absl::InvalidArgumentError(absl::StrCat(name, " has both data and binary_data_size"));
    if (!input.data && !input.binary_size)
      return absl::InvalidArgumentError(
          absl::StrCat(name, " has neither data nor binary_data_size"));
  }
  return absl::OkStatus();
}

// Binary data lies behind the JSON, one input after the other.
absl::Status assign_binary(std::string_view rest, std::vector<RequestedInput>& inputs) {
  size_t all = rest.size();
  for (RequestedInput& input : inputs) {
    if (!input.binary_size) continue;
    if (*input.binary_size > rest.size())
      return absl::InvalidArgumentError(
          absl::StrCat("input ", json_string(input.name), " has a binary_data_size of ",
                       *input.binary_size, ", of the ", all, " bytes behind the JSON ", rest.size(),
                       " are left; is Inference-Header-Content-Length right?"));
    auto size = static_cast<size_t>(*input.binary_size);
    input.binary = std::as_bytes(std::span(rest.substr(0, size)));
    rest.remove_prefix(size);
  }
  if (!rest.empty())
    return absl::InvalidArgumentError(
        absl::StrCat(rest.size(), " of the ", all, " bytes behind the JSON belong to no input"));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<InferRequest> parse_infer_request(std::string_view body,
                                                 const std::optional<std::string>& json_length,
                                                 int64_t max_elements) {
  ETCH_ASSIGN_OR_RETURN(size_t length, json_bytes(json_length, body.size()));
  ETCH_ASSIGN_OR_RETURN(InferRequest request,
                        read_infer_request(body.substr(0, length), max_elements));
  ETCH_RETURN_IF_ERROR(check_complete(request));
  ETCH_RETURN_IF_ERROR(assign_binary(body.substr(length), request.inputs));
  return request;
}

}  // namespace server
