// The version of these headers. What was compiled with them works with libraries of the same major
// and minor number.
#ifndef ETCH_FRONTEND_VERSION_H_
#define ETCH_FRONTEND_VERSION_H_

namespace etch {

inline constexpr char kVersion[] = "0.1.0";

}  // namespace etch

#endif  // ETCH_FRONTEND_VERSION_H_
