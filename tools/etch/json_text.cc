#include "etch/tools/etch/json_text.h"

#include <cmath>

#include "etch/runtime/dtype.h"
#include "llvm/Support/raw_ostream.h"

namespace etch::tools {
namespace {

using llvm::json::Array;
using llvm::json::Object;
using llvm::json::Value;

const char* name_of(runtime::ValueKind kind) {
  switch (kind) {
    case runtime::ValueKind::kArgument:
      return "argument";
    case runtime::ValueKind::kState:
      return "state";
    case runtime::ValueKind::kGrad:
      return "grad";
    case runtime::ValueKind::kResult:
      return "result";
  }
  return "";
}

Array json_shape(const Shape& shape) {
  Array extents;
  for (int64_t extent : shape) extents.push_back(extent);
  return extents;
}

Array elements_of(const Tensor& tensor) {
  Array elements;
  TensorView view = tensor.view();
  for (int64_t i = 0; i < view.num_elements(); ++i)
    if (is_floating(view.dtype))
      elements.push_back(json_number(view.at(i)));
    else
      elements.push_back(static_cast<int64_t>(view.at(i)));
  return elements;
}

}  // namespace

std::string json_text(const Value& value) {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::json::OStream(os, /*IndentSize=*/2).value(value);
  return text + "\n";
}

Value json_number(double number) {
  if (!std::isfinite(number)) return nullptr;
  return number;
}

Value json_of(const runtime::ValueInfo& info) {
  Object object{{"name", info.name},
                {"kind", name_of(info.kind)},
                {"dtype", std::string(dtype_name(info.dtype))},
                {"shape", json_shape(info.shape)}};
  if (!info.path.empty()) object["path"] = info.path;
  return object;
}

Array json_of(const std::vector<runtime::ValueInfo>& infos) {
  Array array;
  for (const runtime::ValueInfo& info : infos) array.push_back(json_of(info));
  return array;
}

Array json_of(const std::vector<std::pair<std::string, Tensor>>& tensors) {
  Array array;
  for (const auto& [name, tensor] : tensors)
    array.push_back(Object{{"name", name},
                           {"dtype", std::string(dtype_name(tensor.dtype()))},
                           {"shape", json_shape(tensor.shape())},
                           {"data", elements_of(tensor)}});
  return array;
}

}  // namespace etch::tools
