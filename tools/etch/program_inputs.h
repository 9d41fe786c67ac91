// Arguments of a program as command lines give them.
#ifndef ETCH_TOOLS_ETCH_PROGRAM_INPUTS_H_
#define ETCH_TOOLS_ETCH_PROGRAM_INPUTS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "etch/frontend/program.h"
#include "etch/frontend/tensor.h"
#include "etch/runtime/program.h"
#include "etch/runtime/values.h"

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
    "NAME=1x3x224x224xf32 (random numbers of that shape), NAME=@FILE.npy, NAME=zeros, NAME=ones, "
    "NAME=random, or NAME=random:N for whole numbers below N; shape and values as "
    "NAME=8x128xi64:random:256. A model is traced with the shapes given here (default: its own "
    "shapes, random floats, zeros for whole numbers)";

// The types that `texts` give, by a shape or a file; the values are not looked at.
absl::StatusOr<std::vector<TensorSpec>> given_types(const std::vector<std::string>& texts);

// A tensor for each argument among `infos`, by name: what `texts` say, else the default. Random
// numbers are the same for the same `seed`. INVALID_ARGUMENT where a type is another than the
// argument's.
absl::StatusOr<std::map<std::string, Tensor>> make_inputs(
    const std::vector<runtime::ValueInfo>& infos, const std::vector<std::string>& texts,
    uint64_t seed);

using runtime::type_text;  // "f32 [2, 3]"

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_PROGRAM_INPUTS_H_
