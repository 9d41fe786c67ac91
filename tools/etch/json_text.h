// What `--json` prints.
#ifndef ETCH_TOOLS_ETCH_JSON_TEXT_H_
#define ETCH_TOOLS_ETCH_JSON_TEXT_H_

#include <string>
#include <utility>
#include <vector>

#include "etch/frontend/tensor.h"
#include "etch/runtime/program.h"
#include "llvm/Support/JSON.h"

namespace etch::tools {

// With its keys sorted, indented by two, and a newline at the end.
std::string json_text(const llvm::json::Value& value);

// {"name", "kind": "argument|state|grad|result", "path", "dtype", "shape"}; no path where it is
// empty.
llvm::json::Value json_of(const runtime::ValueInfo& info);
llvm::json::Array json_of(const std::vector<runtime::ValueInfo>& infos);

// {"name", "dtype", "shape", "data": all elements in row-major order}. What is not finite is null,
// as JSON has no word for it.
llvm::json::Array json_of(const std::vector<std::pair<std::string, Tensor>>& tensors);

// A number as JSON has it: null where it is not finite.
llvm::json::Value json_number(double number);

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_JSON_TEXT_H_
