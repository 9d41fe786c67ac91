// What the functions of the C interface share: how they fail, and how they read and write the
// caller's structs. Internal; not installed.
#ifndef ETCH_RUNTIME_C_API_SUPPORT_H_
#define ETCH_RUNTIME_C_API_SUPPORT_H_

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <exception>
#include <new>
#include <string_view>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "etch/runtime/c_api_base.h"
#include "etch/runtime/model.h"

namespace etch::runtime::c_api {

// Remembers the error for etch_error_message() and gives its number. OK goes through unseen.
etch_status finish(const absl::Status& status) noexcept;

// Runs the body of a C function, which returns an absl::Status. No exception leaves it.
template <typename Body>
etch_status guarded(Body&& body) noexcept {
  try {
    return finish(body());
  } catch (const std::bad_alloc&) {
    return finish(absl::Status(absl::StatusCode::kResourceExhausted, "no memory"));
  } catch (const std::exception& error) {
    return finish(absl::Status(absl::StatusCode::kInternal, error.what()));
  }
}

// INVALID_ARGUMENT when a pointer that has to be there is null.
inline absl::Status require(const void* pointer, const char* what) {
  if (pointer != nullptr) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(what, " is NULL"));
}
// The same for functions that return no status.
inline bool is_given(const void* pointer, const char* what) noexcept {
  return pointer != nullptr || guarded([&] { return require(pointer, what); }) == ETCH_OK;
}

// Structs begin with their size in the header that the caller was compiled with: what an older one
// lacks has its default, what a newer one adds must be zero. Nothing below the first version's size
// can be right, nor can several pages of options.
inline constexpr size_t kLargestStruct = 4096;

template <typename Struct>
absl::Status check_size(const Struct& given, const char* name) {
  if (given.struct_size > sizeof(size_t) && given.struct_size <= kLargestStruct)
    return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(name, ".struct_size is ", given.struct_size,
                                                 "; begin with the struct's ..._INIT"));
}

template <typename Struct>
absl::StatusOr<Struct> read_struct(const Struct* given, const Struct& defaults, const char* name) {
  if (given == nullptr) return defaults;
  if (absl::Status status = check_size(*given, name); !status.ok()) return status;
  size_t size = given->struct_size;
  auto* bytes = reinterpret_cast<const unsigned char*>(given);
  if (size > sizeof(Struct) &&
      std::any_of(bytes + sizeof(Struct), bytes + size, [](unsigned char b) { return b != 0; }))
    return absl::InvalidArgumentError(absl::StrCat(
        name, " has fields of a later version than this library's, ", ETCH_API_VERSION));
  Struct result = defaults;
  std::memcpy(&result, given, std::min(size, sizeof(Struct)));
  return result;
}

template <typename Struct>
absl::Status write_struct(const Struct& from, Struct* to, const char* name) {
  if (absl::Status status = require(to, name); !status.ok()) return status;
  if (absl::Status status = check_size(*to, name); !status.ok()) return status;
  size_t size = to->struct_size;
  std::memcpy(to, &from, std::min(size, sizeof(Struct)));
  to->struct_size = size;
  return absl::OkStatus();
}

// Element `index` of a list written to `info`. INVALID_ARGUMENT when the list is shorter.
template <typename List, typename Struct>
absl::Status write_element(const List& list, size_t index, Struct* info, const char* name) {
  if (index < list.size()) return write_struct(list[index], info, name);
  return absl::InvalidArgumentError(
      absl::StrCat("there is no number ", index, " in a list of ", list.size()));
}

// The caller's values as C++ takes them; so many without an allocation.
inline constexpr size_t kInlineValues = 32;
using Inputs = absl::InlinedVector<NamedInput, kInlineValues>;
using Outputs = absl::InlinedVector<NamedOutput, kInlineValues>;

// `role` is "input" or "output", for messages. Errors: INVALID_ARGUMENT for what is no tensor: a
// name or shape that is NULL, a dtype that is none, a negative extent.
absl::Status convert(const etch_input* values, size_t count, Inputs& result);
absl::Status convert(const etch_output* values, size_t count, Outputs& result);

}  // namespace etch::runtime::c_api

#endif  // ETCH_RUNTIME_C_API_SUPPORT_H_
