#include "metrics.h"

#include <prometheus/text_serializer.h>

namespace server {
namespace {

using prometheus::Counter;
using prometheus::Gauge;
using prometheus::Histogram;

// 50 us to 10 s, in steps of about two.
const Histogram::BucketBoundaries kSeconds = {5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2,
                                              5e-2, 1e-1, 2e-1, 5e-1, 1,    2,    5,    10};
const Histogram::BucketBoundaries kRows = {1, 2, 4, 8, 16, 32, 64, 128, 256};

template <typename T>
prometheus::Family<T>& family(prometheus::Registry& registry, const char* name, const char* help);

template <>
prometheus::Family<Counter>& family(prometheus::Registry& registry, const char* name,
                                    const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}
template <>
prometheus::Family<Gauge>& family(prometheus::Registry& registry, const char* name,
                                  const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}
template <>
prometheus::Family<Histogram>& family(prometheus::Registry& registry, const char* name,
                                      const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

}  // namespace

Metrics::Metrics()
    : requests_(family<Counter>(registry_, "etch_requests_total", "Requests answered")),
      request_seconds_(family<Histogram>(registry_, "etch_request_seconds",
                                         "Time of an inference that succeeds, body to answer")),
      call_seconds_(family<Histogram>(registry_, "etch_call_seconds",
                                      "Time of a call of the model's program")),
      call_rows_(family<Histogram>(registry_, "etch_call_rows", "Rows that shared a call")),
      in_progress_(family<Gauge>(registry_, "etch_requests_in_progress",
                                 "Inferences that are read, wait or run")),
      loads_(
          family<Counter>(registry_, "etch_model_loads_total", "Loads of bundles and of weights")),
      connections_(family<Gauge>(registry_, "etch_connections", "Open connections").Add({})) {}

Metrics::OfModel Metrics::of_model(const std::string& model) {
  prometheus::Labels labels = {{"model", model}};
  return {request_seconds_.Add(labels, kSeconds), call_seconds_.Add(labels, kSeconds),
          call_rows_.Add(labels, kRows), in_progress_.Add(labels)};
}

void Metrics::count_request(const std::string& model, int status) {
  requests_.Add({{"model", model}, {"status", std::to_string(status)}}).Increment();
}

void Metrics::count_load(const std::string& model, bool ok) {
  loads_.Add({{"model", model}, {"result", ok ? "ok" : "error"}}).Increment();
}

std::string Metrics::text() const {
  return prometheus::TextSerializer().Serialize(registry_.Collect());
}

}  // namespace server
