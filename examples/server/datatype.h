// The protocol's names for element types: BOOL UINT8 INT8 INT32 INT64 FP16 BF16 FP32 FP64.
#ifndef ETCH_EXAMPLES_SERVER_DATATYPE_H_
#define ETCH_EXAMPLES_SERVER_DATATYPE_H_

#include <optional>
#include <string_view>

#include "etch/runtime/dtype.h"

namespace server {

std::string_view datatype_name(etch::DType dtype);
// Nothing for a type that the protocol has and Etch has not (UINT16, UINT32, UINT64, INT16, BYTES),
// and for any other text.
std::optional<etch::DType> datatype_from_name(std::string_view name);

}  // namespace server

#endif  // ETCH_EXAMPLES_SERVER_DATATYPE_H_
