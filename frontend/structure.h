// A number that rises whenever something changed that compiled programs were specialized for.
#ifndef ETCH_FRONTEND_STRUCTURE_H_
#define ETCH_FRONTEND_STRUCTURE_H_

#include <cstdint>

namespace etch::frontend {

uint64_t structure_epoch();

}  // namespace etch::frontend

#endif  // ETCH_FRONTEND_STRUCTURE_H_
