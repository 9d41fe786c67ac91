#include "job.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "datatype.h"
#include "etch/runtime/status.h"
#include "json_data.h"

namespace server {
namespace {

using etch::Shape;
using etch::runtime::to_absl;

template <typename... Parts>
absl::Status bad_input(const RequestedInput& input, const Parts&... parts) {
  return absl::InvalidArgumentError(absl::StrCat("input ", json_string(input.name), " ", parts...));
}

absl::Status check_type(const RequestedInput& input, const TensorSpec& spec,
                        const Signature& signature) {
  if (input.datatype != datatype_name(spec.dtype))
    return bad_input(input, "has the datatype ", json_string(input.datatype), ", the model wants ",
                     to_absl(datatype_name(spec.dtype)));
  Shape wanted = signature.request_shape(spec);
  bool fits = input.shape.size() == wanted.size();
  for (int64_t i = 0; fits && i < wanted.rank(); ++i)
    fits = wanted[i] < 0 || input.shape[i] == wanted[i];
  if (!fits)
    return bad_input(input, "has the shape ", input.shape.to_string(), ", the model wants ",
                     wanted.to_string());
  return absl::OkStatus();
}

// Of all inputs, which must agree.
absl::StatusOr<int64_t> count_rows(const std::vector<const RequestedInput*>& inputs,
                                   const Signature& signature) {
  if (!signature.has_rows()) return 1;
  int64_t rows = inputs.front()->shape[0];
  for (const RequestedInput* input : inputs)
    if (input->shape[0] != rows)
      return bad_input(*input, "has ", input->shape[0], " rows, input ",
                       json_string(inputs.front()->name), " has ", rows);
  if (rows < 1 || rows > signature.batch)
    return bad_input(*inputs.front(), "has ", rows, " rows, a request may have 1 to ",
                     signature.batch, rows > signature.batch ? "; send several" : "");
  return rows;
}

absl::Status take_values(const RequestedInput& input, const TensorSpec& spec, int64_t bytes,
                         Job& job) {
  if (!input.data) {
    if (static_cast<int64_t>(input.binary.size()) != bytes)
      return bad_input(input, "has a binary_data_size of ", input.binary.size(), ", its shape ",
                       input.shape.to_string(), " has ", bytes, " bytes");
    job.inputs.push_back(input.binary);
    return absl::OkStatus();
  }
  auto converted = input.data->to_bytes(spec.dtype, input.shape);
  if (!converted.ok()) return bad_input(input, converted.status().message());
  job.converted.push_back(*std::move(converted));
  job.inputs.push_back(job.converted.back());
  return absl::OkStatus();
}

// Requested inputs in the order of the signature.
absl::StatusOr<std::vector<const RequestedInput*>> match_inputs(const InferRequest& request,
                                                                const Signature& signature) {
  std::vector<const RequestedInput*> matched(signature.inputs.size());
  for (const RequestedInput& input : request.inputs) {
    auto spec = std::ranges::find(signature.inputs, input.name, &TensorSpec::name);
    if (spec == signature.inputs.end())
      return bad_input(input, "is unknown; the model has ", signature.list(signature.inputs));
    const RequestedInput*& place = matched[spec - signature.inputs.begin()];
    if (place != nullptr) return bad_input(input, "is given twice");
    ETCH_RETURN_IF_ERROR(check_type(input, *spec, signature));
    place = &input;
  }
  for (size_t i = 0; i < matched.size(); ++i)
    if (matched[i] == nullptr)
      return absl::InvalidArgumentError(
          absl::StrCat("input ", json_string(signature.inputs[i].name),
                       " is missing; the model has ", signature.list(signature.inputs)));
  return matched;
}

absl::Status make_outputs(const InferRequest& request, const Signature& signature, Job& job) {
  job.outputs.resize(signature.outputs.size());
  auto make = [&](const TensorSpec& spec) -> bool {
    std::vector<std::byte>& output = job.outputs[&spec - signature.outputs.data()];
    if (!output.empty()) return false;
    output.resize(job.rows * signature.row_bytes(spec));
    return true;
  };
  if (request.outputs.empty()) std::ranges::for_each(signature.outputs, make);
  for (const RequestedOutput& wanted : request.outputs) {
    std::string name = absl::StrCat("output ", json_string(wanted.name));
    const TensorSpec* spec = signature.find_output(wanted.name);
    if (spec == nullptr)
      return absl::InvalidArgumentError(
          absl::StrCat(name, " is unknown; the model has ", signature.list(signature.outputs)));
    if (!make(*spec)) return absl::InvalidArgumentError(absl::StrCat(name, " is asked for twice"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Job> make_job(const InferRequest& request, const Signature& signature) {
  using Matched = std::vector<const RequestedInput*>;
  ETCH_ASSIGN_OR_RETURN(Matched matched, match_inputs(request, signature));
  Job job;
  ETCH_ASSIGN_OR_RETURN(job.rows, count_rows(matched, signature));
  for (size_t i = 0; i < matched.size(); ++i) {
    const TensorSpec& spec = signature.inputs[i];
    ETCH_RETURN_IF_ERROR(take_values(*matched[i], spec, job.rows * signature.row_bytes(spec), job));
  }
  ETCH_RETURN_IF_ERROR(make_outputs(request, signature, job));
  return job;
}

}  // namespace server
