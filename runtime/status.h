// Early return for absl::Status and absl::StatusOr, and the step from std:: to Abseil's strings.
//
//   absl::Status load(const std::string& path) {
//     ETCH_ASSIGN_OR_RETURN(SafetensorsFile file, read_safetensors(path));
//     ETCH_RETURN_IF_ERROR(check(file));
//     return absl::OkStatus();
//   }
#ifndef ETCH_RUNTIME_STATUS_H_
#define ETCH_RUNTIME_STATUS_H_

#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace etch::runtime {

// Abseil 20220623 has a string_view of its own, which does not convert from std::string_view.
inline absl::string_view to_absl(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace etch::runtime

// Evaluates `expression`, an absl::Status, and returns it from the enclosing function unless OK.
#define ETCH_RETURN_IF_ERROR(expression)                                                  \
  do {                                                                                    \
    if (::absl::Status etch_status = (expression); !etch_status.ok()) return etch_status; \
  } while (false)

// Evaluates `expression`, an absl::StatusOr; returns its status unless OK, else assigns its value
// to `target`, which may be a declaration. A type with a comma in it needs an alias or `auto`.
#define ETCH_ASSIGN_OR_RETURN(target, expression) \
  ETCH_ASSIGN_OR_RETURN_IMPL_(ETCH_STATUS_CONCAT_(etch_status_or_, __LINE__), target, expression)

#define ETCH_STATUS_CONCAT_(a, b) ETCH_STATUS_CONCAT_IMPL_(a, b)
#define ETCH_STATUS_CONCAT_IMPL_(a, b) a##b
#define ETCH_ASSIGN_OR_RETURN_IMPL_(holder, target, expression) \
  auto holder = (expression);                                   \
  if (!holder.ok()) return std::move(holder).status();          \
  target = *std::move(holder)

#endif  // ETCH_RUNTIME_STATUS_H_
