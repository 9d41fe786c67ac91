#include "etch/runtime/log.h"

#include <mutex>
#include <utility>

namespace etch::runtime {
namespace {

struct Sink {
  std::mutex mutex;
  LogSink function;
};

// Never destroyed: threads may outlive static objects.
Sink& sink() {
  static Sink& sink = *new Sink;
  return sink;
}

}  // namespace

void set_log_sink(LogSink function) {
  std::lock_guard<std::mutex> lock(sink().mutex);
  sink().function = std::move(function);
}

void log(LogLevel level, std::string_view message) {
  std::lock_guard<std::mutex> lock(sink().mutex);
  if (sink().function) sink().function(level, message);
}

}  // namespace etch::runtime
