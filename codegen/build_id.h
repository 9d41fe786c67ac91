// Which build of a library runs.
#ifndef ETCH_CODEGEN_BUILD_ID_H_
#define ETCH_CODEGEN_BUILD_ID_H_

#include <string>

namespace etch::codegen {

// The linker's build id of the library or program that holds `address`; empty when it has none.
std::string buildIdOf(const void* address);

}  // namespace etch::codegen

#endif  // ETCH_CODEGEN_BUILD_ID_H_
