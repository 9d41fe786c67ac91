#include "etch/runtime/c_api_base.h"

#include <iterator>
#include <string>
#include <utility>

#include "etch/runtime/c_api_support.h"
#include "etch/runtime/json_reader.h"
#include "etch/runtime/log.h"
#include "etch/runtime/status.h"

namespace etch::runtime::c_api {
namespace {

// A text for C. It needs memory, which may be what is short: then it is one that is always there.
struct Text {
  std::string text;
  const char* c_str = "";

  void set(absl::string_view problem) noexcept {
    try {
      text.assign(problem.data(), problem.size());
      c_str = text.c_str();
    } catch (const std::bad_alloc&) {
      c_str = "no memory";
    }
  }
};

Text& last_error() {
  thread_local Text error;
  return error;
}

bool is_dtype(etch_dtype dtype) { return dtype >= ETCH_BOOL && dtype <= ETCH_F64; }

// "input number 2" before its name is known, then "input \"x\"".
template <typename Value>
absl::Status check(const Value& value, size_t index, const char* role) {
  auto wrong = [&](const auto&... parts) {
    std::string which =
        value.name != nullptr ? json_quote(value.name) : absl::StrCat("number ", index);
    return absl::InvalidArgumentError(absl::StrCat(role, " ", which, " ", parts...));
  };
  if (value.name == nullptr) return wrong("has no name");
  if (!is_dtype(value.dtype)) return wrong("has the dtype ", value.dtype, ", which is none");
  if (value.rank < 0) return wrong("has the rank ", value.rank);
  if (value.rank > 0 && value.shape == nullptr) return wrong("has no shape, but rank ", value.rank);
  for (int32_t i = 0; i < value.rank; ++i)
    if (value.shape[i] < 0) return wrong("has the extent ", value.shape[i]);
  return absl::OkStatus();
}

template <typename Value, typename Result>
absl::Status convert_all(const Value* values, size_t count, const char* role, Result& result) {
  if (count > 0 && values == nullptr)
    return absl::InvalidArgumentError(absl::StrCat(count, " ", role, "s are NULL"));
  result.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    const Value& value = values[i];
    ETCH_RETURN_IF_ERROR(check(value, i, role));
    result.push_back({value.name,
                      {value.data,
                       static_cast<DType>(value.dtype),
                       {value.shape, static_cast<size_t>(value.rank)}}});
  }
  return absl::OkStatus();
}

}  // namespace

etch_status finish(const absl::Status& status) noexcept {
  if (status.ok()) return ETCH_OK;
  last_error().set(status.message());
  return static_cast<etch_status>(status.code());
}

absl::Status convert(const etch_input* values, size_t count, Inputs& result) {
  return convert_all(values, count, "input", result);
}

absl::Status convert(const etch_output* values, size_t count, Outputs& result) {
  return convert_all(values, count, "output", result);
}

}  // namespace etch::runtime::c_api

namespace c_api = etch::runtime::c_api;

int32_t etch_api_version(void) { return ETCH_API_VERSION; }

const char* etch_version(void) { return ETCH_VERSION; }

const char* etch_status_name(etch_status status) {
  static constexpr const char* kNames[] = {"OK",
                                           "CANCELLED",
                                           "UNKNOWN",
                                           "INVALID_ARGUMENT",
                                           "DEADLINE_EXCEEDED",
                                           "NOT_FOUND",
                                           "ALREADY_EXISTS",
                                           "PERMISSION_DENIED",
                                           "RESOURCE_EXHAUSTED",
                                           "FAILED_PRECONDITION",
                                           "ABORTED",
                                           "OUT_OF_RANGE",
                                           "UNIMPLEMENTED",
                                           "INTERNAL",
                                           "UNAVAILABLE",
                                           "DATA_LOSS"};
  return status >= 0 && status < static_cast<etch_status>(std::size(kNames)) ? kNames[status] : "?";
}

const char* etch_error_message(void) { return c_api::last_error().c_str; }

etch_status etch_set_log_sink(etch_log_function sink, void* host) {
  return c_api::guarded([&] {
    etch::runtime::LogSink told;
    if (sink != nullptr)
      told = [sink, host](etch::runtime::LogLevel level, std::string_view message) {
        c_api::Text line;
        line.set(etch::runtime::to_absl(message));
        sink(host, static_cast<etch_log_level>(level), line.c_str);
      };
    etch::runtime::set_log_sink(std::move(told));
    return absl::OkStatus();
  });
}

const char* etch_dtype_name(etch_dtype dtype) {
  // The names are literals, so a zero follows them.
  return c_api::is_dtype(dtype) ? etch::dtype_name(static_cast<etch::DType>(dtype)).data() : "?";
}

size_t etch_dtype_size(etch_dtype dtype) {
  if (!c_api::is_dtype(dtype)) return 0;
  return static_cast<size_t>(etch::size_of(static_cast<etch::DType>(dtype)));
}
