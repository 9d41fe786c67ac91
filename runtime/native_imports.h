// The functions of the C library that generated code may call. Internal; not installed.
#ifndef ETCH_RUNTIME_NATIVE_IMPORTS_H_
#define ETCH_RUNTIME_NATIVE_IMPORTS_H_

#include <string_view>

namespace etch::runtime {

// The address of "expf", "memcpy" and the like; null for what generated code does not call.
void* native_import(std::string_view symbol);

}  // namespace etch::runtime

#endif  // ETCH_RUNTIME_NATIVE_IMPORTS_H_
