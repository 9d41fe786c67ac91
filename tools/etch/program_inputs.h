// Arguments of a program as command lines give them.
#ifndef ETCH_TOOLS_ETCH_PROGRAM_INPUTS_H_
#define ETCH_TOOLS_ETCH_PROGRAM_INPUTS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "etch/frontend/tensor.h"
#include "etch/runtime/program.h"

namespace etch::tools {

using Assignments = std::map<std::string, std::string>;

// "NAME=VALUE" each, with names of those of `infos` that are of this kind, each once. NOT_FOUND,
// for a wrong command line, says which there are.
absl::StatusOr<Assignments> parse_assignments(const std::vector<std::string>& texts,
                                              const std::vector<runtime::ValueInfo>& infos,
                                              runtime::ValueKind kind, const char* singular,
                                              const char* plural);

// What --input explains.
inline constexpr char kInputHelp[] =
    "NAME=@FILE.npy, NAME=zeros, NAME=ones, NAME=random, or NAME=random:N for "
    "whole numbers below N (default: random for floats, zeros for whole numbers)";

// A tensor for each argument among `infos`, by name: what `texts` say, else the default. Random
// numbers are the same for the same `seed`.
absl::StatusOr<std::map<std::string, Tensor>> make_inputs(
    const std::vector<runtime::ValueInfo>& infos, const std::vector<std::string>& texts,
    uint64_t seed);

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_PROGRAM_INPUTS_H_
