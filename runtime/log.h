// What the runtime has to say beside errors, handed to the host: it never writes to a stream
// itself.
#ifndef ETCH_RUNTIME_LOG_H_
#define ETCH_RUNTIME_LOG_H_

#include <cstdint>
#include <functional>
#include <string_view>

namespace etch::runtime {

enum class LogLevel : uint8_t {
  kInfo,     // what was chosen: which code of several, weights read in place of mapped
  kWarning,  // what was ignored: an environment variable that says nothing sensible
};

// Called with one line, without a line end, on the thread that has something to say. Must not
// throw.
using LogSink = std::function<void(LogLevel level, std::string_view message)>;

// From now on `sink` is told; an empty one: nobody, as at the beginning. No call of the former sink
// is in progress any more afterwards.
// Threads: safe, but not from within a sink. Runs say nothing.
void set_log_sink(LogSink sink);

// For the runtime's own use.
void log(LogLevel level, std::string_view message);

}  // namespace etch::runtime

#endif  // ETCH_RUNTIME_LOG_H_
