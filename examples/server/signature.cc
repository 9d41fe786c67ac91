#include "signature.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "datatype.h"
#include "etch/runtime/status.h"
#include "json_data.h"
#include "row_independence.h"

namespace server {
namespace {

using etch::runtime::CompiledProgram;
using etch::runtime::Model;
using etch::runtime::to_absl;
using etch::runtime::ValueInfo;
using etch::runtime::ValueKind;

std::vector<TensorSpec> specs(const std::vector<ValueInfo>& values, ValueKind kind) {
  std::vector<TensorSpec> result;
  for (const ValueInfo& value : values)
    if (value.kind == kind) result.push_back({value.name, value.dtype, value.shape});
  return result;
}

bool writes_state(const CompiledProgram& program) {
  return std::ranges::any_of(
      program.results, [](const ValueInfo& value) { return value.kind != ValueKind::kResult; });
}

// The leading extent that all tensors share, 0 when there is none, or nothing in a tensor.
int64_t common_extent(const Signature& signature) {
  const etch::Shape& first = signature.inputs.front().shape;
  if (first.empty()) return 0;
  auto shares = [&](const TensorSpec& spec) {
    return !spec.shape.empty() && spec.shape[0] == first[0] && spec.bytes() > 0;
  };
  bool all = std::ranges::all_of(signature.inputs, shares) &&
             std::ranges::all_of(signature.outputs, shares);
  return all ? first[0] : 0;
}

}  // namespace

int64_t Signature::max_input_elements() const {
  int64_t most = 0;
  for (const TensorSpec& spec : inputs) most = std::max(most, spec.shape.num_elements());
  return most;
}

const TensorSpec* Signature::find_output(std::string_view name) const {
  auto found = std::ranges::find(outputs, name, &TensorSpec::name);
  return found == outputs.end() ? nullptr : &*found;
}

etch::Shape Signature::request_shape(const TensorSpec& spec) const {
  etch::Shape shape = spec.shape;
  if (has_rows()) shape[0] = -1;
  return shape;
}

std::string Signature::list(const std::vector<TensorSpec>& specs) const {
  return absl::StrJoin(specs, ", ", [&](std::string* text, const TensorSpec& spec) {
    absl::StrAppend(text, spec.name, " ", to_absl(datatype_name(spec.dtype)), " ",
                    request_shape(spec).to_string());
  });
}

absl::StatusOr<Signature> signature_of(const Model& model, const std::string& name) {
  const CompiledProgram* program = model.find_program(name);
  if (program == nullptr)
    return absl::NotFoundError(absl::StrCat("the bundle has no program ", json_string(name),
                                            "; its programs are ",
                                            absl::StrJoin(model.programs(), ", ")));
  if (writes_state(*program))
    return absl::FailedPreconditionError(absl::StrCat(
        "the program ", json_string(name),
        " changes the model's state, as training does; a served program only reads it"));
  Signature signature{.program = name,
                      .inputs = specs(program->inputs, ValueKind::kArgument),
                      .outputs = specs(program->results, ValueKind::kResult)};
  if (signature.inputs.empty() || signature.outputs.empty())
    return absl::FailedPreconditionError(
        absl::StrCat("the program ", json_string(name), " has no arguments or no results"));
  if (int64_t extent = common_extent(signature); extent > 1) {
    ETCH_ASSIGN_OR_RETURN(bool independent, rows_are_independent(model, signature));
    if (independent) signature.batch = extent;
  }
  return signature;
}

}  // namespace server
