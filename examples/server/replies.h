// The protocol's answers.
#ifndef ETCH_EXAMPLES_SERVER_REPLIES_H_
#define ETCH_EXAMPLES_SERVER_REPLIES_H_

#include <string>
#include <vector>

#include "http_message.h"
#include "infer_request.h"
#include "job.h"
#include "model_repository.h"
#include "served_model.h"

namespace server {

HttpReply server_metadata();
// The parameters say what the protocol has no member for: the program, and the rows of a request.
HttpReply model_metadata(const ServedModel& model);
// `job` has been run for `request`. Outputs in the order in which they were asked for, in JSON or
// as bytes behind it.
HttpReply infer_reply(const InferRequest& request, const Job& job, const ServedModel& model);
HttpReply index_reply(const std::vector<ModelRepository::Entry>& entries, bool only_ready);

}  // namespace server

#endif  // ETCH_EXAMPLES_SERVER_REPLIES_H_
